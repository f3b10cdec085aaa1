package dev.shm.collection;

import dev.shm.heap.Heap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Cells as they were at one moment, with the bytes of their blocks. */
final class CellCopy {

    static final CellCopy EMPTY = new CellCopy(new long[0], 0, null, null);

    private final long[] words;
    private final int count;
    private final byte @Nullable [] @Nullable [] blocks;
    /** Elements that were made of their bytes at once, since later they may be gone; null if there are none. */
    private final @Nullable Object @Nullable [] held;

    private CellCopy(
            long[] words, int count, byte @Nullable [] @Nullable [] blocks, @Nullable Object @Nullable [] held) {
        this.words = words;
        this.count = count;
        this.blocks = blocks;
        this.held = held;
    }

    /**
     * Of words that were read at one moment, control and word of each cell. Null if a block is not there any more, or what it tells of.
     *
     * @param slots the bytes of those elements that lie in their slots; null if there are none
     * @param mostBytes of blocks; what would be more is left out, but not the first
     * @param elements how to read what has to be had at once
     * @param locked whether nothing can have gone: then what seems to have is damaged, which whoever reads it is told
     */
    static @Nullable CellCopy of(
            long[] words,
            int count,
            byte @Nullable [] @Nullable [] slots,
            long mostBytes,
            Heap heap,
            Element<?> elements,
            boolean locked,
            Function<String, ? extends RuntimeException> damaged) {
        byte[][] blocks = slots;
        Object[] held = null;
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            long control = words[2 * i];
            if (CellLayout.isBlock(control)) {
                bytes += CellLayout.length(control);
                if (bytes > mostBytes && i > 0) {
                    return new CellCopy(words, i, blocks, held);
                }
                if (blocks == null) {
                    blocks = new byte[count][];
                }
                byte[] block = ElementBlock.copy(heap, words[2 * i + 1], CellLayout.length(control), damaged);
                if (block == null) {
                    return null;
                }
                blocks[i] = block;
                Object element;
                try {
                    element = elements.heldOrNull(CellLayout.tag(control), block, locked);
                } catch (PartGone e) {
                    return null;
                }
                if (element != null) {
                    if (held == null) {
                        held = new Object[count];
                    }
                    held[i] = element;
                }
            }
        }
        return new CellCopy(words, count, blocks, held);
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

    @SuppressWarnings("unchecked")
    <E> @Nullable E element(int index, Element<E> elements) {
        if (held != null && held[index] != null) {
            return (E) held[index];
        }
        long control = control(index);
        byte[] block = bytes(index);
        if (block == null) {
            return ListTable.inline(control, word(index), elements);
        }
        // The codec may give the bytes away, and they are read again if somebody goes back.
        return elements.read(CellLayout.tag(control), block.clone());
    }
}
