package dev.shm.collection;

import dev.shm.heap.ObjectHandle;
import dev.shm.heap.SharedLock;
import dev.shm.segment.Attachment;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The lock of a list or deque, as one opening of it sees it. Under it runs one change at a time, and functions of the user, which must
 * not change what they are asked for, nor close it.
 */
final class ChangeLock {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final ObjectHandle handle;
    private final SharedLock lock;
    private final BlockChange change;

    /** The thread that runs a function of the user under the lock. Each thread looks for itself only. */
    private @Nullable Thread computing;

    private final Attachment.Ending ending = new Attachment.Ending() {
        @Override
        public void check() {
            checkNotComputing("the segment cannot be closed");
        }

        @Override
        public void end() {
            // What computes is inside the gate, which is waited for.
        }
    };

    ChangeLock(ObjectHandle handle, SharedLock lock, BlockChange change) {
        this.handle = handle;
        this.lock = lock;
        this.change = change;
    }

    /** From now on the segment is not closed by a function of the user. */
    void open() {
        handle.addEnding(ending);
    }

    void close() {
        checkNotComputing("it cannot be closed");
        handle.removeEnding(ending);
        handle.close();
    }

    /** Looks at something under the lock. */
    <T extends @Nullable Object> T locked(Supplier<T> action) {
        return handle.guarded(() -> {
            lock.lock(TIMEOUT);
            try {
                return action.get();
            } finally {
                lock.unlock();
            }
        });
    }

    /**
     * Runs a change under the lock.
     *
     * @param check before anything is stored, whether what is there can be right
     * @param finish what a change before has left to be done
     */
    <T extends @Nullable Object> T changing(Runnable check, Runnable finish, Supplier<T> action) {
        return handle.guarded(() -> {
            handle.payload();
            checkNotComputing("it cannot be changed");
            if (lock.isHeldByThisThread()) {
                throw computing("it cannot be changed");
            }
            lock.lock(TIMEOUT);
            try {
                change.locked();
                check.run();
                change.recover();
                finish.run();
                return action.get();
            } finally {
                try {
                    change.end();
                } finally {
                    lock.unlock();
                }
            }
        });
    }

    /** Under the lock: runs a function of the user. */
    <T extends @Nullable Object> T compute(Supplier<T> function) {
        computing = Thread.currentThread();
        try {
            return function.get();
        } finally {
            computing = null;
            handle.payload();
        }
    }

    private void checkNotComputing(String what) {
        if (computing == Thread.currentThread()) {
            throw computing(what);
        }
    }

    private IllegalStateException computing(String what) {
        return new IllegalStateException("'" + handle.name() + "': " + what
                + " by a function that is computing a change of it. Return the result, and do the rest afterwards.");
    }
}
