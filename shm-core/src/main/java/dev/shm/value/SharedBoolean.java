package dev.shm.value;

import dev.shm.SharedType;
import dev.shm.heap.ObjectHandle;
import java.lang.ref.Reference;

/**
 * A flag that lives in a segment: what {@link java.util.concurrent.atomic.AtomicBoolean} is within one process, among all of
 * them. Starts as false.
 *
 * <p>Any thread of any process may call any method; none waits for another. Each is atomic, and a process that is killed
 * leaves the value before or after its call. Closed by whoever opened it, when no thread of this process uses it any more;
 * then its methods throw {@link dev.shm.error.SegmentClosedException}.
 */
public final class SharedBoolean extends SharedValue {

    private static final SharedType<SharedBoolean> TYPE =
            type(ValueKinds.BOOLEAN, CACHE_LINE_PAYLOAD, SharedBoolean::new);

    private SharedBoolean(ObjectHandle handle) {
        super(handle);
    }

    /** What {@link dev.shm.SharedMemory#openOrCreate} needs to know. */
    public static SharedType<SharedBoolean> type() {
        return TYPE;
    }

    /** The value now. */
    public boolean get() {
        try {
            return memory.getIntVolatile(handle.quickPayload()) != 0;
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets the value. */
    public void set(boolean value) {
        try {
            memory.putIntVolatile(handle.quickPayload(), code(value));
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets the value and returns the one before. */
    public boolean getAndSet(boolean value) {
        try {
            return memory.getAndSetInt(handle.quickPayload(), code(value)) != 0;
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets the value if it is the one expected; returns whether it was. */
    public boolean compareAndSet(boolean expected, boolean value) {
        try {
            return memory.compareAndSetInt(handle.quickPayload(), code(expected), code(value));
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    private static int code(boolean value) {
        return value ? 1 : 0;
    }

    @Override
    SharedType<?> copying() {
        return TYPE.initially(copy -> copy.set(get()));
    }

    @Override
    public String toString() {
        return isOpen() ? Boolean.toString(get()) : "closed";
    }
}
