package dev.shm.collection;

/**
 * A cell: an element of a list or a deque, 16 bytes.
 *
 * <pre>
 *   control  63                     16 15     8 7     0
 *           +-------------------------+--------+-------+
 *           | bytes 8 to 13, or length |  bytes |  tag  |
 *           +-------------------------+--------+-------+
 *   word     bytes 0 to 7, or the reference of a block
 * </pre>
 *
 * An element of up to 14 bytes lies in the cell, filled up with zeros. A larger one has a block, which belongs to the cell; then the
 * number of bytes is {@link #BLOCK}, and the length is above it. A cell of zeros is null: no element has the tag 0.
 */
final class CellLayout {

    static final int CONTROL = 0;
    static final int WORD = CONTROL + 8;
    /** Bytes of a cell. */
    static final int BYTES = WORD + 8;
    /** {@code 1 << SHIFT} bytes. */
    static final int SHIFT = 4;

    /** Bytes of an element that lie in the cell. */
    static final int INLINE_BYTES = 14;
    /** In place of the number of bytes: the element has a block. */
    static final int BLOCK = 0xFF;
    /** In place of the number of bytes: the element lies in the slot, which is longer than a cell. */
    static final int IN_SLOT = 0xFE;

    /** The control word of null. */
    static final long NULL = 0;

    private static final int BYTES_SHIFT = 8;
    private static final int REST_SHIFT = 16;

    private CellLayout() {}

    static long control(int tag, int bytes, long rest) {
        return rest << REST_SHIFT | (long) bytes << BYTES_SHIFT | tag;
    }

    static int tag(long control) {
        return (int) control & 0xFF;
    }

    static int bytes(long control) {
        return (int) (control >>> BYTES_SHIFT) & 0xFF;
    }

    static boolean isBlock(long control) {
        return bytes(control) == BLOCK;
    }

    static boolean isInSlot(long control) {
        return bytes(control) == IN_SLOT;
    }

    /** The bytes that do not fit into the word. */
    static long rest(long control) {
        return control >>> REST_SHIFT;
    }

    /** Bytes of an element that has a block, or fills its slot. */
    static int length(long control) {
        return (int) (control >>> REST_SHIFT);
    }
}
