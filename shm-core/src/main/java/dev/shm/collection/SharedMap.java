package dev.shm.collection;

import dev.shm.SharedObject;
import dev.shm.codec.Codec;
import dev.shm.collection.ShardedTable.Call;
import dev.shm.collection.ShardedTable.When;
import dev.shm.heap.ObjectHandle;
import java.lang.ref.Reference;
import java.util.AbstractCollection;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A map that lives in a segment: what {@link java.util.concurrent.ConcurrentHashMap} is within one process, among all of them.
 *
 * <p>Any thread of any process may call any method. Each operation on a key is atomic; a process that is killed in the middle of one
 * leaves the entry before it or the entry after it, and nobody waits for the dead. A reader waits for no writer, and never sees
 * half of a change. Writers of different keys mostly do not wait for each other either: a map has 16 shards, each with a lock of
 * its own. So what changes several keys is several changes: {@link #putAll}, {@link #replaceAll} and {@code removeIf} take one key after the
 * other, {@link #clear} one shard after the other. Others see some of them done and some not, and so does who comes after a process that was killed
 * meanwhile. A writer that waits for longer than ten seconds gets {@link dev.shm.error.LockTimeoutException}, which names who has the
 * lock; a stopped process may.
 *
 * <p>Keys and values are kept as bytes, and every read makes a new object of them: changing that object changes nothing in the map. Two
 * keys are the same if their bytes are, whatever their {@code equals} says; for {@link String}, numbers, {@link java.util.UUID},
 * enums and {@code java.time} that is the same thing, and a {@code byte[]} is a key like any other. Lists, sets and maps that are keys, or
 * in keys, are the same if they are equal, whatever their class, and are read back as unmodifiable ones; what goes by a codec is up to
 * the codec, and if it is Kryo, equal lists of different classes in a record have different bytes. Values keep their class. They are
 * compared by {@code equals}, and arrays by what is in them. Neither can be null.
 *
 * <p>When the segment has no room, {@link dev.shm.error.OutOfSharedMemoryException} is thrown, and nothing has changed. A value that this
 * process cannot read raises {@link dev.shm.error.CodecException} where it is asked for, and nowhere else: {@link #set} replaces and
 * {@code keySet().remove} removes it unseen. So does a key; {@code remove} of an iterator whose {@code next} threw removes its entry, and
 * {@code next} goes on behind it.
 *
 * <p>Iterators are weakly consistent: each shard as it was at one moment when the iterator came to it, with large values as they are when
 * they are reached. {@link #snapshot} is all of each shard at one moment.
 *
 * <p>Closed by whoever opened it, when no thread of this process uses it any more; then its methods throw {@link
 * dev.shm.error.SegmentClosedException}.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class SharedMap<K, V> extends AbstractMap<K, V> implements ConcurrentMap<K, V>, SharedObject {

    private final ObjectHandle handle;
    private final ShardedTable table;
    private final Element<K> keys;
    private final Element<V> values;

    SharedMap(ObjectHandle handle, Element<K> keys, Element<V> values) {
        this.handle = handle;
        this.keys = keys;
        this.values = values;
        this.table = new ShardedTable(handle, CollectionKinds.MAP.code(), values);
    }

    /**
     * A map of keys and values of these classes. {@link String}, primitives' boxes, {@code byte[]}, {@link java.util.UUID}, {@link
     * java.math.BigInteger}, {@link java.math.BigDecimal}, enums (by their names) and the types of {@code java.time} have a form of
     * their own; {@code Object.class} takes any of these but enums of the user, mixed, and nested collections and arrays of them; see {@link
     * dev.shm.codec.Codecs#kryo} to register others. Records and other classes go by {@link dev.shm.codec.Codecs#forType}.
     */
    public static <K, V> MapType<K, V> of(Class<K> keys, Class<V> values) {
        return MapType.of(Element.of(keys), Element.of(values));
    }

    /** A map whose keys and values these codecs turn into bytes. The codec of the keys must give equal keys equal bytes. */
    public static <K, V> MapType<K, V> of(Codec<K> keys, Codec<V> values) {
        return MapType.of(Element.of(keys), Element.of(values));
    }

    /** A map with keys of a class and values by a codec. */
    public static <K, V> MapType<K, V> of(Class<K> keys, Codec<V> values) {
        return MapType.of(Element.of(keys), Element.of(values));
    }

    ObjectHandle handle() {
        return handle;
    }

    @Override
    public String name() {
        return handle.name();
    }

    @Override
    public boolean isOpen() {
        return handle.isOpen();
    }

    /**
     * Gives this opening back; the map itself stays.
     *
     * @throws IllegalStateException if the calling thread is in a function that computes a value of this map
     */
    @Override
    public void close() {
        table.close();
    }

    // ---------------------------------------------------------------------------------------------- reading

    @Override
    public @Nullable V get(Object key) {
        Objects.requireNonNull(key);
        try {
            V found = table.find(key, values);
            return found != null ? found : search(key);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    private @Nullable V search(Object key) {
        if (!keys.accepts(key)) {
            return null;
        }
        @SuppressWarnings("unchecked")
        K k = (K) key;
        return table.get(keys, k, values);
    }

    @Override
    public V getOrDefault(Object key, V defaultValue) {
        V value = get(key);
        return value == null ? defaultValue : value;
    }

    @Override
    public boolean containsKey(Object key) {
        Objects.requireNonNull(key);
        try {
            return table.find(key) || has(key);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    private boolean has(Object key) {
        if (!keys.accepts(key)) {
            return false;
        }
        @SuppressWarnings("unchecked")
        K k = (K) key;
        return table.contains(keys, k);
    }

    @Override
    public boolean containsValue(Object value) {
        Objects.requireNonNull(value);
        return values().contains(value);
    }

    /** Exact when nobody changes the map meanwhile. */
    @Override
    public int size() {
        return (int) Math.min(Integer.MAX_VALUE, mappingCount());
    }

    /** As {@link #size}, for maps of any size. */
    public long mappingCount() {
        try {
            return table.size();
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    @Override
    public boolean isEmpty() {
        return mappingCount() == 0;
    }

    // ---------------------------------------------------------------------------------------------- writing

    @Override
    public @Nullable V put(K key, V value) {
        return put(key, value, When.ALWAYS, values);
    }

    /** Puts a value as {@link #put} does, and does not read the one before: cheaper, and possible if that cannot be read. */
    public void set(K key, V value) {
        put(key, value, When.ALWAYS, null);
    }

    /** Does {@link #set} for one entry after the other. If one cannot be stored, those before it are. */
    @Override
    public void putAll(Map<? extends K, ? extends V> others) {
        others.forEach(this::set);
    }

    @Override
    public @Nullable V putIfAbsent(K key, V value) {
        Objects.requireNonNull(value);
        V before = get(key);
        return before != null ? before : put(key, value, When.IF_ABSENT, values);
    }

    @Override
    public @Nullable V replace(K key, V value) {
        return put(key, value, When.IF_PRESENT, values);
    }

    private @Nullable V put(K key, V value, When when, @Nullable Element<V> wanted) {
        Objects.requireNonNull(key);
        Objects.requireNonNull(value);
        return put(table.call(keys, key), value, when, wanted);
    }

    private @Nullable V put(Call call, V value, When when, @Nullable Element<V> wanted) {
        try {
            table.value(call, values, value);
            return table.put(call, when, wanted);
        } finally {
            table.end(call);
        }
    }

    @Override
    public boolean replace(K key, V oldValue, V newValue) {
        Objects.requireNonNull(key);
        Objects.requireNonNull(oldValue);
        Objects.requireNonNull(newValue);
        boolean[] replaced = new boolean[1];
        Call call = table.call(keys, key);
        try {
            table.change(call, values, before -> {
                replaced[0] = before != null && values.isSame(before, oldValue);
                return replaced[0] ? newValue : before;
            });
        } finally {
            table.end(call);
        }
        return replaced[0];
    }

    @Override
    public @Nullable V remove(Object key) {
        Objects.requireNonNull(key);
        if (!keys.accepts(key)) {
            return null;
        }
        @SuppressWarnings("unchecked")
        Call call = table.call(keys, (K) key);
        try {
            return table.change(call, values, before -> null);
        } finally {
            table.end(call);
        }
    }

    @Override
    public boolean remove(Object key, Object value) {
        Objects.requireNonNull(key);
        if (!keys.accepts(key) || value == null) {
            return false;
        }
        boolean[] removed = new boolean[1];
        @SuppressWarnings("unchecked")
        Call call = table.call(keys, (K) key);
        try {
            table.change(call, values, before -> {
                removed[0] = before != null && values.isSame(before, value);
                return removed[0] ? null : before;
            });
        } finally {
            table.end(call);
        }
        return removed[0];
    }

    /** Removes a key without a look at its value. */
    private boolean removeKey(Object key) {
        Objects.requireNonNull(key);
        if (!keys.accepts(key)) {
            return false;
        }
        @SuppressWarnings("unchecked")
        Call call = table.call(keys, (K) key);
        try {
            return table.remove(call);
        } finally {
            table.end(call);
        }
    }

    /**
     * As in {@link ConcurrentMap}, and atomic among all processes: the function runs once, under the lock of the key's shard, so it should be
     * short, and must not change this map: {@link IllegalStateException}. Reading it is allowed. If it throws, or its process is killed,
     * nothing has changed.
     */
    @Override
    public @Nullable V compute(K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
        Objects.requireNonNull(function);
        return compute(key, When.ALWAYS, before -> function.apply(key, before));
    }

    /** As {@link #compute}; the function is asked only if there is no value. */
    @Override
    public @Nullable V computeIfAbsent(K key, Function<? super K, ? extends @Nullable V> function) {
        Objects.requireNonNull(function);
        V present = get(key);
        return present != null ? present : compute(key, When.IF_ABSENT, before -> function.apply(key));
    }

    /** As {@link #compute}; the function is asked only if there is a value. */
    @Override
    public @Nullable V computeIfPresent(K key, BiFunction<? super K, ? super V, ? extends @Nullable V> function) {
        Objects.requireNonNull(function);
        return compute(key, When.IF_PRESENT, before -> function.apply(key, Objects.requireNonNull(before)));
    }

    /** As {@link #compute}, with a value to begin with. */
    @Override
    public @Nullable V merge(K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function) {
        Objects.requireNonNull(value);
        Objects.requireNonNull(function);
        return compute(key, When.ALWAYS, before -> before == null ? value : function.apply(before, value));
    }

    private @Nullable V compute(K key, When when, Function<? super @Nullable V, ? extends @Nullable V> function) {
        Objects.requireNonNull(key);
        return compute(table.call(keys, key), when, function);
    }

    private @Nullable V compute(Call call, When when, Function<? super @Nullable V, ? extends @Nullable V> function) {
        try {
            return table.compute(call, values, when, function);
        } finally {
            table.end(call);
        }
    }

    /** Each value is replaced atomically; entries that come or go meanwhile may be left out. */
    @Override
    public void replaceAll(BiFunction<? super K, ? super V, ? extends V> function) {
        Objects.requireNonNull(function);
        Cursor<K, V> cursor = cursor(false);
        while (cursor.advance()) {
            K key = cursor.key();
            compute(
                    cursor.call(),
                    When.IF_PRESENT,
                    before -> Objects.requireNonNull(function.apply(key, Objects.requireNonNull(before))));
        }
    }

    @Override
    public void forEach(BiConsumer<? super K, ? super V> action) {
        Objects.requireNonNull(action);
        Cursor<K, V> cursor = cursor(true);
        while (cursor.advance()) {
            action.accept(cursor.key(), cursor.value());
        }
    }

    /** Removes all entries, one shard after the other, all of a shard at once. What is put meanwhile may stay. */
    @Override
    public void clear() {
        table.clear();
    }

    /**
     * A copy that does not change: of each of the 16 shards all entries as they were at one moment, one shard after the other. Waits for
     * writers, and lets them wait, only if they would not leave it a moment.
     */
    public Map<K, V> snapshot() {
        Map<K, V> copy = new HashMap<>();
        for (int shard = 0; shard < MapLayout.SHARD_COUNT; shard++) {
            ShardCopy entries = copy(shard, true);
            for (int i = 0; i < entries.count(); i++) {
                copy.put(
                        Objects.requireNonNull(entries.key(i, keys)), Objects.requireNonNull(entries.value(i, values)));
            }
        }
        return copy;
    }

    private ShardCopy copy(int shard, boolean deep) {
        try {
            return table.copy(shard, deep);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    // ---------------------------------------------------------------------------------------------- views

    @Override
    public Set<K> keySet() {
        return new KeySet();
    }

    @Override
    public Collection<V> values() {
        return new Values();
    }

    @Override
    public Set<Map.Entry<K, V>> entrySet() {
        return new EntrySet();
    }

    /** As in {@link Map}, one entry after the other; values are compared as everywhere here, arrays by what is in them. */
    @Override
    public boolean equals(@Nullable Object other) {
        if (other == this) {
            return true;
        }
        if (!(other instanceof Map<?, ?> map) || map.size() != size()) {
            return false;
        }
        Cursor<K, V> cursor = cursor(true);
        while (cursor.advance()) {
            Object theirs = valueIn(map, cursor.key());
            if (theirs == null || !values.isSame(cursor.value(), theirs)) {
                return false;
            }
        }
        return true;
    }

    /** What another map has for a key, of whatever type its keys are. */
    static @Nullable Object valueIn(Map<?, ?> map, Object key) {
        try {
            return map.get(key);
        } catch (ClassCastException e) {
            return null;
        }
    }

    /** As in {@link Map}; of arrays, what is in them. */
    @Override
    public int hashCode() {
        return super.hashCode();
    }

    @Override
    public String toString() {
        return isOpen() ? super.toString() : "closed";
    }

    private Cursor<K, V> cursor(boolean withValues) {
        return new Cursor<>(handle, table, keys, withValues ? values : null, this::get);
    }

    private abstract class ViewIterator<T> extends EntryIterator<K, V, T> {

        ViewIterator(boolean withValues) {
            super(table, keys, cursor(withValues));
        }
    }

    private static <T> Spliterator<T> spliterator(Iterator<T> elements, int characteristics) {
        return Spliterators.spliteratorUnknownSize(
                elements, characteristics | Spliterator.NONNULL | Spliterator.CONCURRENT);
    }

    private final class KeySet extends AbstractSet<K> {

        /** As the one that it has; but of arrays, what is in them. */
        @Override
        public int hashCode() {
            int sum = 0;
            for (K key : this) {
                sum += Element.hash(key);
            }
            return sum;
        }

        @Override
        public Iterator<K> iterator() {
            return new ViewIterator<>(false) {
                @Override
                K element(Cursor<K, V> at) {
                    return at.key();
                }
            };
        }

        @Override
        public Spliterator<K> spliterator() {
            return SharedMap.spliterator(iterator(), Spliterator.DISTINCT);
        }

        @Override
        public int size() {
            return SharedMap.this.size();
        }

        @Override
        public boolean contains(Object key) {
            return containsKey(key);
        }

        @Override
        public boolean remove(Object key) {
            return removeKey(key);
        }

        /** From here, whatever the sizes: those of a live map tell nothing. */
        @Override
        public boolean removeAll(Collection<?> others) {
            boolean changed = false;
            for (Object key : others) {
                changed |= remove(key);
            }
            return changed;
        }

        @Override
        public boolean retainAll(Collection<?> others) {
            Objects.requireNonNull(others);
            return removeIf(key -> !keys.isIn(others, key));
        }

        @Override
        public void clear() {
            SharedMap.this.clear();
        }
    }

    private final class Values extends AbstractCollection<V> {

        @Override
        public Iterator<V> iterator() {
            return new ViewIterator<>(true) {
                @Override
                V element(Cursor<K, V> at) {
                    return at.value();
                }
            };
        }

        @Override
        public Spliterator<V> spliterator() {
            return SharedMap.spliterator(iterator(), 0);
        }

        @Override
        public int size() {
            return SharedMap.this.size();
        }

        @Override
        public boolean contains(Object value) {
            Objects.requireNonNull(value);
            Cursor<K, V> cursor = cursor(true);
            while (cursor.advance()) {
                if (SharedMap.this.values.isSame(cursor.value(), value)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public boolean remove(Object value) {
            Objects.requireNonNull(value);
            Cursor<K, V> cursor = cursor(true);
            while (cursor.advance()) {
                if (SharedMap.this.values.isSame(cursor.value(), value) && SharedMap.this.remove(cursor.key(), value)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public boolean removeAll(Collection<?> others) {
            Objects.requireNonNull(others);
            return removeIf(value -> SharedMap.this.values.isIn(others, value));
        }

        @Override
        public boolean retainAll(Collection<?> others) {
            Objects.requireNonNull(others);
            return removeIf(value -> !SharedMap.this.values.isIn(others, value));
        }

        @Override
        public boolean removeIf(Predicate<? super V> filter) {
            Objects.requireNonNull(filter);
            return SharedMap.this.removeIf((key, value) -> filter.test(value));
        }

        @Override
        public void clear() {
            SharedMap.this.clear();
        }
    }

    /** Removes what the filter found if it is still there, whatever its {@code equals} says. */
    private boolean removeIf(BiPredicate<K, V> filter) {
        boolean removed = false;
        Cursor<K, V> cursor = cursor(true);
        while (cursor.advance()) {
            K key = cursor.key();
            V value = cursor.value();
            ValueWords words = cursor.valueWords();
            if (words == null) {
                ShardedTable.Held<V> held = held(cursor);
                if (held == null) {
                    continue;
                }
                value = held.value();
                words = held.words();
            }
            removed |= filter.test(key, value) && removeIfSame(cursor, words);
        }
        return removed;
    }

    private ShardedTable.@Nullable Held<V> held(Cursor<K, V> at) {
        Call call = at.call();
        try {
            return table.held(call, values);
        } finally {
            table.end(call);
        }
    }

    private boolean removeIfSame(Cursor<K, V> at, ValueWords words) {
        Call call = at.call();
        try {
            return table.remove(call, words);
        } finally {
            table.end(call);
        }
    }

    private final class EntrySet extends AbstractSet<Map.Entry<K, V>> {

        @Override
        public Iterator<Map.Entry<K, V>> iterator() {
            return new ViewIterator<>(true) {
                @Override
                Map.Entry<K, V> element(Cursor<K, V> at) {
                    return new WriteThrough(at.key(), keys.isSteady() ? null : at.foundKey(), at.value());
                }
            };
        }

        @Override
        public Spliterator<Map.Entry<K, V>> spliterator() {
            return SharedMap.spliterator(iterator(), Spliterator.DISTINCT);
        }

        @Override
        public int size() {
            return SharedMap.this.size();
        }

        @Override
        public boolean contains(Object entry) {
            if (!(entry instanceof Map.Entry<?, ?> other) || other.getKey() == null || other.getValue() == null) {
                return false;
            }
            V value = get(other.getKey());
            return value != null && SharedMap.this.values.isSame(value, other.getValue());
        }

        @Override
        public boolean remove(Object entry) {
            return entry instanceof Map.Entry<?, ?> other
                    && other.getKey() != null
                    && SharedMap.this.remove(other.getKey(), other.getValue());
        }

        @Override
        public boolean removeAll(Collection<?> others) {
            boolean changed = false;
            for (Object entry : others) {
                changed |= remove(entry);
            }
            return changed;
        }

        @Override
        public boolean retainAll(Collection<?> others) {
            Objects.requireNonNull(others);
            return SharedMap.this.removeIf((key, value) -> !isIn(others, key, value));
        }

        private boolean isIn(Collection<?> others, K key, V value) {
            if (!key.getClass().isArray() && !value.getClass().isArray()) {
                return others.contains(Map.entry(key, value));
            }
            for (Object other : others) {
                if (other instanceof Map.Entry<?, ?> entry
                        && entry.getKey() != null
                        && entry.getValue() != null
                        && keys.isSame(key, entry.getKey())
                        && SharedMap.this.values.isSame(value, entry.getValue())) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public boolean removeIf(Predicate<? super Map.Entry<K, V>> filter) {
            Objects.requireNonNull(filter);
            return SharedMap.this.removeIf((key, value) -> filter.test(Map.entry(key, value)));
        }

        @Override
        public void clear() {
            SharedMap.this.clear();
        }
    }

    /** An entry as it was, whose value can be set. */
    private final class WriteThrough implements Map.Entry<K, V> {

        private final K key;
        /** The key as it lies in its entry, if other bytes may be made of what was read. */
        private final @Nullable FoundKey found;

        private V value;

        WriteThrough(K key, @Nullable FoundKey found, V value) {
            this.key = key;
            this.found = found;
            this.value = value;
        }

        @Override
        public K getKey() {
            return key;
        }

        @Override
        public V getValue() {
            return value;
        }

        @Override
        public V setValue(V newValue) {
            Objects.requireNonNull(newValue);
            V before = value;
            FoundKey at = found;
            put(at != null ? table.call(at) : table.call(keys, key), newValue, When.ALWAYS, values);
            value = newValue;
            return before;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Map.Entry<?, ?> entry
                    && entry.getKey() != null
                    && entry.getValue() != null
                    && keys.isSame(key, entry.getKey())
                    && values.isSame(value, entry.getValue());
        }

        @Override
        public int hashCode() {
            return Element.hash(key) ^ Element.hash(value);
        }

        @Override
        public String toString() {
            return key + "=" + value;
        }
    }
}
