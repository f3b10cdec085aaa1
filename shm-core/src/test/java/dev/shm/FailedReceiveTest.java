package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.World.Process;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.Subscription;
import dev.shm.queue.TopicType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
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
            SharedQueue<String> queue = process.objects.create("q", type);
            queue.put(LARGE);
            queue.put("two");
            queue.receive(Duration.ZERO).release();
            reached = failAt(access, process, () -> queue.receive(Duration.ZERO));
            queue.close();
            // What failed after a message was buried is settled when the process ends.
            world.kill(World.VICTIM);
            Process survivor = world.process(World.SURVIVOR);
            survivor.reap();
            List<String> found = new ArrayList<>();
            try (SharedQueue<String> again = survivor.objects.open("q", type)) {
                for (String next = again.poll(); next != null; next = again.poll()) {
                    found.add(next);
                }
                if (deadLetters) {
                    SharedQueue<String> letters = again.deadLetters();
                    for (String next = letters.poll(); next != null; next = letters.poll()) {
                        found.add(next);
                    }
                }
            }
            assertThat(found).as("failed at access %d", access).contains(LARGE, "two");
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
}
