package dev.shm.collection;

import dev.shm.heap.Heap;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Cells that are being put together: elements encoded, large ones in tentative blocks. Used by one thread. */
final class Cells {

    private long[] words;
    private int count;
    /** What lies in slots that are longer than a cell. */
    private byte @Nullable [] @Nullable [] slots;

    private long[] blocks = new long[4];
    private int blockCount;

    /** Room for so many, to begin with. */
    Cells(int expected) {
        this.words = new long[2 * Math.max(4, expected)];
    }

    /** Adds an element. */
    <E> void add(Element<E> elements, @Nullable E value, Encoded scratch, Heap heap, int blockType) {
        scratch.encodeNullable(elements, value, heap);
        scratch.store(heap, blockType, 0);
        if (scratch.block() != 0) {
            if (blockCount == blocks.length) {
                blocks = Arrays.copyOf(blocks, 2 * blockCount);
            }
            blocks[blockCount++] = scratch.block();
            scratch.published();
        }
        add(scratch.control(), scratch.word());
    }

    /** Adds a cell as it is. */
    void add(long control, long word) {
        if (2 * count == words.length) {
            words = Arrays.copyOf(words, 2 * words.length);
        }
        words[2 * count] = control;
        words[2 * count + 1] = word;
        count++;
    }

    /** Adds an element that lies in its slot. */
    void addInSlot(Encoded element) {
        if (slots == null) {
            slots = new byte[Math.max(count + 1, words.length / 2)][];
        } else if (slots.length <= count) {
            slots = Arrays.copyOf(slots, 2 * count + 1);
        }
        slots[count] = Arrays.copyOf(element.bytes(), element.length() + 7 & -8);
        add(CellLayout.control(element.tag(), CellLayout.IN_SLOT, element.length()), 0);
    }

    /** The bytes of an element that lies in its slot, whole words; or null. */
    byte @Nullable [] slot(int index) {
        return slots == null || index >= slots.length ? null : slots[index];
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

    /** The tentative blocks belong to a change from now on. */
    void moveBlocksTo(BlockChange change) {
        for (int i = 0; i < blockCount; i++) {
            change.publish(blocks[i]);
        }
        blockCount = 0;
    }

    /** Frees the tentative blocks that were not moved. */
    void end(Heap heap) {
        while (blockCount > 0) {
            heap.free(blocks[--blockCount]);
        }
    }
}
