package dev.shm;

import dev.shm.heap.Heap;
import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
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
}
