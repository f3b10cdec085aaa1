package dev.shm;

import dev.shm.codec.Codec;
import dev.shm.error.ObjectNotFoundException;
import dev.shm.error.SegmentClosedException;
import dev.shm.error.StaleReferenceException;
import java.util.ServiceLoader;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A map, set, list or deque in a segment, with all that is in it, which any process can be given: made by {@link SharedMemory#share}, sent through
 * any queue, topic or channel by {@link SharedMemory#sharedCodec}, found by its name with {@link SharedMemory#shared}.
 *
 * <pre>{@code
 * Shared<Map<String, List<Long>>> shared = memory.share(Map.of("prices", List.of(1L, 2L)));
 * queue.put(shared);
 *
 * try (Shared<Map<String, List<Long>>> received = queue.take()) { // in another process
 *     received.get().get("prices").add(3L); // all see it
 * }
 * }</pre>
 *
 * <p>Any thread may use one. What is shared belongs to nobody: it stays until somebody destroys it, in whatever process, or the segment
 * ends; that a process closes it or dies changes nothing. When it is destroyed every later use of it, in every process, is a {@link
 * StaleReferenceException}, and so is a use of what was received and had been destroyed by then. Its memory goes back as soon as no process
 * has it open. So whoever got one closes it, when no thread of this process uses it or anything in it any more; a process that ends or is
 * killed has closed it.
 *
 * @param <T> the collection
 */
public final class Shared<T> implements SharedObject {

    /** Which of its kind there are: made once, since looking for it takes long. */
    private static final SharedGraphs GRAPHS = ServiceLoader.load(SharedGraphs.class, Shared.class.getClassLoader())
            .findFirst()
            .orElseThrow();

    private final SharedMemory memory;
    private final String name;
    private final long id;
    private final @Nullable Codec<Object> values;

    /** Guarded by this. */
    private SharedGraphs.@Nullable Graph opened;

    /** Guarded by this. */
    private boolean closed;

    /** One that is opened when it is first asked for. */
    Shared(SharedMemory memory, String name, long id, @Nullable Codec<Object> values) {
        this.memory = memory;
        this.name = name;
        this.id = id;
        this.values = values;
    }

    private Shared(SharedMemory memory, SharedGraphs.Graph opened, @Nullable Codec<Object> values) {
        this(memory, opened.name(), opened.id(), values);
        this.opened = opened;
    }

    static String newName() {
        return "shared-" + UUID.randomUUID();
    }

    private static SharedType<SharedGraphs.Graph> type(
            SharedMemory memory, @Nullable Codec<Object> values, @Nullable Object graph) {
        return GRAPHS.type(values, graph, memory.partTypes());
    }

    static <T> Shared<T> create(SharedMemory memory, String name, T graph, @Nullable Codec<Object> values) {
        return new Shared<>(memory, memory.create(name, type(memory, values, graph)), values);
    }

    static <T> Shared<T> open(SharedMemory memory, String name, @Nullable Codec<Object> values) {
        return new Shared<>(memory, memory.open(name, type(memory, values, null)), values);
    }

    static String typeName(SharedMemory memory, @Nullable Codec<Object> values) {
        return type(memory, values, null).toString();
    }

    /**
     * The collection in the segment: always the same object until this is closed. It is a {@code SharedMap}, {@code SharedSet}, {@code SharedList} or
     * {@code SharedDeque}, with what is said there: any thread of any process may call any method, each is atomic, also if a process is
     * killed in the middle. Collections in it are the same again, and are changed in place, and so are beans, arrays and other {@linkplain
     * #newValue live values}; all else is copies.
     *
     * <p>What is put into it that is a map, set, list or deque, or a live value of elsewhere, is copied into the segment and is shared from then on, too;
     * what was put is not. What is live has one place in its graph. One that is taken out can be used and put elsewhere by who has it, in any process; it goes when
     * the garbage collector of each process that has the graph open has found that nobody has it, and the housekeeping then.
     *
     * @throws StaleReferenceException if it was destroyed
     * @throws SegmentClosedException if this was closed, or the segment
     */
    @SuppressWarnings("unchecked")
    public T get() {
        return (T) graph().root();
    }

    /**
     * A copy that is not shared of all its collections: each as it was at one moment, in one of {@code java.util}. Beans, arrays and other live values are
     * not copied, but are in it as they are in the graph.
     */
    @SuppressWarnings("unchecked")
    public T copy() {
        return (T) graph().copy();
    }

    /**
     * Makes a live value that belongs to this graph and is in no place of it yet: put it into a collection of it, where it stays. For collections that
     * say what is in them:
     *
     * <pre>{@code
     * Shared<Map<String, SharedLong>> hits = memory.share(Map.of());
     * hits.get().computeIfAbsent("index", page -> hits.newValue(SharedLong.type())).incrementAndGet();
     * }</pre>
     *
     * <p>If nobody puts it anywhere, it goes as a collection that was taken out does: when nobody has it any more.
     *
     * @param type of a bean, record, array, vector, single value or reference; or of a deque with a bound, whose elements are those of the graph
     * @throws IllegalArgumentException if it is of something else
     * @throws dev.shm.error.OutOfSharedMemoryException if there is no room: nothing was changed, unless it is {@link
     *     SharedType#initially} that found none; then what was made goes back as what nobody put anywhere does
     */
    public <V extends SharedObject> V newValue(SharedType<V> type) {
        return graph().newValue(type);
    }

    private synchronized SharedGraphs.Graph graph() {
        if (closed) {
            throw new SegmentClosedException(this + " is closed. Receive it or open it again.");
        }
        if (opened == null) {
            opened = find();
        }
        return opened;
    }

    private SharedGraphs.Graph find() {
        SharedGraphs.Graph found;
        try {
            found = memory.open(name, type(memory, values, null));
        } catch (ObjectNotFoundException e) {
            throw stale(e);
        }
        if (found.id() != id) {
            found.close();
            throw stale(null);
        }
        return found;
    }

    private StaleReferenceException stale(@Nullable ObjectNotFoundException cause) {
        StaleReferenceException stale = new StaleReferenceException(
                "segment '" + memory.name() + "' has no '" + name
                        + "' any more, or not this one: it was destroyed before this process opened it. Ask who sent it for another.");
        if (cause != null) {
            stale.initCause(cause);
        }
        return stale;
    }

    /**
     * Destroys it, with all that is in it, for all processes. Whoever uses it from now on gets {@link StaleReferenceException}; what somebody is
     * in the middle of is finished. The memory goes back when no process has it open any more: so close this, too.
     *
     * @return false if somebody else has destroyed it
     */
    public boolean destroy() {
        return memory.destroy(name, id);
    }

    /**
     * Moves it to another segment: shares a copy there, under the same name, destroys it here, and closes this. Before that nothing is
     * changed here, so what others change meanwhile may be lost; and a process that is killed in between leaves both. Of several who move it,
     * one succeeds.
     *
     * @return what shows it there
     * @throws IllegalArgumentException if it is in that segment
     * @throws StaleReferenceException if somebody destroyed or moved it meanwhile
     * @throws dev.shm.error.OutOfSharedMemoryException if there is no room; it stays here
     */
    public Shared<T> moveTo(SharedMemory target) {
        if (target.uuid().equals(memory.uuid())) {
            throw new IllegalArgumentException(this + " is in that segment already");
        }
        Shared<T> moved = move(() -> create(target, name, copy(), values), this::destroy, Shared::destroy);
        if (moved == null) {
            throw stale(null);
        }
        close();
        return moved;
    }

    /**
     * In this order: a death in between leaves both, and never none.
     *
     * @param creation makes one there
     * @param destruction takes away the one here; false if somebody else did
     * @param undoing takes away the one there
     * @return the one there, or null if it was undone
     */
    static <M extends SharedObject> @Nullable M move(
            Supplier<M> creation, BooleanSupplier destruction, Consumer<M> undoing) {
        M moved = creation.get();
        boolean done = false;
        try {
            done = destruction.getAsBoolean();
        } finally {
            if (!done) {
                undoing.accept(moved);
                moved.close();
            }
        }
        return done ? moved : null;
    }

    /** Its name, under which {@link SharedMemory#objects} tells of it; made up if it was shared without one. */
    @Override
    public String name() {
        return name;
    }

    /** The segment that it is in. */
    public SharedMemory memory() {
        return memory;
    }

    long id() {
        return id;
    }

    /** Whether it can be used, as far as can be told without trying. */
    @Override
    public synchronized boolean isOpen() {
        return !closed && memory.isOpen() && (opened == null || opened.isOpen());
    }

    /**
     * Gives this opening back; what is shared stays.
     *
     * @throws IllegalStateException if the calling thread is in a function that computes a change of it
     */
    @Override
    public synchronized void close() {
        if (opened != null) {
            opened.close();
            opened = null;
        }
        closed = true;
    }

    @Override
    public String toString() {
        return "Shared['" + name + "' in segment '" + memory.name() + "']";
    }
}
