package dev.shm.value;

import dev.shm.SharedType;
import dev.shm.heap.ObjectHandle;
import java.lang.ref.Reference;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/**
 * A {@code double} that lives in a segment and that any thread of any process may change. Starts at 0.
 *
 * <p>None waits for another. Each method is atomic, and a process that is killed leaves the value before or after its call. Values
 * are compared as {@link Double#equals} does: every NaN is the same, 0.0 and -0.0 are not. Each has its own cache line. Closed by
 * whoever opened it, when no thread of this process uses it any more; then its methods throw {@link
 * dev.shm.error.SegmentClosedException}.
 */
public final class SharedDouble extends SharedValue {

    private static final SharedType<SharedDouble> TYPE = type(ValueKinds.DOUBLE, CACHE_LINE_PAYLOAD, SharedDouble::new);

    private SharedDouble(ObjectHandle handle) {
        super(handle);
    }

    /** What {@link dev.shm.SharedMemory#openOrCreate} needs to know. */
    public static SharedType<SharedDouble> type() {
        return TYPE;
    }

    /** The value now. */
    public double get() {
        try {
            return Double.longBitsToDouble(memory.getLongVolatile(handle.quickPayload()));
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets the value. */
    public void set(double value) {
        try {
            memory.putLongVolatile(handle.quickPayload(), Double.doubleToLongBits(value));
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets the value, and may let what this thread reads next overtake it: cheaper than {@link #set}. */
    public void setRelease(double value) {
        try {
            memory.putLongRelease(handle.quickPayload(), Double.doubleToLongBits(value));
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets the value and returns the one before. */
    public double getAndSet(double value) {
        try {
            return Double.longBitsToDouble(memory.getAndSetLong(handle.quickPayload(), Double.doubleToLongBits(value)));
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets the value if it is the one expected; returns whether it was. */
    public boolean compareAndSet(double expected, double value) {
        try {
            return memory.compareAndSetLong(
                    handle.quickPayload(), Double.doubleToLongBits(expected), Double.doubleToLongBits(value));
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Adds, and returns the value before. */
    public double getAndAdd(double delta) {
        for (; ; ) {
            double before = get();
            if (compareAndSet(before, before + delta)) {
                return before;
            }
        }
    }

    /** Adds, and returns the value after. */
    public double addAndGet(double delta) {
        return updateAndGet(value -> value + delta);
    }

    /** Applies a function without side effects, which may be called several times, and returns the value after. */
    public double updateAndGet(DoubleUnaryOperator update) {
        for (; ; ) {
            double before = get();
            double after = update.applyAsDouble(before);
            if (compareAndSet(before, after)) {
                return after;
            }
        }
    }

    /** As {@link #updateAndGet}, with a function of the value and an argument. */
    public double accumulateAndGet(double argument, DoubleBinaryOperator accumulator) {
        return updateAndGet(value -> accumulator.applyAsDouble(value, argument));
    }

    @Override
    SharedType<?> copying() {
        return TYPE.initially(copy -> copy.set(get()));
    }

    @Override
    public String toString() {
        return isOpen() ? Double.toString(get()) : "closed";
    }
}
