package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.shm.SharedMemory;
import dev.shm.codec.Codecs;
import dev.shm.error.MessageTooLargeException;
import dev.shm.error.QueueFullException;
import dev.shm.error.SegmentClosedException;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AsyncQueueTest {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private SharedMemory mine;
    private SharedMemory theirs;

    static Stream<QueueType<String>> kinds() {
        return QueueContractTest.kinds();
    }

    @BeforeEach
    void open() {
        mine = SharedMemory.named("async")
                .directory(directory.path())
                .size(16 << 20)
                .openOrCreate();
        theirs = SharedMemory.named("async").directory(directory.path()).openOrCreate();
    }

    @AfterEach
    void close() {
        theirs.close();
        mine.close();
    }

    private static <T> CompletableFuture<T> future(CompletionStage<T> stage) {
        return stage.toCompletableFuture();
    }

    private static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(Watchdog.TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("it never came", e);
        } catch (ExecutionException e) {
            throw new AssertionError("it failed", e.getCause());
        }
    }

    private static String take(CompletableFuture<Delivery<String>> future) {
        Delivery<String> delivery = get(future);
        String payload = delivery.payload();
        delivery.ack();
        return payload;
    }

    /** Until not even the shortest message finds room. */
    private static int fill(SharedQueue<String> queue) {
        int count = 0;
        while (queue.offer("filling " + count)) {
            count++;
        }
        while (queue.offer("")) {
            count++;
        }
        return count;
    }

    private static Throwable reason(CompletableFuture<?> future) {
        Throwable thrown = catchThrowable(() -> future.get(Watchdog.TIMEOUT.toSeconds(), TimeUnit.SECONDS));
        if (thrown instanceof TimeoutException) {
            throw new AssertionError("the stage never ends", thrown);
        }
        return thrown instanceof ExecutionException ? thrown.getCause() : thrown;
    }

    // ------------------------------------------------------------------------------------------ receiving

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldCompleteAtOnceIfThereIsAMessage(QueueType<String> type) {
        SharedQueue<String> queue = mine.create("q", type);
        queue.offer("here");
        CompletableFuture<Delivery<String>> received = future(queue.receiveAsync());
        assertThat(received).isDone();
        assertThat(take(received)).isEqualTo("here");
        assertThat(queue.statistics().received()).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldServeStagesInTheOrderInWhichTheyCameWhenSentFromElsewhere(QueueType<String> type) {
        SharedQueue<String> sender = mine.create("q", type);
        SharedQueue<String> receiver = theirs.open("q", type);
        List<CompletableFuture<Delivery<String>>> stages = IntStream.range(0, 5_000)
                .mapToObj(i -> future(receiver.receiveAsync()))
                .toList();
        for (int i = 0; i < 5_000; i++) {
            assertThat(sender.offer("message " + i)).isTrue();
        }
        for (int i = 0; i < 5_000; i++) {
            assertThat(take(stages.get(i))).isEqualTo("message " + i);
        }
        assertThat(sender.statistics().depth()).isZero();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldBeWokenBySendersOfTheSameAttachment(QueueType<String> type) {
        SharedQueue<String> queue = mine.create("q", type);
        for (int i = 0; i < 1_000; i++) {
            CompletableFuture<Delivery<String>> received = future(queue.receiveAsync());
            assertThat(received).isNotDone();
            queue.offer("message " + i);
            assertThat(take(received)).isEqualTo("message " + i);
        }
    }

    @Test
    void shouldNotBeForgottenByRingsThatOthersWereMeantFor() throws InterruptedException {
        QueueType<String> type = SharedQueue.of(String.class);
        SharedQueue<String> sender = mine.create("q", type);
        SharedQueue<String> blocking = theirs.open("q", type);
        SharedQueue<String> waiting = theirs.open("q", type);
        for (int i = 0; i < 300; i++) {
            CompletableFuture<Delivery<String>> received = future(waiting.receiveAsync());
            sender.put("first");
            // Whoever is faster takes it, and the ring reaches the other for nothing.
            String first = blocking.poll();
            sender.put("second");
            assertThat(take(received)).isEqualTo(first == null ? "first" : "second");
            if (first == null) {
                assertThat(blocking.take()).isEqualTo("second");
            }
        }
    }

    @Test
    void shouldCompleteOnTheExecutorAndNeverOnTheSendersThread() {
        SharedQueue<String> sender = mine.create("q", SharedQueue.of(String.class));
        SharedQueue<String> receiver = theirs.open("q", SharedQueue.of(String.class));
        ExecutorService own = Executors.newSingleThreadExecutor(task -> new Thread(task, "own"));
        try {
            for (int i = 0; i < 200; i++) {
                SharedQueue<String> from = i % 2 == 0 ? sender : receiver;
                Set<String> threads = ConcurrentHashMap.newKeySet();
                CompletableFuture<Delivery<String>> received = future(receiver.receiveAsync(own));
                CompletableFuture<Boolean> seen = received.thenApply(delivery -> {
                    threads.add(Thread.currentThread().getName());
                    delivery.ack();
                    return true;
                });
                CompletableFuture<Delivery<String>> pooled = future(receiver.receiveAsync());
                CompletableFuture<Thread> inPool = pooled.thenApply(delivery -> {
                    delivery.ack();
                    return Thread.currentThread();
                });
                // The second stage keeps whoever sends from completing the first before it was looked at.
                from.offer("a");
                from.offer("b");
                get(seen);
                assertThat(threads).containsExactly("own");
                Thread thread = get(inPool);
                assertThat(thread).isNotSameAs(Thread.currentThread());
                assertThat(thread.getName()).doesNotContain("housekeeping");
            }
        } finally {
            own.shutdownNow();
        }
    }

    @Test
    void shouldGiveToTheNextInLineWhatWasOnItsWayToOneWhoLeft() {
        SharedQueue<String> queue =
                mine.create("q", SharedQueue.of(String.class).deadLettersAfter(1));
        List<Runnable> held = new ArrayList<>();
        CompletableFuture<Delivery<String>> first = future(queue.receiveAsync(task -> {
            synchronized (held) {
                held.add(task);
            }
        }));
        CompletableFuture<Delivery<String>> second = future(queue.receiveAsync());
        queue.offer("only");
        Watchdog.await("on its way", () -> {
            synchronized (held) {
                return held.size() == 1;
            }
        });
        assertThat(first.cancel(true)).isTrue();
        assertThat(second).isNotDone();
        held.get(0).run();
        Delivery<String> delivery = get(second);
        assertThat(delivery.payload()).isEqualTo("only");
        assertThat(delivery.deliveryCount()).isEqualTo(1);
        delivery.ack();
        assertThat(queue.deadLetters().isEmpty()).isTrue();
    }

    @Test
    void shouldReleaseWhatWasOnItsWayIfNobodyElseWaits() throws InterruptedException {
        SharedQueue<String> queue = mine.create("q", SharedQueue.of(String.class));
        ConcurrentLinkedQueue<Runnable> held = new ConcurrentLinkedQueue<>();
        CompletableFuture<Delivery<String>> received = future(queue.receiveAsync(held::add));
        queue.offer("only");
        Watchdog.await("on its way", () -> !held.isEmpty());
        assertThat(queue.poll()).isNull();
        received.cancel(false);
        held.remove().run();
        assertThat(queue.poll()).isEqualTo("only");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldLoseNothingInAStormOfCancellations(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> sender = mine.create("q", type.capacityBytes(1 << 16));
        SharedQueue<String> receiver = theirs.open("q", type);
        int messages = 10_000;
        Set<String> seen = ConcurrentHashMap.newKeySet();
        AtomicInteger twice = new AtomicInteger();
        Thread sending = new Thread(() -> {
            try {
                for (int i = 0; i < messages; i++) {
                    sender.put("message " + i);
                    if (i % 16 == 0) {
                        // So that now and then somebody has to wait.
                        LockSupport.parkNanos(50_000);
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        sending.start();
        int cancelled = 0;
        List<CompletableFuture<Delivery<String>>> open = new ArrayList<>();
        long giveUp = System.nanoTime() + Watchdog.TIMEOUT.toNanos();
        while (seen.size() < messages && System.nanoTime() - giveUp < 0) {
            CompletableFuture<Delivery<String>> stage = future(receiver.receiveAsync());
            CompletableFuture<?> unused = stage.thenAccept(delivery -> {
                twice.addAndGet(seen.add(delivery.payload()) ? 0 : 1);
                delivery.ack();
            });
            open.add(stage);
            if (open.size() == 20) {
                for (int k = 0; k < open.size(); k++) {
                    // Some of them are done, some wait, and some have a message on its way.
                    cancelled += k % 3 != 0 && open.get(k).cancel(true) ? 1 : 0;
                }
                open.removeIf(CompletableFuture::isDone);
            }
        }
        open.forEach(stage -> stage.cancel(true));
        assertThat(seen).hasSize(messages);
        sending.join();
        assertThat(twice).hasValue(0);
        assertThat(cancelled).isPositive();
        Watchdog.await("all acknowledged", () -> sender.statistics().received() == messages);
        assertThat(sender.statistics().depth()).isZero();
    }

    @Test
    void shouldServeThoseWhoStayAmongThousandsWhoLeave() {
        SharedQueue<String> queue = mine.create("q", SharedQueue.of(String.class));
        List<CompletableFuture<Delivery<String>>> stages = IntStream.range(0, 20_000)
                .mapToObj(i -> future(queue.receiveAsync()))
                .toList();
        for (int i = stages.size() - 1; i >= 0; i--) {
            if (i % 1_000 != 7) {
                assertThat(stages.get(i).cancel(true)).isTrue();
            }
        }
        for (int i = 0; i < 20; i++) {
            queue.offer("message " + i);
        }
        for (int i = 0; i < 20; i++) {
            assertThat(take(stages.get(i * 1_000 + 7))).isEqualTo("message " + i);
        }
        assertThat(stages.get(0)).isCancelled();
        assertThatThrownBy(stages.get(0)::join).isInstanceOf(CancellationException.class);
    }

    /** As if its sender was stopped in the middle: whoever waits is told later, and meanwhile no thread stands still. */
    @ParameterizedTest
    @MethodSource("kinds")
    void shouldKeepNoThreadWaitingForAMessageThatIsStillBeingWritten(QueueType<String> type) {
        SharedQueue<String> sender = mine.create("q", type);
        SharedQueue<String> receiver = theirs.open("q", type);
        Claim claim = sender.tryClaim(1);
        assertThat(claim).isNotNull();
        CompletableFuture<Delivery<String>> first = future(receiver.receiveAsync());
        CompletableFuture<Delivery<String>> second = future(receiver.receiveAsync());
        assertThat(receiver.poll()).isNull();
        assertThat(first).isNotDone();
        claim.putByte(0, (byte) 'a').commit();
        assertThat(take(first)).isEqualTo("a");
        assertThat(future(sender.offerAsync("b"))).isCompletedWithValue(true);
        assertThat(take(second)).isEqualTo("b");
    }

    @Test
    void shouldLeaveTheLineWhenItsTimeIsUp() {
        SharedQueue<String> queue = mine.create("q", SharedQueue.of(String.class));
        CompletableFuture<Delivery<String>> impatient =
                future(queue.receiveAsync()).orTimeout(1, TimeUnit.MILLISECONDS);
        assertThat(reason(impatient)).isInstanceOf(TimeoutException.class);
        queue.offer("later");
        assertThat(queue.poll()).isEqualTo("later");
    }

    @Test
    void shouldReceiveWhatComesByItself() throws InterruptedException {
        QueueType<String> type = SharedQueue.of(String.class).visibilityTimeout(Duration.ofMillis(50));
        SharedQueue<String> slow = mine.create("q", type);
        SharedQueue<String> other = theirs.open("q", type);
        slow.put("kept");
        Delivery<String> kept = slow.receive(Duration.ZERO);
        assertThat(kept).isNotNull();
        CompletableFuture<Delivery<String>> received = future(other.receiveAsync());
        Delivery<String> again = get(received);
        assertThat(again.payload()).isEqualTo("kept");
        assertThat(again.deliveryCount()).isEqualTo(2);
        again.ack();
    }

    @Test
    void shouldReceiveDeadLetters() throws InterruptedException {
        SharedQueue<String> queue =
                mine.create("q", SharedQueue.of(String.class).deadLettersAfter(1));
        CompletableFuture<Delivery<String>> letter = future(queue.deadLetters().receiveAsync());
        queue.put("bad");
        queue.receive(Duration.ZERO).release();
        assertThat(queue.poll()).isNull();
        assertThat(take(letter)).isEqualTo("bad");
    }

    // ------------------------------------------------------------------------------------------ sending

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldSendAtOnceIfThereIsRoom(QueueType<String> type) {
        SharedQueue<String> queue = mine.create("q", type);
        assertThat(future(queue.offerAsync("now"))).isCompletedWithValue(true);
        assertThat(queue.poll()).isEqualTo("now");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldSendInOrderWhatWaitsForRoom(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> sender = mine.create("q", type.capacityBytes(1 << 16));
        SharedQueue<String> receiver = theirs.open("q", type);
        int messages = 20_000;
        List<CompletableFuture<Boolean>> stages = IntStream.range(0, messages)
                .mapToObj(i -> future(sender.offerAsync("message " + i)))
                .toList();
        assertThat(stages.get(0)).isCompletedWithValue(true);
        assertThat(stages.get(messages - 1)).isNotDone();
        for (int i = 0; i < messages; i++) {
            assertThat(receiver.poll(90, TimeUnit.SECONDS)).isEqualTo("message " + i);
        }
        stages.forEach(stage -> assertThat(get(stage)).isTrue());
        assertThat(sender.statistics().sent()).isEqualTo(messages);
    }

    @Test
    void shouldBeWokenByReceiversOfTheSameAttachment() {
        SharedQueue<String> queue =
                mine.create("q", SharedQueue.of(String.class).capacityBytes(1 << 16));
        int filled = fill(queue);
        List<CompletableFuture<Boolean>> stages = IntStream.range(0, 10)
                .mapToObj(i -> future(queue.offerAsync("late " + i)))
                .toList();
        assertThat(stages).noneMatch(CompletableFuture::isDone);
        List<String> received = new ArrayList<>();
        queue.drainTo(received, filled);
        stages.forEach(stage -> assertThat(get(stage)).isTrue());
        assertThat(queue.poll()).isEqualTo("late 0");
    }

    @Test
    void shouldCompleteOfferersOnTheirExecutor() {
        SharedQueue<String> queue =
                mine.create("q", SharedQueue.of(String.class).capacityBytes(1 << 16));
        fill(queue);
        ConcurrentLinkedQueue<Runnable> held = new ConcurrentLinkedQueue<>();
        CompletableFuture<Boolean> sent = future(queue.offerAsync("late", SendOptions.NONE, held::add));
        queue.drainTo(new ArrayList<>(), 100);
        Watchdog.await("sent", () -> !held.isEmpty());
        assertThat(sent).isNotDone();
        held.remove().run();
        assertThat(sent).isCompletedWithValue(true);
    }

    @Test
    void shouldNotSendWhatWasCancelledInLine() {
        SharedQueue<String> queue =
                mine.create("q", SharedQueue.of(String.class).capacityBytes(1 << 16));
        int filled = fill(queue);
        List<CompletableFuture<Boolean>> stages = IntStream.range(0, 1_000)
                .mapToObj(i -> future(queue.offerAsync("late " + i)))
                .toList();
        for (int i = 0; i < 1_000; i++) {
            if (i != 500) {
                assertThat(stages.get(i).cancel(true)).isTrue();
            }
        }
        queue.drainTo(new ArrayList<>(), filled);
        assertThat(get(stages.get(500))).isTrue();
        assertThat(queue.poll()).isEqualTo("late 500");
        assertThat(queue.poll()).isNull();
    }

    @Test
    void shouldKeepALineForEachPriority() {
        SharedQueue<String> queue = mine.create(
                "q", SharedQueue.of(String.class).capacityBytes(1 << 16).priorities(2));
        fill(queue);
        CompletableFuture<Boolean> waits = future(queue.offerAsync("high"));
        assertThat(future(queue.offerAsync("low", SendOptions.priority(1)))).isCompletedWithValue(true);
        assertThat(waits).isNotDone();
        assertThat(reason(future(queue.offerAsync("none", SendOptions.priority(2)))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldDoAsTheFullPolicySays() {
        QueueType<String> type = SharedQueue.of(String.class).capacityBytes(1 << 16);
        SharedQueue<String> failing = mine.create("fail", type.full(FullPolicy.FAIL));
        fill(failing);
        assertThat(reason(future(failing.offerAsync("x")))).isInstanceOf(QueueFullException.class);

        SharedQueue<String> newest = mine.create("newest", type.full(FullPolicy.DROP_NEWEST));
        fill(newest);
        long dropped = newest.statistics().dropped();
        assertThat(future(newest.offerAsync("x"))).isCompletedWithValue(false);
        assertThat(newest.statistics().dropped()).isEqualTo(dropped + 1);

        SharedQueue<String> oldest = mine.create("oldest", type.full(FullPolicy.DROP_OLDEST));
        while (oldest.statistics().dropped() == 0) {
            oldest.offer("old");
        }
        assertThat(future(oldest.offerAsync("x"))).isCompletedWithValue(true);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldSendLargeMessagesWhenTheHeapHasRoomAgain(QueueType<String> kind) throws InterruptedException {
        QueueType<byte[]> type = SharedQueue.of(Codecs.bytes());
        SharedQueue<byte[]> sender = mine.create("q", type);
        SharedQueue<byte[]> receiver = theirs.open("q", type);
        long before = mine.deepStatistics().usedBytes();
        List<CompletableFuture<Boolean>> stages = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            byte[] large = new byte[3 << 19];
            large[0] = (byte) i;
            stages.add(future(sender.offerAsync(large)));
        }
        assertThat(stages.get(29)).isNotDone();
        CompletableFuture<Boolean> given = stages.remove(20);
        assertThat(given.cancel(true)).isTrue();
        for (int i = 0; i < 30; i++) {
            if (i != 20) {
                byte[] large = receiver.poll(90, TimeUnit.SECONDS);
                assertThat(large).hasSize(3 << 19);
                assertThat(large[0]).isEqualTo((byte) i);
            }
        }
        stages.forEach(stage -> assertThat(get(stage)).isTrue());
        assertThat(receiver.poll()).isNull();
        assertThat(mine.deepStatistics().usedBytes()).isEqualTo(before);
        assertThat(reason(future(sender.offerAsync(new byte[100 << 20])))).isInstanceOf(MessageTooLargeException.class);
        assertThat(mine.verify()).isEmpty();
    }

    // ------------------------------------------------------------------------------------------ both

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldPassMessagesBetweenManyWhoNeverBlock(QueueType<String> type) {
        SharedQueue<String> sender = mine.create("q", type.capacityBytes(1 << 16));
        SharedQueue<String> receiver = theirs.open("q", type);
        int messages = 5_000;
        Set<String> seen = ConcurrentHashMap.newKeySet();
        AtomicInteger taken = new AtomicInteger();
        List<CompletableFuture<Void>> receivers = IntStream.range(0, 50)
                .mapToObj(i -> receiveAll(receiver, seen, taken, messages))
                .toList();
        CompletableFuture<?> last = null;
        for (int i = 0; i < messages; i++) {
            last = future(sender.offerAsync("message " + i));
        }
        get(last);
        Watchdog.await("all received", () -> seen.size() == messages);
        assertThat(taken).hasValue(messages);
        receiver.close();
        receivers.forEach(one -> assertThat(reason(one)).isInstanceOf(SegmentClosedException.class));
    }

    /** One more after each, on the pool, so that no stack grows. */
    private static CompletableFuture<Void> receiveAll(
            SharedQueue<String> queue, Set<String> seen, AtomicInteger taken, int most) {
        // Where processors are few, the JDK's own choice would be a thread for each message.
        return future(queue.receiveAsync())
                .thenComposeAsync(
                        delivery -> {
                            taken.incrementAndGet();
                            seen.add(delivery.payload());
                            delivery.ack();
                            return receiveAll(queue, seen, taken, most);
                        },
                        Attendant.POOL);
    }

    // ------------------------------------------------------------------------------------------ the end

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldFailAllStagesWhenTheQueueIsClosed(QueueType<String> type) {
        SharedQueue<String> sender = mine.create("q", type.capacityBytes(1 << 16));
        SharedQueue<String> receiver = theirs.open("q", type);
        List<CompletableFuture<?>> stages = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            stages.add(future(receiver.receiveAsync()));
        }
        receiver.close();
        fill(sender);
        for (int i = 0; i < 1_000; i++) {
            stages.add(future(sender.offerAsync("late")));
        }
        sender.close();
        stages.forEach(stage -> assertThat(reason(stage)).isInstanceOf(SegmentClosedException.class));
        assertThat(reason(future(receiver.receiveAsync()))).isInstanceOf(SegmentClosedException.class);
        assertThat(reason(future(sender.offerAsync("later")))).isInstanceOf(SegmentClosedException.class);
    }

    @Test
    void shouldFailAllStagesWhenTheSegmentIsClosed() {
        SharedQueue<String> queue =
                theirs.create("q", SharedQueue.of(String.class).capacityBytes(1 << 16));
        CompletableFuture<?> letter =
                future(theirs.create("d", SharedQueue.of(String.class).deadLettersAfter(2))
                        .deadLetters()
                        .receiveAsync());
        CompletableFuture<?> received = future(queue.receiveAsync());
        SharedQueue<String> full =
                theirs.create("full", SharedQueue.of(String.class).capacityBytes(1 << 16));
        fill(full);
        CompletableFuture<?> sent = future(full.offerAsync("late"));
        theirs.close();
        assertThat(reason(received)).isInstanceOf(SegmentClosedException.class);
        assertThat(reason(letter)).isInstanceOf(SegmentClosedException.class);
        assertThat(reason(sent)).isInstanceOf(SegmentClosedException.class);
    }

    @Test
    void shouldStandInNobodysWayOnceNobodyWaits() {
        SharedQueue<String> queue = mine.create("q", SharedQueue.of(String.class));
        CompletableFuture<Delivery<String>> stage = future(queue.receiveAsync());
        stage.cancel(true);
        queue.offer("a");
        assertThat(queue.poll()).isEqualTo("a");
    }

    /** However few processors there are: neither does one wait for the other for ever, nor does each get a thread of its own. */
    @Test
    void shouldCompleteWhileAnotherStageBlocksItsThread() {
        SharedQueue<String> queue = mine.create("q", SharedQueue.of(String.class));
        CompletableFuture<String> inner = new CompletableFuture<>();
        CompletableFuture<String> outer = future(queue.receiveAsync()).thenApply(delivery -> {
            delivery.ack();
            return get(inner);
        });
        CompletableFuture<Boolean> second =
                future(queue.receiveAsync()).thenApply(delivery -> inner.complete(delivery.payload()));
        queue.offer("a");
        queue.offer("b");
        assertThat(get(outer)).isEqualTo("b");
        assertThat(get(second)).isTrue();
    }

    @Test
    void shouldUseItsThreadsAgain() {
        SharedQueue<String> queue = mine.create("q", SharedQueue.of(String.class));
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        int messages = 500;
        for (int i = 0; i < messages; i++) {
            CompletableFuture<Boolean> received = future(queue.receiveAsync()).thenApply(delivery -> {
                delivery.ack();
                return threads.add(Thread.currentThread());
            });
            queue.offer("message " + i);
            get(received);
        }
        assertThat(threads).hasSizeLessThan(messages / 2);
    }

    @Test
    void shouldServeWithTheExecutorOfOthersShutDown() {
        SharedQueue<String> queue = mine.create("q", SharedQueue.of(String.class));
        Executor closed = task -> {
            throw new RejectedExecutionException("closed");
        };
        CompletableFuture<Delivery<String>> first = future(queue.receiveAsync(closed));
        CompletableFuture<Delivery<String>> second = future(queue.receiveAsync());
        queue.offer("a");
        queue.offer("b");
        assertThat(take(first)).isEqualTo("a");
        assertThat(take(second)).isEqualTo("b");
    }
}
