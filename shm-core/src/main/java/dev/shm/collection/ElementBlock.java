package dev.shm.collection;

import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.memory.Memory;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The block of an element that is too large to lie where it belongs. */
final class ElementBlock {

    private ElementBlock() {}

    /**
     * Its bytes, or null if there is no such block any more. Needs no lock.
     *
     * @param length what its owner says of it
     * @param damaged what to throw if the block says otherwise
     */
    static byte @Nullable [] copy(
            Heap heap, long reference, int length, Function<String, ? extends RuntimeException> damaged) {
        if (!heap.isLive(reference)) {
            return null;
        }
        Memory memory = heap.memory();
        long payload = BlockLayout.payload(reference);
        if (length < 0
                || !memory.isInOneWindow(payload, length)
                || memory.getInt(BlockLayout.header(reference) + BlockLayout.LENGTH) != length) {
            if (!heap.isLive(reference)) {
                return null;
            }
            throw damaged.apply(
                    "an element of " + Integer.toUnsignedLong(length) + " bytes has a block of another length");
        }
        byte[] bytes = new byte[length];
        memory.getBytes(payload, bytes, 0, length);
        // A reference never comes back: if the block is still this one, then what was read is what was written into it.
        memory.acquireFence();
        return heap.isLive(reference) ? bytes : null;
    }
}
