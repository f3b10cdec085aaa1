package dev.shm.queue;

/**
 * The word that says since when a consumer has had a message: for which attempt, since a lease of an earlier one says nothing, and
 * {@code System.nanoTime()}, which is the same clock in all processes of a host.
 */
final class Lease {

    private static final int TIME_BITS = 58;
    private static final long TIME_MASK = (1L << TIME_BITS) - 1;

    private Lease() {}

    /** Never 0, which is what a fresh record may hold. */
    static long begin(int attempts, long nanoTime) {
        return ((attempts + 1L) & 0x3F) << TIME_BITS | (nanoTime & TIME_MASK);
    }

    /** For which attempt the lease is. */
    static int attempts(long lease) {
        return (int) ((lease >>> TIME_BITS) - 1) & 0x3F;
    }

    /** Nanoseconds since it began. */
    static long age(long lease, long nanoTime) {
        return (nanoTime - lease) << (Long.SIZE - TIME_BITS) >> (Long.SIZE - TIME_BITS);
    }
}
