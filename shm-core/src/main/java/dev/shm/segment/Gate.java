package dev.shm.segment;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets threads of this JVM into work that closing must wait for: whatever allocates, frees or changes several words. Closing
 * gives back the slot, and a thread that went on working in its name would work in the name of the slot's next owner.
 *
 * <p>An operation on one word of an object needs no gate: the object stays as long as it is open, and closing it while a
 * thread uses it is the caller's to avoid.
 */
final class Gate {

    private static final long SHUT = Long.MIN_VALUE;

    private final AtomicLong inside = new AtomicLong();

    /** Lets the thread in; false if the gate is shut. What was let in leaves; it may enter again before. */
    boolean enter() {
        if (inside.getAndIncrement() < 0) {
            inside.getAndDecrement();
            return false;
        }
        return true;
    }

    void leave() {
        inside.getAndDecrement();
    }

    /** Shuts the gate and waits until everybody has left. */
    void shut() {
        inside.getAndAccumulate(SHUT, (now, bit) -> now | bit);
        while (inside.get() != SHUT) {
            LockSupport.parkNanos(10_000);
        }
    }
}
