package dev.shm.collection;

import dev.shm.codec.Codec;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.heap.HeapStatistics;
import java.lang.ref.Reference;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** A key or a value as bytes, on the way into an entry. Used by one thread at a time, again and again. */
final class Encoded {

    private static final int FIRST_BYTES = 256;
    private static final int KEPT_BYTES = 64 << 10;
    /** Always that many bytes behind what was encoded, so that the last word can be filled up with zeros. */
    private static final int SLACK = 16;

    private final int inlineBytes;
    private byte[] bytes = new byte[FIRST_BYTES + SLACK];
    private ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    private @Nullable Element<?> element;
    /** What must not be given back before it is in its place. */
    private @Nullable Object kept;

    private int tag;
    private int length;
    private long word;
    private long word2;
    private long hash;
    /** The tentative block; 0 if there is none, or it belongs to an entry by now. */
    private long block;

    /** Elements of up to so many bytes, 16 at most, lie in the entry. */
    Encoded(int inlineBytes) {
        this.inlineBytes = inlineBytes;
    }

    /** As {@link #encode}; null is a cell of zeros. */
    <T> void encodeNullable(Element<T> elements, @Nullable T value, Heap heap) {
        if (value != null) {
            encode(elements, value, heap);
            return;
        }
        block = 0;
        this.element = null;
        tag = 0;
        length = 0;
        word = 0;
        word2 = 0;
    }

    /**
     * Encodes an element.
     *
     * @throws OutOfSharedMemoryException if it is larger than any block of that heap could be
     */
    <T> void encode(Element<T> elements, T value, Heap heap) {
        Element<T> element = elements.of(value);
        if (element.tag() == LiveGraph.PART_TAG) {
            T part = elements.toStore(value);
            kept = part;
            encodeAs(element, part, heap);
        } else {
            encodeAs(element, value, heap);
        }
    }

    private <T> void encodeAs(Element<T> element, T value, Heap heap) {
        this.element = element;
        block = 0;
        tag = element.tag();
        length = element.quickBytes(value);
        if (length >= 0) {
            word = element.quickWord(value);
            word2 = element.quickWord2(value);
            if (element.isQuick(word, word2)) {
                if (isBlock()) {
                    buffer.putLong(0, word).putLong(8, word2).putLong(length, 0);
                }
                return;
            }
        }
        byte[] array = element.quickArray(value);
        length = array != null ? write(array, heap) : write(element.codec(), value, heap);
        fillUp();
    }

    /** Takes the bytes of an element as they were found, whatever they mean. */
    void take(int foundTag, byte[] found, Heap heap) {
        element = null;
        block = 0;
        tag = foundTag;
        length = write(found, heap);
        fillUp();
    }

    private void fillUp() {
        buffer.putLong(length, 0);
        if (!isBlock()) {
            buffer.putLong(length + 8, 0);
            word = buffer.getLong(0);
            word2 = buffer.getLong(8);
        }
    }

    private int write(byte[] array, Heap heap) {
        if (array.length > room()) {
            enlarge(array.length, heap);
        }
        System.arraycopy(array, 0, bytes, 0, array.length);
        return array.length;
    }

    private <T> int write(Codec<T> codec, T value, Heap heap) {
        int size = codec.size(value);
        if (size > room()) {
            enlarge(size, heap);
        }
        for (; ; ) {
            try {
                buffer.clear().limit(room());
                codec.encode(value, buffer);
                int written = buffer.position();
                buffer.clear();
                return written;
            } catch (BufferOverflowException e) {
                enlarge(room() + 1L, heap);
            }
        }
    }

    private int room() {
        return bytes.length - SLACK;
    }

    private void enlarge(long wanted, Heap heap) {
        long most = heap.largestBlock();
        if (wanted > most) {
            throw tooLarge("an element", wanted, most, heap);
        }
        resize((int) Math.min(most, Math.max(wanted, 2L * room())));
    }

    private void resize(int room) {
        bytes = new byte[room + SLACK];
        buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** What to throw for something that no block has room for. */
    static OutOfSharedMemoryException tooLarge(String what, long wanted, long most, Heap heap) {
        HeapStatistics now = heap.statistics();
        return new OutOfSharedMemoryException(
                what + " of " + wanted
                        + " bytes or more is larger than the largest block that this segment could have, " + most
                        + " bytes. Store it in parts, or create the segment with a larger size(...).",
                wanted,
                now.freeBytes(),
                now.largestFreeBlock(),
                now.fragmentation());
    }

    void hash(KeyHash hasher) {
        hash = isBlock() ? hasher.of(bytes, length) : hasher.of(word, word2);
    }

    /** Puts an element that needs one into a tentative block. */
    void store(Heap heap, int type, long secondHalf) {
        if (isBlock() && block == 0) {
            block = heap.allocate(length, type);
            // Whole words: a block has room for them, and who compares reads them.
            heap.memory().putBytes(BlockLayout.payload(block), bytes, 0, length + 7 & -8);
            word = block;
            word2 = MapLayout.blockWord(length, secondHalf);
            if (element != null) {
                element.stored(block, buffer);
            }
        }
    }

    /** The block belongs to an entry now. */
    void published() {
        block = 0;
    }

    /** Frees the block, if it belongs to no entry, and lets go of a large buffer. */
    void end(Heap heap) {
        long unused = block;
        block = 0;
        try {
            if (bytes.length > KEPT_BYTES) {
                resize(FIRST_BYTES);
            }
            if (unused != 0) {
                heap.free(unused);
            }
        } finally {
            Reference.reachabilityFence(kept);
            kept = null;
        }
    }

    boolean isBlock() {
        return length > inlineBytes;
    }

    /** The control word of a cell. */
    long control() {
        return isBlock() ? CellLayout.control(tag, CellLayout.BLOCK, length) : CellLayout.control(tag, length, word2);
    }

    int tag() {
        return tag;
    }

    /** What was encoded, with some bytes of no meaning behind it. */
    byte[] bytes() {
        return bytes;
    }

    int meta() {
        return MapLayout.elementMeta(tag, isBlock() ? MapLayout.BLOCK : length);
    }

    int length() {
        return length;
    }

    long word() {
        return word;
    }

    long word2() {
        return word2;
    }

    long hash() {
        return hash;
    }

    /** The tentative block, or 0. */
    long block() {
        return block;
    }
}
