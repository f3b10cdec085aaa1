package dev.shm.value;

/**
 * The root block of a {@link SharedVector}. Its elements lie in a block of their own, from its first cache line on; that may be longer than
 * they are.
 */
final class VectorLayout {

    /** Odd while what readers see is changed. Release stores of the holder of the lock, and of the journal. */
    static final int VERSION = 0;
    /** Reference to the block of the elements; 0 before the first. A store of the journal. */
    static final int REFERENCE = VERSION + 8;
    /**
     * Elements that are there. A release store of the holder of the lock, which publishes elements that were stored behind the
     * last one; or of the journal.
     */
    static final int SIZE = REFERENCE + 8;
    /** int: {@link dev.shm.codec.ElementType#code}. Written before the object has a name. */
    static final int TYPE = SIZE + 8;
    /** Lock word of writers, on a line that readers do not read. */
    static final int LOCK = 64;
    /** Bytes of the root's payload. */
    static final int BYTES = LOCK + 8;

    private VectorLayout() {}
}
