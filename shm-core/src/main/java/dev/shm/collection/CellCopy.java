package dev.shm.collection;

import dev.shm.heap.Heap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Cells as they were at one moment, with the bytes of their blocks. */
final class CellCopy {

    static final CellCopy EMPTY = new CellCopy(new long[0], 0, null);

    private final long[] words;
    private final int count;
    private final byte @Nullable [] @Nullable [] blocks;

    private CellCopy(long[] words, int count, byte @Nullable [] @Nullable [] blocks) {
        this.words = words;
        this.count = count;
        this.blocks = blocks;
    }

    /**
     * Of words that were read at one moment, control and word of each cell. Null if a block is not there any more.
     *
     * @param mostBytes of blocks; what would be more is left out, but not the first
     */
    static @Nullable CellCopy of(
            long[] words, int count, long mostBytes, Heap heap, Function<String, ? extends RuntimeException> damaged) {
        return of(words, count, null, mostBytes, heap, damaged);
    }

    /**
     * As above.
     *
     * @param slots the bytes of those elements that lie in their slots; null if there are none
     */
    static @Nullable CellCopy of(
            long[] words,
            int count,
            byte @Nullable [] @Nullable [] slots,
            long mostBytes,
            Heap heap,
            Function<String, ? extends RuntimeException> damaged) {
        byte[][] blocks = slots;
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            long control = words[2 * i];
            if (CellLayout.isBlock(control)) {
                bytes += CellLayout.length(control);
                if (bytes > mostBytes && i > 0) {
                    return new CellCopy(words, i, blocks);
                }
                if (blocks == null) {
                    blocks = new byte[count][];
                }
                byte[] block = ElementBlock.copy(heap, words[2 * i + 1], CellLayout.length(control), damaged);
                if (block == null) {
                    return null;
                }
                blocks[i] = block;
            }
        }
        return new CellCopy(words, count, blocks);
    }

    int count() {
        return count;
    }

    long control(int index) {
        return words[2 * index];
    }

    long word(int index) {
        return words[2 * index + 1];
    }

    /** The bytes of an element that do not lie in its cell, or null. For reading only. */
    byte @Nullable [] bytes(int index) {
        return blocks == null ? null : blocks[index];
    }

    <E> @Nullable E element(int index, Element<E> elements) {
        long control = control(index);
        byte[] block = bytes(index);
        if (block == null) {
            return ListTable.inline(control, word(index), elements);
        }
        // The codec may give the bytes away, and they are read again if somebody goes back.
        return elements.read(CellLayout.tag(control), block.clone());
    }
}
