package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.shm.SharedMemory;
import dev.shm.codec.Codecs;
import dev.shm.testing.TestDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A message of half a GiB, written and read where it lies. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LargestMessageTest {

    private static final int BYTES = 512 << 20;
    private static final long SEGMENT_BYTES = BYTES + (8L << 20);

    /** So far apart that only some of its pages are touched. */
    private static final int STEP = (1 << 20) + 4096 + 8;

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    @Test
    void shouldTravelInPlace() throws IOException {
        assumeTrue(
                Files.getFileStore(directory.path()).getUsableSpace() > SEGMENT_BYTES + (256L << 20),
                "needs that much shared memory");
        try (SharedMemory mine = memory();
                SharedMemory theirs = memory()) {
            QueueType<byte[]> type = SharedQueue.of(Codecs.bytes()).capacityBytes(1 << 16);
            for (QueueType<byte[]> kind : List.of(type, type.singleConsumer(), type.singleProducer())) {
                long before = mine.statistics().usedBytes();
                try (SharedQueue<byte[]> sender = mine.create("q", kind);
                        SharedQueue<byte[]> receiver = theirs.open("q", kind)) {
                    send(sender, 1);
                    assertThat(sender.tryClaim(BYTES)).as("a second one").isNull();
                    receive(receiver, 1);
                    // Where the first one was.
                    send(sender, 2);
                    receive(receiver, 2);
                    assertThat(receiver.statistics().receivedBytes()).isEqualTo(2L * BYTES);
                }
                assertThat(mine.destroy("q")).isTrue();
                assertThat(mine.statistics().usedBytes()).isEqualTo(before);
            }
            assertThat(mine.verify()).isEmpty();
        }
    }

    private SharedMemory memory() {
        return SharedMemory.named("large")
                .directory(directory.path())
                .size(SEGMENT_BYTES)
                .openOrCreate();
    }

    private static void send(SharedQueue<byte[]> queue, long number) {
        try (Claim claim = queue.tryClaim(BYTES, SendOptions.header(new byte[] {(byte) number}))) {
            assertThat(claim).isNotNull();
            assertThat(claim.length()).isEqualTo(BYTES);
            for (int at = 0; at <= BYTES - Long.BYTES; at += STEP) {
                claim.putLong(at, number << 32 | at);
            }
            claim.putLong(BYTES - Long.BYTES, ~number);
            claim.commit();
        }
    }

    private static void receive(SharedQueue<byte[]> queue, long number) {
        int count = queue.drain(
                message -> {
                    assertThat(message.length()).isEqualTo(BYTES);
                    assertThat(message.header()).containsExactly((byte) number);
                    for (int at = 0; at <= BYTES - Long.BYTES; at += STEP) {
                        assertThat(message.getLong(at)).isEqualTo(number << 32 | at);
                    }
                    assertThat(message.getLong(BYTES - Long.BYTES)).isEqualTo(~number);
                    assertThat(message.buffer().remaining()).isEqualTo(BYTES);
                },
                9);
        assertThat(count).isEqualTo(1);
    }
}
