package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.heap.Heap;
import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import dev.shm.testing.Watchdog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;

/** Lets tests in other packages at the heap, which users never see. */
public final class HeapAccess {

    private HeapAccess() {}

    public static Heap heap(SharedMemory memory) {
        return memory.heap();
    }

    /** The bytes of the segment, by a mapping of their own. */
    public static Memory memory(SharedMemory memory) {
        try (FileChannel file = FileChannel.open(memory.path(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return MappedMemory.map(file, memory.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until every page is free again: nothing is used, and the heap has given its empty slabs back. */
    public static void awaitEmpty(SharedMemory memory) {
        Watchdog.awaitAsserted(() -> {
            giveBackEmptySlabs(memory);
            SegmentStatistics now = memory.deepStatistics();
            assertThat(now.usedBytes()).isZero();
            assertThat(now.freePages() * now.pageBytes()).isEqualTo(now.heapBytes());
        });
    }

    /** The heap does so before it says that it is full. */
    private static void giveBackEmptySlabs(SharedMemory memory) {
        assertThatExceptionOfType(OutOfSharedMemoryException.class)
                .isThrownBy(() -> memory.heap().allocate(memory.size(), 0));
    }
}
