package dev.shm;

import dev.shm.heap.SharedLock;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The one lock object of this process for each lock word, for as long as anybody has it: whoever has taken a lock does, so there are never two
 * that matter for one word. A word that is used again is a lock again. Any thread may use this.
 */
final class LockObjects {

    private static final class Kept extends WeakReference<SharedLock> {
        final long address;

        Kept(SharedLock lock, long address, ReferenceQueue<SharedLock> dropped) {
            super(lock, dropped);
            this.address = address;
        }
    }

    private final ConcurrentHashMap<Long, Kept> locks = new ConcurrentHashMap<>();
    private final ReferenceQueue<SharedLock> dropped = new ReferenceQueue<>();
    private final LongFunction<SharedLock> maker;

    LockObjects(LongFunction<SharedLock> maker) {
        this.maker = maker;
    }

    SharedLock at(long address) {
        forget();
        for (; ; ) {
            Kept kept = locks.get(address);
            SharedLock lock = kept == null ? null : kept.get();
            if (lock != null) {
                return lock;
            }
            SharedLock made = maker.apply(address);
            if (replace(address, kept, new Kept(made, address, dropped))) {
                return made;
            }
        }
    }

    private boolean replace(long address, @Nullable Kept before, Kept after) {
        return before == null ? locks.putIfAbsent(address, after) == null : locks.replace(address, before, after);
    }

    private void forget() {
        for (Reference<?> gone = dropped.poll(); gone != null; gone = dropped.poll()) {
            Kept kept = (Kept) gone;
            locks.remove(kept.address, kept);
        }
    }

    /** How many are known. */
    int size() {
        forget();
        return locks.size();
    }
}
