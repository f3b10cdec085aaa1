package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.SharedMemory;
import dev.shm.error.LeaseLostException;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.SegmentClosedException;
import dev.shm.testing.Watchdog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Locks of keys between two attachments, which are to each other as two processes are. Deaths are in {@code LocksCrashTest}. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedLocksTest {

    private static final String LONG_KEY = "a key that does not fit into its two words";

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private SharedLocks mine;
    private SharedLocks theirs;

    @BeforeEach
    void open() {
        mine = segment.mine().openOrCreate("locks", SharedLocks.type());
        theirs = segment.theirs().openOrCreate("locks", SharedLocks.type());
    }

    @AfterEach
    void stopThreads() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(Watchdog.TIMEOUT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
    }

    private <T> T elsewhere(Callable<T> action) throws Exception {
        return threads.submit(action).get();
    }

    /** Once the entry says that somebody waits for it, the thread sleeps or is about to. */
    private static void awaitWaiting(SharedLocks locks, int inUse) {
        Watchdog.await("somebody to wait", () -> locks.inUse() == inUse);
    }

    @Test
    void shouldExcludeOtherThreadsAndProcesses() throws Exception {
        mine.get("a").lock();
        assertThat(theirs.get("a").tryLock()).isFalse();
        assertThat(elsewhere(() -> mine.get("a").tryLock())).isFalse();
        assertThat(elsewhere(() -> theirs.get("a").tryLock(1, TimeUnit.MILLISECONDS)))
                .isFalse();
        mine.get("a").unlock();
        assertThat(theirs.get("a").tryLock()).isTrue();
        theirs.get("a").unlock();
        assertThat(mine.inUse() + theirs.inUse()).isZero();
    }

    @Test
    void shouldBeReentrantForItsThread() throws Exception {
        KeyLock lock = mine.get(LONG_KEY);
        lock.lock();
        assertThat(mine.get(LONG_KEY).tryLock()).isTrue();
        assertThat(lock.tryLock(1, TimeUnit.SECONDS)).isTrue();
        assertThat(lock.holdCount()).isEqualTo(3);
        lock.unlock();
        lock.unlock();
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        assertThat(theirs.get(LONG_KEY).tryLock()).isFalse();
        lock.unlock();
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        assertThat(theirs.get(LONG_KEY).tryLock()).isTrue();
        theirs.get(LONG_KEY).unlock();
    }

    @Test
    void shouldHaveALockForEachKey() {
        List<Object> keys = new ArrayList<>(List.of("1", 1, 1L, (short) 1, 1.0, new UUID(0, 1), LONG_KEY, "Aa", "BB"));
        for (int i = 0; i < 500; i++) {
            keys.add("key " + i);
        }
        for (Object key : keys) {
            assertThat(mine.get(key).tryLock()).as("%s", key).isTrue();
        }
        assertThat(mine.holders()).containsOnlyKeys(keys);
        for (Object key : keys) {
            assertThat(theirs.get(key).tryLock()).as("%s", key).isFalse();
            mine.get(key).unlock();
            assertThat(theirs.get(key).tryLock()).as("%s", key).isTrue();
            theirs.get(key).unlock();
        }
        assertThat(mine.holders()).isEmpty();
    }

    @Test
    void shouldSayWhoHasIt() {
        mine.get("a").lock();
        assertThat(theirs.get("a").holder())
                .contains("mine", "" + ProcessHandle.current().pid());
        assertThat(theirs.get("b").holder()).isEqualTo("nobody");
        assertThat(theirs.get("a")).hasToString("KeyLock[a in locks]");
        mine.get("a").unlock();
        assertThat(theirs.get("a").holder()).isEqualTo("nobody");
    }

    @Test
    void shouldRefuseToGiveBackWhatIsNotHeld() throws Exception {
        KeyLock lock = mine.get("a");
        assertThatThrownBy(lock::unlock).isInstanceOf(IllegalMonitorStateException.class);
        lock.lock();
        elsewhere(() -> {
            assertThatThrownBy(lock::unlock)
                    .isInstanceOf(IllegalMonitorStateException.class)
                    .hasMessageContaining("not held by this thread");
            assertThatThrownBy(() -> lock.renew(Duration.ofSeconds(1)))
                    .isInstanceOf(IllegalMonitorStateException.class);
            return true;
        });
        assertThatThrownBy(theirs.get("a")::unlock).isInstanceOf(IllegalMonitorStateException.class);
        lock.unlock();
        assertThatThrownBy(lock::unlock).isInstanceOf(IllegalMonitorStateException.class);
    }

    @Test
    void shouldWakeWhoWaitsInAnotherProcess() throws Exception {
        mine.get("a").lock();
        Future<Boolean> waits = threads.submit(() -> {
            theirs.get("a").lock();
            theirs.get("a").unlock();
            return true;
        });
        awaitWaiting(theirs, 1);
        mine.get("a").unlock();
        assertThat(waits.get()).isTrue();
    }

    @Test
    void shouldWakeAllWhoWaitForDifferentKeys() throws Exception {
        List<Future<Boolean>> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String key = "key " + i;
            mine.get(key).lock();
            waiting.add(threads.submit(() -> {
                theirs.get(key).lock();
                theirs.get(key).unlock();
                return true;
            }));
        }
        awaitWaiting(theirs, 20);
        for (int i = 0; i < 20; i++) {
            mine.get("key " + i).unlock();
        }
        for (Future<Boolean> one : waiting) {
            assertThat(one.get()).isTrue();
        }
        assertThat(mine.holders()).isEmpty();
    }

    @Test
    void shouldBeInterruptible() throws Exception {
        mine.get("a").lock();
        CountDownLatch interrupted = new CountDownLatch(2);
        List<Thread> waiting = List.of(
                new Thread(() -> interruptibly(theirs, interrupted)),
                new Thread(() -> interruptibly(mine, interrupted)));
        waiting.forEach(Thread::start);
        awaitWaiting(theirs, 1);
        waiting.forEach(Thread::interrupt);
        assertThat(interrupted.await(Watchdog.TIMEOUT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        mine.get("a").unlock();
        Watchdog.await("nobody to wait", () -> mine.inUse() + theirs.inUse() == 0);
        assertThat(theirs.get("a").tryLock()).isTrue();
        theirs.get("a").unlock();
    }

    private static void interruptibly(SharedLocks locks, CountDownLatch interrupted) {
        try {
            locks.get("a").lockInterruptibly();
        } catch (InterruptedException e) {
            interrupted.countDown();
        }
    }

    @Test
    void shouldKeepAnInterruptForAfterAWaitThatIsNotInterruptible() throws Exception {
        mine.get("a").lock();
        AtomicBoolean kept = new AtomicBoolean();
        Thread waits = new Thread(() -> {
            theirs.get("a").lock();
            kept.set(Thread.currentThread().isInterrupted());
            theirs.get("a").unlock();
        });
        waits.start();
        awaitWaiting(theirs, 1);
        waits.interrupt();
        mine.get("a").unlock();
        waits.join();
        assertThat(kept).isTrue();
        assertThat(mine.holders()).isEmpty();
    }

    @Test
    void shouldNotTakeALockWithAnInterruptPending() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> mine.get("a").tryLock(1, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        assertThat(mine.inUse()).isZero();
        Thread.currentThread().interrupt();
        mine.get("a").lock();
        assertThat(Thread.interrupted()).isTrue();
        mine.get("a").unlock();
    }

    @Test
    void shouldLetOthersHaveWhatWasTakenForATimeThatIsUp() throws Exception {
        KeyLock lock = mine.get("a");
        lock.lock(Duration.ofMillis(20));
        theirs.get("a").lock();
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        assertThatThrownBy(() -> lock.renew(Duration.ofSeconds(10))).isInstanceOf(LeaseLostException.class);
        assertThatThrownBy(lock::unlock)
                .isInstanceOf(LeaseLostException.class)
                .hasMessageContaining("renew it in time");
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        assertThat(lock.tryLock()).isFalse();
        theirs.get("a").unlock();
        assertThat(lock.tryLock(Duration.ZERO, Duration.ofHours(1))).isTrue();
        assertThat(theirs.get("a").tryLock(1, TimeUnit.MILLISECONDS)).isFalse();
        lock.unlock();
    }

    @Test
    void shouldGiveBackAfterItsTimeWhatNobodyElseHasHad() throws Exception {
        KeyLock lock = mine.get("a");
        lock.lock(Duration.ofMillis(1));
        Watchdog.await("its end", () -> lock.holder().equals("nobody"));
        lock.renew(Duration.ofHours(1));
        assertThat(theirs.get("a").tryLock()).isFalse();
        lock.renew(Duration.ofMillis(1));
        Watchdog.await("its end", () -> lock.holder().equals("nobody"));
        lock.unlock();
        assertThat(mine.holders()).isEmpty();
    }

    @Test
    void shouldBeRenewedFromAnotherThreadAsLongAsItIsHeld() throws Exception {
        KeyLock lock = mine.get("a");
        assertThatThrownBy(lock::renewal).isInstanceOf(IllegalMonitorStateException.class);
        lock.lock(Duration.ofMillis(1));
        Predicate<Duration> renewal = lock.renewal();
        assertThat(elsewhere(() -> renewal.test(Duration.ofHours(1)))).isTrue();
        assertThat(theirs.get("a").tryLock()).isFalse();
        lock.unlock();
        assertThat(renewal.test(Duration.ofHours(1))).isFalse();
        lock.lock();
        assertThat(renewal.test(Duration.ofMillis(1))).isFalse();
        assertThat(theirs.get("a").tryLock(5, TimeUnit.MILLISECONDS)).isFalse();
        lock.unlock();
    }

    @Test
    void shouldTellTwoHoldingsOfOneProcessApart() {
        try (SharedLocks second = segment.mine().openOrCreate("locks", SharedLocks.type())) {
            mine.get("a").lock(Duration.ofMillis(1));
            second.get("a").lock();
            assertThatThrownBy(mine.get("a")::unlock).isInstanceOf(LeaseLostException.class);
            assertThat(theirs.get("a").tryLock()).isFalse();
            assertThat(mine.get("a").tryLock()).isFalse();
            second.get("a").unlock();
        }
        assertThat(theirs.get("a").tryLock()).isTrue();
        theirs.get("a").unlock();
    }

    @Test
    void shouldGiveBackWhatIsHeldWhenItIsClosed() {
        mine.get("a").lock();
        KeyLock lock = mine.get("a");
        mine.close();
        assertThat(theirs.get("a").tryLock()).isTrue();
        theirs.get("a").unlock();
        assertThatThrownBy(lock::unlock).isInstanceOf(SegmentClosedException.class);
        assertThatThrownBy(lock::lock).isInstanceOf(SegmentClosedException.class);
    }

    @Test
    void shouldSendAwayWhoWaitsWhenItIsClosed() {
        mine.get("a").lock();
        Future<?> waits = threads.submit(() -> theirs.get("a").lock());
        awaitWaiting(theirs, 1);
        theirs.close();
        assertThatThrownBy(waits::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(SegmentClosedException.class);
        mine.get("a").unlock();
    }

    @Test
    void shouldBeFreeWhenItsHolderLeavesTheSegment() throws Exception {
        SharedMemory third = segment.attach("third");
        third.openOrCreate("locks", SharedLocks.type()).get("a").lock();
        Future<Boolean> waits = threads.submit(() -> {
            theirs.get("a").lock();
            return true;
        });
        awaitWaiting(theirs, 1);
        third.close();
        assertThat(waits.get()).isTrue();
        assertThat(theirs.holders()).containsOnlyKeys("a");
    }

    @Test
    void shouldRefuseKeysThatNotAllProcessesUnderstandAlike() {
        assertThatThrownBy(() -> mine.get(new Object()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.lang.Object")
                .hasMessageContaining("Use a String");
        assertThatThrownBy(() -> mine.get(new byte[1])).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> mine.get(TimeUnit.DAYS)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> mine.get("a").lock(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> segment.mine().openOrCreate("locks", SharedMap.of(String.class, Long.class)))
                .isInstanceOf(ObjectTypeMismatchException.class);
        assertThatThrownBy(mine.get("a")::newCondition)
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("SharedQueue");
    }

    @Test
    void shouldCountExactlyAmongThreadsOfTwoProcesses() throws Exception {
        int[][] counters = new int[3][1];
        List<Future<?>> counting = new ArrayList<>();
        for (int thread = 0; thread < 6; thread++) {
            SharedLocks locks = thread % 2 == 0 ? mine : theirs;
            counting.add(threads.submit(() -> {
                for (int i = 0; i < 3_000; i++) {
                    KeyLock lock = locks.get("key " + i % 3);
                    lock.lock();
                    try {
                        // Between processes it would be in the segment; here the compiler must not see through it
                        // either.
                        int[] counter = counters[i % 3];
                        int before = counter[0];
                        Thread.onSpinWait();
                        counter[0] = before + 1;
                    } finally {
                        lock.unlock();
                    }
                }
                return null;
            }));
        }
        for (Future<?> one : counting) {
            one.get();
        }
        assertThat(counters[0][0] + counters[1][0] + counters[2][0]).isEqualTo(18_000);
        assertThat(mine.holders()).isEmpty();
        assertThat(mine.inUse() + theirs.inUse()).isZero();
        assertThat(segment.mine().verify()).isEmpty();
    }

    @Test
    void shouldLetEachOfTwoBusyProcessesHaveTheLock() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        int[] taken = new int[2];
        List<Future<?>> busy = new ArrayList<>();
        for (int process = 0; process < 2; process++) {
            int number = process;
            KeyLock lock = (process == 0 ? mine : theirs).get("a");
            busy.add(threads.submit(() -> {
                while (!stop.get()) {
                    lock.lock();
                    try {
                        taken[number]++;
                        Thread.sleep(1);
                    } finally {
                        lock.unlock();
                    }
                }
                return null;
            }));
        }
        try {
            Watchdog.await("both to have had it often", () -> taken[0] > 50 && taken[1] > 50);
        } finally {
            stop.set(true);
        }
        for (Future<?> one : busy) {
            one.get();
        }
    }

    @Test
    void shouldBeWithoutTheLockWhenTheTimeIsUp() throws Exception {
        mine.get("a").lock();
        KeyLock lock = theirs.get("a");
        assertThat(lock.tryLock(5, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(lock.tryLock(Duration.ofMillis(5), Duration.ofHours(1))).isFalse();
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        assertThat(lock.holdCount()).isZero();
        assertThatThrownBy(lock::unlock).isInstanceOf(IllegalMonitorStateException.class);
        assertThat(mine.get("a").isHeldByCurrentThread()).isTrue();
        assertThat(elsewhere(() -> mine.get("a").tryLock())).isFalse();
        mine.get("a").unlock();
        assertThat(mine.inUse() + theirs.inUse()).isZero();
    }
}
