package dev.shm.collection;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Bytes in an array as the words that lie in an entry: little-endian, filled up with zeros. */
final class Words {

    private static final long HIGHEST_BITS = 0x8080_8080_8080_8080L;

    private Words() {}

    /** Eight bytes, all of which are in the array. */
    static long at(byte[] bytes, int offset) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(offset);
    }

    /** What lies at an offset and before the end: eight bytes, or those that there are. */
    static long at(byte[] bytes, int offset, int end) {
        long word = 0;
        for (int i = Math.min(end, offset + Long.BYTES) - 1; i >= offset; i--) {
            word = (word << Byte.SIZE) | (bytes[i] & 0xFF);
        }
        return word;
    }

    /** The first word of up to 16 bytes. */
    static long first(byte[] bytes) {
        return at(bytes, 0, bytes.length);
    }

    /** The second word of up to 16 bytes. */
    static long second(byte[] bytes) {
        return at(bytes, Long.BYTES, bytes.length);
    }

    /** Two words as the 16 bytes that they are. */
    static byte[] bytes(long word, long word2) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(word)
                .putLong(word2)
                .array();
    }

    /** Whether all bytes of a word are characters of ASCII. */
    static boolean isAscii(long word) {
        return (word & HIGHEST_BITS) == 0;
    }
}
