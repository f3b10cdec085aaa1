package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.testing.Content;
import dev.shm.value.SharedBytes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** No record runs over the end of its ring, into what lies behind. */
class EndOfRingTest {

    private static final int CAPACITY = 256 << 10;
    private static final int BESIDES = 8 << 10;

    @RegisterExtension
    final TwoMappings segment = new TwoMappings(1 << 20);

    @Test
    void aClaimThatFollowsOneWhichWrappedAndWasGivenUpWrapsToo() {
        SharedMemory memory = segment.mine();
        try (SharedQueue<byte[]> queue = memory.create(
                "q",
                SharedQueue.of(byte[].class).singleProducer().timestamps(false).capacityBytes(CAPACITY))) {
            List<SharedBytes> neighbours = fillWithNeighbours(memory);
            byte[] large = Content.of(1, 32_696);
            for (int i = 0; i < CAPACITY / (large.length + RecordLayout.WORD_BYTES); i++) {
                assertThat(queue.offer(large)).isTrue();
                assertThat(queue.poll()).isEqualTo(large);
            }
            // There are 512 bytes left.
            byte[] small = Content.of(2, 8_600);
            try (Claim wraps = queue.tryClaim(large.length)) {
                assertThat(wraps).isNotNull();
            }
            assertThat(queue.offer(small)).isTrue();
            assertThat(queue.poll()).isEqualTo(small);
            for (int i = 0; i < neighbours.size(); i++) {
                assertThat(neighbours.get(i).get()).isEqualTo(Content.of(i, BESIDES));
            }
            assertThat(memory.verify()).isEmpty();
        }
    }

    private static List<SharedBytes> fillWithNeighbours(SharedMemory memory) {
        List<SharedBytes> neighbours = new ArrayList<>();
        for (; ; ) {
            SharedBytes neighbour = null;
            try {
                neighbour = memory.create("neighbour-" + neighbours.size(), SharedBytes.type());
                neighbour.set(Content.of(neighbours.size(), BESIDES));
                neighbours.add(neighbour);
            } catch (OutOfSharedMemoryException e) {
                if (neighbour != null) {
                    neighbour.close();
                }
                return neighbours;
            }
        }
    }
}
