package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.codec.Codec;
import dev.shm.error.CodecException;
import dev.shm.error.SegmentClosedException;
import dev.shm.error.SharedMemoryException;
import dev.shm.error.SubscriptionEvictedException;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class QueuePublisherTest {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private SharedMemory mine;
    private SharedMemory theirs;

    @BeforeEach
    void open() {
        mine = directory.segment("publishers").size(16 << 20).openOrCreate();
        theirs = directory.segment("publishers").openOrCreate();
    }

    @AfterEach
    void close() {
        theirs.close();
        mine.close();
    }

    /** Remembers what it gets, and notices signals at the same time. */
    private static class Listener<E> implements Flow.Subscriber<E> {

        final ConcurrentLinkedQueue<E> seen = new ConcurrentLinkedQueue<>();
        final AtomicInteger inside = new AtomicInteger();
        final AtomicInteger overlaps = new AtomicInteger();
        final Consumer<E> handler;
        volatile Flow.Subscription subscription;
        volatile Throwable failure;

        Listener(Consumer<E> handler) {
            this.handler = handler;
        }

        Listener() {
            this(element -> {});
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
        }

        @Override
        public void onNext(E element) {
            overlaps.addAndGet(inside.getAndIncrement());
            seen.add(element);
            handler.accept(element);
            inside.getAndDecrement();
        }

        @Override
        public void onError(Throwable reason) {
            overlaps.addAndGet(inside.get());
            failure = reason;
        }

        @Override
        public void onComplete() {
            throw new AssertionError("a queue never completes");
        }
    }

    private static <E> Listener<E> listen(Flow.Publisher<E> publisher, long demand) {
        Listener<E> listener = new Listener<>();
        publisher.subscribe(listener);
        if (demand > 0) {
            listener.subscription.request(demand);
        }
        return listener;
    }

    private static <E> E first(Listener<E> listener) {
        Watchdog.await("something comes", () -> !listener.seen.isEmpty());
        return listener.seen.peek();
    }

    private static Throwable failure(Listener<?> listener) {
        Watchdog.await("the end comes", () -> listener.failure != null);
        return listener.failure;
    }

    @Test
    void shouldTakeNoMoreThanWasAskedFor() {
        SharedQueue<String> sender = mine.create("q", SharedQueue.of(String.class));
        SharedQueue<String> receiver = theirs.open("q", SharedQueue.of(String.class));
        for (int i = 0; i < 10; i++) {
            sender.offer("message " + i);
        }
        Listener<String> listener = listen(receiver.publisher(), 3);
        Watchdog.await(
                "three", () -> listener.seen.size() == 3 && sender.statistics().received() == 3);
        assertThat(sender.poll()).isEqualTo("message 3");
        listener.subscription.request(2);
        Watchdog.await("two more", () -> listener.seen.size() == 5);
        assertThat(listener.seen).endsWith("message 4", "message 5");
        assertThat(sender.size()).isEqualTo(4);
    }

    @Test
    void shouldShareMessagesAmongSubscribersStagesAndThreads() throws InterruptedException {
        SharedQueue<String> sender =
                mine.create("q", SharedQueue.of(String.class).capacityBytes(1 << 16));
        SharedQueue<String> receiver = theirs.open("q", SharedQueue.of(String.class));
        List<Listener<String>> listeners = IntStream.range(0, 20)
                .mapToObj(i -> listen(receiver.publisher(), Long.MAX_VALUE))
                .toList();
        Set<String> others = ConcurrentHashMap.newKeySet();
        Thread blocking = new Thread(() -> {
            try {
                while (others.add(sender.take())) {
                    // Until there are no more.
                }
            } catch (InterruptedException | SegmentClosedException e) {
                // There are no more.
            }
        });
        blocking.start();
        int messages = 20_000;
        for (int i = 0; i < messages; i++) {
            sender.put("message " + i);
        }
        Watchdog.await("all have come", () -> sender.statistics().received() == messages);
        blocking.interrupt();
        blocking.join();
        List<String> all = new ArrayList<>(others);
        listeners.forEach(listener -> all.addAll(listener.seen));
        assertThat(all).hasSize(messages).doesNotHaveDuplicates();
        assertThat(listeners).allSatisfy(listener -> {
            assertThat(listener.failure).isNull();
            assertThat(listener.overlaps).hasValue(0);
        });
        receiver.close();
        assertThat(listeners)
                .allSatisfy(listener -> assertThat(failure(listener)).isInstanceOf(SegmentClosedException.class));
    }

    @Test
    void shouldHandOutDeliveriesThatTheSubscriberAcknowledges() {
        SharedQueue<String> queue = mine.create("q", SharedQueue.of(String.class));
        Listener<Delivery<String>> listener = listen(queue.deliveries(), 1);
        queue.offer("once");
        Delivery<String> delivery = first(listener);
        assertThat(queue.statistics().received()).isZero();
        delivery.release();
        listener.subscription.request(1);
        Watchdog.await("again", () -> listener.seen.size() == 2);
        Delivery<String> again = listener.seen.stream().skip(1).findFirst().orElseThrow();
        assertThat(again.payload()).isEqualTo("once");
        again.ack();
        assertThat(queue.statistics().received()).isEqualTo(1);
    }

    @Test
    void shouldDeliverAgainWhatASubscriberThrewAt() {
        SharedQueue<String> queue = mine.create("q", SharedQueue.of(String.class));
        Listener<String> thrower = new Listener<>(element -> {
            throw new IllegalStateException("thrown on purpose");
        });
        queue.publisher(task -> new Thread(() -> {
                            try {
                                task.run();
                            } catch (IllegalStateException e) {
                                // As it was told to.
                            }
                        })
                        .start())
                .subscribe(thrower);
        thrower.subscription.request(5);
        queue.offer("hot");
        assertThat(first(thrower)).isEqualTo("hot");
        Listener<Delivery<String>> next = listen(queue.deliveries(), 1);
        Delivery<String> again = first(next);
        assertThat(again.deliveryCount()).isEqualTo(2);
        again.ack();
        queue.offer("not for it");
        assertThat(queue.poll()).isEqualTo("not for it");
        assertThat(thrower.seen).hasSize(1);
    }

    @Test
    void shouldEndWithWhatCannotBeDecodedAndBuryIt() {
        QueueType<Integer> numbers = SharedQueue.of(new WrongCodec()).deadLettersAfter(1);
        SharedQueue<Integer> queue = mine.create("q", numbers);
        Listener<Integer> listener = listen(queue.publisher(), 2);
        queue.offer(13);
        assertThat(failure(listener)).isInstanceOf(CodecException.class);
        assertThat(listener.seen).isEmpty();
        queue.offer(14);
        assertThat(first(listen(queue.publisher(), 1))).isEqualTo(14);
        assertThat(queue.deadLetters().size()).isEqualTo(1);
    }

    /** Cannot read 13. */
    private static final class WrongCodec implements Codec<Integer> {
        @Override
        public String name() {
            return "wrong";
        }

        @Override
        public int size(Integer value) {
            return Integer.BYTES;
        }

        @Override
        public void encode(Integer value, ByteBuffer target) {
            target.putInt(value);
        }

        @Override
        public Integer decode(ByteBuffer source) {
            int value = source.getInt();
            if (value == 13) {
                throw new CodecException("13 is not for reading");
            }
            return value;
        }
    }

    @Test
    void shouldStopAtOnceWhenCancelledInTheMiddle() {
        SharedQueue<String> queue = mine.create("q", SharedQueue.of(String.class));
        for (int i = 0; i < 10; i++) {
            queue.offer("message " + i);
        }
        Listener<String> listener = new Listener<>() {
            @Override
            public void onNext(String element) {
                super.onNext(element);
                if (element.equals("message 3")) {
                    subscription.cancel();
                }
            }
        };
        queue.publisher().subscribe(listener);
        listener.subscription.request(Long.MAX_VALUE);
        Watchdog.await("four acknowledged", () -> queue.statistics().received() == 4);
        assertThat(queue.poll()).isEqualTo("message 4");
        assertThat(listener.seen).hasSize(4);
    }

    @Test
    void shouldNotLoseMessagesToSubscribersThatCancel() throws InterruptedException {
        SharedQueue<Integer> sender = mine.create("q", SharedQueue.of(Integer.class));
        SharedQueue<Integer> receiver = theirs.open("q", SharedQueue.of(Integer.class));
        int messages = 5_000;
        Set<Integer> seen = ConcurrentHashMap.newKeySet();
        Thread sending = new Thread(() -> IntStream.range(0, messages).forEach(sender::offer));
        sending.start();
        long giveUp = System.nanoTime() + Watchdog.TIMEOUT.toNanos();
        while (seen.size() < messages && System.nanoTime() - giveUp < 0) {
            Listener<Integer> listener = new Listener<>(seen::add);
            receiver.publisher().subscribe(listener);
            listener.subscription.request(50);
            Thread.sleep(0, 200_000);
            listener.subscription.cancel();
        }
        sending.join();
        assertThat(seen).hasSize(messages);
        Watchdog.await("all acknowledged", () -> sender.statistics().received() == messages);
    }

    @Test
    void shouldTellSubscribersOfTheEndWhoAskedForNothing() {
        SharedQueue<String> queue = mine.create("q", SharedQueue.of(String.class));
        SharedTopic<String> topic = mine.create("t", SharedTopic.of(String.class));
        SharedQueue<String> other = theirs.open("q", SharedQueue.of(String.class));
        List<Listener<?>> listeners = List.of(
                listen(queue.publisher(), 0),
                listen(topic.deliveries(), 0),
                listen(topic.subscribe("named").publisher(), 0),
                listen(other.publisher(), 0));
        queue.close();
        topic.close();
        theirs.close();
        assertThat(listeners)
                .allSatisfy(listener -> assertThat(failure(listener)).isInstanceOf(SegmentClosedException.class));
        assertThat(failure(listen(queue.publisher(), 0))).isInstanceOf(SegmentClosedException.class);
        assertThat(failure(listen(topic.publisher(), 0))).isInstanceOf(SegmentClosedException.class);
    }

    @Test
    void shouldEndWithAnErrorWhenTheExecutorTakesNothing() {
        SharedQueue<String> queue = mine.create("q", SharedQueue.of(String.class));
        Listener<String> listener = listen(
                queue.publisher(task -> {
                    throw new RejectedExecutionException("closed");
                }),
                1);
        assertThat(failure(listener)).isInstanceOf(RejectedExecutionException.class);
        queue.offer("not for it");
        assertThat(queue.poll()).isEqualTo("not for it");
    }

    @Test
    void shouldLetAnotherHaveTheThreadNowAndThen() {
        SharedQueue<String> queue = mine.create("q", SharedQueue.of(String.class));
        for (int i = 0; i < 2_000; i++) {
            queue.offer("message " + i);
        }
        ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
        Listener<String> listener = listen(queue.publisher(tasks::add), Long.MAX_VALUE);
        int turns = 0;
        while (listener.seen.size() < 2_000) {
            tasks.remove().run();
            turns++;
        }
        assertThat(turns).isGreaterThan(5);
    }

    @Test
    void shouldGiveEverySubscriberOfATopicAllThatIsSentFromThenOn() throws InterruptedException {
        SharedTopic<String> sender =
                mine.create("t", SharedTopic.of(String.class).capacityBytes(1 << 16));
        SharedTopic<String> receiver = theirs.open("t", SharedTopic.of(String.class));
        sender.publish("too early");
        List<Listener<String>> listeners = IntStream.range(0, 5)
                .mapToObj(i -> listen(receiver.publisher(), Long.MAX_VALUE))
                .toList();
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            sent.add("message " + i);
            sender.publish(sent.get(i));
        }
        for (Listener<String> listener : listeners) {
            Watchdog.await("all have come", () -> listener.seen.size() == sent.size());
            assertThat(listener.seen).containsExactlyElementsOf(sent);
        }
        // Nobody holds the senders up any more.
        listeners.forEach(listener -> listener.subscription.cancel());
        for (int i = 0; i < 5_000; i++) {
            sender.publish("nobody hears");
        }
    }

    @Test
    void shouldTellASubscriberThatItWasPutOut() throws InterruptedException {
        SharedTopic<String> topic = mine.create(
                "t", SharedTopic.of(String.class).capacityBytes(1 << 16).evictAfter(Duration.ofMillis(20)));
        CountDownLatch goOn = new CountDownLatch(1);
        Listener<String> slow = new Listener<>(element -> {
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        topic.publisher().subscribe(slow);
        slow.subscription.request(Long.MAX_VALUE);
        for (int i = 0; i < 10_000; i++) {
            topic.publish("message " + i);
        }
        goOn.countDown();
        assertThat(failure(slow)).isInstanceOf(SubscriptionEvictedException.class);
    }

    @Test
    void shouldSayThatThereCanBeNoMoreSubscribers() {
        SharedTopic<String> topic =
                mine.create("t", SharedTopic.of(String.class).subscribers(2));
        Listener<String> first = listen(topic.publisher(), 1);
        Listener<String> second = listen(topic.publisher(), 1);
        assertThat(failure(listen(topic.publisher(), 1))).isInstanceOf(SharedMemoryException.class);
        second.subscription.cancel();
        Listener<String> third = listen(topic.publisher(), 1);
        topic.offer("a");
        assertThat(first(first)).isEqualTo("a");
        assertThat(first(third)).isEqualTo("a");
        assertThat(second.seen).isEmpty();
    }
}
