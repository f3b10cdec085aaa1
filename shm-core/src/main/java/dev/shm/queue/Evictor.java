package dev.shm.queue;

/** Watches the slowest subscriber of a topic while a sender waits for room, and puts it out when its time is up. */
final class Evictor {

    private final Opening opening;
    private final Ring ring;
    private final long patience;
    private int watched = -1;
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

    /** Whether somebody was put out just now. */
    boolean evictSlowest() {
        if (!isWatching()) {
            return false;
        }
        int slowest = opening.cursors.slowestCursor();
        if (slowest < 0) {
            return false;
        }
        long now = System.nanoTime();
        long at = opening.cursors.position(slowest);
        if (slowest != watched || at != position) {
            watched = slowest;
            position = at;
            since = now;
            return false;
        }
        if (now - since < patience || opening.cursors.evict(ring, slowest, at) < 0) {
            return false;
        }
        opening.count(Counter.EVICTED, 1);
        return true;
    }
}
