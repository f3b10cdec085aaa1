package dev.shm.value;

import dev.shm.SharedType;
import dev.shm.heap.ObjectHandle;
import java.lang.ref.Reference;
import java.util.function.IntBinaryOperator;
import java.util.function.IntUnaryOperator;

/**
 * An {@code int} that lives in a segment: what {@link java.util.concurrent.atomic.AtomicInteger} is within one process, among all of
 * them. Starts at 0.
 *
 * <p>Any thread of any process may call any method; none waits for another. Each is atomic, and a process that is killed
 * leaves the value before or after its call. Each has its own cache line. Closed by whoever opened it, when no thread of this
 * process uses it any more; then its methods throw {@link dev.shm.error.SegmentClosedException}.
 */
public final class SharedInt extends SharedValue {

    private static final SharedType<SharedInt> TYPE = type(ValueKinds.INT, CACHE_LINE_PAYLOAD, SharedInt::new);

    private SharedInt(ObjectHandle handle) {
        super(handle);
    }

    /** What {@link dev.shm.SharedMemory#openOrCreate} needs to know. */
    public static SharedType<SharedInt> type() {
        return TYPE;
    }

    /** The value now. */
    public int get() {
        try {
            return memory.getIntVolatile(handle.quickPayload());
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets the value. */
    public void set(int value) {
        try {
            memory.putIntVolatile(handle.quickPayload(), value);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets the value, and may let what this thread reads next overtake it: cheaper than {@link #set}. */
    public void setRelease(int value) {
        try {
            memory.putIntRelease(handle.quickPayload(), value);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets the value and returns the one before. */
    public int getAndSet(int value) {
        try {
            return memory.getAndSetInt(handle.quickPayload(), value);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets the value if it is the one expected; returns whether it was. */
    public boolean compareAndSet(int expected, int value) {
        try {
            return memory.compareAndSetInt(handle.quickPayload(), expected, value);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Adds, and returns the value before. */
    public int getAndAdd(int delta) {
        try {
            return memory.getAndAddInt(handle.quickPayload(), delta);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Adds, and returns the value after. */
    public int addAndGet(int delta) {
        return getAndAdd(delta) + delta;
    }

    /** Adds one, and returns the value after. */
    public int incrementAndGet() {
        return addAndGet(1);
    }

    /** Subtracts one, and returns the value after. */
    public int decrementAndGet() {
        return addAndGet(-1);
    }

    /** Applies a function without side effects, which may be called several times, and returns the value after. */
    public int updateAndGet(IntUnaryOperator update) {
        for (; ; ) {
            int before = get();
            int after = update.applyAsInt(before);
            if (compareAndSet(before, after)) {
                return after;
            }
        }
    }

    /** As {@link #updateAndGet}, with a function of the value and an argument. */
    public int accumulateAndGet(int argument, IntBinaryOperator accumulator) {
        return updateAndGet(value -> accumulator.applyAsInt(value, argument));
    }

    @Override
    SharedType<?> copying() {
        return TYPE.initially(copy -> copy.set(get()));
    }

    @Override
    public String toString() {
        return isOpen() ? Integer.toString(get()) : "closed";
    }
}
