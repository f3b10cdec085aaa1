package dev.shm.value;

import dev.shm.error.StaleReferenceException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import dev.shm.heap.SharedLock;
import dev.shm.heap.Transaction;
import dev.shm.memory.Memory;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Bytes in a block of their own that are replaced as a whole, or no bytes at all: what values of any length stand on. Readers take no
 * lock; a writer prepares the block where nobody sees it, and puts it in place under the lock, by the journal.
 */
final class BlockValue {

    /** What was there at one moment. A reference never comes back, so who finds it again finds the same bytes. */
    static final class Seen {
        private final long reference;
        private final byte @Nullable [] bytes;

        Seen(long reference, byte @Nullable [] bytes) {
            this.reference = reference;
            this.bytes = bytes;
        }

        byte @Nullable [] bytes() {
            return bytes;
        }
    }

    private static final int OPTIMISTIC_READS = 32;
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);

    private final ObjectHandle handle;
    private final Memory memory;
    private final Heap heap;
    private final SharedLock writers;
    private final int blockType;

    BlockValue(ObjectHandle handle, int blockType) {
        this.handle = handle;
        this.memory = handle.memory();
        this.heap = handle.heap();
        this.writers = handle.lock(BytesLayout.LOCK);
        this.blockType = blockType;
    }

    /** Bytes of the largest value that could be if the segment held nothing else. */
    long largest() {
        return heap.largestBlock();
    }

    /** A copy of the value now. */
    Seen look() {
        return handle.guarded(() -> {
            for (int i = 0; i < OPTIMISTIC_READS; i++) {
                Seen seen = tryLook();
                if (seen != null) {
                    return seen;
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
    private @Nullable Seen tryLook() {
        long root = handle.payload();
        long reference = memory.getLongAcquire(root + BytesLayout.REFERENCE);
        if (reference == 0) {
            return new Seen(0, null);
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
        return isReplaced(root, reference) ? null : new Seen(reference, value);
    }

    /** A reference never comes back, so if it is still there then what was read before this belonged to it. */
    private boolean isReplaced(long root, long reference) {
        memory.acquireFence();
        return memory.getLongAcquire(root + BytesLayout.REFERENCE) != reference;
    }

    /** Length of the value now; 0 if there is none. */
    int length() {
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

    /** Replaces the value, whatever it is. */
    void set(byte @Nullable [] value) {
        handle.guarded(() -> replaceBy(value, null, false));
    }

    /** Replaces the value and returns the one before. */
    byte @Nullable [] getAndSet(byte @Nullable [] value) {
        Seen before = handle.guarded(() -> replaceBy(value, null, true));
        return before == null ? null : before.bytes;
    }

    /** Replaces the value if it is still the one seen; returns whether it was. */
    boolean replace(Seen expected, byte @Nullable [] value) {
        return handle.guarded(() -> replaceBy(value, expected, false)) != null;
    }

    /**
     * Replaces the value, after writing the new one where nobody sees it yet.
     *
     * @param expected null for any
     * @param wantsBefore whether the caller needs the bytes before
     * @return what was replaced, with its bytes if they are wanted; null if it was not what was expected
     */
    private @Nullable Seen replaceBy(byte @Nullable [] value, @Nullable Seen expected, boolean wantsBefore) {
        long fresh = store(value);
        long old = 0;
        boolean replaced = false;
        try {
            writers.lock(LOCK_TIMEOUT);
            try {
                long reference = memory.getLongAcquire(handle.payload() + BytesLayout.REFERENCE);
                if (expected != null && expected.reference != reference) {
                    return null;
                }
                Seen before = wantsBefore ? current() : new Seen(reference, null);
                old = put(reference, fresh);
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

    private long store(byte @Nullable [] value) {
        handle.payload();
        if (value == null) {
            return 0;
        }
        long fresh = heap.allocate(value.length, blockType);
        memory.putBytes(BlockLayout.payload(fresh), value, 0, value.length);
        return fresh;
    }

    /** Under the lock: puts another block in place; returns the one before, which is ours now, or 0. */
    private long put(long current, long fresh) {
        if (current == 0 && fresh == 0) {
            return 0;
        }
        try (Transaction change = handle.journal().begin()) {
            if (fresh != 0) {
                change.publish(fresh);
            }
            change.store(handle.payload() + BytesLayout.REFERENCE, fresh);
            long old = current == 0 ? 0 : change.detach(current);
            change.commit();
            return old;
        }
    }

    /** Under the lock. */
    private Seen current() {
        long reference = memory.getLongAcquire(handle.payload() + BytesLayout.REFERENCE);
        if (reference == 0) {
            return new Seen(0, null);
        }
        byte[] value = new byte[heap.length(reference)];
        memory.getBytes(BlockLayout.payload(reference), value, 0, value.length);
        return new Seen(reference, value);
    }
}
