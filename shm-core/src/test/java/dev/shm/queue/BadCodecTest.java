package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.error.CodecException;
import dev.shm.error.MessageTooLargeException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Codecs that do not do what they should: nothing is lost or stuck, and the message names them. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BadCodecTest {

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    static Stream<QueueType<String>> kinds() {
        return QueueContractTest.kinds();
    }

    /** Writes and reads bytes, and does it wrong when told to. */
    private static class Bad implements Codec<byte[]> {

        private int said = Integer.MIN_VALUE;
        private RuntimeException failsToWrite;
        private RuntimeException failsToRead;
        private boolean readsNull;

        @Override
        public String name() {
            return "bytes";
        }

        @Override
        public int size(byte[] value) {
            return said == Integer.MIN_VALUE ? value.length : said;
        }

        @Override
        public void encode(byte[] value, ByteBuffer target) {
            if (failsToWrite != null) {
                throw failsToWrite;
            }
            target.put(value);
        }

        @Override
        public byte[] decode(ByteBuffer source) {
            if (failsToRead != null) {
                throw failsToRead;
            }
            return readsNull ? null : Codecs.bytes().decode(source);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldRefuseACodecThatLiesAboutTheSize(QueueType<String> kind) throws InterruptedException {
        Bad codec = new Bad();
        QueueType<byte[]> type = QueueContractTest.like(kind, codec).capacityBytes(1 << 20);
        SharedQueue<byte[]> sender = segment.mine().create("q", type);
        SharedQueue<byte[]> receiver = segment.theirs().open("q", type);
        for (int[] saidAndWritten : new int[][] {
            {10, 9}, {10, 11}, {10, 300_000}, {0, 1}, {10, 0}, {300_000, 299_999}, {300_000, 300_001}, {300_000, 5}
        }) {
            codec.said = saidAndWritten[0];
            byte[] value = new byte[saidAndWritten[1]];
            assertThatThrownBy(() -> sender.offer(value))
                    .isInstanceOf(CodecException.class)
                    .hasMessageContaining("'bytes'")
                    .hasMessageContaining("" + codec.said)
                    .hasMessageContaining("Mend");
            assertThatThrownBy(() -> sender.put(value)).isInstanceOf(CodecException.class);
            assertThatThrownBy(() -> sender.offerAll(List.of(value)))
                    .isInstanceOfAny(CodecException.class, MessageTooLargeException.class);
        }
        codec.said = Integer.MIN_VALUE;
        sender.put(new byte[] {1});
        assertThat(receiver.take()).containsExactly(1);
        assertThat(receiver.poll()).isNull();
        sender.close();
        receiver.close();
        segment.mine().destroy("q");
        assertThat(segment.mine().deepStatistics().tentativeBytes()).isZero();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldGiveUpTheRoomOfACodecThatThrows(QueueType<String> kind) throws InterruptedException {
        Bad codec = new Bad();
        QueueType<byte[]> type = QueueContractTest.like(kind, codec).capacityBytes(1 << 16);
        SharedQueue<byte[]> sender = segment.mine().create("q", type);
        SharedQueue<byte[]> receiver = segment.theirs().open("q", type);
        codec.failsToWrite = new IllegalArgumentException("cannot");
        for (int i = 0; i < 5_000; i++) {
            assertThatThrownBy(() -> sender.offer(new byte[100])).isSameAs(codec.failsToWrite);
            // A single consumer has to look, to see that there is nothing.
            assertThat(receiver.poll()).isNull();
        }
        assertThatThrownBy(() -> sender.offer(new byte[300 << 10])).isSameAs(codec.failsToWrite);
        codec.said = Codec.UNKNOWN_SIZE;
        assertThatThrownBy(() -> sender.offer(new byte[100])).isSameAs(codec.failsToWrite);
        codec.failsToWrite = new BufferOverflowException();
        assertThatThrownBy(() -> sender.offer(new byte[100])).isInstanceOf(MessageTooLargeException.class);
        codec.failsToWrite = null;
        receiver.poll();
        sender.put(new byte[] {1});
        assertThat(receiver.take()).containsExactly(1);
        assertThat(segment.mine().deepStatistics().tentativeBytes()).isZero();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldKeepAMessageThatCannotBeDecoded(QueueType<String> kind) throws InterruptedException {
        Bad codec = new Bad();
        QueueType<byte[]> type = QueueContractTest.like(kind, codec);
        SharedQueue<byte[]> sender = segment.mine().create("q", type);
        SharedQueue<byte[]> receiver = segment.theirs().open("q", type);
        sender.put(new byte[] {7});
        codec.failsToRead = new CodecException("no");
        assertThatThrownBy(receiver::poll).isSameAs(codec.failsToRead);
        assertThatThrownBy(receiver::peek).isSameAs(codec.failsToRead);
        assertThat(receiver.isEmpty()).isFalse();
        assertThat(receiver.size()).isEqualTo(1);
        try (Delivery<byte[]> delivery = receiver.receive(Duration.ZERO)) {
            assertThatThrownBy(delivery::payload).isSameAs(codec.failsToRead);
            assertThat(delivery.message().getByte(0)).isEqualTo((byte) 7);
        }
        codec.failsToRead = null;
        assertThat(receiver.poll()).containsExactly(7);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldRefuseACodecThatDecodesToNull(QueueType<String> kind) throws InterruptedException {
        Bad codec = new Bad();
        QueueType<byte[]> type = QueueContractTest.like(kind, codec);
        SharedQueue<byte[]> sender = segment.mine().create("q", type);
        SharedQueue<byte[]> receiver = segment.theirs().open("q", type);
        sender.put(new byte[] {7});
        codec.readsNull = true;
        assertThatThrownBy(receiver::take)
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("'bytes'")
                .hasMessageContaining("null");
        try (Delivery<byte[]> delivery = receiver.receive(Duration.ZERO)) {
            assertThatThrownBy(delivery::payload).isInstanceOf(CodecException.class);
        }
        codec.readsNull = false;
        assertThat(receiver.take()).containsExactly(7);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldClearMessagesThatCannotBeDecoded(QueueType<String> kind) throws InterruptedException {
        Bad codec = new Bad();
        QueueType<byte[]> type = QueueContractTest.like(kind, codec);
        SharedQueue<byte[]> sender = segment.mine().create("q", type);
        SharedQueue<byte[]> receiver = segment.theirs().open("q", type);
        sender.put(new byte[] {7});
        sender.put(new byte[] {8});
        codec.failsToRead = new CodecException("no");
        receiver.clear();
        assertThat(receiver.size()).isZero();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldSendSmallMessagesAfterLargeOnesOfWhichOnlyEncodingTellsTheSize(QueueType<String> kind)
            throws InterruptedException {
        Bad codec = new Bad();
        codec.said = Codec.UNKNOWN_SIZE;
        QueueType<byte[]> type = QueueContractTest.like(kind, codec).capacityBytes(1 << 20);
        SharedQueue<byte[]> sender = segment.mine().create("q", type);
        SharedQueue<byte[]> receiver = segment.theirs().open("q", type);
        assertThatThrownBy(() -> sender.offer(new byte[40 << 20])).isInstanceOf(MessageTooLargeException.class);
        // A single consumer has to look, to see that there is nothing.
        assertThat(receiver.poll()).isNull();
        sender.put(new byte[15 << 20]);
        assertThat(receiver.take()).hasSize(15 << 20);
        for (int i = 0; i < 100; i++) {
            assertThat(sender.offer(new byte[10])).isTrue();
        }
        assertThat(receiver.drain(message -> assertThat(message.length()).isEqualTo(10), 1_000))
                .isEqualTo(100);
    }
}
