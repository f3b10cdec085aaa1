package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.codec.Codecs;
import dev.shm.testing.TestDirectory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages that are written and read where they lie, mixed with such that a codec writes and reads. */
class InPlaceAndClosingTest {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private SharedMemory memory;

    static Stream<QueueType<byte[]>> kinds() {
        QueueType<byte[]> type = SharedQueue.of(Codecs.bytes()).capacityBytes(1 << 16);
        return Stream.of(type, type.singleConsumer(), type.singleProducer());
    }

    @BeforeEach
    void open() {
        memory = SharedMemory.named("in-place")
                .directory(directory.path())
                .size(4 << 20)
                .openOrCreate();
    }

    @AfterEach
    void close() {
        memory.close();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldReadInPlaceAfterAnEarlierMessageWasDecoded(QueueType<byte[]> type) {
        SharedQueue<byte[]> queue = memory.create("q", type);
        for (byte i = 0; i < 4; i++) {
            assertThat(queue.offer(new byte[] {i, 2, 3, 4}, SendOptions.header(new byte[] {i})))
                    .isTrue();
        }
        assertThat(queue.poll()).containsExactly(0, 2, 3, 4);
        List<Integer> read = new ArrayList<>();
        int count = queue.drain(
                message -> {
                    read.add(message.getInt(0));
                    assertThat(message.header()).hasSize(1);
                    assertThat(message.toBytes()).hasSize(4);
                },
                10);
        assertThat(count).isEqualTo(3);
        assertThat(read).containsExactly(0x04030201, 0x04030202, 0x04030203);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldWriteInPlaceAfterAnEarlierMessageWasEncoded(QueueType<byte[]> type) {
        SharedQueue<byte[]> queue = memory.create("q", type);
        assertThat(queue.offer(new byte[] {1})).isTrue();
        try (Claim claim = queue.tryClaim(5)) {
            assertThat(claim).isNotNull();
            claim.putInt(0, 7).putByte(4, (byte) 9);
            assertThat(claim.buffer().remaining()).isEqualTo(5);
            claim.commit();
        }
        assertThat(queue.poll()).containsExactly(1);
        assertThat(queue.poll()).containsExactly(7, 0, 0, 0, 9);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldReadSeveralDeliveriesInAnyOrder(QueueType<byte[]> type) throws InterruptedException {
        SharedQueue<byte[]> queue = memory.create("q", type);
        queue.put(new byte[] {1, 1});
        queue.put(new byte[] {2, 2, 2});
        Delivery<byte[]> first = queue.receive(Duration.ZERO);
        Delivery<byte[]> second = queue.receive(Duration.ZERO);
        assertThat(first.payload()).containsExactly(1, 1);
        assertThat(second.message().getByte(2)).isEqualTo((byte) 2);
        assertThat(second.payload()).containsExactly(2, 2, 2);
        assertThat(first.message().toBytes()).containsExactly(1, 1);
        second.ack();
        first.ack();
        assertThat(queue.poll()).isNull();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldFreeALargeClaimThatIsGivenUpAfterClosing(QueueType<byte[]> type) {
        SharedQueue<byte[]> queue = memory.create("q", type);
        long before = memory.deepStatistics().usedBytes();
        Claim claim = queue.tryClaim(40_000);
        assertThat(claim).isNotNull();
        queue.close();
        claim.close();
        assertThat(memory.deepStatistics().usedBytes()).isEqualTo(before);
        assertThat(memory.deepStatistics().tentativeBytes()).isZero();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldRaiseTheCountOnceForWhatWasLentWhenItWasClosed(QueueType<byte[]> type) throws InterruptedException {
        SharedQueue<byte[]> queue = memory.create("q", type);
        queue.put(new byte[] {1});
        assertThat(queue.receive(Duration.ZERO)).isNotNull();
        queue.close();
        try (SharedQueue<byte[]> again = memory.open("q", type);
                Delivery<byte[]> delivery = again.receive(Duration.ZERO)) {
            assertThat(delivery).isNotNull();
            assertThat(delivery.deliveryCount()).isEqualTo(2);
            delivery.ack();
        }
    }

    @Test
    void shouldDropNothingWhileSomebodyHasTheOldest() throws InterruptedException {
        QueueType<byte[]> type =
                SharedQueue.of(Codecs.bytes()).capacityBytes(1 << 16).full(FullPolicy.DROP_OLDEST);
        SharedQueue<byte[]> queue = memory.create("q", type);
        byte[] piece = new byte[12_000];
        for (int i = 0; i < 5; i++) {
            queue.put(piece);
        }
        try (Delivery<byte[]> oldest = queue.receive(Duration.ZERO)) {
            assertThat(queue.offer(piece)).isFalse();
            assertThat(queue.offer(piece)).isFalse();
            assertThat(queue.statistics().dropped()).isZero();
            assertThat(queue.size()).isEqualTo(4);
            oldest.ack();
        }
        assertThat(queue.offer(piece)).isTrue();
        assertThat(queue.offer(piece)).isTrue();
        assertThat(queue.statistics().dropped()).isOne();
    }
}
