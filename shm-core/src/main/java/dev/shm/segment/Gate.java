package dev.shm.segment;

import dev.shm.error.SegmentClosedException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets threads of this JVM into work that closing must wait for: work of several stores, which nobody else could tell apart
 * from that of the slot's next owner. Work of one compare-and-set needs no gate, since its expected value names its owner
 * and is never used again.
 */
public final class Gate {

    private static final long SHUT = Long.MIN_VALUE;

    private final AtomicLong inside = new AtomicLong();

    /**
     * Every call is followed by {@link #leave}. May be nested.
     *
     * @throws SegmentClosedException if the gate is shut
     */
    public void enter() {
        if (inside.getAndIncrement() < 0) {
            inside.getAndDecrement();
            throw new SegmentClosedException("the segment is closed");
        }
    }

    public void leave() {
        inside.getAndDecrement();
    }

    /** Shuts the gate and waits until everybody has left. Nothing inside waits for anything but memory. */
    void shut() {
        inside.getAndAccumulate(SHUT, (now, bit) -> now | bit);
        while (inside.get() != SHUT) {
            LockSupport.parkNanos(10_000);
        }
    }
}
