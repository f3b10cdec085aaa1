package dev.shm.collection;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The lock of one key among {@link SharedLocks}, where it says what a death does. All that were got for equal keys by one opening are the same lock. Any thread
 * may use it; one that has it may take it again, and gives it back as often. After the locks or the segment were closed, its methods throw
 * {@link dev.shm.error.SegmentClosedException}, those that wait included.
 */
public final class KeyLock implements Lock {

    private final SharedLocks locks;
    private final Object key;

    KeyLock(SharedLocks locks, Object key) {
        this.locks = locks;
        this.key = key;
    }

    /** Its key. */
    public Object key() {
        return key;
    }

    @Override
    public void lock() {
        lockUninterruptibly(null);
    }

    /**
     * Takes the lock for that time at most: if it is not given back or {@linkplain #renew renewed} until then, other processes may have it,
     * though this one lives; other threads of this one still wait. Who has it already keeps it as it has it. Waits for as long as it takes to get it.
     *
     * @throws IllegalArgumentException if it is not a positive time
     */
    public void lock(Duration ttl) {
        lockUninterruptibly(checked(ttl));
    }

    private void lockUninterruptibly(@Nullable Duration ttl) {
        try {
            locks.acquire(key, SharedLocks.FOREVER, false, ttl);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted where nothing is interruptible", e);
        }
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
        locks.acquire(key, SharedLocks.FOREVER, true, null);
    }

    /**
     * Takes it if it is free, or its holder is dead. To be refused costs a question to the kernel whether the holder lives, some microseconds: who
     * would try again and again should wait instead.
     */
    @Override
    public boolean tryLock() {
        try {
            return locks.acquire(key, 0, false, null);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted where nothing is interruptible", e);
        }
    }

    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        return locks.acquire(key, unit.toNanos(time), true, null);
    }

    /**
     * As {@link #lock(Duration)}, waiting for a while at most.
     *
     * @return false if it was not to be had in that time
     */
    public boolean tryLock(Duration wait, Duration ttl) throws InterruptedException {
        long nanos = wait.compareTo(Duration.ofNanos(Long.MAX_VALUE)) < 0 ? wait.toNanos() : SharedLocks.FOREVER;
        return locks.acquire(key, nanos, true, checked(ttl));
    }

    private static Duration checked(Duration ttl) {
        Objects.requireNonNull(ttl);
        if (ttl.isNegative() || ttl.isZero()) {
            throw new IllegalArgumentException("a lock cannot be held for " + ttl
                    + ". Give a positive time, or none: then it is held until it is given back, or its process dies.");
        }
        return ttl;
    }

    /**
     * Gives the lock back.
     *
     * @throws IllegalMonitorStateException if the calling thread does not have it
     * @throws dev.shm.error.LeaseLostException if it was taken for a time, that was up, and somebody else has had the lock since
     * @throws dev.shm.error.LockTimeoutException if a stopped process does not let it: then the thread has the lock still
     */
    @Override
    public void unlock() {
        locks.release(key);
    }

    /**
     * Has the calling thread hold the lock for that time from now on.
     *
     * @throws IllegalMonitorStateException if the calling thread does not have it
     * @throws dev.shm.error.LeaseLostException if its time was up, and somebody else has had the lock since
     */
    public void renew(Duration ttl) {
        locks.renew(key, checked(ttl));
    }

    /**
     * What renews the lock as the calling thread has it now, from any thread: for whoever works for longer than it knows. It returns false
     * once the lock was given back, or somebody else has had it.
     *
     * @throws IllegalMonitorStateException if the calling thread does not have it
     */
    public Predicate<Duration> renewal() {
        Predicate<Duration> renewal = locks.renewal(key);
        return ttl -> renewal.test(checked(ttl));
    }

    /** Whether the calling thread has it. */
    public boolean isHeldByCurrentThread() {
        return locks.isHeldByThisThread(key);
    }

    /** How often the calling thread has taken it and not given it back. */
    public int holdCount() {
        return locks.holds(key);
    }

    /** The process that has it, in words, or {@code nobody}. */
    public String holder() {
        return locks.holder(key);
    }

    /**
     * There are none.
     *
     * @throws UnsupportedOperationException always
     */
    @Override
    public Condition newCondition() {
        throw new UnsupportedOperationException(
                "a lock among processes has no conditions. Let a SharedQueue tell the other "
                        + "side: whoever waits for a message sleeps, and is woken by it.");
    }

    @Override
    public String toString() {
        return "KeyLock[" + key + " in " + locks.name() + "]";
    }
}
