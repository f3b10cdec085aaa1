package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.codec.Codec;
import dev.shm.error.QueueFullException;
import dev.shm.error.SegmentClosedException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What callers of topics, of stages and of publishers do wrong, and what numbers nothing can be created with. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TopicMisuseTest {

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    static Stream<TopicType<String>> kinds() {
        return TopicContractTest.kinds();
    }

    private static void assertNull(List<ThrowingCallable> ways) {
        for (int i = 0; i < ways.size(); i++) {
            assertThatThrownBy(ways.get(i)).as("number %d", i).isInstanceOf(NullPointerException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldRefuseNull(TopicType<String> type) {
        SharedTopic<String> topic = segment.mine().create("t", type);
        try (Subscription<String> subscription = topic.subscribe("named")) {
            assertNull(List.of(
                    () -> topic.publish(null),
                    () -> topic.publish("a", null),
                    () -> topic.offer(null),
                    () -> topic.offer("a", null),
                    () -> topic.offer(null, SendOptions.NONE),
                    () -> topic.offer("a", SendOptions.NONE, null),
                    () -> topic.offerAll(null),
                    () -> topic.offerAll(Arrays.asList("a", null)),
                    () -> topic.tryClaim(1, null),
                    () -> topic.subscribe(null),
                    () -> topic.subscribeFromOldest(null),
                    () -> topic.unsubscribe(null),
                    () -> topic.publisher(null),
                    () -> topic.deliveries(null),
                    () -> topic.publisher().subscribe(null),
                    () -> subscription.drain(null, 1),
                    () -> subscription.drain(null, 1, Duration.ZERO),
                    () -> subscription.drain(message -> {}, 1, null),
                    () -> subscription.receive(null),
                    () -> subscription.poll((Duration) null),
                    () -> subscription.poll(1, null),
                    () -> subscription.receiveAsync(null),
                    () -> subscription.publisher(null),
                    () -> subscription.deliveries(null),
                    () -> subscription.publisher().subscribe(null),
                    () -> type.waiting(null),
                    () -> type.full(null),
                    () -> type.evictAfter(null),
                    () -> SharedTopic.of((Codec<String>) null),
                    () -> SharedTopic.of((Class<String>) null)));
            assertThat(subscription.poll()).isNull();
            assertThat(topic.statistics().sent()).isZero();
            assertThat(topic.offer("a")).isTrue();
            assertThat(subscription.poll()).isEqualTo("a");
        }
    }

    private static List<ThrowingCallable> waysOf(SharedTopic<String> topic, Subscription<String> subscription) {
        return List.of(
                () -> topic.publish("a"),
                () -> topic.publish("a", SendOptions.NONE),
                () -> topic.offer("a"),
                () -> topic.offer("a", SendOptions.NONE, Duration.ofDays(1)),
                () -> topic.offerAll(List.of("a")),
                () -> topic.offerAll(List.of()),
                () -> topic.tryClaim(1),
                topic::subscribe,
                topic::subscribeFromOldest,
                () -> topic.subscribe("other"),
                () -> topic.unsubscribe("named"),
                topic::statistics,
                subscription::poll,
                subscription::take,
                subscription::size,
                () -> subscription.poll(1, TimeUnit.DAYS),
                () -> subscription.receive(Duration.ZERO),
                () -> subscription.drain(message -> {}, 1),
                () -> subscription.drain(message -> {}, 1, Duration.ofDays(1)));
    }

    private static void assertClosed(List<ThrowingCallable> ways) {
        for (int i = 0; i < ways.size(); i++) {
            assertThatThrownBy(ways.get(i)).as("number %d", i).isInstanceOf(SegmentClosedException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldSayThatItOrItsSegmentIsClosed(TopicType<String> type) {
        for (boolean bySegment : new boolean[] {false, true}) {
            SharedTopic<String> topic = bySegment
                    ? segment.theirs().open("t", type)
                    : segment.theirs().create("t", type);
            Subscription<String> subscription = topic.subscribe("named");
            if (bySegment) {
                segment.theirs().close();
            } else {
                topic.close();
                topic.close();
            }
            assertThat(topic.isOpen()).isFalse();
            assertThat(topic).asString().isEqualTo("SharedTopic[t, closed]");
            assertClosed(waysOf(topic, subscription));
            assertEndsClosed(List.of(topic.publisher(), subscription.publisher()));
            assertFails(subscription::receiveAsync);
            subscription.close();
            topic.close();
        }
        // What was named is kept, whatever was tried.
        try (SharedTopic<String> other = segment.mine().open("t", type)) {
            assertThat(other.unsubscribe("named")).isTrue();
            assertThat(other.unsubscribe("other")).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldSayThatASubscriptionIsClosed(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type);
        Subscription<String> subscription = topic.subscribe();
        subscription.close();
        assertClosed(List.of(
                subscription::poll,
                subscription::take,
                subscription::size,
                () -> subscription.drain(message -> {}, 1)));
        assertFails(subscription::receiveAsync);
        topic.publish("a");
    }

    /** A stage says it, rather than the method that gives it. */
    private static void assertFails(Supplier<CompletionStage<?>> method) {
        assertThatThrownBy(() -> method.get().toCompletableFuture().join())
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(SegmentClosedException.class);
    }

    private static void assertEndsClosed(List<Flow.Publisher<String>> publishers) {
        for (Flow.Publisher<String> publisher : publishers) {
            AtomicReference<Throwable> end = new AtomicReference<>();
            publisher.subscribe(new Flow.Subscriber<>() {
                @Override
                public void onSubscribe(Flow.Subscription subscription) {
                    subscription.request(1);
                }

                @Override
                public void onNext(String item) {}

                @Override
                public void onError(Throwable throwable) {
                    end.set(throwable);
                }

                @Override
                public void onComplete() {}
            });
            while (end.get() == null) {
                Thread.onSpinWait();
            }
            assertThat(end.get()).isInstanceOf(SegmentClosedException.class);
        }
    }

    static Stream<QueueType<String>> queues() {
        return QueueContractTest.kinds();
    }

    @ParameterizedTest
    @MethodSource("queues")
    void shouldRefuseNullAndSayThatAQueueIsClosedWithoutThreads(QueueType<String> type) {
        SharedQueue<String> queue = segment.mine().create("q", type);
        assertNull(List.of(
                () -> queue.offerAsync(null),
                () -> queue.offerAsync("a", null),
                () -> queue.receiveAsync(null),
                () -> queue.publisher(null),
                () -> queue.deliveries(null),
                () -> queue.publisher().subscribe(null),
                () -> queue.deliveries().subscribe(null)));
        assertThat(queue.statistics().sent()).isZero();
        queue.close();
        assertFails(queue::receiveAsync);
        assertFails(() -> queue.offerAsync("a"));
        assertEndsClosed(List.of(queue.publisher()));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldHearAnInterruptThatCameBefore(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type);
        try (Subscription<String> subscription = topic.subscribe()) {
            topic.publish("there");
            for (ThrowingCallable way : List.<ThrowingCallable>of(
                    () -> topic.publish("a"),
                    () -> topic.offer("a", SendOptions.NONE, Duration.ofDays(1)),
                    subscription::take,
                    () -> subscription.poll(Duration.ofDays(1)),
                    () -> subscription.receive(Duration.ofDays(1)))) {
                Thread.currentThread().interrupt();
                assertThatThrownBy(way).isInstanceOf(InterruptedException.class);
                assertThat(Thread.interrupted()).isFalse();
            }
            assertThat(subscription.take()).isEqualTo("there");
            assertThat(subscription.poll()).isNull();
        }
    }

    private static Thread waiting(ThrowingCallable action, AtomicReference<Throwable> outcome) {
        Thread thread = new Thread(() -> {
            try {
                action.call();
                outcome.set(new AssertionError("it did not wait"));
            } catch (Throwable e) {
                outcome.set(e);
            }
        });
        thread.start();
        return thread;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldHearAnInterruptWhileItWaits(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type.capacityBytes(1 << 16));
        try (Subscription<String> subscription = topic.subscribe()) {
            AtomicReference<Throwable> taken = new AtomicReference<>();
            Thread taker = waiting(subscription::take, taken);
            taker.interrupt();
            taker.join();
            assertThat(taken.get()).isInstanceOf(InterruptedException.class);
            if (type.fullPolicy() == FullPolicy.DROP_OLDEST) {
                return;
            }
            int sent = 0;
            while (topic.offer("message " + sent)) {
                sent++;
            }
            AtomicReference<Throwable> published = new AtomicReference<>();
            Thread publisher = waiting(() -> topic.publish("one more message"), published);
            publisher.interrupt();
            publisher.join();
            assertThat(published.get()).isInstanceOf(InterruptedException.class);
            assertThat(topic.statistics().sent()).isEqualTo(sent);
            assertThat(subscription.size()).isEqualTo(sent);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 1, 65_535, 65_537, 100_000, (1L << 29) + 1, 1L << 30, Long.MAX_VALUE, Long.MIN_VALUE})
    void shouldRefuseACapacityThatIsNoPowerOfTwo(long bytes) {
        assertThatThrownBy(() -> SharedTopic.of(String.class).capacityBytes(bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("power of two")
                .hasMessageContaining("capacityBytes=" + bytes);
    }

    private static void assertRefused(ThrowingCallable way, String... parts) {
        assertThatThrownBy(way).isInstanceOf(IllegalArgumentException.class).hasMessageContainingAll(parts);
    }

    @Test
    void shouldRefuseNumbersOutOfRange() {
        TopicType<String> topic = SharedTopic.of(String.class);
        QueueType<String> queue = SharedQueue.of(String.class);
        for (int bad : new int[] {0, -1, 1025, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertRefused(() -> topic.subscribers(bad), "1 to 1024", "" + bad);
        }
        for (int bad : new int[] {0, -1, 9, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertRefused(() -> queue.priorities(bad), "1 to 8", "" + bad);
        }
        for (int bad : new int[] {0, -1, 64, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertRefused(() -> queue.deadLettersAfter(bad), "1 to 63", "" + bad);
        }
        for (Duration bad : List.of(
                Duration.ZERO,
                Duration.ofNanos(-1),
                Duration.ofDays(366),
                Duration.ofSeconds(Long.MAX_VALUE),
                Duration.ofSeconds(Long.MIN_VALUE))) {
            assertRefused(() -> topic.evictAfter(bad), "put out", "more than zero", bad.toString());
            assertRefused(() -> queue.visibilityTimeout(bad), "visibility", "more than zero", bad.toString());
        }
        assertThatThrownBy(() -> queue.visibilityTimeout(null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void shouldTakeTheLargestAndSmallestNumbers() throws InterruptedException {
        segment.mine()
                .create("t", SharedTopic.of(String.class).subscribers(1024).evictAfter(Duration.ofNanos(1)))
                .publish("a");
        SharedQueue<String> queue = segment.mine()
                .create(
                        "q",
                        SharedQueue.of(String.class)
                                .capacityBytes(1 << 16)
                                .priorities(8)
                                .deadLettersAfter(63)
                                .visibilityTimeout(Duration.ofDays(365)));
        queue.put("a", SendOptions.priority(7));
        assertThat(queue.poll()).isEqualTo("a");
    }

    @Test
    void shouldRefuseWhatDoesNotGoTogether() {
        TopicType<String> lossy = SharedTopic.of(String.class).full(FullPolicy.DROP_OLDEST);
        assertRefused(() -> segment.mine().create("t", lossy.evictAfter(Duration.ofSeconds(1))), "leave out");
        assertThat(segment.mine().objects()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldRefuseWrongNumbersOfASend(TopicType<String> type) throws InterruptedException {
        SharedTopic<String> topic = segment.mine().create("t", type);
        try (Subscription<String> subscription = topic.subscribe()) {
            assertRefused(() -> topic.tryClaim(-1), "bytes=-1");
            assertRefused(() -> topic.tryClaim(Integer.MIN_VALUE), "bytes=" + Integer.MIN_VALUE);
            assertRefused(() -> topic.publish("a", SendOptions.priority(1)), "priority=1");
            assertRefused(() -> subscription.drain(message -> {}, -1), "limit=-1");
            assertThat(subscription.drain(message -> {}, 0)).isZero();
            topic.publish("a");
            assertThat(subscription.poll(Duration.ofSeconds(-1))).isEqualTo("a");
            assertThat(subscription.poll(Duration.ofSeconds(-1))).isNull();
            assertThat(subscription.receive(Duration.ofSeconds(Long.MIN_VALUE))).isNull();
        }
    }

    @Test
    void shouldSayThatATopicIsFullWhateverTheMessage() throws InterruptedException {
        SharedTopic<String> topic = segment.mine()
                .create("t", SharedTopic.of(String.class).capacityBytes(1 << 16).full(FullPolicy.FAIL));
        try (Subscription<String> subscription = topic.subscribe()) {
            int sent = 0;
            while (topic.offer("message " + sent)) {
                sent++;
            }
            for (String message : List.of("m".repeat(100), "m".repeat(10_000), "m".repeat(200_000))) {
                assertThatThrownBy(() -> topic.publish(message))
                        .isInstanceOf(QueueFullException.class)
                        .hasMessageContaining("'t'");
            }
            assertThat(subscription.take()).isEqualTo("message 0");
        }
    }
}
