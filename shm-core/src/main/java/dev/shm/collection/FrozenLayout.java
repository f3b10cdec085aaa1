package dev.shm.collection;

import dev.shm.error.SegmentFormatException;
import dev.shm.heap.BlockLayout;
import dev.shm.memory.Memory;

/**
 * The bytes of frozen maps and sets. All of one lies in one block, from the first cache line of its payload on, and is written before the
 * object has a name; after that nobody stores anything in it.
 *
 * <pre>
 *   header   u32 flags | u32 shift | entries | bytes of data | unused up to 64
 *   index    2^shift words
 *   entries  one for each key, in the order in which they were given; as in {@link MapLayout}
 *   data     what does not lie in its entry, each from a multiple of 8 on, filled up with zeros
 *
 *   word of the index, 0 where there is none
 *      63                32 31               0
 *     +--------------------+------------------+
 *     | hash, upper half   | entry, from 1 on |
 *     +--------------------+------------------+
 * </pre>
 *
 * The search for a key begins at the word that the lowest bits of the upper half of its hash say, and goes on to the next word, and from the
 * last one to the first, until it finds the key or a word that is 0. At least a third of the words are.
 *
 * <p>An element of more than 16 bytes lies in the data: then the number of bytes in the meta word is {@link MapLayout#BLOCK}, the first word is
 * where in the data it begins, the second as in a map.
 */
final class FrozenLayout {

    /** int: {@link MapLayout#HAS_VALUES} or nothing. */
    static final int FLAGS = 0;
    /** int: the index has {@code 2^shift} words. */
    static final int SHIFT = FLAGS + 4;
    /** Number of entries. */
    static final int SIZE = SHIFT + 4;
    /** Bytes of data, a multiple of 8. */
    static final int DATA_BYTES = SIZE + 8;
    /** First word of the index. */
    static final int INDEX = 64;

    /** More words than a block has room for. */
    private static final int MAX_SHIFT = 27;

    private FrozenLayout() {}

    /** The smallest index of which at least a third stays empty. */
    static int shiftFor(int size) {
        int shift = 0;
        while (3L * size > 2L << shift) {
            shift++;
        }
        return shift;
    }

    /** The word of the index that a search begins at, by what of the hash is in the meta word. */
    static int place(long hash, int mask) {
        return MapLayout.firstGroup(hash, mask);
    }

    /** Where the second of the two words of an element is. */
    static long second(long words) {
        return words + 8;
    }

    /** A word of the index. */
    static long word(long meta, int entry) {
        return (meta & 0xFFFF_FFFF_0000_0000L) | (entry + 1);
    }

    /** The entry that a word of the index is about; what is there if the word is damaged may be any number. */
    static int entry(long word) {
        return (int) word - 1;
    }

    /**
     * How large the parts are; offsets count from the header.
     *
     * @param entryBytes of each entry
     * @param shift of the index
     * @param size number of entries
     * @param dataBytes behind the entries
     */
    record Shape(int entryBytes, int shift, int size, long dataBytes) {

        static Shape of(int entryBytes, int size, long dataBytes) {
            return new Shape(entryBytes, shiftFor(size), size, dataBytes);
        }

        /**
         * Reads it.
         *
         * @throws SegmentFormatException if it cannot be that
         */
        static Shape read(String name, Memory memory, long payload) {
            long base = MapLayout.base(payload);
            int flags = memory.getInt(base + FLAGS);
            int shift = memory.getInt(base + SHIFT);
            long size = memory.getLong(base + SIZE);
            long dataBytes = memory.getLong(base + DATA_BYTES);
            long length =
                    Integer.toUnsignedLong(memory.getInt(payload - BlockLayout.HEADER_BYTES + BlockLayout.LENGTH));
            int entryBytes = flags == MapLayout.HAS_VALUES ? MapLayout.MAP_ENTRY_BYTES : MapLayout.SET_ENTRY_BYTES;
            long room = Math.min(length, Integer.MAX_VALUE);
            if ((flags & ~MapLayout.HAS_VALUES) != 0
                    || shift < 0
                    || shift > MAX_SHIFT
                    || size < 0
                    || size > 1L << shift
                    || dataBytes < 0
                    || dataBytes > room
                    || (dataBytes & 7) != 0
                    || base - payload + INDEX + (8L << shift) + size * entryBytes + dataBytes > room
                    || !memory.isInOneWindow(payload, length)) {
                throw damaged(name, "its parts are larger than its block, or of an impossible size");
            }
            return new Shape(entryBytes, shift, (int) size, dataBytes);
        }

        int mask() {
            return (1 << shift) - 1;
        }

        /** Where the entries begin. */
        int entries() {
            return INDEX + (8 << shift);
        }

        /** Where an entry begins. */
        int entry(int number) {
            return entries() + number * entryBytes;
        }

        /** Where the data begins. */
        int data() {
            return entry(size);
        }

        /** Bytes of all of it. */
        long totalBytes() {
            return INDEX + (8L << shift) + (long) size * entryBytes + dataBytes;
        }

        /** Bytes to ask the heap for: its payloads start in the middle of a cache line. */
        long blockBytes() {
            return totalBytes() + INDEX;
        }

        /** Whether bytes of that number can begin there in the data. */
        boolean isInData(long offset, int length) {
            return offset >= 0 && (offset & 7) == 0 && length >= 0 && offset <= dataBytes - length;
        }

        boolean hasValues() {
            return entryBytes == MapLayout.MAP_ENTRY_BYTES;
        }
    }

    static SegmentFormatException damaged(String name, String what) {
        return new SegmentFormatException("'" + name + "' is damaged: " + what + ". Destroy it and build it again.");
    }
}
