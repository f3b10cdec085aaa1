package dev.shm.heap;

/**
 * The header of a block, 16 bytes, and the references that name blocks.
 *
 * <pre>
 *   header word    63                21 20    13 12     3 2     0
 *                 +--------------------+--------+--------+-------+
 *                 |       stamp        |  type  | owner  | state |
 *                 +--------------------+--------+--------+-------+
 *   length word    u32 bytes asked for | u32 auxiliary
 *   reference      63        36 35                              0
 *                 +------------+---------------------------------+
 *                 | stamp low  |       header address / 16       |
 *                 +------------+---------------------------------+
 * </pre>
 *
 * Every transition raises the stamp by one, and a page that is cut anew starts from a base that no other cutting used. So
 * a header word never comes back, and a compare-and-set that expects one cannot mistake a block for another that took its
 * place. A reference holds the stamp that the block has while it is {@link #LIVE} or {@link #QUEUED}; while it is still
 * {@link #TENTATIVE} its stamp is one less.
 *
 * <p>The length word is written by the owner while the block is tentative and means nothing while it is free.
 */
public final class BlockLayout {

    /** Bytes before the payload. */
    public static final int HEADER_BYTES = 16;

    /** int: bytes of payload. */
    public static final int LENGTH = 8;

    static final int AUXILIARY = 12;

    /** Never the state of a block. */
    static final int NONE = 0;
    /** Anybody may take it. */
    static final int FREE = 1;
    /** Belongs to its owner; nobody else can reach it. */
    static final int TENTATIVE = 2;
    /** Reachable from a named object. */
    static final int LIVE = 3;
    /** Reachable from a message. */
    static final int QUEUED = 4;
    /** Free, and held by the owner while it tries to give back the whole slab. */
    static final int RETIRED = 5;

    private static final int OWNER_SHIFT = 3;
    private static final int TYPE_SHIFT = 13;
    private static final int STAMP_SHIFT = 21;
    private static final long STAMP_MASK = (1L << 43) - 1;
    private static final int REFERENCE_STAMP_SHIFT = 36;
    private static final long OFFSET_MASK = (1L << REFERENCE_STAMP_SHIFT) - 1;
    private static final long REFERENCE_STAMP_MASK = (1L << 28) - 1;

    private BlockLayout() {}

    static long word(long stamp, int type, int owner, int state) {
        return (stamp & STAMP_MASK) << STAMP_SHIFT | (long) type << TYPE_SHIFT | (long) owner << OWNER_SHIFT | state;
    }

    static int state(long word) {
        return (int) word & 0x7;
    }

    static int owner(long word) {
        return (int) (word >>> OWNER_SHIFT) & 0x3FF;
    }

    static int type(long word) {
        return (int) (word >>> TYPE_SHIFT) & 0xFF;
    }

    static long stamp(long word) {
        return word >>> STAMP_SHIFT;
    }

    /** The word that follows: the next stamp, another state and owner, the same type. */
    static long next(long word, int owner, int state) {
        return word(stamp(word) + 1, type(word), owner, state);
    }

    /** The word that follows, with another type. */
    static long next(long word, int type, int owner, int state) {
        return word(stamp(word) + 1, type, owner, state);
    }

    /** The reference to the block while its stamp is {@code stamp}. */
    static long reference(long address, long stamp) {
        return (stamp & REFERENCE_STAMP_MASK) << REFERENCE_STAMP_SHIFT | address >>> 4;
    }

    /** Address of the header that a reference names. */
    public static long header(long reference) {
        return (reference & OFFSET_MASK) << 4;
    }

    /** Address of the first byte of the payload that a reference names. */
    public static long payload(long reference) {
        return header(reference) + HEADER_BYTES;
    }

    /** Whether the reference was made for this very life of the block. */
    static boolean names(long reference, long word) {
        long stamp = state(word) == TENTATIVE ? stamp(word) + 1 : stamp(word);
        return reference >>> REFERENCE_STAMP_SHIFT == (stamp & REFERENCE_STAMP_MASK);
    }

    static String stateName(long word) {
        return switch (state(word)) {
            case FREE -> "free";
            case TENTATIVE -> "tentative of slot " + (owner(word) - 1);
            case LIVE -> "live";
            case QUEUED -> "queued";
            case RETIRED -> "retired by slot " + (owner(word) - 1);
            default -> "unknown word 0x" + Long.toHexString(word);
        };
    }
}
