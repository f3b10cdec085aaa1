package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.shm.error.QueueFullException;
import dev.shm.error.SegmentClosedException;
import dev.shm.testing.Watchdog;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Threads that wait: for a message, for room, until something ends. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WaitingTest {

    @RegisterExtension
    final TwoMappings segment = new TwoMappings(24 << 20);

    static Stream<Arguments> kindsAndWays() {
        return QueueContractTest.kinds()
                .flatMap(type -> Stream.of(Waiting.values())
                        .map(waiting -> Arguments.of(type.waiting(waiting).capacityBytes(1 << 16), waiting)));
    }

    private static <T> FutureTask<T> start(Callable<T> action) {
        FutureTask<T> task = new FutureTask<>(action);
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    private static void fill(SharedQueue<String> queue) {
        while (queue.offer("x".repeat(100))) {
            // More.
        }
        while (queue.offer("x")) {
            // Smaller, until nothing fits.
        }
    }

    private static Throwable failure(FutureTask<?> task) {
        try {
            task.get();
            return null;
        } catch (Exception e) {
            return e.getCause();
        }
    }

    /** Every way to wait for a message. */
    private static Map<String, Callable<?>> receiving(SharedQueue<String> queue) {
        return Map.of(
                "take", queue::take,
                "poll", () -> queue.poll(1, TimeUnit.DAYS),
                "receive", () -> queue.receive(Duration.ofDays(1)),
                "drain", () -> queue.drain(message -> {}, 1, Duration.ofDays(1)));
    }

    /** Every way to wait for room. */
    private static Map<String, Callable<?>> sending(SharedQueue<String> queue) {
        return Map.of(
                "put",
                () -> {
                    queue.put("x".repeat(100));
                    return null;
                },
                "offer",
                () -> queue.offer("x".repeat(100), 1, TimeUnit.DAYS),
                "offer with options",
                () -> queue.offer("x".repeat(100), SendOptions.NONE, Duration.ofDays(1)),
                "put a large one",
                () -> {
                    queue.put("x".repeat(1 << 20));
                    return null;
                });
    }

    @ParameterizedTest
    @MethodSource("kindsAndWays")
    void shouldSendAwayWhoWaitsWhenTheQueueIsClosed(QueueType<String> type, Waiting waiting) {
        receiving(segment.mine().create("unused", type)).keySet().forEach(way -> {
            SharedQueue<String> queue = segment.mine().create("r", type);
            FutureTask<?> waits = start(receiving(queue).get(way));
            awaitParkedOrRunning(waits);
            queue.close();
            assertThat(failure(waits)).as(way).isInstanceOf(SegmentClosedException.class);
            segment.mine().destroy("r");
        });
        sending(segment.mine().open("unused", type)).keySet().forEach(way -> {
            SharedQueue<String> queue = segment.mine().create("s", type);
            fill(queue);
            FutureTask<?> waits = start(sending(queue).get(way));
            awaitParkedOrRunning(waits);
            queue.close();
            assertThat(failure(waits)).as(way).isInstanceOf(SegmentClosedException.class);
            segment.mine().destroy("s");
        });
        assertThat(segment.mine().deepStatistics().tentativeBytes()).isZero();
    }

    private static void awaitParkedOrRunning(FutureTask<?> task) {
        // Long enough for most runs to be inside; those that are not get the same answer.
        try {
            Thread.sleep(3);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        assertThat(task.isDone()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("kindsAndWays")
    void shouldSendAwayWhoWaitsWhenTheSegmentIsClosed(QueueType<String> type, Waiting waiting) {
        List<FutureTask<?>> tasks = new ArrayList<>();
        SharedQueue<String> empty = segment.mine().create("empty", type);
        receiving(empty).values().forEach(way -> tasks.add(start(way)));
        if (!type.toString().contains("single producer")) {
            SharedQueue<String> full = segment.mine().create("full", type);
            fill(full);
            sending(full).values().forEach(way -> tasks.add(start(way)));
        }
        tasks.forEach(WaitingTest::awaitParkedOrRunning);
        segment.mine().close();
        tasks.forEach(task -> assertThat(failure(task))
                .isInstanceOf(SegmentClosedException.class)
                .hasMessageContaining("'queues'"));
    }

    @ParameterizedTest
    @MethodSource("kindsAndWays")
    void shouldThrowWhenInterrupted(QueueType<String> type, Waiting waiting) throws InterruptedException {
        SharedQueue<String> empty = segment.mine().create("empty", type);
        SharedQueue<String> full = segment.mine().create("full", type);
        fill(full);
        List<Callable<?>> ways = new ArrayList<>(receiving(empty).values());
        ways.addAll(sending(full).values());
        for (Callable<?> way : ways) {
            FutureTask<?> task = new FutureTask<>(way);
            Thread thread = new Thread(task);
            thread.start();
            awaitParkedOrRunning(task);
            thread.interrupt();
            assertThat(failure(task)).isInstanceOf(InterruptedException.class);
            thread.join();
            // One that was interrupted before gets the same.
            Thread.currentThread().interrupt();
            assertThatThrownBy(way::call).isInstanceOf(InterruptedException.class);
            assertThat(Thread.interrupted()).isFalse();
        }
        assertThat(empty.offer("still works")).isTrue();
        assertThat(empty.take()).isEqualTo("still works");
    }

    @ParameterizedTest
    @MethodSource("kindsAndWays")
    void shouldKeepTheInterruptOfWhoDoesNotWait(QueueType<String> type, Waiting waiting) {
        SharedQueue<String> queue = segment.mine().create("q", type);
        List<Consumer<SharedQueue<String>>> ways = List.of(
                q -> assertThat(q.offer("a")).isTrue(),
                q -> assertThat(q.poll()).isEqualTo("a"),
                q -> assertThat(q.offerAll(List.of("b", "c"))).isTrue(),
                q -> assertThat(q.remove("c")).isTrue(),
                q -> assertThat(q.contains("b")).isTrue(),
                q -> assertThat(q.drain(message -> {}, 9)).isEqualTo(1),
                q -> assertThat(q.size()).isZero(),
                q -> q.tryClaim(5).close(),
                q -> assertThat(q.offer("x".repeat(200 << 10))).isTrue(),
                q -> assertThat(q.poll()).hasSize(200 << 10),
                q -> assertThat(q.statistics().depth()).isZero(),
                WaitingTest::fill,
                q -> assertThat(q.offer("does not fit" + "x".repeat(100))).isFalse(),
                q -> assertThat(q.offer("x".repeat(200 << 10))).isFalse(),
                SharedQueue::clear,
                SharedQueue::close);
        for (Consumer<SharedQueue<String>> way : ways) {
            Thread.currentThread().interrupt();
            try {
                way.accept(queue);
            } finally {
                assertThat(Thread.interrupted()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(FullPolicy.class)
    void shouldKeepTheInterruptOfWhoOffersToAFullQueue(FullPolicy policy) {
        SharedQueue<String> queue = segment.mine()
                .create("q", SharedQueue.of(String.class).capacityBytes(1 << 16).full(policy));
        for (int i = 0; i < 2_000; i++) {
            queue.offer("x");
        }
        Thread.currentThread().interrupt();
        boolean offered = queue.offer("y");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(offered).isEqualTo(policy == FullPolicy.DROP_OLDEST);
    }

    @ParameterizedTest
    @MethodSource("kindsAndWays")
    void shouldWaitAsLongAsItIsTold(QueueType<String> type, Waiting waiting) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        for (long wait : new long[] {0, 1, 20}) {
            long start = System.nanoTime();
            assertThat(queue.poll(wait, TimeUnit.MILLISECONDS)).isNull();
            assertThat(queue.receive(Duration.ofMillis(wait))).isNull();
            assertThat(queue.drain(message -> {}, 1, Duration.ofMillis(wait))).isZero();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(3 * wait));
        }
        fill(queue);
        for (long wait : new long[] {0, 1, 20}) {
            long start = System.nanoTime();
            assertThat(queue.offer("x".repeat(100), wait, TimeUnit.MILLISECONDS))
                    .isFalse();
            assertThat(queue.offer("x".repeat(100), SendOptions.NONE, Duration.ofMillis(wait)))
                    .isFalse();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(2 * wait));
        }
    }

    @ParameterizedTest
    @MethodSource("kindsAndWays")
    void shouldTakeAnyTimeOut(QueueType<String> type, Waiting waiting) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        for (long wait : new long[] {-1, Long.MIN_VALUE, Long.MIN_VALUE + 1}) {
            assertThat(queue.poll(wait, TimeUnit.NANOSECONDS)).isNull();
            assertThat(queue.poll(wait, TimeUnit.DAYS)).isNull();
            assertThat(queue.receive(Duration.ofSeconds(wait))).isNull();
        }
        Duration forever = ChronoUnit.FOREVER.getDuration();
        assertThat(queue.offer("a", SendOptions.NONE, forever)).isTrue();
        assertThat(queue.offer("b", Long.MAX_VALUE, TimeUnit.DAYS)).isTrue();
        assertThat(queue.offer("c", Long.MIN_VALUE, TimeUnit.NANOSECONDS)).isTrue();
        assertThat(queue.poll(Long.MAX_VALUE, TimeUnit.NANOSECONDS)).isEqualTo("a");
        try (Delivery<String> delivery = queue.receive(forever)) {
            assertThat(delivery.payload()).isEqualTo("b");
            delivery.ack();
        }
        assertThat(queue.drain(message -> {}, 5, forever)).isEqualTo(1);
        fill(queue);
        assertThat(queue.offer("x".repeat(100), Long.MIN_VALUE, TimeUnit.NANOSECONDS))
                .isFalse();
        assertThat(queue.offer("x".repeat(100), SendOptions.NONE, Duration.ofSeconds(Long.MIN_VALUE)))
                .isFalse();
    }

    @ParameterizedTest
    @MethodSource("kindsAndWays")
    void shouldWakeWhoWaitsForRoom(QueueType<String> type, Waiting waiting) throws Exception {
        SharedQueue<String> sender = segment.mine().create("q", type);
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        fill(sender);
        int count = receiver.size();
        FutureTask<Boolean> waits = start(() -> sender.offer("last", 1, TimeUnit.DAYS));
        for (int i = 0; i < count; i++) {
            assertThat(receiver.take()).startsWith("x");
        }
        assertThat(waits.get()).isTrue();
        assertThat(receiver.take()).isEqualTo("last");
    }

    @ParameterizedTest
    @EnumSource(Waiting.class)
    void shouldThrowFromPutIfToldToFail(Waiting waiting) {
        SharedQueue<String> queue = segment.mine()
                .create(
                        "q",
                        SharedQueue.of(String.class)
                                .capacityBytes(1 << 16)
                                .full(FullPolicy.FAIL)
                                .waiting(waiting));
        fill(queue);
        assertThatThrownBy(() -> queue.put("one more"))
                .isInstanceOf(QueueFullException.class)
                .hasMessageContaining("'q'")
                .hasMessageContaining("65536")
                .hasMessageContaining("larger capacityBytes");
    }

    /**
     * One thread of a process hears the bell for all, and which one it is changes whenever it has got what it waits for, or has waited
     * long enough.
     */
    @Test
    void shouldWakeEachThreadWhicheverHearsTheBell() throws Exception {
        int queues = 6;
        int messages = 2_000;
        List<SharedQueue<String>> senders = new ArrayList<>();
        List<FutureTask<Integer>> receivers = new ArrayList<>();
        List<Semaphore> received = new ArrayList<>();
        for (int i = 0; i < queues; i++) {
            QueueType<String> small = SharedQueue.of(String.class).capacityBytes(1 << 16);
            QueueType<String> type = i % 2 == 0 ? small : small.singleProducer();
            senders.add(segment.mine().create("q" + i, type));
            SharedQueue<String> receiver = segment.theirs().open("q" + i, type);
            Semaphore done = new Semaphore(0);
            received.add(done);
            boolean impatient = i < 2;
            receivers.add(start(() -> {
                int count = 0;
                while (count < messages) {
                    // Some come and go, so that those who stay have to take over.
                    String message = impatient ? receiver.poll(1, TimeUnit.MILLISECONDS) : receiver.take();
                    if (message != null) {
                        assertThat(message).isEqualTo("message " + count);
                        count++;
                        done.release();
                    }
                }
                return count;
            }));
        }
        Random random = new Random(42);
        int[] sent = new int[queues];
        for (int i = 0; i < queues * messages; i++) {
            int queue = random.nextInt(queues);
            while (sent[queue] == messages) {
                queue = (queue + 1) % queues;
            }
            senders.get(queue).put("message " + sent[queue]++);
            // One at a time: whoever waits for it is asleep, or about to be.
            received.get(queue).acquire();
            if (i % 16 == 0) {
                LockSupport.parkNanos(random.nextInt(300_000));
            }
        }
        for (FutureTask<Integer> receiver : receivers) {
            assertThat(receiver.get()).isEqualTo(messages);
        }
    }

    @Test
    void shouldNotHoldTheCarriersOfVirtualThreads() throws Exception {
        ExecutorService virtual = virtualThreads();
        assumeTrue(virtual != null, "needs JDK 21");
        int threads = 8 * Runtime.getRuntime().availableProcessors() + 50;
        for (QueueType<String> type : List.of(
                SharedQueue.of(String.class), SharedQueue.of(String.class).singleConsumer())) {
            SharedQueue<String> sender = segment.mine().create("q", type);
            SharedQueue<String> receiver = segment.theirs().open("q", type);
            Set<String> got = ConcurrentHashMap.newKeySet();
            Set<Integer> waiting = ConcurrentHashMap.newKeySet();
            List<Future<Boolean>> tasks = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int number = i;
                tasks.add(virtual.submit(() -> {
                    waiting.add(number);
                    return got.add(receiver.take());
                }));
            }
            // All of them get a carrier, while those before them wait.
            Watchdog.await("all virtual threads to run", () -> waiting.size() == threads);
            assertThat(got).isEmpty();
            for (int i = 0; i < threads; i++) {
                sender.put("message " + i);
            }
            for (Future<Boolean> task : tasks) {
                assertThat(task.get()).isTrue();
            }
            receiver.close();
            sender.close();
            segment.mine().destroy("q");
        }
        virtual.shutdown();
    }

    private static ExecutorService virtualThreads() throws ReflectiveOperationException {
        if (Runtime.version().feature() < 21) {
            return null;
        }
        return (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    }

    /** Of the processor's time, not of the clock's: of a second, and however long it takes to see, it has slept nearly all. */
    @Test
    void shouldUseNoProcessorWhileItBlocks() throws Exception {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        QueueType<String> type =
                SharedQueue.of(String.class).capacityBytes(1 << 16).waiting(Waiting.BLOCK);
        SharedQueue<String> empty = segment.mine().create("empty", type);
        SharedQueue<String> full = segment.mine().create("full", type);
        fill(full);
        long[] used = new long[2];
        FutureTask<String> takes = start(() -> {
            assertThat(empty.take()).isEqualTo("warm");
            long before = threads.getCurrentThreadCpuTime();
            String taken = empty.take();
            used[0] = threads.getCurrentThreadCpuTime() - before;
            return taken;
        });
        FutureTask<Void> puts = start(() -> {
            long before = threads.getCurrentThreadCpuTime();
            full.put("x".repeat(100));
            used[1] = threads.getCurrentThreadCpuTime() - before;
            return null;
        });
        segment.theirs().open("empty", type).put("warm");
        Thread.sleep(1_000);
        segment.theirs().open("empty", type).put("woken");
        segment.theirs().open("full", type).clear();
        assertThat(takes.get()).isEqualTo("woken");
        puts.get();
        assertThat(used[0]).isLessThan(TimeUnit.MILLISECONDS.toNanos(500));
        assertThat(used[1]).isLessThan(TimeUnit.MILLISECONDS.toNanos(500));
    }
}
