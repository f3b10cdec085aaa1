package dev.shm.queue;

/**
 * One record in a ring, the same in both formats. All of it is written by the producer before it commits; the attempts and the
 * bit {@link #ACKNOWLEDGED} belong to the one consumer that reads by a queue's cursor.
 *
 * <pre>
 *   0        word:  attempts:8 | flags:8 | header length:8 | body length:32
 *   8        time stamp, milliseconds since 1970          if STAMPED
 *   ...      header, padded to 8 bytes
 *   ...      body; if BY_REFERENCE, a reference to the block that holds it
 * </pre>
 *
 * A record that is {@link #PADDING} has only its word, whose body length is then the number of bytes to skip, word included.
 */
final class RecordLayout {

    static final int WORD_BYTES = 8;
    static final int REFERENCE_BYTES = 8;

    /** It has a time stamp. */
    static final int STAMPED = 1;
    /** Its body is in a block of its own. */
    static final int BY_REFERENCE = 2;
    /** It fills the end of the ring. */
    static final int PADDING = 4;
    /** Acknowledged before an earlier one: not to be delivered again. */
    static final int ACKNOWLEDGED = 8;

    /** Whatever of a word makes a record other than a message in the ring that is delivered for the first time. */
    private static final long UNUSUAL = 0xFFL << 48 | (long) (BY_REFERENCE | PADDING | ACKNOWLEDGED) << 40;

    static final int MAX_HEADER_BYTES = 255;

    private static final int HEADER_SHIFT = 32;
    private static final int FLAGS_SHIFT = 40;
    private static final int ATTEMPTS_SHIFT = 48;
    private static final int BYTE = 0xFF;

    private RecordLayout() {}

    static long word(int bodyBytes, int headerBytes, int flags) {
        return Integer.toUnsignedLong(bodyBytes) | (long) headerBytes << HEADER_SHIFT | (long) flags << FLAGS_SHIFT;
    }

    static int bodyBytes(long word) {
        return (int) word;
    }

    static int headerBytes(long word) {
        return (int) (word >>> HEADER_SHIFT) & BYTE;
    }

    static int flags(long word) {
        return (int) (word >>> FLAGS_SHIFT) & BYTE;
    }

    static boolean is(long word, int flag) {
        return (word >>> FLAGS_SHIFT & flag) != 0;
    }

    static int attempts(long word) {
        return (int) (word >>> ATTEMPTS_SHIFT) & BYTE;
    }

    /** Whether it is a message in the ring itself that was never delivered. */
    static boolean isUsual(long word) {
        return (word & UNUSUAL) == 0;
    }

    static long acknowledged(long word) {
        return word | (long) ACKNOWLEDGED << FLAGS_SHIFT;
    }

    /** The word of the same record after a delivery that came to nothing. */
    static long returned(long word) {
        return withAttempts(word, Math.min(ControlWord.MAX_ATTEMPTS, attempts(word) + 1));
    }

    static long withAttempts(long word, int attempts) {
        return (word & ~((long) BYTE << ATTEMPTS_SHIFT)) | (long) attempts << ATTEMPTS_SHIFT;
    }

    static int stampOffset() {
        return WORD_BYTES;
    }

    static int headerOffset(int flags) {
        return WORD_BYTES + 8 * (flags & STAMPED);
    }

    static int bodyOffset(int flags, int headerBytes) {
        return headerOffset(flags) + aligned(headerBytes);
    }

    static int bodyOffset(long word) {
        return bodyOffset(flags(word), headerBytes(word));
    }

    /** Bytes that the record takes in the ring, a multiple of 8. */
    static long bytes(int flags, int headerBytes, int bodyBytes) {
        return bodyOffset(flags, headerBytes)
                + ((flags & BY_REFERENCE) != 0 ? REFERENCE_BYTES : (bodyBytes + 7L) & -8L);
    }

    static long bytes(long word) {
        return bytes(flags(word), headerBytes(word), bodyBytes(word));
    }

    private static int aligned(int bytes) {
        return (bytes + 7) & -8;
    }
}
