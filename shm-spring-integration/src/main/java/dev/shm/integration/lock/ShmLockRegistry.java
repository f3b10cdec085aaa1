package dev.shm.integration.lock;

import dev.shm.SharedMemory;
import dev.shm.collection.KeyLock;
import dev.shm.collection.SharedLocks;
import dev.shm.error.LeaseLostException;
import dev.shm.integration.support.ShmObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ConcurrentModificationException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.support.locks.DistributedLock;
import org.springframework.integration.support.locks.ExpirableLockRegistry;
import org.springframework.integration.support.locks.RenewableLockRegistry;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.util.Assert;

/**
 * Locks among all processes of a segment, by {@link SharedLocks}: for an aggregator or a resequencer that several processes are, for leader
 * election, for whatever one of them may do at a time.
 *
 * <pre>{@code
 * @Bean
 * ShmLockRegistry locks(SharedMemory desk) {
 *     return new ShmLockRegistry(desk);
 * }
 * }</pre>
 *
 * <p>Each key has a lock of its own: no two keys ever share one. A key is a string, a number, a UUID or a type of {@code java.time}; {@code 1}
 * and {@code "1"} are two keys. A lock belongs to a thread and is reentrant. Who waits sleeps, and is woken by who gives the lock back, in
 * whatever process; {@code tryLock(0, ...)} does not wait. Virtual threads may wait.
 *
 * <p><b>A lock dies with its process</b>, in milliseconds, in whatever way that ends; no time-out has to be guessed, and none is needed. A
 * process that is stopped, or whose thread hangs, keeps its lock. Where that must not be, take it for a time: {@link
 * DistributedLock#lock(Duration)} and {@link DistributedLock#tryLock(Duration, Duration)}. When the time is up, other processes may have it; {@code
 * unlock} then throws {@link ConcurrentModificationException} if somebody had it. {@link #renewLock} gives it another while, and a {@linkplain
 * #setRenewalTaskScheduler scheduler} does so by itself as long as the process lives and the lock is held.
 *
 * <p>A lock ends with its segment: where the supplier gives a successor, locks taken after that are of the successor, and {@code unlock} of
 * one that was taken before throws {@link IllegalMonitorStateException}.
 *
 * <p>Any thread may use it. Spring closes it, and it gives back what is still held by it; the segment is closed after it, by whoever opened
 * that.
 */
public class ShmLockRegistry
        implements ExpirableLockRegistry<DistributedLock>, RenewableLockRegistry<DistributedLock>, AutoCloseable {

    /** Name of the locks, if none is given. */
    public static final String DEFAULT_NAME = "shm.locks";

    private final Log logger = LogFactory.getLog(getClass());

    private final ShmObject<SharedLocks> locks;

    /** Those that were taken for a time, by their keys. An entry is changed by the thread that has the lock. */
    private final Map<Object, Term> terms = new ConcurrentHashMap<>();

    private volatile @Nullable TaskScheduler scheduler;

    /** How long a lock was taken for, and what renews it. */
    private record Term(
            KeyLock lock, Duration ttl, @Nullable ScheduledFuture<?> renewing) {

        void end() {
            if (renewing != null) {
                renewing.cancel(false);
            }
        }
    }

    /** Registry of the locks {@link #DEFAULT_NAME}. */
    public ShmLockRegistry(SharedMemory memory) {
        this(memory, DEFAULT_NAME);
    }

    /** Registry of the locks of that name. */
    public ShmLockRegistry(SharedMemory memory, String name) {
        this(fixed(memory), name);
    }

    /**
     * Registry of the locks of that name.
     *
     * @param memory asked when the locks are opened, and again when the segment has ended
     */
    public ShmLockRegistry(Supplier<? extends SharedMemory> memory, String name) {
        this.locks = new ShmObject<>(memory, name, SharedLocks.type());
    }

    private static Supplier<SharedMemory> fixed(SharedMemory memory) {
        Assert.notNull(memory, "'memory' must not be null");
        return () -> memory;
    }

    /**
     * The lock of that key. Nothing is kept for it, and it need not be given back.
     *
     * @throws IllegalArgumentException if such a key is none that all processes understand alike
     */
    @Override
    public DistributedLock obtain(Object lockKey) {
        Assert.notNull(lockKey, "'lockKey' must not be null");
        return new ShmLock(locks.get().get(lockKey).key());
    }

    /**
     * Removes what is left of the locks of dead processes. Of locks that nobody holds nothing is kept, whatever their age; so this
     * need not be called: it is also done when a lock is taken after a process has died.
     */
    @Override
    public void expireUnusedOlderThan(long age) {
        locks.get().removeDead();
    }

    /**
     * Has the lock held for as long again as it was taken for. One that was taken without a time needs none, and stays as it is.
     *
     * @throws IllegalStateException if the calling thread does not have it
     * @throws ConcurrentModificationException if its time was up, and somebody else has had it
     */
    @Override
    public void renewLock(Object lockKey) {
        KeyLock lock = ofThisThread(lockKey);
        Term term = terms.get(lockKey);
        if (term != null) {
            renew(lock, term.ttl());
        }
    }

    /**
     * Has the lock held for that time from now on.
     *
     * @throws IllegalStateException if the calling thread does not have it
     * @throws ConcurrentModificationException if its time was up, and somebody else has had it
     */
    @Override
    public void renewLock(Object lockKey, Duration ttl) {
        renew(ofThisThread(lockKey), ttl);
    }

    private KeyLock ofThisThread(Object lockKey) {
        KeyLock lock = locks.get().get(lockKey);
        if (!lock.isHeldByCurrentThread()) {
            throw new IllegalStateException(
                    "the lock of '" + lockKey + "' is not held by this thread, and only who holds it renews it");
        }
        return lock;
    }

    private static void renew(KeyLock lock, Duration ttl) {
        try {
            lock.renew(ttl);
        } catch (LeaseLostException e) {
            throw lost(e);
        }
    }

    private static ConcurrentModificationException lost(LeaseLostException e) {
        return new ConcurrentModificationException(e.getMessage(), e);
    }

    /**
     * Has locks that are taken for a time renewed by themselves, each three times in its time, as long as they are held. Locks that are taken
     * from now on.
     */
    @Override
    public void setRenewalTaskScheduler(TaskScheduler renewalTaskScheduler) {
        this.scheduler = Objects.requireNonNull(renewalTaskScheduler);
    }

    /** Who holds what, in words: a process and the key of a lock that it holds. */
    public Map<Object, String> holders() {
        return locks.get().holders();
    }

    /** Gives back its opening, and what threads of this process hold by it. Those who wait get {@link dev.shm.error.SegmentClosedException}. */
    @Override
    public void close() {
        terms.values().forEach(Term::end);
        terms.clear();
        locks.close();
    }

    /** Called by the thread that has just got the lock. */
    private void begin(KeyLock lock, Duration ttl) {
        if (lock.holdCount() > 1) {
            return;
        }
        TaskScheduler renewing = scheduler;
        ScheduledFuture<?> future = null;
        if (renewing != null) {
            Duration period =
                    ttl.dividedBy(3).compareTo(Duration.ofMillis(1)) < 0 ? Duration.ofMillis(1) : ttl.dividedBy(3);
            Predicate<Duration> renewal = lock.renewal();
            future = renewing.scheduleAtFixedRate(
                    () -> renewAgain(lock, renewal, ttl), Instant.now().plus(period), period);
        }
        Term before = terms.put(lock.key(), new Term(lock, ttl, future));
        if (before != null) {
            // Its time was up, and its holder has not come back yet.
            before.end();
        }
    }

    private void renewAgain(KeyLock lock, Predicate<Duration> renewal, Duration ttl) {
        if (!renewal.test(ttl) && logger.isDebugEnabled()) {
            logger.debug(
                    lock
                            + " was not renewed: it was given back just now, or its time was up. Who holds it is told by unlock");
        }
    }

    /** Called by the thread that is about to give the lock back for the last time. */
    private void end(Object key) {
        Term term = terms.remove(key);
        if (term != null) {
            term.end();
        }
    }

    /** The lock of a key, in whatever segment is the current one. */
    private final class ShmLock implements DistributedLock {

        private final Object key;

        ShmLock(Object key) {
            this.key = key;
        }

        private KeyLock lockNow() {
            return locks.get().get(key);
        }

        @Override
        public void lock() {
            lockNow().lock();
        }

        @Override
        public void lock(Duration ttl) {
            KeyLock lock = lockNow();
            lock.lock(ttl);
            begin(lock, ttl);
        }

        @Override
        public void lockInterruptibly() throws InterruptedException {
            lockNow().lockInterruptibly();
        }

        @Override
        public boolean tryLock() {
            return lockNow().tryLock();
        }

        @Override
        public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
            return lockNow().tryLock(time, unit);
        }

        @Override
        public boolean tryLock(Duration waitTime, Duration ttl) throws InterruptedException {
            KeyLock lock = lockNow();
            boolean taken = lock.tryLock(waitTime, ttl);
            if (taken) {
                begin(lock, ttl);
            }
            return taken;
        }

        @Override
        public void unlock() {
            KeyLock lock = lockNow();
            if (lock.holdCount() == 1) {
                end(key);
            }
            try {
                lock.unlock();
            } catch (LeaseLostException e) {
                throw lost(e);
            }
        }

        @Override
        public Condition newCondition() {
            return lockNow().newCondition();
        }

        @Override
        public String toString() {
            return "ShmLock[" + key + " in " + locks.name() + "]";
        }
    }
}
