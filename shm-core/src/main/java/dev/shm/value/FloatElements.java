package dev.shm.value;

import dev.shm.codec.ElementType;
import java.lang.ref.Reference;

/**
 * The elements of an array as {@code float}s, row by row, each of which any thread of any process may read and change at any time. Plain
 * access costs little more than that of a buffer; the other forms have the memory order of a {@link java.lang.invoke.VarHandle}'s. A comparison is one of bits: 0 is not -0.
 *
 * <p>An index out of range raises {@link IndexOutOfBoundsException}; once the array is closed, every method throws {@link
 * dev.shm.error.SegmentClosedException}. A process that is killed leaves each element before or after its call.
 */
public final class FloatElements extends FlatElements {

    FloatElements(ArrayView view) {
        super(view, ElementType.FLOAT32.shift(), true);
    }

    /** The element. */
    public float get(long index) {
        long at = at(index);
        try {
            return Float.intBitsToFloat(strip(at).getInt(offset(at)));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Sets it. */
    public void set(long index, float value) {
        long at = writableAt(index);
        try {
            strip(at).putInt(offset(at), Float.floatToRawIntBits(value));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** The element, and whatever the process that set it did before. */
    public float getVolatile(long index) {
        long at = at(index);
        try {
            return Float.intBitsToFloat(strip(at).getIntVolatile(offset(at)));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Sets it, and shows whoever reads it so whatever this thread did before. */
    public void setVolatile(long index, float value) {
        long at = writableAt(index);
        try {
            strip(at).putIntVolatile(offset(at), Float.floatToRawIntBits(value));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** The element, read anew each time, with no order among others. */
    public float getOpaque(long index) {
        long at = at(index);
        try {
            return Float.intBitsToFloat(strip(at).getIntOpaque(offset(at)));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Sets it, which others see in the end, with no order among others. */
    public void setOpaque(long index, float value) {
        long at = writableAt(index);
        try {
            strip(at).putIntOpaque(offset(at), Float.floatToRawIntBits(value));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Sets it if it is the one expected, bit by bit; returns whether it was. */
    public boolean compareAndSet(long index, float expected, float value) {
        long at = writableAt(index);
        try {
            return strip(at)
                    .compareAndSetInt(offset(at), Float.floatToRawIntBits(expected), Float.floatToRawIntBits(value));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Sets it and returns the one before. */
    public float getAndSet(long index, float value) {
        long at = writableAt(index);
        try {
            return Float.intBitsToFloat(strip(at).getAndSetInt(offset(at), Float.floatToRawIntBits(value)));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Adds, and returns the element before. */
    public float getAndAdd(long index, float delta) {
        for (; ; ) {
            float before = getVolatile(index);
            if (compareAndSet(index, before, before + delta)) {
                return before;
            }
        }
    }
}
