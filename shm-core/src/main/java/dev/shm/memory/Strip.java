package dev.shm.memory;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A run of bytes of a segment that lies in one window, for what is done for every message and every element: an access costs
 * what it costs on a plain buffer. Offsets begin at 0; orders, alignment and errors are as in {@link Memory}. Any thread may use it.
 *
 * <p>As with {@link Memory}, production loads one implementation, so the JIT compiler inlines these calls.
 */
public abstract class Strip {

    /** Plain read of 8 aligned bytes. */
    public abstract long getLong(int offset);

    /** Plain read of the long with that number, which is aligned whatever the number: an access that has nothing to check but the end. */
    public long getLongAt(int number) {
        return getLong(Objects.checkIndex(number, Integer.MAX_VALUE >> 3) << 3);
    }

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

    /** Read in the total order of volatile accesses. */
    public abstract long getLongVolatile(int offset);

    /** Read that is a whole one and happens, with no order among others. */
    public abstract long getLongOpaque(int offset);

    /** Store in the total order of volatile accesses. */
    public abstract void putLongVolatile(int offset, long value);

    /** Store that is a whole one and happens, with no order among others. */
    public abstract void putLongOpaque(int offset, long value);

    /** Volatile exchange; returns the value before. */
    public abstract long getAndSetLong(int offset, long value);

    /** Plain read of 4 aligned bytes. */
    public abstract int getInt(int offset);

    /** Read in the total order of volatile accesses. */
    public abstract int getIntVolatile(int offset);

    /** Read that is a whole one and happens, with no order among others. */
    public abstract int getIntOpaque(int offset);

    /** Plain store; only a later release by this thread makes it visible in order. */
    public abstract void putInt(int offset, int value);

    /** Store in the total order of volatile accesses. */
    public abstract void putIntVolatile(int offset, int value);

    /** Store that is a whole one and happens, with no order among others. */
    public abstract void putIntOpaque(int offset, int value);

    /** Volatile compare-and-set; true if this call made the change. */
    public abstract boolean compareAndSetInt(int offset, int expected, int value);

    /** Volatile add; returns the value before. */
    public abstract int getAndAddInt(int offset, int delta);

    /** Volatile exchange; returns the value before. */
    public abstract int getAndSetInt(int offset, int value);

    /** Plain read of 2 aligned bytes. */
    public abstract short getShort(int offset);

    /** Plain store of 2 aligned bytes. */
    public abstract void putShort(int offset, short value);

    /** Plain read of a byte. */
    public abstract byte getByte(int offset);

    /** Plain store of a byte. */
    public abstract void putByte(int offset, byte value);

    /** The bytes themselves, little-endian. All who hold this strip share the buffer, so nobody moves its position or limit. */
    public abstract ByteBuffer bytes();
}
