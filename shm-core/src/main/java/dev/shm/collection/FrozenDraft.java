package dev.shm.collection;

import dev.shm.error.CodecException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.memory.Memory;
import dev.shm.segment.SegmentLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A frozen map or set that is put together on the heap, and then written into one tentative block. Used by one thread. */
final class FrozenDraft {

    private static final int FIRST_ENTRIES = 16;

    private final String what;
    private final int entryBytes;
    private final Heap heap;
    private final KeyHash hasher;
    private final Encoded scratch = new Encoded(MapLayout.INLINE_BYTES);
    /** The entries, word by word. */
    private long[] entries;

    private byte[] data = new byte[0];
    private int dataBytes;
    private int size;

    /**
     * An empty one.
     *
     * @param what names it in messages
     * @param expected how many entries there will be, more or less
     */
    FrozenDraft(String what, int entryBytes, int expected, Heap heap) {
        this.what = what;
        this.entryBytes = entryBytes;
        this.heap = heap;
        this.hasher = new KeyHash(heap.memory().getLong(SegmentLayout.HASH_SEED));
        int most = (int) Math.min(Integer.MAX_VALUE, heap.largestBlock() / entryBytes);
        this.entries = new long[Math.min(most, Math.max(FIRST_ENTRIES, expected)) * (entryBytes / 8)];
    }

    /** Adds an entry. */
    <K, V> void add(Element<K> keys, K key, @Nullable Element<V> values, @Nullable V value) {
        int at = size * (entryBytes / 8);
        if (at == entries.length) {
            check((long) size + 1, dataBytes);
            entries = Arrays.copyOf(entries, 2 * entries.length + entryBytes / 8);
        }
        scratch.encode(keys, key, heap);
        scratch.hash(hasher);
        entries[at] = MapLayout.meta(scratch.hash(), scratch.meta(), 0);
        put(at + MapLayout.KEY / 8, scratch.hash());
        if (values != null && value != null) {
            scratch.encode(values, value, heap);
            entries[at] = MapLayout.withValue(entries[at], scratch.meta());
            put(at + MapLayout.VALUE / 8, 0);
        }
        size++;
    }

    /** Puts what was encoded into two words, or into the data. */
    private void put(int at, long secondHalf) {
        if (!scratch.isBlock()) {
            entries[at] = scratch.word();
            entries[at + 1] = scratch.word2();
            return;
        }
        int bytes = scratch.length() + 7 & -8;
        check((long) size + 1, (long) dataBytes + bytes);
        if (bytes > data.length - dataBytes) {
            data = Arrays.copyOf(data, (int)
                    Math.min(heap.largestBlock(), dataBytes + Math.max(bytes, 2L * data.length)));
        }
        System.arraycopy(scratch.bytes(), 0, data, dataBytes, bytes);
        entries[at] = dataBytes;
        entries[at + 1] = MapLayout.blockWord(scratch.length(), secondHalf);
        dataBytes += bytes;
    }

    private void check(long count, long bytes) {
        long needed = FrozenLayout.Shape.of(entryBytes, (int) count, bytes).blockBytes();
        if (needed > heap.largestBlock()) {
            throw Encoded.tooLarge(what, needed, heap.largestBlock(), heap);
        }
    }

    /** Lets go of what was only needed to add. */
    private void end() {
        scratch.end(heap);
    }

    /**
     * Writes all of it into a tentative block; returns its reference.
     *
     * @throws CodecException if two entries of a map have the same key
     */
    long write(int blockType) {
        end();
        check(size, dataBytes);
        FrozenLayout.Shape shape = FrozenLayout.Shape.of(entryBytes, size, dataBytes);
        long[] index = index(shape);
        if (size < shape.size()) {
            // Elements that are the same are there once.
            shape = new FrozenLayout.Shape(entryBytes, shape.shift(), size, dataBytes);
        }
        long reference = heap.allocateCleared(shape.blockBytes(), blockType);
        Memory memory = heap.memory();
        long base = MapLayout.base(BlockLayout.payload(reference));
        memory.putInt(base + FrozenLayout.FLAGS, shape.hasValues() ? MapLayout.HAS_VALUES : 0);
        memory.putInt(base + FrozenLayout.SHIFT, shape.shift());
        memory.putLong(base + FrozenLayout.SIZE, size);
        memory.putLong(base + FrozenLayout.DATA_BYTES, dataBytes);
        for (int i = 0; i < index.length; i++) {
            if (index[i] != 0) {
                memory.putLong(base + FrozenLayout.INDEX + 8L * i, index[i]);
            }
        }
        for (int i = 0; i < size * (entryBytes / 8); i++) {
            memory.putLong(base + shape.entries() + 8L * i, entries[i]);
        }
        memory.putBytes(base + shape.data(), data, 0, dataBytes);
        return reference;
    }

    /** Makes the index. Of a set, entries that have the same key as one before them are taken out. */
    private long[] index(FrozenLayout.Shape shape) {
        long[] index = new long[1 << shape.shift()];
        int kept = 0;
        for (int number = 0; number < shape.size(); number++) {
            int words = entryBytes / 8;
            System.arraycopy(entries, number * words, entries, kept * words, words);
            int place = place(index, kept);
            if (index[place] == 0) {
                index[place] = FrozenLayout.word(entries[kept * words], kept);
                kept++;
            } else if (shape.hasValues()) {
                throw new CodecException(what + " has two keys with the same bytes, those of the entries "
                        + FrozenLayout.entry(index[place]) + " and " + number
                        + " in the order of the map that was given, and only one could be found. Give it keys that differ"
                        + " in their bytes, or a codec that keeps the difference.");
            }
        }
        size = kept;
        return index;
    }

    /** Where in the index the entry belongs: where one with the same key is, or nothing. */
    private int place(long[] index, int number) {
        int mask = index.length - 1;
        int place = FrozenLayout.place(entries[number * (entryBytes / 8)], mask);
        while (index[place] != 0 && !isSameKey(FrozenLayout.entry(index[place]), number)) {
            place = place + 1 & mask;
        }
        return place;
    }

    private boolean isSameKey(int one, int other) {
        int a = one * (entryBytes / 8);
        int b = other * (entryBytes / 8);
        int key = MapLayout.KEY / 8;
        if (MapLayout.ofKey(entries[a]) != MapLayout.ofKey(entries[b])
                || entries[a + key + 1] != entries[b + key + 1]) {
            return false;
        }
        if (!MapLayout.isBlock(MapLayout.keyMeta(entries[a]))) {
            return entries[a + key] == entries[b + key];
        }
        int length = MapLayout.blockLength(entries[a + key + 1]);
        int from = (int) entries[a + key];
        int otherFrom = (int) entries[b + key];
        return Arrays.equals(data, from, from + length, data, otherFrom, otherFrom + length);
    }
}
