package dev.shm.memory;

import java.nio.ByteBuffer;

/**
 * A run of bytes of a segment that lies in one window, for what is done for every message: an access costs what it costs on
 * a plain buffer. Offsets begin at 0; orders, alignment and errors are as in {@link Memory}. Any thread may use it.
 *
 * <p>As with {@link Memory}, production loads one implementation, so the JIT compiler inlines these calls.
 */
public abstract class Strip {

    /** Plain read of 8 aligned bytes. */
    public abstract long getLong(int offset);

    /** Read that sees everything stored before the release it reads from. */
    public abstract long getLongAcquire(int offset);

    /** Plain store; only a later release by this thread makes it visible in order. */
    public abstract void putLong(int offset, long value);

    /** Store that makes everything this thread stored before it visible to whoever acquires it. */
    public abstract void putLongRelease(int offset, long value);

    /** Volatile compare-and-set; true if this call made the change. */
    public abstract boolean compareAndSetLong(int offset, long expected, long value);

    /** Volatile add; returns the value before. */
    public abstract long getAndAddLong(int offset, long delta);

    /** The bytes themselves, little-endian. All who hold this strip share the buffer, so nobody moves its position or limit. */
    public abstract ByteBuffer bytes();
}
