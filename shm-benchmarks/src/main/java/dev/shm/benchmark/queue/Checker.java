package dev.shm.benchmark.queue;

/** Reads every message as it was asked to, and fails if one is lost, comes twice or comes out of order. */
final class Checker implements Handler {

    private static final int PRODUCER_SHIFT = 56;
    private static final long LAST = 1L << (PRODUCER_SHIFT - 1);
    private static final int LINE = 64;

    private final int bytes;
    private final boolean copies;
    private final boolean gaps;
    private final byte[] copy;
    private final long[] next = new long[8];
    private int ends;
    private long sum;

    /**
     * A checker of one receiver.
     *
     * @param gaps whether others may have got the messages in between
     */
    Checker(int bytes, Reading reading, boolean gaps) {
        this.bytes = bytes;
        this.copies = reading == Reading.COPY;
        this.gaps = gaps;
        this.copy = new byte[bytes];
    }

    /** The first sequence of a producer; the others are this and one more each time. */
    static long firstSequence(int producer) {
        return (long) producer << PRODUCER_SHIFT;
    }

    /** The same, for the message after which a producer sends none. */
    static long last(long sequence) {
        return sequence | LAST;
    }

    /** How many producers have sent their last message. */
    int ends() {
        return ends;
    }

    @Override
    public void onMessage(Message message) {
        if (message.length() != bytes) {
            throw new IllegalStateException(message.length() + " bytes instead of " + bytes);
        }
        long word = message.getLong(0);
        int producer = (int) (word >>> PRODUCER_SHIFT);
        long sequence = (word & ~LAST) - firstSequence(producer);
        if (producer < 0
                || producer >= next.length
                || (gaps ? sequence < next[producer] : sequence != next[producer])) {
            throw new IllegalStateException("message " + Long.toHexString(word) + " out of order");
        }
        next[producer] = sequence + 1;
        if ((word & LAST) != 0) {
            ends++;
        }
        if (copies) {
            message.copyTo(copy);
        } else {
            for (int at = LINE; at <= bytes - Long.BYTES; at += LINE) {
                sum += message.getLong(at);
            }
        }
    }

    /** What was read, for nobody to optimise away. */
    long digest() {
        return sum + copy[bytes - 1];
    }
}
