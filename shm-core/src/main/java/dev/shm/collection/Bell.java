package dev.shm.collection;

import dev.shm.heap.ObjectHandle;
import dev.shm.memory.Memory;
import dev.shm.segment.WaitRoom;
import java.lang.ref.Reference;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Waits for one thing about an object, and tells others who do. Which thing it is says the word in which those who sleep have set their
 * bits. Who has news has changed the object under its lock, and giving a lock back is a full barrier, as setting a bit is: so either the
 * one sees the bit, or the other the news.
 */
final class Bell {

    private static final int LOOKS = 50;
    private static final int PAUSES = 32;
    /**
     * Who was to ring may have been killed before it did: so often is looked anyway. Tests make it longer, since a ring that is lost
     * while nobody is killed shows in nothing else.
     */
    static long longestParkNanos = TimeUnit.SECONDS.toNanos(1);

    /** What the object's memory stays with. */
    private final ObjectHandle handle;

    private final Memory memory;
    private final WaitRoom room;
    private final long sleepers;

    /**
     * A bell.
     *
     * @param sleepers address of the word in which those who sleep set their bits
     */
    Bell(ObjectHandle handle, long sleepers) {
        this.handle = handle;
        this.memory = handle.memory();
        this.room = handle.attachment().waitRoom();
        this.sleepers = sleepers;
    }

    /** {@code System.nanoTime()} so long from now: half a lifetime of the clock at most, so that comparing by difference works. */
    static long deadline(long nanos) {
        return System.nanoTime() + Math.max(0, Math.min(nanos, Long.MAX_VALUE / 2));
    }

    /** There are news, and the lock under which they came was given back: wakes whoever sleeps. */
    void ring() {
        try {
            // SYNC POINT with announce.
            if (memory.getLongAcquire(sleepers) != 0) {
                room.ring(memory.getAndSetLong(sleepers, 0) & WaitRoom.EVERYBODY);
            }
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Wakes all of this process, since something has ended. */
    void wakeAll() {
        room.wakeAll();
    }

    private void announce() {
        try {
            memory.getAndOrLong(sleepers, room.ownBit());
        } finally {
            Reference.reachabilityFence(handle);
        }
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
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (news.getAsBoolean()) {
                return true;
            }
            if (deadline - System.nanoTime() <= 0) {
                return false;
            }
            for (int pause = 0; pause < PAUSES; pause++) {
                Thread.onSpinWait();
            }
        }
        Parked parked = new Parked(Thread.currentThread(), news);
        room.add(parked);
        try {
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
                parked.awaitWake(Math.min(left, longestParkNanos));
            }
        } finally {
            room.remove(parked);
            Reference.reachabilityFence(handle);
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
                // That it is closed or damaged is for the one who waits to report, not for whoever rang.
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
            room.wake(thread);
        }
    }
}
