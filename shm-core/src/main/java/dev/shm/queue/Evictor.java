package dev.shm.queue;

/**
 * Watches the slowest subscriber of a topic for those who find no room, and puts it out when its time is up. What one sender saw counts
 * for the next one: a subscriber that has not moved since holds everybody up, whether or not a single sender waited for so long. Any
 * thread may use it.
 */
final class Evictor {

    private static final long NOT_WATCHED = Tenancy.NOBODY;

    private final Opening opening;
    private final Ring ring;
    private final long patience;

    // All guarded by this.
    private int watched;
    private long tenant = NOT_WATCHED;
    private long position;
    private long since;

    Evictor(Opening opening, Ring ring) {
        this.opening = opening;
        this.ring = ring;
        this.patience = opening.geometry.evictNanos();
    }

    boolean isWatching() {
        return patience > 0;
    }

    /** {@code System.nanoTime()} when to look again. */
    long nextLook() {
        return System.nanoTime() + Math.max(1, patience / 4);
    }

    /** Whether somebody was put out just now. To be called by who found no room. */
    boolean evictSlowest() {
        if (!isWatching()) {
            return false;
        }
        synchronized (this) {
            return look();
        }
    }

    private boolean look() {
        int slowest = opening.cursors.slowestCursor();
        if (slowest < 0) {
            tenant = NOT_WATCHED;
            return false;
        }
        long state = opening.cursors.state(slowest);
        long at = opening.cursors.position(slowest);
        long now = System.nanoTime();
        if (slowest != watched || state != tenant || at != position) {
            watched = slowest;
            // One that has read everything holds nobody up: what is missing is memory for large messages, or a message
            // before
            // others is still being written.
            tenant = opening.cursors.hasMore(ring, slowest, at) ? state : NOT_WATCHED;
            position = at;
            since = now;
            return false;
        }
        if (now - since < patience || opening.cursors.evict(ring, slowest, at) < 0) {
            return false;
        }
        tenant = NOT_WATCHED;
        opening.count(Counter.EVICTED, 1);
        return true;
    }
}
