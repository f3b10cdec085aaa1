package dev.shm.collection;

import dev.shm.LiveParts;
import dev.shm.PartTypes;
import dev.shm.SharedGraphs;
import dev.shm.SharedObject;
import dev.shm.SharedType;
import dev.shm.codec.Codec;
import dev.shm.error.CodecException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentFormatException;
import dev.shm.heap.Heap;
import dev.shm.heap.HeapStatistics;
import dev.shm.heap.ObjectHandle;
import dev.shm.heap.ObjectKind;
import dev.shm.segment.Attachment;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A graph of collections as one process has it open. Each of its parts is shown by one object of this process, made when somebody first
 * comes to it.
 */
final class LiveGraph extends LiveParts implements SharedGraphs.Graph {

    /** Tag of an element that is a part of the graph. */
    static final int PART_TAG = 31;

    /** From so many entries on a map has room for all of them from the start. */
    private static final int LARGE = 100;

    /** The housekeeping looks at so many entries each time. */
    private static final long ENTRIES_A_ROUND = 4_096;
    /** And at all of them as long as it finds some that can go, up to this time: a twentieth of a processor. */
    private static final long ROUND_NANOS = 50_000_000;

    /** From so small a part of the segment on that is free, room is short. */
    private static final int TIGHT = 16;

    private static final long ASK_NANOS = 60_000_000_000L;
    /** When the collector of this JVM was asked for the last time, for any graph. */
    private static final AtomicLong LAST_ASKED = new AtomicLong(System.nanoTime() - ASK_NANOS);

    private static final long FOREVER = Long.MAX_VALUE / 2;
    private static final long FIRST_WAIT_NANOS = 1_000_000;
    private static final long LAST_WAIT_NANOS = 256_000_000;

    private static final byte[] NOTHING = {};

    private final ObjectHandle handle;
    private final Heap heap;
    final GraphTable table;
    private final Element<Object> plain;
    private final Element<Object> keys;
    private final Element<Object> elements;
    private final Element<Object> parts;
    /** The objects that show the parts, each for as long as somebody has it. */
    final ConcurrentHashMap<Long, WeakReference<SharedObject>> views = new ConcurrentHashMap<>();
    /** That of the outermost part, which is there anyway. */
    private volatile @Nullable SharedObject root;

    private final AtomicBoolean used = new AtomicBoolean();
    private final Runnable chore = this::keep;
    private final Attachment.Ending ending = new Attachment.Ending() {
        @Override
        public void check() {
            checkMayEnd();
        }

        @Override
        public void end() {
            // What uses a part is inside the gate, which is waited for.
        }
    };

    LiveGraph(ObjectHandle handle, Element<Object> plain, PartTypes types) {
        super(types);
        this.handle = handle;
        this.heap = handle.heap();
        this.table = new GraphTable(handle);
        this.plain = plain;
        this.keys = plain.forKeys();
        this.parts = new Parts();
        this.elements = new Elements();
    }

    /** Somebody begins to use this: what was opened in vain has left nothing. */
    private void use() {
        if (!used.get() && used.compareAndSet(false, true)) {
            handle.addEnding(ending);
            handle.attachment().addChore(chore);
        }
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
    public long id() {
        return handle.reference();
    }

    @Override
    public Object root() {
        handle.payload();
        SharedObject known = root;
        if (known != null && known.isOpen()) {
            return known;
        }
        use();
        return handle.guarded(() -> {
            SharedObject opened = view(0, table.root(0), NOTHING);
            root = opened;
            return Objects.requireNonNull(opened);
        });
    }

    private void checkMayEnd() {
        table.handles(this).forEach(ObjectHandle::checkMayEnd);
        SharedObject known = root;
        ObjectHandle outermost = known == null ? null : handleOf(known);
        if (outermost != null) {
            outermost.checkMayEnd();
        }
    }

    @Override
    public void close() {
        checkMayEnd();
        views.values().forEach(view -> {
            SharedObject known = view.get();
            if (known != null) {
                known.close();
            }
        });
        handle.attachment().removeChore(chore);
        handle.removeEnding(ending);
        // What the housekeeping is in the middle of is over after this.
        table.close();
        handle.close();
    }

    // ---------------------------------------------------------------------------------------------- giving back

    /** On the housekeeping thread. */
    private void keep() {
        try {
            table.collect(ENTRIES_A_ROUND, ROUND_NANOS, false);
            HeapStatistics now = heap.statistics();
            long asked = LAST_ASKED.get();
            long time = System.nanoTime();
            if (now.freeBytes() < now.heapBytes() / TIGHT
                    && time - asked >= ASK_NANOS
                    && table.mayGo()
                    && LAST_ASKED.compareAndSet(asked, time)) {
                // The heap of this JVM knows nothing of the room that its garbage takes here, and others may need that.
                System.gc();
            }
        } catch (SegmentFormatException | IndexOutOfBoundsException e) {
            // It is damaged, and whoever uses it is told.
        }
    }

    /** Nobody has the handle of a part any more. */
    void forget(long part) {
        views.computeIfPresent(part, (number, view) -> view.get() == null ? null : view);
    }

    /** Makes a part, if need be of what parts that are out leave. */
    private ObjectHandle added(ObjectKind kind, LongSupplier root) {
        use();
        try {
            return table.add(this, kind, root.getAsLong());
        } catch (OutOfSharedMemoryException e) {
            if (table.collect(Long.MAX_VALUE, FOREVER, true) == 0 && !collectGarbage()) {
                throw e;
            }
        }
        try {
            return table.add(this, kind, root.getAsLong());
        } catch (OutOfSharedMemoryException e) {
            if (!collectGarbage()) {
                throw e;
            }
        }
        return table.add(this, kind, root.getAsLong());
    }

    /** As the JDK does when there is no room for direct buffers: what is garbage on the heap may have parts that are out. */
    private boolean collectGarbage() {
        if (table.mayGo()) {
            System.gc();
            for (long nanos = FIRST_WAIT_NANOS; nanos <= LAST_WAIT_NANOS; nanos *= 2) {
                // Until the collector has told of what it found.
                LockSupport.parkNanos(nanos);
                if (table.collect(Long.MAX_VALUE, FOREVER, true) > 0) {
                    return true;
                }
            }
        }
        return false;
    }

    // ---------------------------------------------------------------------------------------------- storing

    /** Puts a graph that was checked into this one, which has nothing in it yet. */
    void fill(Object graph) {
        adopt(graph);
    }

    /** Makes a part of a collection, and parts of those in it; or of a live value. */
    private Object adopt(Object collection) {
        if (collection instanceof DequeType<?> type) {
            return newDeque(type.bound());
        }
        SharedType<?> type = GraphWalk.isCollection(collection) ? null : typeFor(collection);
        if (type != null) {
            return newValue(type);
        }
        if (collection instanceof Map<?, ?> map) {
            SharedMap<Object, Object> view = added(
                    CollectionKinds.MAP,
                    () -> ShardedTable.allocate(
                            heap, CollectionKinds.MAP.code(), MapLayout.HAS_VALUES, shift(map.size())),
                    opened -> new SharedMap<>(opened, keys, elements));
            map.forEach((key, value) -> view.set(key, live(Objects.requireNonNull(value))));
            return view;
        }
        if (collection instanceof Set<?> set) {
            SharedSet<Object> view = added(
                    CollectionKinds.SET,
                    () -> ShardedTable.allocate(heap, CollectionKinds.SET.code(), 0, shift(set.size())),
                    opened -> new SharedSet<>(opened, keys));
            set.forEach(view::add);
            return view;
        }
        if (collection instanceof List<?> list) {
            SharedList<Object> view = added(
                    CollectionKinds.LIST, () -> ListTable.allocate(heap), opened -> new SharedList<>(opened, elements));
            view.addAll(live((Iterable<?>) list));
            return view;
        }
        SharedDeque<Object> view = newDeque(DequeBound.of(collection));
        view.addAll(live((Iterable<?>) collection));
        return view;
    }

    private SharedDeque<Object> newDeque(DequeBound bound) {
        return added(
                CollectionKinds.DEQUE,
                () -> DequeTable.allocate(heap, bound.maxLength(), bound.evicting(), 0),
                opened -> new SharedDeque<>(opened, elements));
    }

    private static int shift(int entries) {
        return entries < LARGE ? Expected.DEFAULT_SHIFT : Expected.shift(entries);
    }

    /** A new part, and what shows it. */
    private <V extends SharedObject> V added(ObjectKind kind, LongSupplier root, Function<ObjectHandle, V> opening) {
        ObjectHandle opened = added(kind, root);
        V view = opening.apply(opened);
        views.put(opened.part(), new WeakReference<>(view));
        return view;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <V extends SharedObject> V newValue(SharedType<V> type) {
        if (type instanceof DequeType<?> deque) {
            DequeBound bound = deque.bound();
            return handle.guarded(() -> (V) newDeque(bound));
        }
        return handle.guarded(() -> added(kind(type), () -> allocate(type, heap), opened -> openNew(type, opened)));
    }

    private List<@Nullable Object> live(Iterable<?> collection) {
        List<@Nullable Object> values = new ArrayList<>();
        for (Object value : collection) {
            values.add(value == null ? null : live(value));
        }
        return values;
    }

    /** What to put in the place of a value: a part, if it is to be one. */
    private Object live(Object value) {
        return GraphWalk.isPart(value) && !isPart(value) ? adopt(value) : value;
    }

    // ---------------------------------------------------------------------------------------------- reading

    /**
     * The object that shows a part; null if its root is another one than a stub says.
     *
     * @throws PartGone if there is no such part any more
     */
    @Nullable
    SharedObject view(long part, long root, byte[] description) {
        SharedObject known = known(views.get(part));
        if (known != null) {
            return known;
        }
        return handle.guarded(() -> {
            SharedObject[] view = new SharedObject[1];
            views.compute(part, (number, other) -> {
                view[0] = known(other);
                if (view[0] != null) {
                    return other;
                }
                ObjectHandle opened = table.hold(this, number, root);
                view[0] = opened == null ? null : open(opened, description);
                return view[0] == null ? other : new WeakReference<>(view[0]);
            });
            return view[0];
        });
    }

    private static @Nullable SharedObject known(@Nullable WeakReference<SharedObject> view) {
        SharedObject known = view == null ? null : view.get();
        return known != null && known.isOpen() ? known : null;
    }

    private SharedObject open(ObjectHandle opened, byte[] description) {
        long part = opened.part();
        int kind = table.kind(part);
        if (kind == CollectionKinds.MAP.code()) {
            return new SharedMap<>(opened, keys, elements);
        }
        if (kind == CollectionKinds.SET.code()) {
            return new SharedSet<>(opened, keys);
        }
        if (kind == CollectionKinds.LIST.code()) {
            return new SharedList<>(opened, elements);
        }
        if (kind == CollectionKinds.DEQUE.code()) {
            return new SharedDeque<>(opened, elements);
        }
        ObjectKind other = CollectionKinds.part(kind);
        if (other != null) {
            return open(other, new String(description, StandardCharsets.UTF_8), opened);
        }
        throw table.damaged("part " + GraphLayout.index(part) + " is of the kind " + kind);
    }

    private boolean isPart(Object value) {
        ObjectHandle of = handleOf(value);
        return of != null && of.isPartOf(handle);
    }

    static @Nullable ObjectHandle handleOf(Object value) {
        if (value instanceof SharedMap<?, ?> map) {
            return map.handle();
        }
        if (value instanceof SharedSet<?> set) {
            return set.handle();
        }
        if (value instanceof SharedList<?> list) {
            return list.handle();
        }
        return value instanceof SharedDeque<?> deque ? deque.handle() : handle(value);
    }

    // ---------------------------------------------------------------------------------------------- copying

    @Override
    public Object copy() {
        return copy(root(), new IdentityHashMap<>());
    }

    /** Each collection once: one that was taken out and put into what was in it may be reached again and again. */
    private static Object copy(Object value, Map<Object, Object> known) {
        Object before = known.get(value);
        if (before != null) {
            return before;
        }
        if (value instanceof SharedMap<?, ?> map) {
            Map<Object, Object> copy = new HashMap<>();
            known.put(value, copy);
            map.snapshot().forEach((key, element) -> copy.put(key, copy(element, known)));
            return copy;
        }
        if (value instanceof SharedSet<?> set) {
            return new HashSet<>(set.snapshot());
        }
        if (value instanceof SharedList<?> list) {
            List<@Nullable Object> copy = new ArrayList<>();
            known.put(value, copy);
            for (Object element : list.snapshot()) {
                copy.add(element == null ? null : copy(element, known));
            }
            return copy;
        }
        if (value instanceof SharedDeque<?> deque) {
            Deque<Object> bounded = deque.bound().copy();
            Deque<Object> copy = bounded != null ? bounded : new ArrayDeque<>();
            known.put(value, copy);
            deque.snapshot().forEach(element -> copy.add(copy(element, known)));
            return copy;
        }
        return value;
    }

    // ---------------------------------------------------------------------------------------------- elements

    /** Values of the collections in this graph: collections and live values are parts of it, all else is as in any collection. */
    private final class Elements extends Element<Object> {

        Elements() {
            super("graph", plain.tag(), Object.class, plain.codec());
        }

        @Override
        Element<Object> of(Object value) {
            return GraphWalk.isPart(value) ? parts : plain.of(value);
        }

        @Override
        boolean accepts(Object value) {
            return GraphWalk.isPart(value) || plain.accepts(value);
        }

        @Override
        boolean isLive(Object value) {
            return isPart(value);
        }

        /** So that who computed a collection gets the one in the segment, and not the one that it was made from. */
        @Override
        Object toStore(Object value) {
            if (!GraphWalk.isPart(value) || isPart(value)) {
                return value;
            }
            GraphWalk.checkValue("the value", value, plain, heap);
            return adopt(value);
        }

        @Override
        @Nullable
        Object held(int foundTag, byte[] bytes) {
            return foundTag == PART_TAG ? read(foundTag, bytes) : null;
        }

        @Override
        boolean isSame(Object one, Object other) {
            return plain.isSame(one, other);
        }

        @Override
        Object read(int foundTag, int bytes, long word, long word2) {
            return (foundTag == PART_TAG ? parts : plain).read(foundTag, bytes, word, word2);
        }

        @Override
        Object read(int foundTag, byte[] bytes) {
            return (foundTag == PART_TAG ? parts : plain).read(foundTag, bytes);
        }
    }

    /** Values that are parts of this graph. */
    private final class Parts extends Element<Object> {

        Parts() {
            super("part", PART_TAG, Object.class, new Stubs());
        }

        @Override
        void stored(long block, ByteBuffer bytes) {
            table.own(bytes.getLong(GraphLayout.STUB_PART), block);
        }
    }

    /** The bytes that say which part it is. */
    private final class Stubs implements Codec<Object> {

        @Override
        public String name() {
            return "part";
        }

        @Override
        public int size(Object value) {
            return GraphLayout.STUB_BYTES + description(value).length;
        }

        /** What who reads it needs to know besides its kind. */
        private static byte[] description(Object value) {
            SharedType<?> type = GraphWalk.isCollection(value) ? null : typeFor(value);
            return type == null ? NOTHING : type.toString().getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public void encode(Object value, ByteBuffer target) {
            Object view = elements.toStore(value);
            ObjectHandle of = handleOf(view);
            if (of == null) {
                throw new CodecException("a " + value.getClass().getName() + " is nothing that can be live in a graph");
            }
            target.putLong(of.part())
                    .putLong(table.root(of.part()))
                    .putLong(table.base())
                    .put(description(view));
        }

        @Override
        public Object decode(ByteBuffer source) {
            if (source.remaining() >= GraphLayout.STUB_BYTES) {
                long part = source.getLong();
                long root = source.getLong();
                if (source.getLong() == table.base()) {
                    byte[] description = new byte[source.remaining()];
                    source.get(description);
                    SharedObject view = view(part, root, description);
                    if (view != null) {
                        return view;
                    }
                }
            }
            throw new CodecException("an element of '" + handle.name()
                    + "' does not say which part of it it is. It was damaged: replace it, or remove it.");
        }
    }
}
