package dev.shm.collection;

/** Looks at the eight control bytes of a word at once. Bytes are counted from the low end; see {@link MapLayout}. */
final class Control {

    /** Nothing was ever here: a search ends in such a group. */
    static final long EMPTY = 0;
    /** Something was here, and the group was full meanwhile, so that a search must go on. */
    static final long REMOVED = 1;

    private static final long LOW = 0x0101_0101_0101_0101L;
    private static final long HIGH = 0x8080_8080_8080_8080L;
    private static final int TAG_SHIFT = 4;

    private Control() {}

    /** The byte of an entry with that hash. */
    static long tag(long hash) {
        return (hash >>> TAG_SHIFT & 0x7F) | 0x80;
    }

    /** Eight times the byte of an entry with that hash. */
    static long pattern(long hash) {
        return tag(hash) * LOW;
    }

    /** A bit for each byte that equals the pattern's, and perhaps for the one above such a byte, if it differs in the last bit. */
    static long matches(long word, long pattern) {
        long difference = word ^ pattern;
        return (difference - LOW) & ~difference & HIGH;
    }

    /** A bit for each entry that is there. */
    static long full(long word) {
        return word & HIGH;
    }

    /** A bit for each entry that is not there. */
    static long free(long word) {
        return ~word & HIGH;
    }

    /** A bit for each entry that never was there. */
    static long empty(long word) {
        return ~word & ~(word << 7) & HIGH;
    }

    /** Which byte the lowest bit stands for. */
    static int index(long bits) {
        return Long.numberOfTrailingZeros(bits) >>> 3;
    }

    /** One of the bytes. */
    static long get(long word, int index) {
        return word >>> (index << 3) & 0xFF;
    }

    /** The word with another byte in one place. */
    static long with(long word, int index, long value) {
        int shift = index << 3;
        return (word & ~(0xFFL << shift)) | value << shift;
    }
}
