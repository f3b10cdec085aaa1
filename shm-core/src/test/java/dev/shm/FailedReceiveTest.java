package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.World.Process;
import dev.shm.error.LeaseLostException;
import dev.shm.queue.Delivery;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.Subscription;
import dev.shm.queue.TopicType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whoever receives runs out of Java heap, at whatever access to the memory: the message is not lost, and nobody died. */
class FailedReceiveTest {

    private static final long BYTES = 512 * 1024;
    private static final int RING = 1 << 16;
    private static final String LARGE = "l".repeat(40_000);

    private static final class OutOfHeap extends OutOfMemoryError {
        private static final long serialVersionUID = 1L;
    }

    /** Receives with an error at an access, the first one being number 0; whether there are so many. */
    private static boolean failAt(int access, Process process, Attempt attempt) throws InterruptedException {
        int[] left = {access};
        process.memory.beforeAccess(() -> {
            if (left[0]-- == 0) {
                throw new OutOfHeap();
            }
        });
        try {
            attempt.receive();
        } catch (OutOfHeap e) {
            // As expected; what is thrown on the way out does not matter here.
        } finally {
            process.memory.beforeAccess(() -> {});
        }
        return left[0] < 0;
    }

    private interface Attempt {
        @Nullable
        Object receive() throws InterruptedException;
    }

    static Stream<TopicType<String>> topics() {
        TopicType<String> topic =
                SharedTopic.of(String.class).capacityBytes(RING).subscribers(2);
        return Stream.of(
                topic,
                topic.singleProducer(),
                topic.evictAfter(Duration.ofDays(1)),
                topic.singleProducer().evictAfter(Duration.ofDays(1)));
    }

    @ParameterizedTest
    @MethodSource("topics")
    void shouldKeepAMessageOfATopic(TopicType<String> type) throws InterruptedException {
        int access = 0;
        for (boolean reached = true; reached; access++) {
            Process process = World.again(BYTES).process(World.VICTIM);
            SharedTopic<String> topic = process.objects.create("t", type);
            Subscription<String> first = topic.subscribe("kept");
            topic.publish(LARGE);
            topic.publish("two");
            reached = failAt(access, process, () -> first.receive(Duration.ZERO));
            first.close();
            try (Subscription<String> again = topic.subscribe("kept")) {
                assertThat(again.poll()).as("failed at access %d", access).isEqualTo(LARGE);
                assertThat(again.poll()).isEqualTo("two");
                assertThat(again.poll()).isNull();
            }
        }
        assertThat(access).isGreaterThan(5);
    }

    @ParameterizedTest
    @MethodSource("topics")
    void shouldGetAMessageOfATopicAtTheNextAttempt(TopicType<String> type) throws InterruptedException {
        int access = 0;
        int kept = 0;
        for (boolean reached = true; reached; access++) {
            Process process = World.again(BYTES).process(World.VICTIM);
            SharedTopic<String> topic = process.objects.create("t", type);
            Subscription<String> subscription = topic.subscribe();
            topic.publish("one");
            topic.publish("two");
            List<String> received = new ArrayList<>();
            reached = failAt(
                    access, process, () -> subscription.drain(message -> received.add(Traffic.text(message)), 1));
            int handled = received.size();
            for (String next = subscription.poll(); next != null; next = subscription.poll()) {
                received.add(next);
            }
            // What a handler has had is done with, though what follows failed.
            assertThat(received)
                    .as("failed at access %d", access)
                    .endsWith("two")
                    .contains("one");
            kept += handled == 0 ? 1 : 0;
        }
        assertThat(kept).isGreaterThan(5);
    }

    static Stream<QueueType<String>> queues() {
        QueueType<String> queue = SharedQueue.of(String.class).capacityBytes(RING);
        return Stream.of(
                queue, queue.singleConsumer(), queue.singleProducer(), queue.visibilityTimeout(Duration.ofDays(1)));
    }

    static Stream<Arguments> queuesAndThoseWithDeadLetters() {
        return queues().flatMap(
                        type -> Stream.of(Arguments.of(type, false), Arguments.of(type.deadLettersAfter(1), true)));
    }

    @ParameterizedTest
    @MethodSource("queuesAndThoseWithDeadLetters")
    void shouldKeepAMessageThatComesAgain(QueueType<String> type, boolean deadLetters) throws InterruptedException {
        int access = 0;
        for (boolean reached = true; reached; access++) {
            World world = World.again(BYTES);
            Process process = world.process(World.VICTIM);
            SharedQueue<String> queue = filled(process, type);
            queue.receive(Duration.ZERO).release();
            reached = failAt(access, process, () -> queue.receive(Duration.ZERO));
            queue.close();
            // What failed after a message was buried is settled when the process ends.
            world.kill(World.VICTIM);
            Process survivor = world.process(World.SURVIVOR);
            survivor.reap();
            List<String> found = new ArrayList<>();
            try (SharedQueue<String> again = survivor.objects.open("q", type)) {
                found.addAll(rest(again));
                if (deadLetters) {
                    found.addAll(rest(again.deadLetters()));
                }
            }
            assertThat(found).as("failed at access %d", access).contains("large", "two");
            assertThat(survivor.objects.destroy("q")).isTrue();
            assertThat(survivor.heap.deepStatistics().usedBytes()).isZero();
        }
        assertThat(access).isGreaterThan(5);
    }

    @ParameterizedTest
    @MethodSource("queues")
    void shouldGetAMessageAtTheNextAttempt(QueueType<String> type) throws InterruptedException {
        int access = 0;
        for (boolean reached = true; reached; access++) {
            Process process = World.again(BYTES).process(World.VICTIM);
            SharedQueue<String> queue = process.objects.create("q", type);
            queue.put("one");
            queue.put("two");
            reached = failAt(access, process, () -> queue.receive(Duration.ZERO));
            queue.close();
            try (SharedQueue<String> again = process.objects.open("q", type)) {
                // The order changes where others may have been faster.
                assertThat(List.of(again.poll(), again.poll()))
                        .as("failed at access %d", access)
                        .containsExactlyInAnyOrder("one", "two");
                assertThat(again.statistics().blockedBy()).isEmpty();
            }
        }
        assertThat(access).isGreaterThan(5);
    }

    /** The ways to receive a message and be done with it. */
    private static final Map<String, Acknowledging> WAYS = Map.of(
            "poll", SharedQueue::poll,
            "drain", queue -> queue.drain(message -> {}, 1),
            "ack", queue -> end(queue, Delivery::ack),
            "release", queue -> end(queue, Delivery::release),
            "remove", queue -> queue.remove(LARGE));

    private interface Acknowledging {
        @Nullable
        Object receive(SharedQueue<String> queue) throws InterruptedException;
    }

    /** As one who uses what he receives does. */
    private static boolean end(SharedQueue<String> queue, Consumer<Delivery<String>> how) throws InterruptedException {
        try (Delivery<String> delivery = queue.receive(Duration.ZERO)) {
            if (delivery != null) {
                how.accept(delivery);
            }
            return delivery != null;
        }
    }

    static Stream<Arguments> queuesAndWays() {
        return queues().flatMap(type -> WAYS.keySet().stream().map(way -> Arguments.of(type, way)));
    }

    @ParameterizedTest
    @MethodSource("queuesAndWays")
    void shouldNotLoseWhatIsReceivedOrItsBlock(QueueType<String> type, String way) throws InterruptedException {
        int access = 0;
        int again = 0;
        for (boolean reached = true; reached; access++) {
            World world = World.again(BYTES);
            Process process = world.process(World.VICTIM);
            SharedQueue<String> queue = filled(process, type);
            reached = failAt(access, process, () -> WAYS.get(way).receive(queue));
            List<String> found = rest(queue);
            // The order changes where others may have been faster.
            assertThat(found)
                    .as("failed at access %d", access)
                    .containsOnlyOnce("two")
                    .doesNotHaveDuplicates();
            again += found.size() - 1;
            queue.close();
            try (SharedQueue<String> other = process.objects.open("q", type)) {
                assertThat(rest(other)).as("failed at access %d", access).isEmpty();
                assertThat(other.statistics().blockedBy())
                        .as("failed at access %d", access)
                        .isEmpty();
                assertThat(other.statistics().depth())
                        .as("failed at access %d", access)
                        .isZero();
            }
            assertThat(process.objects.destroy("q")).isTrue();
            // What was being freed just then is freed when the process ends.
            world.kill(World.VICTIM);
            Process survivor = world.process(World.SURVIVOR);
            survivor.reap();
            assertThat(survivor.heap.deepStatistics().usedBytes())
                    .as("failed at access %d", access)
                    .isZero();
        }
        assertThat(again).isGreaterThan(1);
    }

    @ParameterizedTest
    @MethodSource("queues")
    void shouldHarmNoLaterMessageByAnAcknowledgementThatIsTriedAgain(QueueType<String> type)
            throws InterruptedException {
        int access = 0;
        for (boolean reached = true; reached; access++) {
            Process process = World.again(BYTES).process(World.VICTIM);
            SharedQueue<String> queue = process.objects.create("q", type);
            queue.put("one");
            Delivery<String> delivery = queue.receive(Duration.ZERO);
            reached = failAt(access, process, () -> {
                delivery.ack();
                return true;
            });
            List<String> sent = new ArrayList<>();
            while (queue.offer("later " + sent.size())) {
                // Where the acknowledged one was as well.
                sent.add("later " + sent.size());
            }
            try {
                delivery.ack();
            } catch (IllegalStateException | LeaseLostException e) {
                // It was ended.
            }
            assertThat(rest(queue)).as("failed at access %d", access).isEqualTo(sent);
            queue.close();
        }
        assertThat(access).isGreaterThan(5);
    }

    private static SharedQueue<String> filled(Process process, QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = process.objects.create("q", type);
        queue.put(LARGE);
        queue.put("two");
        return queue;
    }

    private static List<String> rest(SharedQueue<String> queue) {
        List<String> rest = new ArrayList<>();
        for (String next = queue.poll(); next != null; next = queue.poll()) {
            rest.add(next.equals(LARGE) ? "large" : next);
        }
        return rest;
    }
}
