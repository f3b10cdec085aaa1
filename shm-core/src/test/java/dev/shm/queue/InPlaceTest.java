package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.codec.Codecs;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages that are written and read where they lie, between others that a codec writes and reads. */
class InPlaceTest {

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
    void shouldReadInPlaceBehindWhatWasDecoded(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> sender = segment.mine().create("q", type.capacityBytes(1 << 16));
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        sender.put("decoded");
        sender.put("read in place", SendOptions.header(new byte[] {42}));
        assertThat(receiver.poll()).isEqualTo("decoded");
        List<String> read = new ArrayList<>();
        receiver.drain(
                message -> {
                    read.add(text(message));
                    read.add("" + message.header()[0]);
                    read.add("" + (char) message.getByte(0));
                    read.add("" + message.buffer().remaining());
                },
                1);
        assertThat(read).containsExactly("read in place", "42", "r", "13");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldReadTheHeaderOfALargeMessageThatWasDecoded(QueueType<String> type) throws InterruptedException {
        // The message lies before the ring: its block was free before the queue was made.
        SharedQueue<String> first = segment.mine().create("hole", type.capacityBytes(1 << 20));
        SharedQueue<String> sender = segment.mine().create("q", type.capacityBytes(1 << 16));
        first.close();
        segment.mine().destroy("hole");
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        sender.put("x".repeat(200 << 10), SendOptions.header(new byte[] {1, 2, 3}));
        try (Delivery<String> delivery = receiver.receive(Duration.ZERO)) {
            assertThat(delivery.payload()).hasSize(200 << 10);
            assertThat(delivery.header()).containsExactly(1, 2, 3);
            assertThat(delivery.message().getByte(7)).isEqualTo((byte) 'x');
            delivery.ack();
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldClaimBehindWhatWasEncoded(QueueType<String> type) throws InterruptedException {
        SharedQueue<String> sender = segment.mine().create("q", type.capacityBytes(1 << 16));
        SharedQueue<String> receiver = segment.theirs().open("q", type);
        sender.put("encoded");
        try (Claim claim = sender.tryClaim(5)) {
            claim.putBytes(0, "claim".getBytes(StandardCharsets.UTF_8), 0, 5);
            claim.commit();
        }
        assertThat(receiver.take()).isEqualTo("encoded");
        assertThat(receiver.take()).isEqualTo("claim");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldReadLittleEndianNumbersAsTheyWereWritten(QueueType<String> kind) {
        QueueType<byte[]> type = QueueContractTest.like(kind, Codecs.bytes());
        SharedQueue<byte[]> sender = segment.mine().create("q", type);
        SharedQueue<byte[]> receiver = segment.theirs().open("q", type);
        try (Claim claim = sender.tryClaim(21)) {
            claim.putLong(0, 0x1122334455667788L).putInt(8, -3).putByte(12, (byte) 9);
            claim.buffer().putLong(13, 77);
            assertThat(claim.length()).isEqualTo(21);
            claim.commit();
        }
        List<Long> read = new ArrayList<>();
        int count = receiver.drain(
                message -> {
                    read.add(message.getLong(0));
                    read.add((long) message.getInt(8));
                    read.add((long) message.getByte(12));
                    read.add(message.buffer().getLong(13));
                    byte[] bytes = new byte[3];
                    message.getBytes(0, bytes, 1, 2);
                    read.add((long) bytes[1]);
                },
                10);
        assertThat(count).isEqualTo(1);
        assertThat(read).containsExactly(0x1122334455667788L, -3L, 9L, 77L, 0x88L - 256);
    }
}
