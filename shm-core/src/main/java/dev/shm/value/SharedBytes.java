package dev.shm.value;

import dev.shm.SharedType;
import dev.shm.error.StaleReferenceException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import dev.shm.heap.SharedLock;
import dev.shm.heap.Transaction;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A byte string of any length that lives in a segment and is replaced as a whole. Starts empty.
 *
 * <p>Any thread of any process may call any method. A reader never waits for a writer, and never sees half of a value; nor does
 * anybody after a process was killed in the middle of writing one. Writers take turns. When the segment has no room, {@link
 * dev.shm.error.OutOfSharedMemoryException} is thrown and the value stays as it was. Closed by whoever opened it, when no
 * thread of this process uses it any more; then its methods throw {@link dev.shm.error.SegmentClosedException}.
 */
public final class SharedBytes extends SharedValue {

    private static final int OPTIMISTIC_READS = 32;
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);
    private static final byte[] EMPTY = {};
    private static final SharedType<SharedBytes> TYPE = type(ValueKinds.BYTES, BytesLayout.BYTES, SharedBytes::new);

    private final Heap heap;
    private final SharedLock writers;

    private SharedBytes(ObjectHandle handle) {
        super(handle);
        this.heap = handle.heap();
        this.writers = handle.lock(BytesLayout.LOCK);
    }

    /** What {@link dev.shm.SharedMemory#openOrCreate} needs to know. */
    public static SharedType<SharedBytes> type() {
        return TYPE;
    }

    /** A copy of the value now. */
    public byte[] get() {
        return handle.guarded(() -> {
            for (int i = 0; i < OPTIMISTIC_READS; i++) {
                byte[] value = tryGet();
                if (value != null) {
                    return value;
                }
            }
            writers.lock(LOCK_TIMEOUT);
            try {
                return current();
            } finally {
                writers.unlock();
            }
        });
    }

    /** Copies without the lock; null if the value was replaced meanwhile, and what was copied may be anything. */
    private byte @Nullable [] tryGet() {
        long root = handle.payload();
        long reference = memory.getLongAcquire(root + BytesLayout.REFERENCE);
        if (reference == 0) {
            return EMPTY;
        }
        int length;
        try {
            length = heap.length(reference);
        } catch (StaleReferenceException e) {
            return null;
        }
        if (isReplaced(root, reference)) {
            return null;
        }
        byte[] value = new byte[length];
        memory.getBytes(BlockLayout.payload(reference), value, 0, length);
        return isReplaced(root, reference) ? null : value;
    }

    /** A reference never comes back, so if it is still there then what was read before this belonged to it. */
    private boolean isReplaced(long root, long reference) {
        memory.acquireFence();
        return memory.getLongAcquire(root + BytesLayout.REFERENCE) != reference;
    }

    /** Length of the value now. */
    public int length() {
        return handle.guarded(this::readLength);
    }

    private int readLength() {
        for (; ; ) {
            long root = handle.payload();
            long reference = memory.getLongAcquire(root + BytesLayout.REFERENCE);
            if (reference == 0) {
                return 0;
            }
            try {
                int length = heap.length(reference);
                if (!isReplaced(root, reference)) {
                    return length;
                }
            } catch (StaleReferenceException e) {
                if (!isReplaced(root, reference)) {
                    throw e;
                }
            }
        }
    }

    /** Replaces the value by a copy of these bytes. */
    public void set(byte[] value) {
        handle.guarded(() -> getAndReplace(value, null, false));
    }

    /** Replaces the value by a copy of these bytes and returns the one before. */
    public byte[] getAndSet(byte[] value) {
        byte[] before = handle.guarded(() -> getAndReplace(value, null, true));
        return before == null ? EMPTY : before;
    }

    /** Replaces the value if it is equal to the one expected; returns whether it was. */
    public boolean compareAndSet(byte[] expected, byte[] value) {
        Objects.requireNonNull(expected);
        return handle.guarded(() -> getAndReplace(value, expected, true)) != null;
    }

    /**
     * Replaces the value, after writing the new one where nobody sees it yet.
     *
     * @param expected null for any
     * @param wantsBefore whether the caller needs the value before
     * @return the value before; null if it was not the one expected, or not wanted
     */
    private byte @Nullable [] getAndReplace(byte[] value, byte @Nullable [] expected, boolean wantsBefore) {
        long fresh = store(value);
        long old = 0;
        boolean replaced = false;
        try {
            writers.lock(LOCK_TIMEOUT);
            try {
                byte[] before = wantsBefore ? current() : null;
                if (expected != null && !Arrays.equals(expected, before)) {
                    return null;
                }
                old = replace(fresh);
                replaced = true;
                return before;
            } finally {
                writers.unlock();
            }
        } finally {
            if (old != 0) {
                heap.free(old);
            }
            if (!replaced && fresh != 0) {
                heap.free(fresh);
            }
        }
    }

    private long store(byte[] value) {
        handle.payload();
        if (value.length == 0) {
            return 0;
        }
        long fresh = heap.allocate(value.length, ValueKinds.BYTES.code());
        memory.putBytes(BlockLayout.payload(fresh), value, 0, value.length);
        return fresh;
    }

    /** Under the lock: puts another block in place; returns the one before, which is ours now, or 0. */
    private long replace(long fresh) {
        long root = handle.payload();
        long current = memory.getLongAcquire(root + BytesLayout.REFERENCE);
        try (Transaction change = handle.journal().begin()) {
            if (fresh != 0) {
                change.publish(fresh);
            }
            change.store(root + BytesLayout.REFERENCE, fresh);
            long old = current == 0 ? 0 : change.detach(current);
            change.commit();
            return old;
        }
    }

    private byte[] current() {
        long reference = memory.getLongAcquire(handle.payload() + BytesLayout.REFERENCE);
        if (reference == 0) {
            return EMPTY;
        }
        byte[] value = new byte[heap.length(reference)];
        memory.getBytes(BlockLayout.payload(reference), value, 0, value.length);
        return value;
    }

    @Override
    public String toString() {
        return isOpen() ? "bytes[" + length() + "]" : "closed";
    }
}
