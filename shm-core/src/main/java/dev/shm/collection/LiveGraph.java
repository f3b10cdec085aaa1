package dev.shm.collection;

import dev.shm.LiveParts;
import dev.shm.PartTypes;
import dev.shm.SharedGraphs;
import dev.shm.SharedObject;
import dev.shm.SharedType;
import dev.shm.codec.Codec;
import dev.shm.error.CodecException;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import dev.shm.heap.ObjectKind;
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

    private static final byte[] NOTHING = {};

    private final ObjectHandle handle;
    private final Heap heap;
    private final GraphTable table;
    private final Element<Object> plain;
    private final Element<Object> keys;
    private final Element<Object> elements;
    private final Element<Object> parts;
    private final ConcurrentHashMap<Long, SharedObject> views = new ConcurrentHashMap<>();

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
        return handle.guarded(() -> view(0, NOTHING));
    }

    @Override
    public void close() {
        views.values().forEach(SharedObject::close);
        handle.close();
    }

    // ---------------------------------------------------------------------------------------------- storing

    /** Puts a graph that was checked into this one, which has nothing in it yet. */
    void fill(Object graph) {
        adopt(graph);
    }

    /** Makes a part of a collection, and parts of those in it; or of a live value. */
    private Object adopt(Object collection) {
        SharedType<?> type = GraphWalk.isCollection(collection) ? null : typeFor(collection);
        if (type != null) {
            return newValue(type);
        }
        if (collection instanceof Map<?, ?> map) {
            long root =
                    ShardedTable.allocate(heap, CollectionKinds.MAP.code(), MapLayout.HAS_VALUES, shift(map.size()));
            SharedMap<Object, Object> view = added(CollectionKinds.MAP, root);
            map.forEach((key, value) -> view.set(key, live(Objects.requireNonNull(value))));
            return view;
        }
        if (collection instanceof Set<?> set) {
            long root = ShardedTable.allocate(heap, CollectionKinds.SET.code(), 0, shift(set.size()));
            SharedSet<Object> view = added(CollectionKinds.SET, root);
            set.forEach(view::add);
            return view;
        }
        if (collection instanceof List<?> list) {
            SharedList<Object> view = added(CollectionKinds.LIST, ListTable.allocate(heap));
            view.addAll(live((Iterable<?>) list));
            return view;
        }
        SharedDeque<Object> view = added(CollectionKinds.DEQUE, DequeTable.allocate(heap, 0, false, 0));
        view.addAll(live((Iterable<?>) collection));
        return view;
    }

    private static int shift(int entries) {
        return entries < LARGE ? Expected.DEFAULT_SHIFT : Expected.shift(entries);
    }

    /** A new part. The caller knows of what kind it is. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private <V extends SharedObject> V added(ObjectKind kind, long root) {
        return (V) view(table.add(kind, root), NOTHING);
    }

    @Override
    public <V extends SharedObject> V newValue(SharedType<V> type) {
        return handle.guarded(() -> {
            long part = table.add(kind(type), allocate(type, heap));
            V created = openNew(type, handle.part(part, table.root(part)));
            views.put(part, created);
            return created;
        });
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

    /** The object that shows a part. */
    private SharedObject view(long part, byte[] description) {
        SharedObject known = views.get(part);
        if (known != null && known.isOpen()) {
            return known;
        }
        return views.compute(
                part, (number, other) -> other != null && other.isOpen() ? other : open(number, description));
    }

    private SharedObject open(long part, byte[] description) {
        ObjectHandle opened = handle.part(part, table.root(part));
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

    private static @Nullable ObjectHandle handleOf(Object value) {
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
            Deque<Object> copy = new ArrayDeque<>();
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
                if (table.root(part) == source.getLong() && source.getLong() == table.base()) {
                    byte[] description = new byte[source.remaining()];
                    source.get(description);
                    return view(part, description);
                }
            }
            throw new CodecException("an element of '" + handle.name()
                    + "' does not say which part of it it is. It was damaged: replace it, or remove it.");
        }
    }
}
