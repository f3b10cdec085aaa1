package dev.shm.queue;

import dev.shm.memory.Memory;
import dev.shm.segment.WaitRoom;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * Waits for one thing about a queue, messages or room, and tells others who do. Which thing it is says the word in which those
 * who sleep have set their bits.
 */
final class Waiter {

    private static final int LOOKS = Runtime.getRuntime().availableProcessors() > 2 ? 400 : 50;
    private static final int PAUSES = 32;
    private static final long FIRST_PARK_NANOS = TimeUnit.MICROSECONDS.toNanos(200);
    private static final long LONGEST_PARK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int PARK_GROWTH = 16;
    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

    private final Memory memory;
    private final WaitRoom room;
    private final long sleepers;
    private final Waiting waiting;
    private final long longestPark;

    /**
     * Waits for some news.
     *
     * @param sleepers address of the word
     * @param longestPark how long to sleep at most: for news that come by themselves
     */
    Waiter(Memory memory, WaitRoom room, long sleepers, Waiting waiting, long longestPark) {
        this.memory = memory;
        this.room = room;
        this.sleepers = sleepers;
        this.waiting = waiting;
        this.longestPark = Math.min(LONGEST_PARK_NANOS, longestPark);
    }

    /** {@code System.nanoTime()} so long from now: half a lifetime of the clock at most, so that comparing by difference works. */
    static long deadline(long nanos) {
        return System.nanoTime() + Math.max(0, Math.min(nanos, Long.MAX_VALUE / 2));
    }

    /** As {@link #deadline(long)}; any duration will do. */
    static long deadline(Duration timeout) {
        // One that is longer than the clock lives cannot be told in its nanoseconds.
        return deadline(
                timeout.compareTo(LONGEST) < 0 ? (timeout.isNegative() ? 0 : timeout.toNanos()) : Long.MAX_VALUE);
    }

    /** There are news: wakes whoever sleeps. */
    void tell() {
        if (memory.getLongAcquire(sleepers) != 0) {
            room.ring(memory.getAndSetLong(sleepers, 0));
        }
    }

    /** Wakes all of this process, since something has ended. */
    void wakeAll() {
        room.wakeAll();
    }

    /** Has this process rung for. Then look again, and then sleep. */
    void announce() {
        memory.getAndOrLong(sleepers, room.ownBit());
        // SYNC POINT with tell: the bit is there before the ring is looked at. See the package for the other side.
        memory.fullFence();
    }

    /** How long after an announcement to look again though nobody rang; the package says why. */
    long firstLook() {
        return Math.min(FIRST_PARK_NANOS, longestPark);
    }

    /** And how long after a look that was in vain. */
    long nextLook(long lastLook) {
        return Math.min(lastLook * PARK_GROWTH, longestPark);
    }

    /** Has someone told of news who is no thread. Whoever is added asks itself with {@link #announce}. */
    void add(WaitRoom.Sleeper sleeper) {
        room.add(sleeper);
    }

    void remove(WaitRoom.Sleeper sleeper) {
        room.remove(sleeper);
    }

    /**
     * Waits until there are news, or may be.
     *
     * @param news whether there are any; any thread may ask
     * @param deadline {@code System.nanoTime()} until which to wait
     * @return false if the time is up
     * @throws InterruptedException if the thread is interrupted, or was
     */
    boolean await(BooleanSupplier news, long deadline) throws InterruptedException {
        for (int i = 0; i < LOOKS; i++) {
            if (news.getAsBoolean()) {
                return true;
            }
            if (i == 0 && deadline - System.nanoTime() <= 0) {
                return false;
            }
            for (int pause = 0; pause < PAUSES; pause++) {
                Thread.onSpinWait();
            }
        }
        return switch (waiting) {
            case BLOCK -> park(news, deadline);
            case BACKOFF -> idle(news, deadline, new BackoffIdleStrategy(10, 20, 1_000, 1_000_000));
            case SPIN -> idle(news, deadline, SPIN);
        };
    }

    private boolean idle(BooleanSupplier news, long deadline, IdleStrategy strategy) throws InterruptedException {
        while (!news.getAsBoolean()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (deadline - System.nanoTime() <= 0) {
                return false;
            }
            strategy.idle();
        }
        return true;
    }

    private boolean park(BooleanSupplier news, long deadline) throws InterruptedException {
        Parked parked = new Parked(Thread.currentThread(), news);
        room.add(parked);
        try {
            long park = FIRST_PARK_NANOS;
            for (; ; ) {
                announce();
                if (news.getAsBoolean()) {
                    return true;
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                parked.awaitWake(Math.min(left, Math.min(park, longestPark)));
                park = Math.min(park * PARK_GROWTH, LONGEST_PARK_NANOS);
            }
        } finally {
            room.remove(parked);
        }
    }

    /** A thread that is parked, or about to be. */
    private final class Parked implements WaitRoom.Sleeper {

        private final Thread thread;
        private final BooleanSupplier news;
        private volatile boolean woken;

        Parked(Thread thread, BooleanSupplier news) {
            this.thread = thread;
            this.news = news;
        }

        void awaitWake(long nanos) {
            if (!woken) {
                LockSupport.parkNanos(Waiter.this, nanos);
            }
            woken = false;
        }

        @Override
        public boolean hasReason() {
            try {
                return news.getAsBoolean();
            } catch (RuntimeException e) {
                // A damaged ring is for the one who waits to report, not for whoever rang.
                return true;
            }
        }

        @Override
        public void stay() {
            announce();
            if (hasReason()) {
                wake();
            }
        }

        @Override
        public void wake() {
            woken = true;
            LockSupport.unpark(thread);
        }
    }

    /** Looks again after a few pauses, so as not to take the line from the one who is writing it. */
    private static final IdleStrategy SPIN = new IdleStrategy() {
        @Override
        public void idle(int workCount) {
            if (workCount <= 0) {
                idle();
            }
        }

        @Override
        public void idle() {
            for (int pause = 0; pause < PAUSES; pause++) {
                Thread.onSpinWait();
            }
        }

        @Override
        public void reset() {
            // Nothing is remembered between idles.
        }

        @Override
        public String alias() {
            return "spin";
        }
    };
}
