package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.shm.codec.Codecs;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Writing in place and reading in place makes no garbage, not a byte for a message; one that is lent makes no more than itself. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GarbageTest {

    private static final int MESSAGES = 20_000;

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

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldMakeNoGarbageForAMessage(QueueType<byte[]> type) {
        SharedQueue<byte[]> sender = segment.mine().create("q", type);
        SharedQueue<byte[]> receiver = segment.theirs().open("q", type);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        exchange(sender, receiver);
        long least = Long.MAX_VALUE;
        // A compiler that is at work may leave something in between.
        for (int round = 0; round < 10 && least >= MESSAGES; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            exchange(sender, receiver);
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as("bytes of garbage for %s messages", MESSAGES).isLessThan(MESSAGES);
        assertThat(sum).isPositive();
    }

    private void exchange(SharedQueue<byte[]> sender, SharedQueue<byte[]> receiver) {
        for (int i = 0; i < MESSAGES; i++) {
            Claim claim = sender.tryClaim(24);
            claim.putLong(0, i).putLong(16, i);
            claim.commit();
            if (i % 8 == 7) {
                assertThatAllCame(receiver.drain(handler, 100));
            }
        }
    }

    private static void assertThatAllCame(int count) {
        if (count != 8) {
            throw new AssertionError(count + " came");
        }
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
