package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.shm.collection.SharedList;
import dev.shm.collection.SharedMap;
import dev.shm.collection.SharedSet;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.memory.Memory;
import dev.shm.testing.TestDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A segment of several windows, really filled. */
@Tag("large")
class LargeSegmentTest {

    private static final long SIZE = 9L << 28;

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    @Test
    void blocksUpToAWindowAndBeyondTwoGibibytes() throws IOException {
        assumeThereIsRoomFor(SIZE);
        try (SharedMemory memory = directory.segment("large").size(SIZE).create()) {
            Heap heap = memory.heap();
            long before = memory.deepStatistics().freeBytes();
            // One window is whole: the first begins with the tables, the last is short.
            long nearlyAWindow = heap.allocate(Heap.MAX_BLOCK_BYTES, 1);
            assertThat(BlockLayout.header(nearlyAWindow)).isEqualTo(Memory.WINDOW_BYTES);
            assertThat(heap.length(nearlyAWindow)).isEqualTo((int) Heap.MAX_BLOCK_BYTES);
            assertThatExceptionOfType(OutOfSharedMemoryException.class)
                    .isThrownBy(() -> heap.allocate(Heap.MAX_BLOCK_BYTES, 1));
            assertThatExceptionOfType(OutOfSharedMemoryException.class)
                    .isThrownBy(() -> heap.allocate(Heap.MAX_BLOCK_BYTES + 1, 1))
                    .withMessageContaining("in parts");
            List<Long> blocks = new ArrayList<>();
            blocks.add(nearlyAWindow);
            while (memory.statistics().largestFreeBlock() >= 100 << 20) {
                blocks.add(heap.allocate(100 << 20, 2));
            }
            blocks.add(heap.allocate(100, 3));
            assertThat(blocks).anyMatch(block -> BlockLayout.header(block) > Integer.MAX_VALUE + 1L);
            assertThat(blocks).allSatisfy(block -> {
                long start = BlockLayout.header(block);
                long end = BlockLayout.payload(block) + heap.length(block) - 1;
                assertThat(start >>> Memory.WINDOW_SHIFT).isEqualTo(end >>> Memory.WINDOW_SHIFT);
            });
            assertThat(memory.verify()).isEmpty();
            blocks.forEach(heap::free);
            assertThat(memory.deepStatistics().freeBytes()).isEqualTo(before);
            assertThat(memory.verify()).isEmpty();
        }
    }

    @Test
    void mapsSetsAndListsAreReadBeyondTheFirstWindow() throws IOException {
        long size = 5L << 28;
        assumeThereIsRoomFor(size);
        try (SharedMemory memory = directory.segment("large").size(size).create()) {
            fillFirstWindow(memory);
            List<HeapMap.Span> first = firstWindow(memory);

            SharedMap<String, Long> map =
                    memory.create("map", SharedMap.of(String.class, Long.class).expectedEntries(1 << 20));
            SharedSet<String> set =
                    memory.create("set", SharedSet.of(String.class).expectedElements(1 << 20));
            SharedList<Long> list = memory.create("list", SharedList.of(Long.class));
            String longer = "longer than what lies in an entry ";
            for (long i = 0; i < 1_000; i++) {
                map.put("key" + i, i);
                map.put(longer + i, -i);
                set.add("key" + i);
                set.add(longer + i);
                list.add(i);
            }

            for (long i = 0; i < 1_000; i++) {
                assertThat(map.get("key" + i)).isEqualTo(i);
                assertThat(map.remove(longer + i)).isEqualTo(-i);
                assertThat(map.get(longer + i)).isNull();
                assertThat(set.contains("key" + i)).isTrue();
                assertThat(set.contains(longer + i)).isTrue();
                assertThat(set.contains(longer + (i + 1_000))).isFalse();
                assertThat(list.get((int) i)).isEqualTo(i);
            }
            assertThat(map).hasSize(1_000);
            assertThat(memory.verify()).isEmpty();
            // So all that was made is beyond it.
            assertThat(firstWindow(memory)).isEqualTo(first);
        }
    }

    /** Blocks of all sizes, from large to small, until none of that size fits there. */
    private static void fillFirstWindow(SharedMemory memory) {
        for (int bytes = 1 << 20; bytes > 0; bytes /= 2) {
            while (BlockLayout.header(memory.heap().allocate(bytes, 1)) < Memory.WINDOW_BYTES) {
                // Once more.
            }
        }
    }

    private static List<HeapMap.Span> firstWindow(SharedMemory memory) {
        HeapMap map = memory.heapMap();
        return map.spans().stream()
                .filter(span -> map.tableBytes() + span.firstPage() * map.pageBytes() < Memory.WINDOW_BYTES)
                .toList();
    }

    private void assumeThereIsRoomFor(long size) throws IOException {
        assumeTrue(
                Files.getFileStore(directory.path()).getUsableSpace() > size + (1L << 30),
                "shared memory has room for the segment");
        assumeTrue(availableMemory() > size + (2L << 30), "there is memory for the segment");
    }

    private static long availableMemory() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            return lines.filter(line -> line.startsWith("MemAvailable:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElse(0);
        }
    }
}
