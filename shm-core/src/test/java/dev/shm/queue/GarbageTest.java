package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.shm.codec.Codecs;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Writing in place and reading in place makes no garbage, not a byte for a message; one that is lent makes no more than itself. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GarbageTest {

    private static final int MESSAGES = 20_000;

    /** Bytes that a thread may leave when it has slept. */
    private static final int SLEEP = 200;

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    private long sum;
    private final MessageHandler handler = message -> sum += message.getLong(0);

    /** Those that lend what may be taken away make a copy, which is garbage. */
    static Stream<QueueType<byte[]>> kinds() {
        QueueType<byte[]> type = SharedQueue.of(Codecs.bytes());
        return Stream.of(type, type.singleConsumer(), type.singleProducer(), type.priorities(2))
                .flatMap(kind -> Stream.of(kind, kind.timestamps(false)));
    }

    /** Those that put nobody out. */
    static Stream<TopicType<byte[]>> topics() {
        TopicType<byte[]> type = SharedTopic.of(Codecs.bytes());
        return Stream.of(type, type.singleProducer()).flatMap(kind -> Stream.of(kind, kind.timestamps(false)));
    }

    /** Sends and receives. */
    private interface Exchange {
        void run() throws InterruptedException;
    }

    /** Bytes of garbage that this thread makes: the least of some rounds, since a compiler at work may leave something in between. */
    private static long garbage(long enough, Exchange exchange) throws InterruptedException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        exchange.run();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 10 && least >= enough; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            exchange.run();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    private void assertThatNoneIsMade(Exchange exchange) throws InterruptedException {
        assertThat(garbage(MESSAGES, exchange))
                .as("bytes of garbage for %s messages", MESSAGES)
                .isLessThan(MESSAGES);
        assertThat(sum).isPositive();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldMakeNoGarbageForAMessage(QueueType<byte[]> type) throws InterruptedException {
        SharedQueue<byte[]> sender = segment.mine().create("q", type);
        SharedQueue<byte[]> receiver = segment.theirs().open("q", type);
        assertThatNoneIsMade(() -> {
            for (int i = 0; i < MESSAGES; i++) {
                send(sender.tryClaim(24), i);
                if (i % 8 == 7) {
                    assertThatAllCame(receiver.drain(handler, 100));
                }
            }
        });
    }

    private static void send(Claim claim, int i) {
        claim.putLong(0, i).putLong(16, i);
        claim.commit();
    }

    private static void assertThatAllCame(int count) {
        if (count != 8) {
            throw new AssertionError(count + " came");
        }
    }

    /** One that has news need not wait for them. */
    @ParameterizedTest
    @MethodSource("kinds")
    void shouldMakeNoGarbageForAMessageThatIsThereForWhoWouldWait(QueueType<byte[]> type) throws InterruptedException {
        SharedQueue<byte[]> sender = segment.mine().create("q", type);
        SharedQueue<byte[]> receiver = segment.theirs().open("q", type);
        Duration minute = Duration.ofMinutes(1);
        assertThatNoneIsMade(() -> {
            for (int i = 0; i < MESSAGES; i++) {
                send(sender.tryClaim(24), i);
                if (i % 8 == 7) {
                    assertThatAllCame(receiver.drain(handler, 100, minute));
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("topics")
    void shouldMakeNoGarbageForAMessageToSeveralSubscribers(TopicType<byte[]> type) throws InterruptedException {
        SharedTopic<byte[]> sender = segment.mine().create("t", type);
        SharedTopic<byte[]> receiver = segment.theirs().open("t", type);
        try (Subscription<byte[]> first = sender.subscribe();
                Subscription<byte[]> second = receiver.subscribe();
                Subscription<byte[]> third = receiver.subscribe("third")) {
            assertThatNoneIsMade(() -> {
                for (int i = 0; i < MESSAGES; i++) {
                    send(sender.tryClaim(24), i);
                    if (i % 8 == 7) {
                        assertThatAllCame(first.drain(handler, 100));
                        assertThatAllCame(second.drain(handler, 100));
                        assertThatAllCame(third.drain(handler, 100));
                    }
                }
            });
        }
    }

    /** Each has a block of the heap. */
    @ParameterizedTest
    @MethodSource("kinds")
    void shouldMakeNoGarbageForALargeMessage(QueueType<byte[]> kind) throws InterruptedException {
        QueueType<byte[]> type = kind.capacityBytes(1 << 16);
        SharedQueue<byte[]> sender = segment.mine().create("q", type);
        SharedQueue<byte[]> receiver = segment.theirs().open("q", type);
        int messages = 2_000;
        long bytes = garbage(messages, () -> {
            for (int i = 0; i < messages; i++) {
                send(sender.tryClaim(40_000), i);
                if (receiver.drain(handler, 100) != 1) {
                    throw new AssertionError("one should come");
                }
            }
        });
        assertThat(bytes).as("bytes of garbage for %s messages", messages).isLessThan(messages);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldMakeNoGarbageButThePayloadByPuttingAndPolling(QueueType<byte[]> type) throws InterruptedException {
        SharedQueue<byte[]> sender = segment.mine().create("q", type);
        SharedQueue<byte[]> receiver = segment.theirs().open("q", type);
        byte[] payload = new byte[24];
        long bytes = garbage(41L * MESSAGES, () -> {
            for (int i = 0; i < MESSAGES; i++) {
                sender.put(payload);
                sum += receiver.poll().length;
            }
        });
        assertThat(bytes - 40L * MESSAGES)
                .as("bytes of garbage for %s messages, beside their payloads", MESSAGES)
                .isLessThan(MESSAGES);
    }

    /** Who sleeps leaves what it was woken by, and no more. */
    @ParameterizedTest
    @MethodSource("kinds")
    void shouldMakeLittleGarbageByWaiting(QueueType<byte[]> type) throws InterruptedException {
        SharedQueue<byte[]> receiver = segment.mine().create("q", type);
        Duration soon = Duration.ofNanos(100_000);
        int times = 100;
        long bytes = garbage(2L * times * SLEEP, () -> {
            for (int i = 0; i < times; i++) {
                if (receiver.drain(handler, 100, soon) != 0 || receiver.poll(100, TimeUnit.MICROSECONDS) != null) {
                    throw new AssertionError("nothing was sent");
                }
            }
        });
        assertThat(bytes / times / 2).as("bytes of garbage for each time").isLessThanOrEqualTo(SLEEP);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldMakeLittleGarbageForADelivery(QueueType<byte[]> type) throws InterruptedException {
        SharedQueue<byte[]> sender = segment.mine().create("q", type);
        SharedQueue<byte[]> receiver = segment.theirs().open("q", type);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] bytes = new byte[24];
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 10 && least > 90L * MESSAGES; round++) {
            long allocated = 0;
            for (int i = 0; i < MESSAGES; i++) {
                sender.put(bytes);
                long before = threads.getCurrentThreadAllocatedBytes();
                Delivery<byte[]> delivery = receiver.receive(Duration.ZERO);
                sum += delivery.payload().length + delivery.deliveryCount();
                delivery.ack();
                allocated += threads.getCurrentThreadAllocatedBytes() - before;
            }
            least = Math.min(least, allocated - 40L * MESSAGES);
        }
        assertThat(least / MESSAGES)
                .as("bytes of garbage for a message, beside its payload")
                .isLessThanOrEqualTo(90);
    }
}
