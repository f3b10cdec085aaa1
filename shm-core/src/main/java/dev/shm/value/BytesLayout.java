package dev.shm.value;

/** The root block of a {@link BlockValue}. */
final class BytesLayout {

    /** Lock word of writers. */
    static final int LOCK = 0;
    /** Reference to the block that holds the value; 0 if there are no bytes. A store of the journal under the lock. */
    static final int REFERENCE = LOCK + 8;
    /** Bytes of the root's payload. */
    static final int BYTES = REFERENCE + 8;

    private BytesLayout() {}
}
