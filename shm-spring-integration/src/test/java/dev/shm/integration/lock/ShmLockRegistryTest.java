package dev.shm.integration.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.SharedMemory;
import dev.shm.collection.SharedLocks;
import dev.shm.error.SegmentClosedException;
import dev.shm.integration.testing.Segment;
import dev.shm.integration.testing.Watchdog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.integration.leader.Context;
import org.springframework.integration.leader.DefaultCandidate;
import org.springframework.integration.support.leader.LockRegistryLeaderInitiator;
import org.springframework.integration.support.locks.DistributedLock;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/**
 * What the framework asks of its lock registries, between two attachments of a segment. Kills are in {@code StoresIT}. Each test of its
 * {@code RedisLockRegistryTests}, whose locks are shared by processes as well, has one here:
 *
 * <table>
 * <tr><td>{@code testLock}</td>
 *     <td>{@link #shouldLockAndUnlock}, {@link #shouldKeepNothingOfLocksThatNobodyHas}</td></tr>
 * <tr><td>{@code testLockWithCustomTtl}, {@code testTryLockWithCustomTtl}</td>
 *     <td>{@link #shouldRenewWhatWasTakenForATime}</td></tr>
 * <tr><td>{@code testLockInterruptibly}</td>
 *     <td>{@link #shouldLockInterruptibly}</td></tr>
 * <tr><td>{@code testReentrantLock}, {@code testReentrantLockInterruptibly}</td>
 *     <td>{@link #shouldBeReentrantByAnyObjectOfTheKey}</td></tr>
 * <tr><td>{@code testTwoLocks}</td>
 *     <td>{@link #shouldHaveTwoLocksForTwoKeys}</td></tr>
 * <tr><td>{@code testTwoThreadsSecondFailsToGetLock}</td>
 *     <td>{@link #shouldNotTryForALockThatAnotherThreadHas}</td></tr>
 * <tr><td>{@code testTwoThreads}, {@code testTwoThreadsDifferentRegistries}, {@code twoRedisLockRegistryTest}, {@code
 * multiRedisLockRegistryTest}, {@code earlyWakeUpTest}</td>
 *     <td>{@link #shouldExcludeThreadsOfBothProcesses}</td></tr>
 * <tr><td>{@code testTwoThreadsWrongOneUnlocks}</td>
 *     <td>{@link #shouldRefuseToUnlockWhatTheThreadDoesNotHave}</td></tr>
 * <tr><td>{@code testUnlockAfterLockStatusHasBeenExpired}, {@code testExpireTwoRegistries}, {@code testExceptionOnExpire}</td>
 *     <td>{@link #shouldLetOthersHaveALockWhoseTimeIsUpAndSaySo}</td></tr>
 * <tr><td>{@code testRenewalOnExpire}</td>
 *     <td>{@link #shouldRenewByItselfWithAScheduler}</td></tr>
 * <tr><td>{@code testLockRenew}, {@code testLockRenewLockNotOwned}, {@code testLockRenewWithCustomTtl}</td>
 *     <td>{@link #shouldRenewWhatWasTakenForATime}</td></tr>
 * <tr><td>{@code testExpireNotChanged}</td>
 *     <td>{@link #shouldKeepTheTimeOfALockThatAnotherTriesFor}</td></tr>
 * <tr><td>{@code testThreadLocalListLeaks}</td>
 *     <td>{@link #shouldKeepNothingOfLocksThatNobodyHas}, {@link #shouldNeverHaveOneLockForTwoKeys}</td></tr>
 * <tr><td>{@code RedisLockRegistryLeaderInitiatorTests}</td>
 *     <td>{@link #shouldElectOneLeaderAndAnotherWhenThatStops}</td></tr>
 * <tr><td>{@code testEquals}, {@code testTwoThreadsRemoveAndObtainSameLockSimultaneously}</td>
 *     <td>none: an object stands for its key alone, each {@code obtain} makes one, and what
 * they do together is in {@link #shouldBeReentrantByAnyObjectOfTheKey}</td></tr>
 * <tr><td>{@code concurrentObtainCapacityTest}, {@code concurrentObtainRemoveOrderTest}, {@code
 * concurrentObtainAccessRemoveOrderTest}, {@code setCapacityTest}</td>
 *     <td>none: no lock is kept that nobody holds</td></tr>
 * <tr><td>{@code testInitialiseWithCustomExecutor}</td>
 *     <td>none: nothing is told by messages</td></tr>
 * </table>
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShmLockRegistryTest {

    @RegisterExtension
    final Segment segment = new Segment();

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private ShmLockRegistry mine;
    private ShmLockRegistry theirs;

    @BeforeEach
    void open() {
        mine = new ShmLockRegistry(segment.mine());
        theirs = new ShmLockRegistry(segment.theirs());
    }

    @AfterEach
    void close() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(Watchdog.TIMEOUT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        mine.close();
        theirs.close();
    }

    private <T> T elsewhere(Callable<T> action) throws Exception {
        return threads.submit(action).get();
    }

    @Test
    void shouldLockAndUnlock() {
        for (int i = 0; i < 10; i++) {
            Lock lock = mine.obtain("foo");
            lock.lock();
            assertThat(theirs.obtain("foo").tryLock()).isFalse();
            assertThat(theirs.holders()).containsOnlyKeys("foo");
            lock.unlock();
        }
        assertThat(mine.holders()).isEmpty();
    }

    @Test
    void shouldLockInterruptibly() throws Exception {
        Lock lock = mine.obtain("foo");
        lock.lockInterruptibly();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> theirs.obtain("foo").lockInterruptibly()).isInstanceOf(InterruptedException.class);
        lock.unlock();
        assertThat(mine.holders()).isEmpty();
    }

    @Test
    void shouldBeReentrantByAnyObjectOfTheKey() {
        Lock first = mine.obtain("foo");
        first.lock();
        Lock second = mine.obtain("foo");
        second.lock();
        second.unlock();
        assertThat(theirs.obtain("foo").tryLock()).isFalse();
        first.unlock();
        assertThat(theirs.obtain("foo").tryLock()).isTrue();
        theirs.obtain("foo").unlock();
    }

    @Test
    void shouldHaveTwoLocksForTwoKeys() throws Exception {
        mine.obtain("foo").lockInterruptibly();
        Lock other = theirs.obtain("bar");
        other.lockInterruptibly();
        other.unlock();
        mine.obtain("foo").unlock();
    }

    @Test
    void shouldNeverHaveOneLockForTwoKeys() {
        List<DistributedLock> locks = new ArrayList<>();
        // More than the framework's default registry has locks, and keys of the same hash among them.
        for (int i = 0; i < 600; i++) {
            locks.add(mine.obtain("key" + i));
        }
        locks.add(mine.obtain("Aa"));
        locks.add(mine.obtain("BB"));
        locks.add(mine.obtain(1));
        locks.add(mine.obtain("1"));
        for (DistributedLock lock : locks) {
            assertThat(lock.tryLock()).isTrue();
        }
        assertThat(theirs.holders()).hasSize(604);
        locks.forEach(Lock::unlock);
        assertThat(theirs.holders()).isEmpty();
    }

    @Test
    void shouldNotTryForALockThatAnotherThreadHas() throws Exception {
        Lock lock = mine.obtain("foo");
        lock.lock();
        assertThat(elsewhere(() -> mine.obtain("foo").tryLock(5, TimeUnit.MILLISECONDS)))
                .isFalse();
        assertThat(elsewhere(() -> theirs.obtain("foo").tryLock(5, TimeUnit.MILLISECONDS)))
                .isFalse();
        lock.unlock();
        assertThat(elsewhere(() -> {
                    Lock another = theirs.obtain("foo");
                    boolean taken = another.tryLock(1, TimeUnit.SECONDS);
                    another.unlock();
                    return taken;
                }))
                .isTrue();
    }

    @Test
    void shouldExcludeThreadsOfBothProcesses() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        List<Future<?>> working = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            ShmLockRegistry registry = i % 2 == 0 ? mine : theirs;
            working.add(threads.submit(() -> {
                for (int round = 0; round < 500; round++) {
                    Lock lock = registry.obtain("foo");
                    lock.lock();
                    try {
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        Thread.onSpinWait();
                        inside.decrementAndGet();
                        done.incrementAndGet();
                    } finally {
                        lock.unlock();
                    }
                }
                return null;
            }));
        }
        for (Future<?> one : working) {
            one.get();
        }
        assertThat(most).hasValue(1);
        assertThat(done).hasValue(2_000);
        assertThat(segment.problems()).isEmpty();
    }

    @Test
    void shouldRefuseToUnlockWhatTheThreadDoesNotHave() throws Exception {
        Lock lock = mine.obtain("foo");
        lock.lock();
        elsewhere(() -> {
            assertThatThrownBy(() -> mine.obtain("foo").unlock())
                    .isInstanceOf(IllegalMonitorStateException.class)
                    .hasMessageContaining("'foo'");
            return true;
        });
        lock.unlock();
        assertThatThrownBy(lock::unlock).isInstanceOf(IllegalMonitorStateException.class);
    }

    @Test
    void shouldHaveNoConditions() {
        assertThatThrownBy(mine.obtain("foo")::newCondition)
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("has no conditions");
    }

    @Test
    void shouldRefuseKeysThatMeanNothingElsewhere() {
        assertThatThrownBy(() -> mine.obtain(List.of("a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Use a String");
        assertThatThrownBy(() -> mine.obtain(null)).isInstanceOf(IllegalArgumentException.class);
        assertThat(mine.obtain("foo")).hasToString("ShmLock[foo in shm.locks]");
    }

    @Test
    void shouldRunWhatIsToRunLocked() throws Exception {
        assertThat(mine.<String, Exception>executeLocked("foo", () -> {
                    assertThat(elsewhere(() -> theirs.obtain("foo").tryLock())).isFalse();
                    return "done";
                }))
                .isEqualTo("done");
        mine.obtain("foo").lock();
        elsewhere(() -> {
            assertThatThrownBy(() -> theirs.executeLocked("foo", Duration.ofMillis(5), () -> {}))
                    .isInstanceOf(TimeoutException.class);
            return true;
        });
        mine.obtain("foo").unlock();
        assertThat(mine.holders()).isEmpty();
    }

    @Test
    void shouldLetOthersHaveALockWhoseTimeIsUpAndSaySo() {
        DistributedLock lock = mine.obtain("foo");
        lock.lock(Duration.ofMillis(10));
        theirs.obtain("foo").lock();
        assertThatThrownBy(() -> mine.renewLock("foo")).isInstanceOf(ConcurrentModificationException.class);
        assertThatThrownBy(lock::unlock)
                .isInstanceOf(ConcurrentModificationException.class)
                .hasMessageContaining("renew it in time");
        assertThat(theirs.holders()).containsOnlyKeys("foo");
        theirs.obtain("foo").unlock();
        lock.lock();
        lock.unlock();
    }

    @Test
    void shouldRenewWhatWasTakenForATime() throws Exception {
        DistributedLock lock = mine.obtain("foo");
        assertThatThrownBy(() -> mine.renewLock("foo"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not held by this thread");
        assertThat(lock.tryLock(Duration.ofSeconds(1), Duration.ofMillis(500))).isTrue();
        mine.renewLock("foo");
        mine.renewLock("foo", Duration.ofHours(1));
        elsewhere(() -> {
            assertThatThrownBy(() -> mine.renewLock("foo")).isInstanceOf(IllegalStateException.class);
            assertThat(theirs.obtain("foo").tryLock(600, TimeUnit.MILLISECONDS)).isFalse();
            return true;
        });
        lock.unlock();
        lock.lock();
        mine.renewLock("foo");
        lock.unlock();
    }

    @Test
    void shouldKeepTheTimeOfALockThatAnotherTriesFor() throws Exception {
        DistributedLock lock = mine.obtain("foo");
        lock.lock(Duration.ofSeconds(1));
        Watchdog.await("the time is up though another thread has tried all the while", () -> {
            boolean taken = theirs.obtain("foo").tryLock();
            if (taken) {
                theirs.obtain("foo").unlock();
            }
            return taken;
        });
        assertThatThrownBy(lock::unlock).isInstanceOf(ConcurrentModificationException.class);
        lock.lock(Duration.ofHours(1));
        assertThat(elsewhere(() -> mine.obtain("foo").tryLock())).isFalse();
        assertThat(elsewhere(() -> theirs.obtain("foo").tryLock(5, TimeUnit.MILLISECONDS)))
                .isFalse();
        lock.unlock();
    }

    @Test
    void shouldRenewByItselfWithAScheduler() throws Exception {
        ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
        scheduler.initialize();
        try {
            mine.setRenewalTaskScheduler(scheduler);
            DistributedLock lock = mine.obtain("foo");
            lock.lock(Duration.ofSeconds(1));
            lock.lock(Duration.ofMillis(1));
            assertThat(elsewhere(() -> theirs.obtain("foo").tryLock(1_500, TimeUnit.MILLISECONDS)))
                    .isFalse();
            lock.unlock();
            assertThat(scheduler.getScheduledThreadPoolExecutor().getQueue()).isNotEmpty();
            lock.unlock();
            assertThat(theirs.obtain("foo").tryLock()).isTrue();
            theirs.obtain("foo").unlock();
            Watchdog.await("the end of the renewals", () -> {
                scheduler.getScheduledThreadPoolExecutor().purge();
                return scheduler.getScheduledThreadPoolExecutor().getQueue().isEmpty();
            });
        } finally {
            scheduler.shutdown();
        }
    }

    @Test
    void shouldKeepNothingOfLocksThatNobodyHas() {
        for (int i = 0; i < 10_000; i++) {
            Lock lock = mine.obtain("a key that has a block of its own " + i);
            lock.lock();
            lock.unlock();
        }
        mine.expireUnusedOlderThan(0);
        try (SharedLocks locks = segment.mine().open(ShmLockRegistry.DEFAULT_NAME, SharedLocks.type())) {
            assertThat(locks.holders()).isEmpty();
            assertThat(locks.removeDead()).isZero();
        }
        long used = segment.mine().deepStatistics().usedBytes();
        for (int i = 0; i < 10_000; i++) {
            Lock lock = mine.obtain("another key that has a block of its own " + i);
            lock.lock();
            lock.unlock();
        }
        assertThat(segment.mine().deepStatistics().usedBytes()).isEqualTo(used);
    }

    @Test
    void shouldNotExpireWhatIsHeld() {
        Lock lock = mine.obtain("foo");
        lock.lock();
        theirs.expireUnusedOlderThan(0);
        mine.expireUnusedOlderThan(0);
        assertThat(theirs.obtain("foo").tryLock()).isFalse();
        lock.unlock();
    }

    @Test
    void shouldGiveBackWhatItHoldsWhenClosed() {
        mine.obtain("foo").lock();
        mine.obtain("bar").lock();
        mine.close();
        assertThat(theirs.obtain("foo").tryLock()).isTrue();
        assertThat(theirs.obtain("bar").tryLock()).isTrue();
        assertThatThrownBy(() -> mine.obtain("foo")).isInstanceOf(SegmentClosedException.class);
        theirs.obtain("foo").unlock();
        theirs.obtain("bar").unlock();
    }

    @Test
    void shouldGoOnInTheSuccessorOfItsSegment() {
        AtomicReference<SharedMemory> current = new AtomicReference<>(segment.theirs());
        try (ShmLockRegistry registry = new ShmLockRegistry(current::get, ShmLockRegistry.DEFAULT_NAME)) {
            Lock lock = registry.obtain("foo");
            lock.lock();
            assertThat(mine.obtain("foo").tryLock()).isFalse();
            theirs.close();
            segment.theirs().close();
            current.set(segment.mine());
            assertThatThrownBy(lock::unlock).isInstanceOf(IllegalMonitorStateException.class);
            lock.lock();
            lock.unlock();
        }
    }

    @Test
    void shouldElectOneLeaderAndAnotherWhenThatStops() throws Exception {
        List<LockRegistryLeaderInitiator> initiators = new ArrayList<>();
        List<Boss> bosses = new ArrayList<>();
        for (ShmLockRegistry registry : List.of(mine, theirs)) {
            Boss boss = new Boss();
            LockRegistryLeaderInitiator initiator = new LockRegistryLeaderInitiator(registry, boss);
            initiator.setHeartBeatMillis(10);
            initiator.setBusyWaitMillis(10);
            initiator.start();
            initiators.add(initiator);
            bosses.add(boss);
        }
        try {
            Watchdog.await("a leader", () -> bosses.get(0).leads != bosses.get(1).leads);
            int leader = bosses.get(0).leads ? 0 : 1;
            initiators.get(leader).stop();
            Watchdog.await("the other one", () -> bosses.get(1 - leader).leads && !bosses.get(leader).leads);
        } finally {
            initiators.forEach(LockRegistryLeaderInitiator::stop);
        }
        Watchdog.await("no leader", () -> mine.holders().isEmpty());
    }

    private static final class Boss extends DefaultCandidate {

        volatile boolean leads;

        Boss() {
            super("boss", "role");
        }

        @Override
        public void onGranted(Context context) {
            leads = true;
        }

        @Override
        public void onRevoked(Context context) {
            leads = false;
        }
    }

    /** On JDK 21 and later; with a carrier for each of two threads, none of which may be kept by one that waits. */
    @Test
    void shouldNotKeepTheCarriersOfVirtualThreadsThatWait() throws Exception {
        Callable<ExecutorService> virtual = virtualThreads();
        if (virtual == null) {
            return;
        }
        Lock lock = mine.obtain("foo");
        lock.lock();
        ExecutorService waiting = virtual.call();
        int many = 4 * Runtime.getRuntime().availableProcessors();
        CountDownLatch through = new CountDownLatch(many);
        for (int i = 0; i < many; i++) {
            ShmLockRegistry registry = i % 2 == 0 ? mine : theirs;
            waiting.submit(() -> {
                Lock one = registry.obtain("foo");
                one.lock();
                one.unlock();
                through.countDown();
                return null;
            });
        }
        assertThat(waiting.submit(() -> "others run").get()).isEqualTo("others run");
        lock.unlock();
        assertThat(through.await(Watchdog.TIMEOUT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        waiting.shutdown();
    }

    private static Callable<ExecutorService> virtualThreads() {
        try {
            var factory = Executors.class.getMethod("newVirtualThreadPerTaskExecutor");
            return () -> (ExecutorService) factory.invoke(null);
        } catch (NoSuchMethodException e) {
            return null;
        }
    }
}
