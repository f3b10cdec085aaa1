package dev.shm.queue;

import dev.shm.memory.Memory;
import dev.shm.segment.WaitRoom;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
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

    /** News that came sooner after a thread went to sleep would have been worth a few more looks. */
    private static final long SOON_NANOS = 100_000;

    private static final long FIRST_PARK_NANOS = TimeUnit.MICROSECONDS.toNanos(200);
    private static final long LONGEST_PARK_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** An announcement counts from then on: no processor keeps a store to itself for so long. */
    private static final long SETTLED_NANOS = FIRST_PARK_NANOS;

    /** In the word of sleepers, above the bits of slots: who has news makes a fence before it looks whom to ring for. */
    static final long FENCED = WaitRoom.EVERYBODY + 1;

    /** Above that, so often somebody has asked for the fence: a number that changes whenever it is set again. */
    private static final long SET_ONCE_MORE = FENCED << 1;

    private static final long MARKS = -FENCED;

    /** Whom to ring for, and whether to make a fence first: all that concerns who has news. */
    private static final long CALLS = WaitRoom.EVERYBODY | FENCED;

    /** The fence goes when nobody slept for so many messages. */
    static final int CALM = 1024;

    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

    private final Memory memory;
    private final WaitRoom room;
    private final long sleepers;
    private final Waiting waiting;
    private final long longestPark;

    /** Since when this process knows that there is a fence, and which one. */
    private volatile Fence known = new Fence(0, 0);

    /** Racy: how often to look before sleeping. Where looks come to nothing, fewer are taken the next time. */
    private int looks = LOOKS;

    /** Racy: how often there was a fence and nobody to ring for. */
    private int calm;

    private record Fence(long mark, long since) {}

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

    /** Whether the word of sleepers says that {@link #tellSleepers} has something to do. */
    static boolean calls(long word) {
        // How often the mark was set stays when it is gone.
        return (word & CALLS) != 0;
    }

    /** There are news: wakes whoever sleeps. */
    void tell() {
        if (calls(memory.getLongAcquire(sleepers))) {
            tellSleepers();
        }
    }

    /** As {@link #tell}, for one who has seen that the word of sleepers {@linkplain #calls calls} for it. */
    void tellSleepers() {
        // SYNC POINT with announce: what the news are is there before the bits are looked at.
        memory.fullFence();
        long word = memory.getLongAcquire(sleepers);
        if ((word & WaitRoom.EVERYBODY) != 0) {
            calm = 0;
            room.ring(memory.getAndAndLong(sleepers, MARKS) & WaitRoom.EVERYBODY);
        } else if ((word & FENCED) != 0 && ++calm >= CALM) {
            // Messages stream in. Who sleeps after this sets the mark anew; whoever did before is among the bits.
            calm = 0;
            memory.compareAndSetLong(sleepers, word, word & ~FENCED);
        }
    }

    /** Wakes all of this process, since something has ended. */
    void wakeAll() {
        room.wakeAll();
    }

    /**
     * Has this process rung for. Then look again, and then sleep.
     *
     * @return whether everybody makes the fence already; if not, have a look again after {@link #firstLook}
     */
    boolean announce() {
        long own = room.ownBit();
        // SYNC POINT with tellSleepers: the bit is there before the ring is looked at.
        long word = memory.getAndOrLong(sleepers, own) | own;
        while ((word & FENCED) == 0) {
            long fenced = word + SET_ONCE_MORE | FENCED;
            if (memory.compareAndSetLong(sleepers, word, fenced)) {
                word = fenced;
            } else {
                word = memory.getAndOrLong(sleepers, own) | own;
            }
        }
        long mark = word & MARKS;
        Fence fence = known;
        long now = System.nanoTime();
        if (fence.mark() != mark) {
            known = new Fence(mark, now);
            return false;
        }
        return now - fence.since() >= SETTLED_NANOS;
    }

    /** How long after an announcement to look again though nobody rang; the package says why. */
    long firstLook() {
        return Math.min(FIRST_PARK_NANOS, longestPark);
    }

    /** And how long after that. */
    long nextLook() {
        return longestPark;
    }

    /** Has someone told of news who is no thread. Whoever is added asks itself with {@link #announce}. */
    void add(WaitRoom.Sleeper sleeper) {
        room.addWithoutThread(sleeper);
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
        int most = waiting == Waiting.BLOCK ? looks : LOOKS;
        for (int i = 0; i < most; i++) {
            if (news.getAsBoolean()) {
                looks = Math.min(LOOKS, 2 * most);
                return true;
            }
            if (i == 0 && deadline - System.nanoTime() <= 0) {
                return false;
            }
            for (int pause = 0; pause < PAUSES; pause++) {
                Thread.onSpinWait();
            }
        }
        looks = Math.max(1, most / 2);
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
        long asleep = System.nanoTime();
        room.add(parked);
        try {
            for (; ; ) {
                boolean settled = announce();
                if (news.getAsBoolean()) {
                    if (System.nanoTime() - asleep < SOON_NANOS) {
                        looks = LOOKS;
                    }
                    return true;
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                parked.awaitWake(Math.min(left, settled ? nextLook() : firstLook()));
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
            room.sleep(() -> woken, nanos);
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
            if (!announce() || hasReason()) {
                wake();
            }
        }

        @Override
        public void wake() {
            woken = true;
            room.wake(thread);
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
