package dev.shm.queue;

/**
 * The word of a slot in a {@link SlotRing}: which record starts there, in which lap of the ring, and whose it is. A word of an
 * earlier lap means that nothing starts there yet.
 *
 * <pre>
 *    63          36 35        20 19      14 13     4  3   2   0
 *   +--------------+------------+----------+--------+---+-----+
 *   |     lap      |    span    | attempts | owner  |ref|state|
 *   +--------------+------------+----------+--------+---+-----+
 * </pre>
 *
 * The lap counts how often the ring was filled; the span is the number of slots that the record covers; attempts counts how
 * often it was delivered and came back, up to {@link #MAX_ATTEMPTS}; the owner is {@code slot + 1} of the process that has it
 * {@link #CLAIMED} or {@link #TAKEN}, and otherwise 0; the bit {@code ref} says that the record holds a reference to the message.
 */
final class ControlWord {

    /** Reserved by its owner, who is writing it. Only the owner changes it; once it is dead, its reaper. */
    static final int CLAIMED = 1;
    /** A message that anybody may take. */
    static final int COMMITTED = 2;
    /** No message: padding, or a claim that was given up. */
    static final int SKIPPED = 3;
    /** Being read by its owner. */
    static final int TAKEN = 4;
    /** Acknowledged. */
    static final int DONE = 5;
    /** Acknowledged, and its owner is about to free the block that it refers to. */
    static final int FREEING = 6;

    static final int MAX_SPAN = (1 << 16) - 1;
    static final int MAX_ATTEMPTS = (1 << 6) - 1;

    private static final int STATE_MASK = 0x7;
    private static final long REFERENCE = 1L << 3;
    private static final int OWNER_SHIFT = 4;
    private static final int OWNER_MASK = 0x3FF;
    private static final int ATTEMPTS_SHIFT = 14;
    private static final int SPAN_SHIFT = 20;
    private static final int LAP_SHIFT = 36;
    private static final int LAP_BITS = 28;

    private ControlWord() {}

    static long word(long lap, int span, int attempts, int owner, boolean reference, int state) {
        return lap << LAP_SHIFT
                | (long) span << SPAN_SHIFT
                | (long) attempts << ATTEMPTS_SHIFT
                | (long) owner << OWNER_SHIFT
                | (reference ? REFERENCE : 0)
                | state;
    }

    static int state(long word) {
        return (int) word & STATE_MASK;
    }

    static boolean isReference(long word) {
        return (word & REFERENCE) != 0;
    }

    static int owner(long word) {
        return (int) (word >>> OWNER_SHIFT) & OWNER_MASK;
    }

    static int attempts(long word) {
        return (int) (word >>> ATTEMPTS_SHIFT) & MAX_ATTEMPTS;
    }

    static int span(long word) {
        return (int) (word >>> SPAN_SHIFT) & MAX_SPAN;
    }

    /** How many laps the word is ahead of the given one; negative if it is of an earlier lap. */
    static int age(long word, long lap) {
        return (int) ((word >>> LAP_SHIFT) - lap) << (Integer.SIZE - LAP_BITS) >> (Integer.SIZE - LAP_BITS);
    }

    /** Whether it is a message of that lap that nobody has, which lies in the ring as a whole and was never delivered. */
    static boolean isFresh(long word, long lap) {
        return (word & ~((long) MAX_SPAN << SPAN_SHIFT)) == (lap << LAP_SHIFT | COMMITTED);
    }

    /** The same record in another state. */
    static long with(long word, int owner, int state) {
        return (word & ~((long) OWNER_MASK << OWNER_SHIFT | STATE_MASK)) | (long) owner << OWNER_SHIFT | state;
    }

    /** The same record, marked as holding a reference. */
    static long withReference(long word) {
        return word | REFERENCE;
    }

    /** The same record, committed again after a delivery that came to nothing. */
    static long returned(long word) {
        long attempts = Math.min(MAX_ATTEMPTS, attempts(word) + 1L);
        return (with(word, 0, COMMITTED) & ~((long) MAX_ATTEMPTS << ATTEMPTS_SHIFT)) | attempts << ATTEMPTS_SHIFT;
    }

    /** The same record with another span: what a batch claimed in one piece becomes several records. */
    static long withSpan(long word, int span) {
        return (word & ~((long) MAX_SPAN << SPAN_SHIFT)) | (long) span << SPAN_SHIFT;
    }
}
