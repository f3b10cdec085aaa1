package dev.shm.memory;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * The bytes of one segment, addressed from 0 to {@link #size()}. Any thread may call any method; the name of each method
 * says its memory order (see the package documentation).
 *
 * <p>Production loads one implementation, {@link MappedMemory}, so the JIT compiler inlines these calls. Tests load another
 * that stops after a chosen store.
 *
 * <p>Words are little-endian and must be aligned to their size. An address below 2<sup>61</sup> outside the segment raises
 * {@link IndexOutOfBoundsException}, a misaligned one {@link IllegalStateException} or {@link IllegalArgumentException}. When
 * the file was truncated under the mapping, the JVM raises {@link InternalError}, which the public types turn into
 * {@link dev.shm.error.SegmentFailedException}.
 */
public abstract class Memory {

    /** Windows are 1 GiB: a run of bytes handed out as one buffer never crosses a multiple of this. */
    public static final int WINDOW_SHIFT = 30;

    /** Bytes in a window. */
    public static final long WINDOW_BYTES = 1L << WINDOW_SHIFT;

    /** Bytes in the segment. */
    public abstract long size();

    /** Plain read of 8 aligned bytes. */
    public abstract long getLong(long address);

    /** Read that sees everything stored before the release it reads from. */
    public abstract long getLongAcquire(long address);

    /** Read in the total order of volatile accesses. */
    public abstract long getLongVolatile(long address);

    /** Plain store; only a later release or compare-and-set by this thread makes it visible in order. */
    public abstract void putLong(long address, long value);

    /** Store that makes everything this thread stored before it visible to whoever acquires it. */
    public abstract void putLongRelease(long address, long value);

    /** Store in the total order of volatile accesses. */
    public abstract void putLongVolatile(long address, long value);

    /** Volatile compare-and-set; true if this call made the change. */
    public abstract boolean compareAndSetLong(long address, long expected, long value);

    /** Volatile add; returns the value before. */
    public abstract long getAndAddLong(long address, long delta);

    /** Volatile exchange; returns the value before. */
    public abstract long getAndSetLong(long address, long value);

    /** Volatile or; returns the value before. */
    public abstract long getAndOrLong(long address, long mask);

    /** Volatile and; returns the value before. */
    public abstract long getAndAndLong(long address, long mask);

    /** Plain read of 4 aligned bytes. */
    public abstract int getInt(long address);

    /** Read that sees everything stored before the release it reads from. */
    public abstract int getIntAcquire(long address);

    /** Read in the total order of volatile accesses. */
    public abstract int getIntVolatile(long address);

    /** Plain store; only a later release or compare-and-set by this thread makes it visible in order. */
    public abstract void putInt(long address, int value);

    /** Store that makes everything this thread stored before it visible to whoever acquires it. */
    public abstract void putIntRelease(long address, int value);

    /** Store in the total order of volatile accesses. */
    public abstract void putIntVolatile(long address, int value);

    /** Volatile compare-and-set; true if this call made the change. */
    public abstract boolean compareAndSetInt(long address, int expected, int value);

    /** Volatile add; returns the value before. */
    public abstract int getAndAddInt(long address, int delta);

    /** Volatile exchange; returns the value before. */
    public abstract int getAndSetInt(long address, int value);

    /** Plain copy out of the segment; the range may cross windows. */
    public abstract void getBytes(long address, byte[] target, int offset, int length);

    /** Plain copy into the segment; the range may cross windows. */
    public abstract void putBytes(long address, byte[] source, int offset, int length);

    /** Plain copy of {@code length} bytes within the segment; the ranges must not overlap. */
    public abstract void copy(long from, long to, long length);

    /** Plain store of zeros. */
    public abstract void clear(long address, long length);

    /**
     * The bytes themselves, little-endian, positioned at 0 with the length as limit and capacity. The range must not cross a
     * window. The buffer keeps the mapping alive, so it stays safe to touch after the segment is closed, but what it
     * then shows may belong to something else.
     */
    public abstract ByteBuffer view(long address, int length);

    /** The words and bytes of a range that must not cross a window, for paths on which {@code view} and addresses cost too much. */
    public abstract Strip strip(long address, int length);

    /** Orders every access before it against every access after it. */
    public void fullFence() {
        VarHandle.fullFence();
    }

    /**
     * Orders every read before it against every access after it: the reader's side of an optimistic read that is
     * validated by reading a version again.
     */
    public void acquireFence() {
        VarHandle.acquireFence();
    }

    /** Orders every access before it against every store after it: for plain stores of elements that have no release form. */
    public void releaseFence() {
        VarHandle.releaseFence();
    }

    /** The window that an address lies in, from its first byte to its last. */
    public final Strip windowAt(long address) {
        long start = address & -WINDOW_BYTES;
        return strip(start, (int) Math.min(WINDOW_BYTES, size() - start));
    }

    /** Whether {@code length} bytes at {@code address} lie in the segment and in one window. */
    public final boolean isInOneWindow(long address, long length) {
        return address >= 0
                && length >= 0
                && length <= WINDOW_BYTES
                && address <= size() - length
                && (length == 0 || (address >>> WINDOW_SHIFT) == ((address + length - 1) >>> WINDOW_SHIFT));
    }
}
