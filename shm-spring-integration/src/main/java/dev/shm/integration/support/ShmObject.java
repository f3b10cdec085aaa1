package dev.shm.integration.support;

import dev.shm.SharedMemory;
import dev.shm.SharedObject;
import dev.shm.SharedType;
import dev.shm.error.SegmentClosedException;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.util.Assert;

/**
 * An object in a segment that a component stands on: opened when it is first asked for, created if there is none, and opened again in
 * the successor that the supplier knows once the segment has ended. Any thread may use it. Whoever made it closes it.
 *
 * @param <T> what it is
 */
public final class ShmObject<T extends SharedObject> implements AutoCloseable {

    private final Supplier<? extends SharedMemory> memory;
    private final String name;
    private final SharedType<T> type;
    private final ReentrantLock opening = new ReentrantLock();
    private volatile @Nullable T object;
    private volatile boolean closed;

    /** An object of that name and type; nothing is open yet. */
    public ShmObject(Supplier<? extends SharedMemory> memory, String name, SharedType<T> type) {
        Assert.hasText(name, "'name' must not be empty");
        this.memory = Objects.requireNonNull(memory, "memory");
        this.name = name;
        this.type = Objects.requireNonNull(type);
    }

    /**
     * The object as it is open now.
     *
     * @throws SegmentClosedException if this is closed, or the segment has ended and there is no successor
     */
    public T get() {
        T now = object;
        return now != null && now.isOpen() ? now : open();
    }

    private T open() {
        opening.lock();
        try {
            if (closed) {
                throw new SegmentClosedException("what uses '" + name + "' is closed");
            }
            T now = object;
            if (now == null || !now.isOpen()) {
                now = memory.get().openOrCreate(name, type);
                object = now;
            }
            return now;
        } finally {
            opening.unlock();
        }
    }

    /** Its name in the segment. */
    public String name() {
        return name;
    }

    @Override
    public void close() {
        opening.lock();
        try {
            closed = true;
            T open = object;
            object = null;
            if (open != null) {
                open.close();
            }
        } finally {
            opening.unlock();
        }
    }
}
