package dev.shm.queue;

import dev.shm.memory.Strip;

/**
 * How a single producer writes messages in place that have neither header nor time stamp: by far the most, if somebody wants it
 * fast. Knows everything that it needs by offset, so that a message is a handful of stores. Used by one thread at a time, the
 * ring's tenant.
 *
 * <p>Claiming changes nothing that others see. Committing does, so a thread does that while it is marked as being inside.
 */
final class DenseWriter {

    private final Strip strip;
    private final DenseRing ring;
    private final int data;
    private final long mask;
    private final int tail;
    private final int counter;
    private final int sleepers;
    private final int largest;

    DenseWriter(Opening opening, Strip strip, DenseRing ring, int largestClaim) {
        this.strip = strip;
        this.ring = ring;
        this.data = (int) (ring.dataAddress() - opening.base);
        this.mask = ring.mask();
        this.tail = (int) (ring.tailAddress - opening.base);
        this.counter = opening.offset(Counter.CLAIMED);
        this.sleepers = QueueLayout.SLEEPING_RECEIVERS;
        this.largest = (int) Math.min(largestClaim, ring.largest() - RecordLayout.WORD_BYTES);
    }

    /** Whether a message of that size goes into the ring. */
    boolean isPlain(int bytes) {
        // Compared without a sign, a negative number is too large.
        return Integer.compareUnsigned(bytes, largest) <= 0;
    }

    /** Claims what was seen to be free before; false if that is not enough. */
    boolean tryClaim(Claim claim, int bytes) {
        long span = span(bytes);
        if (!ring.hasClear(span)) {
            return false;
        }
        set(claim, ring.next(), span, bytes);
        return true;
    }

    /** As {@link #tryClaim}, after a look at who reads; false if there is no room. May write padding, so the caller is inside. */
    boolean tryClaimWithLook(Claim claim, int bytes) {
        long span = span(bytes);
        long position = ring.claim(span);
        if (position == Ring.FULL) {
            return false;
        }
        set(claim, position, span, bytes);
        return true;
    }

    private void set(Claim claim, long position, long span, int bytes) {
        claim.setPlain(ring, position, span, strip.bytes(), at(position) + RecordLayout.WORD_BYTES, bytes);
    }

    private static long span(int bytes) {
        return (bytes + (RecordLayout.WORD_BYTES + 7L)) >>> 3;
    }

    private int at(long position) {
        return data + ((int) (position & mask) << 3);
    }

    /**
     * Makes a claim everybody's.
     *
     * @param sent messages that this process has sent, this one included
     * @return whether somebody may sleep who is to be told
     */
    boolean commit(Claim claim, int bodyBytes, long sent) {
        strip.putLong(claim.offset() - RecordLayout.WORD_BYTES, RecordLayout.word(bodyBytes, 0, 0));
        strip.putLong(counter, sent);
        long end = claim.position() + claim.span();
        ring.advance(end);
        // SYNC POINT with DenseRing.limit: publishes the record.
        strip.putLongRelease(tail, end);
        return Waiter.calls(strip.getLongAcquire(sleepers));
    }
}
