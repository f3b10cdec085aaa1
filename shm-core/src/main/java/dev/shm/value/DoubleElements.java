package dev.shm.value;

import dev.shm.codec.ElementType;
import java.lang.ref.Reference;

/**
 * The elements of an array as {@code double}s, row by row, each of which any thread of any process may read and change at any time. Plain
 * access costs little more than that of a buffer; the other forms have the memory order of a {@link java.lang.invoke.VarHandle}'s. A comparison is one of bits: 0 is not -0.
 *
 * <p>An index out of range raises {@link IndexOutOfBoundsException}; once the array is closed, every method throws {@link
 * dev.shm.error.SegmentClosedException}. A process that is killed leaves each element before or after its call.
 */
public final class DoubleElements extends FlatElements {

    DoubleElements(ArrayView view) {
        super(view, ElementType.FLOAT64.shift(), true);
    }

    /** The element. */
    public double get(long index) {
        long at = at(index);
        try {
            return Double.longBitsToDouble(strip(at).getLong(offset(at)));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Sets it. */
    public void set(long index, double value) {
        long at = writableAt(index);
        try {
            strip(at).putLong(offset(at), Double.doubleToRawLongBits(value));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** The element, and whatever the process that set it did before. */
    public double getVolatile(long index) {
        long at = at(index);
        try {
            return Double.longBitsToDouble(strip(at).getLongVolatile(offset(at)));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Sets it, and shows whoever reads it so whatever this thread did before. */
    public void setVolatile(long index, double value) {
        long at = writableAt(index);
        try {
            strip(at).putLongVolatile(offset(at), Double.doubleToRawLongBits(value));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** The element, read anew each time, with no order among others. */
    public double getOpaque(long index) {
        long at = at(index);
        try {
            return Double.longBitsToDouble(strip(at).getLongOpaque(offset(at)));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Sets it, which others see in the end, with no order among others. */
    public void setOpaque(long index, double value) {
        long at = writableAt(index);
        try {
            strip(at).putLongOpaque(offset(at), Double.doubleToRawLongBits(value));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Sets it if it is the one expected, bit by bit; returns whether it was. */
    public boolean compareAndSet(long index, double expected, double value) {
        long at = writableAt(index);
        try {
            return strip(at)
                    .compareAndSetLong(
                            offset(at), Double.doubleToRawLongBits(expected), Double.doubleToRawLongBits(value));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Sets it and returns the one before. */
    public double getAndSet(long index, double value) {
        long at = writableAt(index);
        try {
            return Double.longBitsToDouble(strip(at).getAndSetLong(offset(at), Double.doubleToRawLongBits(value)));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Adds, and returns the element before. */
    public double getAndAdd(long index, double delta) {
        for (; ; ) {
            double before = getVolatile(index);
            if (compareAndSet(index, before, before + delta)) {
                return before;
            }
        }
    }
}
