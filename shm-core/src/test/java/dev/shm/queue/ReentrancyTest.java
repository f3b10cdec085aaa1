package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.codec.Codec;
import dev.shm.error.SegmentClosedException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Handlers and codecs that use the very queue they are called by. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReentrancyTest {

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    static Stream<QueueType<String>> kinds() {
        return QueueContractTest.kinds();
    }

    private static String text(Message message) {
        return new String(message.toBytes(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldSendFromAHandlerToTheQueueThatItReads(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        queue.put("5");
        List<String> seen = new ArrayList<>();
        int count = queue.drain(
                message -> {
                    int left = Integer.parseInt(text(message));
                    seen.add("" + left);
                    if (left > 0) {
                        assertThat(queue.offer("" + (left - 1))).isTrue();
                    }
                },
                100);
        assertThat(count).isEqualTo(6);
        assertThat(seen).containsExactly("5", "4", "3", "2", "1", "0");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldNotCloseTheQueueFromItsHandler(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        queue.put("a");
        assertThatThrownBy(() -> queue.drain(message -> queue.close(), 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'q'")
                .hasMessageContaining("handler")
                .hasMessageContaining("Close it after");
        assertThat(queue.isOpen()).isTrue();
        assertThat(queue.poll()).isEqualTo("a");
        queue.close();
        SharedQueue<String> again = segment.theirs().open("q", type);
        again.put("b");
        assertThat(again.poll()).isEqualTo("b");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldNotCloseTheSegmentFromAHandler(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        queue.put("a");
        assertThatThrownBy(() -> queue.drain(message -> segment.mine().close(), 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'q'")
                .hasMessageContaining("Close it after");
        assertThat(segment.mine().isOpen()).isTrue();
        assertThat(queue.poll()).isEqualTo("a");
    }

    @Test
    void shouldReceiveFromAHandlerWhereConsumersCompete() throws InterruptedException {
        for (QueueType<String> type : List.of(
                SharedQueue.of(String.class), SharedQueue.of(String.class).visibilityTimeout(Duration.ofMinutes(1)))) {
            SharedQueue<String> queue = segment.mine().openOrCreate("q", type);
            for (String message : List.of("outer", "inner, a longer one", "i", "lent", "last")) {
                queue.put(message);
            }
            List<String> seen = new ArrayList<>();
            queue.drain(
                    outer -> {
                        seen.add(text(outer));
                        queue.drain(inner -> seen.add(text(inner)), 1);
                        seen.add(queue.poll());
                        seen.add(queue.peek());
                        try (Delivery<String> delivery = queue.receive(Duration.ZERO)) {
                            seen.add(delivery.payload());
                            delivery.ack();
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                        seen.add(text(outer));
                    },
                    1);
            assertThat(seen).containsExactly("outer", "inner, a longer one", "i", "lent", "lent", "outer");
            assertThat(queue.poll()).isEqualTo("last");
            assertThat(queue.poll()).isNull();
            queue.close();
            segment.mine().destroy("q");
        }
    }

    static Stream<QueueType<String>> alone() {
        return Stream.of(
                SharedQueue.of(String.class).singleConsumer(),
                SharedQueue.of(String.class).singleProducer());
    }

    @ParameterizedTest
    @MethodSource("alone")
    void shouldNotReceiveFromTheHandlerOfASingleConsumer(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        queue.put("a");
        queue.put("b");
        List<Consumer<SharedQueue<String>>> ways = List.of(
                SharedQueue::poll,
                SharedQueue::peek,
                q -> assertThat(q.size()).isZero(),
                q -> q.drain(message -> {}, 1),
                q -> {
                    try {
                        q.receive(Duration.ofDays(1));
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
        for (Consumer<SharedQueue<String>> way : ways) {
            assertThatThrownBy(() -> queue.drain(message -> way.accept(queue), 1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("handler")
                    .hasMessageContaining("'q'");
        }
        assertThat(queue.poll()).isEqualTo("a");
        assertThat(queue.poll()).isEqualTo("b");
    }

    @ParameterizedTest
    @MethodSource("alone")
    void shouldKeepADeliveryThatAHandlerCouldNotEnd(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> queue = segment.mine().create("q", type);
        queue.put("lent");
        queue.put("handled");
        Delivery<String> delivery = queue.receive(Duration.ZERO);
        assertThatThrownBy(() -> queue.drain(message -> delivery.ack(), 1)).isInstanceOf(IllegalStateException.class);
        delivery.ack();
        assertThat(queue.poll()).isEqualTo("handled");
        assertThat(queue.poll()).isNull();
        assertThat(queue.statistics().depth()).isZero();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldLetAHandlerFinishBeforeAnotherThreadCloses(QueueType<String> type) throws Exception {
        SharedQueue<String> queue = segment.mine().create("q", type);
        queue.put("a");
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        List<String> order = new ArrayList<>();
        Thread reader = new Thread(() -> queue.drain(
                message -> {
                    inside.countDown();
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    order.add(text(message));
                },
                1));
        reader.start();
        inside.await();
        Thread closer = new Thread(() -> {
            queue.close();
            order.add("closed");
        });
        closer.start();
        while (queue.isOpen()) {
            Thread.onSpinWait();
        }
        go.countDown();
        closer.join();
        reader.join();
        assertThat(order).containsExactly("a", "closed");
        assertThatThrownBy(queue::poll).isInstanceOf(SegmentClosedException.class);
        assertThat(segment.theirs().open("q", type).poll()).isNull();
    }

    /** As one that writes to a log which goes through the same queue. */
    private static final class Talkative implements Codec<String> {

        private SharedQueue<String> log;
        private boolean talks = true;

        @Override
        public String name() {
            return "string";
        }

        @Override
        public int size(String value) {
            return value.length();
        }

        @Override
        public void encode(String value, ByteBuffer target) {
            if (talks) {
                talks = false;
                assertThat(log.offer("about to write")).isTrue();
                talks = true;
            }
            target.put(value.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String decode(ByteBuffer source) {
            return StandardCharsets.UTF_8.decode(source).toString();
        }
    }

    @Test
    void shouldSendFromACodecThatEncodes() {
        Talkative codec = new Talkative();
        codec.log = segment.mine().create("q", SharedQueue.of(codec));
        assertThat(codec.log.offer("message")).isTrue();
        assertThat(codec.log.offer("m".repeat(200 << 10))).isTrue();
        assertThat(codec.log.poll()).isEqualTo("message");
        assertThat(codec.log.poll()).isEqualTo("about to write");
        List<String> rest = new ArrayList<>();
        codec.log.drainTo(rest);
        assertThat(rest).containsExactlyInAnyOrder("about to write", "m".repeat(200 << 10));
    }
}
