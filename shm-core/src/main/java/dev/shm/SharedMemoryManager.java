package dev.shm;

import dev.shm.segment.Settings.Verb;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;

/**
 * Owns several segments for the life of a process, with one housekeeping thread for all of them.
 *
 * <pre>{@code
 * try (SharedMemoryManager manager = SharedMemoryManager.start()) {
 *     SharedMemory desk = manager.openOrCreate(SharedMemory.named("desk"));
 * }
 * }</pre>
 *
 * <p>Any thread may use it. Whoever started it closes it, and with it every segment that it opened, the last one first. A segment
 * may be closed by itself before.
 */
public final class SharedMemoryManager implements AutoCloseable {

    private final Housekeeping housekeeping;
    private final CopyOnWriteArrayList<SegmentListener> listeners = new CopyOnWriteArrayList<>();
    /** Replaced and never changed: who asks for segments does not wait for one that is being opened, which may take long. */
    private volatile Map<String, SharedMemory> segments = Map.of();

    private boolean closed;

    private SharedMemoryManager(Builder builder) {
        this.housekeeping = new Housekeeping(builder.threads, builder.idle, builder.errorHandler);
        this.listeners.addAll(builder.listeners);
    }

    /** Starts a manager with the defaults of {@link #builder}. */
    public static SharedMemoryManager start() {
        return builder().start();
    }

    /** Begins to describe a manager. */
    public static Builder builder() {
        return new Builder();
    }

    /** As {@link SharedMemory.Builder#create}. */
    public SharedMemory create(SharedMemory.Builder segment) {
        return open(segment, Verb.CREATE);
    }

    /** As {@link SharedMemory.Builder#open}. */
    public SharedMemory open(SharedMemory.Builder segment) {
        return open(segment, Verb.OPEN);
    }

    /** As {@link SharedMemory.Builder#openOrCreate}. */
    public SharedMemory openOrCreate(SharedMemory.Builder segment) {
        return open(segment, Verb.OPEN_OR_CREATE);
    }

    private synchronized SharedMemory open(SharedMemory.Builder segment, Verb verb) {
        if (closed) {
            throw new IllegalStateException("the manager is closed");
        }
        SharedMemory known = segments.get(segment.name());
        if (known != null && known.isOpen()) {
            throw new IllegalStateException("this manager has segment '" + segment.name() + "' open already: use get(\""
                    + segment.name() + "\")");
        }
        SharedMemory memory = segment.open(verb, housekeeping);
        memory.addListener(forwarder);
        Map<String, SharedMemory> more = new LinkedHashMap<>(segments);
        more.put(segment.name(), memory);
        segments = Collections.unmodifiableMap(more);
        return memory;
    }

    /** The segment of that name, if this manager opened it and it is still open. */
    public Optional<SharedMemory> get(String name) {
        return Optional.ofNullable(segments.get(name)).filter(SharedMemory::isOpen);
    }

    /** The segments that are open, in the order in which they were opened. */
    public List<SharedMemory> segments() {
        return segments.values().stream().filter(SharedMemory::isOpen).toList();
    }

    /**
     * The segments that ended or failed without this process having closed them, in the order in which they were opened: those
     * that it would still have if all were well. One that has been opened again, or closed, is not among them.
     */
    public List<SharedMemory> ended() {
        return segments.values().stream().filter(SharedMemory::hasEndedUnasked).toList();
    }

    /** Adds a listener for all segments, those opened later included. */
    public void addListener(SegmentListener listener) {
        listeners.add(Objects.requireNonNull(listener));
    }

    public void removeListener(SegmentListener listener) {
        listeners.remove(listener);
    }

    /**
     * Closes every segment, the last opened first, and stops the housekeeping. What one of them throws is thrown in the end; the
     * others are closed all the same. Further calls do nothing.
     *
     * @throws IllegalStateException if called by a listener, on the housekeeping thread
     */
    @Override
    public void close() {
        if (housekeeping.isThisThread()) {
            throw new IllegalStateException("a listener must not close the manager: the housekeeping thread would wait "
                    + "for itself. Hand it to another thread.");
        }
        List<SharedMemory> toClose;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            toClose = new ArrayList<>(segments.values());
        }
        RuntimeException failure = null;
        for (int i = toClose.size() - 1; i >= 0; i--) {
            try {
                toClose.get(i).close();
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        housekeeping.close();
        if (failure != null) {
            throw failure;
        }
    }

    /** Passes events of each segment on to the listeners that the manager has at that time. */
    private final SegmentListener forwarder = new SegmentListener() {
        @Override
        public void peerJoined(SharedMemory memory, PeerInfo peer) {
            tell(listener -> listener.peerJoined(memory, peer));
        }

        @Override
        public void peerLeft(SharedMemory memory, PeerInfo peer) {
            tell(listener -> listener.peerLeft(memory, peer));
        }

        @Override
        public void peerDied(SharedMemory memory, PeerInfo peer) {
            tell(listener -> listener.peerDied(memory, peer));
        }

        @Override
        public void creatorLost(SharedMemory memory) {
            tell(listener -> listener.creatorLost(memory));
        }

        @Override
        public void closing(SharedMemory memory) {
            tell(listener -> listener.closing(memory));
        }

        @Override
        public void ended(SharedMemory memory, RuntimeException reason) {
            tell(listener -> listener.ended(memory, reason));
        }
    };

    private void tell(Consumer<SegmentListener> event) {
        for (SegmentListener listener : listeners) {
            try {
                event.accept(listener);
            } catch (Throwable e) {
                housekeeping.report(e);
            }
        }
    }

    /** Describes a manager, and then starts it. */
    public static final class Builder {

        private final List<SegmentListener> listeners = new ArrayList<>();
        private ThreadFactory threads = Housekeeping.daemon("shm-housekeeping");
        private @Nullable IdleStrategy idle;
        private Consumer<Throwable> errorHandler = Housekeeping::uncaught;

        private Builder() {}

        /** Makes the housekeeping thread. Default: a daemon thread. */
        public Builder threadFactory(ThreadFactory factory) {
            this.threads = Objects.requireNonNull(factory);
            return this;
        }

        /**
         * What the housekeeping thread does when there is nothing to do. Default: it waits for doorbells and uses no CPU.
         * An Agrona idle strategy that spins or yields hears a little sooner of those that came, left and died.
         */
        public Builder idleStrategy(IdleStrategy strategy) {
            this.idle = Objects.requireNonNull(strategy);
            return this;
        }

        /** Adds a listener for all segments. */
        public Builder listener(SegmentListener listener) {
            this.listeners.add(Objects.requireNonNull(listener));
            return this;
        }

        /** Gets what listeners throw and what goes wrong. Default: the thread's uncaught exception handler. */
        public Builder errorHandler(Consumer<Throwable> handler) {
            this.errorHandler = Objects.requireNonNull(handler);
            return this;
        }

        /** Starts the housekeeping thread. */
        public SharedMemoryManager start() {
            return new SharedMemoryManager(this);
        }
    }
}
