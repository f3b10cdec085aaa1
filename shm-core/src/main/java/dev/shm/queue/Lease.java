package dev.shm.queue;

/**
 * The word that says since when a consumer has had a message. It lies apart from the record: who writes it may have been stopped
 * since it took the message, and what is at the record's place by then belongs to others. So it says what it is for, and
 * one for an earlier lap or attempt counts as none.
 *
 * <pre>
 *    63      54 53          48 47                           0
 *   +----------+--------------+------------------------------+
 *   |   lap    | attempts + 1 | System.nanoTime() / 2^10     |
 *   +----------+--------------+------------------------------+
 * </pre>
 *
 * The clock is the same in all processes of a host.
 */
final class Lease {

    private static final int TIME_BITS = 48;
    private static final long TIME_MASK = (1L << TIME_BITS) - 1;
    private static final int TIME_SHIFT = 10;
    private static final int ATTEMPTS_MASK = 0x3F;
    private static final int LAP_SHIFT = 54;

    private Lease() {}

    static long begin(long lap, int attempts, long nanoTime) {
        return lap << LAP_SHIFT | ((attempts + 1L) & ATTEMPTS_MASK) << TIME_BITS | (nanoTime >> TIME_SHIFT & TIME_MASK);
    }

    /** Whether it is for that attempt at the record of that lap. */
    static boolean isFor(long lease, long lap, int attempts) {
        return lease >>> TIME_BITS == begin(lap, attempts, 0) >>> TIME_BITS;
    }

    /** Nanoseconds since it began, to within a microsecond or so. */
    static long age(long lease, long nanoTime) {
        long ticks = (nanoTime >> TIME_SHIFT) - lease;
        return ticks << (Long.SIZE - TIME_BITS) >> (Long.SIZE - TIME_BITS) << TIME_SHIFT;
    }
}
