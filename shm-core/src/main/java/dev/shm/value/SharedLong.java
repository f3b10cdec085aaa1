package dev.shm.value;

import dev.shm.SharedType;
import dev.shm.heap.ObjectHandle;
import java.lang.ref.Reference;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * A {@code long} that lives in a segment: what {@link java.util.concurrent.atomic.AtomicLong} is within one process, among all of
 * them. Starts at 0.
 *
 * <p>Any thread of any process may call any method; none waits for another. Each is atomic, and a process that is killed
 * leaves the value before or after its call. Each has its own cache line. Closed by whoever opened it, when no thread of this
 * process uses it any more; then its methods throw {@link dev.shm.error.SegmentClosedException}.
 */
public final class SharedLong extends SharedValue {

    private static final SharedType<SharedLong> TYPE = type(ValueKinds.LONG, CACHE_LINE_PAYLOAD, SharedLong::new);

    private SharedLong(ObjectHandle handle) {
        super(handle);
    }

    /** What {@link dev.shm.SharedMemory#openOrCreate} needs to know. */
    public static SharedType<SharedLong> type() {
        return TYPE;
    }

    /** The value now. */
    public long get() {
        try {
            return memory.getLongVolatile(handle.quickPayload());
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets the value. */
    public void set(long value) {
        try {
            memory.putLongVolatile(handle.quickPayload(), value);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets the value, and may let what this thread reads next overtake it: cheaper than {@link #set}. */
    public void setRelease(long value) {
        try {
            memory.putLongRelease(handle.quickPayload(), value);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets the value and returns the one before. */
    public long getAndSet(long value) {
        try {
            return memory.getAndSetLong(handle.quickPayload(), value);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets the value if it is the one expected; returns whether it was. */
    public boolean compareAndSet(long expected, long value) {
        try {
            return memory.compareAndSetLong(handle.quickPayload(), expected, value);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Adds, and returns the value before. */
    public long getAndAdd(long delta) {
        try {
            return memory.getAndAddLong(handle.quickPayload(), delta);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Adds, and returns the value after. */
    public long addAndGet(long delta) {
        return getAndAdd(delta) + delta;
    }

    /** Adds one, and returns the value after. */
    public long incrementAndGet() {
        return addAndGet(1);
    }

    /** Subtracts one, and returns the value after. */
    public long decrementAndGet() {
        return addAndGet(-1);
    }

    /** Applies a function without side effects, which may be called several times, and returns the value after. */
    public long updateAndGet(LongUnaryOperator update) {
        for (; ; ) {
            long before = get();
            long after = update.applyAsLong(before);
            if (compareAndSet(before, after)) {
                return after;
            }
        }
    }

    /** As {@link #updateAndGet}, with a function of the value and an argument. */
    public long accumulateAndGet(long argument, LongBinaryOperator accumulator) {
        return updateAndGet(value -> accumulator.applyAsLong(value, argument));
    }

    @Override
    SharedType<?> copying() {
        return TYPE.initially(copy -> copy.set(get()));
    }

    @Override
    public String toString() {
        return isOpen() ? Long.toString(get()) : "closed";
    }
}
