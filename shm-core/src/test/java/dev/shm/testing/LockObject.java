package dev.shm.testing;

import dev.shm.SharedObject;
import dev.shm.SharedType;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import dev.shm.heap.ObjectKind;
import dev.shm.heap.ObjectKinds;
import dev.shm.heap.SharedLock;
import java.util.Objects;

/** A named object that is nothing but a lock. */
public final class LockObject implements SharedObject {

    private static final int BYTES = 48;
    private static final long SCHEMA = 4711;
    /** To the segment it is what a {@code SharedLong} is: one block. */
    private static final ObjectKind KIND = Objects.requireNonNull(ObjectKinds.of(1));

    private final ObjectHandle handle;

    private LockObject(ObjectHandle handle) {
        this.handle = handle;
    }

    public static SharedType<LockObject> type() {
        return new SharedType<>(KIND, "lock", SCHEMA) {
            @Override
            protected long allocate(Heap heap) {
                return heap.allocateCleared(BYTES, KIND.code());
            }

            @Override
            protected LockObject open(ObjectHandle handle) {
                return new LockObject(handle);
            }
        };
    }

    public SharedLock lock() {
        return handle.lock(0);
    }

    @Override
    public String name() {
        return handle.name();
    }

    @Override
    public boolean isOpen() {
        return handle.isOpen();
    }

    @Override
    public void close() {
        handle.close();
    }
}
