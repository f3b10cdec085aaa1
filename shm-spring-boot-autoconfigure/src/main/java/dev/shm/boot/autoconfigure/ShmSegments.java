package dev.shm.boot.autoconfigure;

import dev.shm.SharedMemory;
import dev.shm.SharedMemoryManager;
import dev.shm.boot.autoconfigure.ShmProperties.Segment;
import dev.shm.error.SegmentClosedException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The segments of the configuration, as they are now. A {@link SharedMemory} bean is what was opened when the application started, and
 * ends with its segment, for example when a creator closes it; this opens the successor.
 *
 * <pre>{@code
 * @Bean
 * ShmMessageHandler audit(ShmSegments segments) {
 *     return new ShmMessageHandler(ShmDestination.queue(segments.supplier("desk"), "audit", type));
 * }
 * }</pre>
 *
 * <p>Any thread may use it. The segments are closed with the application, after the channels that stand on them.
 */
public final class ShmSegments {

    private final SharedMemoryManager manager;
    private final SegmentOpener opener;
    private final Map<String, Segment> segments;
    private final ReentrantLock opening = new ReentrantLock();
    private volatile boolean closing;

    ShmSegments(SharedMemoryManager manager, SegmentOpener opener, Map<String, Segment> segments) {
        this.manager = manager;
        this.opener = opener;
        this.segments = Map.copyOf(segments);
    }

    /** Names of the segments that are configured. */
    public Set<String> names() {
        return segments.keySet();
    }

    /**
     * The segment of that name; opens its successor if it has ended.
     *
     * @throws IllegalArgumentException if none of that name is configured
     * @throws SegmentClosedException if it has ended and the application is closing
     * @throws dev.shm.error.SharedMemoryException if it has ended and there is no successor, or it cannot be opened
     */
    public SharedMemory get(String name) {
        Segment segment = configured(name);
        return manager.get(name).orElseGet(() -> openSuccessor(name, segment));
    }

    private Segment configured(String name) {
        Segment segment = segments.get(name);
        if (segment == null) {
            throw new IllegalArgumentException("no segment '" + name + "' is configured. There are " + names()
                    + "; add shm.segments." + name + " for another one.");
        }
        return segment;
    }

    /** What {@link #get} gives each time that it is asked. */
    public Supplier<SharedMemory> supplier(String name) {
        return () -> get(name);
    }

    /** Opens it for the first time, unless whoever made the manager has done so. */
    SharedMemory open(String name) {
        return manager.get(name).orElseGet(() -> opener.open(name, configured(name)));
    }

    private SharedMemory openSuccessor(String name, Segment segment) {
        opening.lock();
        try {
            if (closing) {
                throw new SegmentClosedException("segment '" + name + "' has ended, and so does this application");
            }
            return manager.get(name).orElseGet(() -> opener.openSuccessor(name, segment));
        } finally {
            opening.unlock();
        }
    }

    /** From now on nothing is opened any more. */
    void close() {
        closing = true;
    }
}
