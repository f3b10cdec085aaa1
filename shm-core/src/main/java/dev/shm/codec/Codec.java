package dev.shm.codec;

import java.nio.ByteBuffer;

/**
 * Turns values of one type into bytes and back. Write one when none in {@link Codecs} fits; see there for what is ready.
 *
 * <p>Any number of threads call any method at the same time. The buffers are little-endian slices of shared memory that belong
 * to the caller: a codec keeps neither them nor a view of them after it returns, and copies whatever it wants to keep. The
 * bytes it reads may have been damaged, so it checks every length before it allocates. Null is not a value: callers never
 * pass it and a codec never returns it.
 *
 * @param <T> what is encoded; equal values need not give equal bytes
 */
public interface Codec<T> {

    /** What {@link #size} returns when only encoding tells. */
    int UNKNOWN_SIZE = -1;

    /**
     * Identifies the format, such as {@code string} or {@code long}. It is part of the type of a shared object: a process whose
     * codec has another name is refused when it opens the object, instead of reading nonsense later. So the name changes
     * whenever the format does, and is the same in every process that writes the same bytes.
     */
    String name();

    /**
     * The exact number of bytes that {@link #encode} writes for this value, or {@link #UNKNOWN_SIZE}.
     *
     * @throws dev.shm.error.CodecException if the value cannot be encoded at all
     */
    int size(T value);

    /**
     * Writes the value at the target's position and leaves the position behind it.
     *
     * @throws java.nio.BufferOverflowException if there is too little room between position and limit; the caller tries again
     *     with more. Bytes in the target may have been written, the position is where it was
     * @throws dev.shm.error.CodecException if the value cannot be encoded, however much room there is
     */
    void encode(T value, ByteBuffer target);

    /**
     * Reads the value that fills the source from its position to its limit, and leaves the position at the limit.
     *
     * @throws dev.shm.error.CodecException if these are not the bytes of exactly one value; the position is where it
     *     was
     */
    T decode(ByteBuffer source);
}
