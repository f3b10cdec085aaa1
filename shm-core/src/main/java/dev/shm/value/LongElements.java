package dev.shm.value;

import dev.shm.codec.ElementType;
import java.lang.ref.Reference;

/**
 * The elements of an array as {@code long}s, row by row, each of which any thread of any process may read and change at any time. Plain
 * access costs little more than that of a buffer; the other forms have the memory order of a {@link java.lang.invoke.VarHandle}'s.
 *
 * <p>An index out of range raises {@link IndexOutOfBoundsException}; once the array is closed, every method throws {@link
 * dev.shm.error.SegmentClosedException}. A process that is killed leaves each element before or after its call.
 */
public final class LongElements extends FlatElements {

    LongElements(ArrayView view) {
        super(view, ElementType.INT64.shift(), false);
    }

    /** The element. */
    public long get(long index) {
        long at = at(index);
        try {
            return strip(at).getLong(offset(at));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Sets it. */
    public void set(long index, long value) {
        long at = writableAt(index);
        try {
            strip(at).putLong(offset(at), value);
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** The element, and whatever the process that set it did before. */
    public long getVolatile(long index) {
        long at = at(index);
        try {
            return strip(at).getLongVolatile(offset(at));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Sets it, and shows whoever reads it so whatever this thread did before. */
    public void setVolatile(long index, long value) {
        long at = writableAt(index);
        try {
            strip(at).putLongVolatile(offset(at), value);
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** The element, read anew each time, with no order among others. */
    public long getOpaque(long index) {
        long at = at(index);
        try {
            return strip(at).getLongOpaque(offset(at));
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Sets it, which others see in the end, with no order among others. */
    public void setOpaque(long index, long value) {
        long at = writableAt(index);
        try {
            strip(at).putLongOpaque(offset(at), value);
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Sets it if it is the one expected; returns whether it was. */
    public boolean compareAndSet(long index, long expected, long value) {
        long at = writableAt(index);
        try {
            return strip(at).compareAndSetLong(offset(at), expected, value);
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Sets it and returns the one before. */
    public long getAndSet(long index, long value) {
        long at = writableAt(index);
        try {
            return strip(at).getAndSetLong(offset(at), value);
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    /** Adds, and returns the element before. */
    public long getAndAdd(long index, long delta) {
        long at = writableAt(index);
        try {
            return strip(at).getAndAddLong(offset(at), delta);
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }
}
