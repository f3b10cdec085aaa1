package dev.shm.queue;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The threads of this JVM that are in the middle of an operation on one opening of a queue. Closing waits for them: it gives back
 * what the opening held, and a thread that went on would write where somebody else does by then.
 */
abstract sealed class Presence {

    /** Lets the thread in; false if the opening is closed. */
    abstract boolean enter();

    abstract void leave();

    abstract boolean isShut();

    /** Lets nobody in any more and waits until everybody has left. Further calls do nothing. */
    abstract void shut();

    /** Any number of threads at once. */
    static final class Crowd extends Presence {

        private static final long SHUT = Long.MIN_VALUE;

        private final AtomicLong inside = new AtomicLong();

        @Override
        boolean enter() {
            if (inside.getAndIncrement() < 0) {
                inside.getAndDecrement();
                return false;
            }
            return true;
        }

        @Override
        void leave() {
            inside.getAndDecrement();
        }

        @Override
        boolean isShut() {
            return inside.get() < 0;
        }

        @Override
        void shut() {
            inside.getAndAccumulate(SHUT, (now, bit) -> now | bit);
            while (inside.get() != SHUT) {
                LockSupport.parkNanos(10_000);
            }
        }
    }

    /**
     * One thread at a time, without a fence. That there are two at once is noticed, though not always: it is a mistake of the
     * caller's.
     */
    static final class Turn extends Presence {

        /** Far longer than a processor keeps a store to itself. */
        private static final long SETTLE_NANOS = 1_000_000;

        private final AtomicInteger inside = new AtomicInteger();
        private volatile boolean shut;

        @Override
        boolean enter() {
            if (inside.getPlain() != 0) {
                throw new IllegalStateException(
                        "two threads send at once, and this queue was created for one producer. "
                                + "Let them take turns, or create the queue without singleProducer().");
            }
            // Without a fence the store may be seen after the flag is read; closing allows for that.
            inside.setRelease(1);
            if (shut) {
                inside.setRelease(0);
                return false;
            }
            return true;
        }

        @Override
        void leave() {
            inside.setRelease(0);
        }

        @Override
        boolean isShut() {
            return shut;
        }

        @Override
        void shut() {
            shut = true;
            do {
                LockSupport.parkNanos(SETTLE_NANOS);
            } while (inside.get() != 0);
        }
    }
}
