package dev.shm.collection;

import dev.shm.SharedObject;
import dev.shm.codec.Codec;
import dev.shm.heap.ObjectHandle;
import java.util.AbstractMap;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A map that lies in a segment and never changes, built once from a map of this process: a lookup table that lies in memory once, however many
 * processes read it. Unlike in a {@link SharedMap}, there is no version to look at before and after, and no table that may be replaced.
 *
 * <pre>{@code
 * FrozenMapType<String, Long> type = FrozenMap.of(String.class, Long.class);
 * memory.create("prices", type.holding(prices));        // one process
 * FrozenMap<String, Long> prices = memory.open("prices", type);    // all others
 * }</pre>
 *
 * <p>Any thread of any process may read it, without waiting for anybody; nothing is locked, and no version is looked at. It is iterated in the
 * order of the map it was built from. Whatever would change it throws {@link UnsupportedOperationException}. To have other entries, build
 * another one under another name and tell the readers that name; those who have the old one open keep it until they close it.
 *
 * <p>Keys and values are those of a {@link SharedMap}: kept as bytes, read as new objects, the same if their bytes are, never null. A map of
 * which two keys have the same bytes, though they are not equal, cannot be built: {@link dev.shm.error.CodecException}. A value that this process
 * cannot read raises the same where it is asked for.
 *
 * <p>All of it lies in one block, which has at most 1 GiB. It is put together on the heap of the process that creates it before any shared memory is
 * taken: that needs up to three times as much for a moment. When the segment has no room, {@link dev.shm.error.OutOfSharedMemoryException} is thrown;
 * if the process is killed, there is no such map, and nothing is lost.
 *
 * <p>Closed by whoever opened it, when no thread of this process uses it any more; then its methods throw {@link
 * dev.shm.error.SegmentClosedException}. If its name is destroyed, it stays for those who have it open.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class FrozenMap<K, V> extends AbstractMap<K, V> implements SharedObject {

    private final FrozenTable table;
    private final Element<K> keys;
    private final Element<V> values;

    FrozenMap(ObjectHandle handle, Element<K> keys, Element<V> values) {
        this.table = new FrozenTable(handle, true);
        this.keys = keys;
        this.values = values;
    }

    /** A map of keys and values of these classes; see {@link SharedMap#of(Class, Class)}. */
    public static <K, V> FrozenMapType<K, V> of(Class<K> keys, Class<V> values) {
        return FrozenMapType.of(Element.of(keys), Element.of(values));
    }

    /** A map whose keys and values these codecs turn into bytes. The codec of the keys must give equal keys equal bytes. */
    public static <K, V> FrozenMapType<K, V> of(Codec<K> keys, Codec<V> values) {
        return FrozenMapType.of(Element.of(keys), Element.of(values));
    }

    /** A map with keys of a class and values by a codec. */
    public static <K, V> FrozenMapType<K, V> of(Class<K> keys, Codec<V> values) {
        return FrozenMapType.of(Element.of(keys), Element.of(values));
    }

    @Override
    public String name() {
        return table.handle().name();
    }

    @Override
    public boolean isOpen() {
        return table.handle().isOpen();
    }

    /** Gives this opening back; the map itself stays. */
    @Override
    public void close() {
        table.handle().close();
    }

    // ---------------------------------------------------------------------------------------------- reading

    @Override
    public @Nullable V get(Object key) {
        int entry = table.find(keys, key);
        return entry < 0 ? null : table.value(values, entry);
    }

    @Override
    public V getOrDefault(Object key, V defaultValue) {
        V value = get(key);
        return value == null ? defaultValue : value;
    }

    @Override
    public boolean containsKey(Object key) {
        return table.find(keys, key) >= 0;
    }

    @Override
    public boolean containsValue(Object value) {
        return values().contains(value);
    }

    @Override
    public int size() {
        return table.size();
    }

    @Override
    public void forEach(BiConsumer<? super K, ? super V> action) {
        Objects.requireNonNull(action);
        int size = table.size();
        for (int entry = 0; entry < size; entry++) {
            action.accept(table.key(keys, entry), table.value(values, entry));
        }
    }

    @Override
    public Set<K> keySet() {
        return new FrozenElementSet<>(table) {
            @Override
            K element(int entry) {
                return table.key(keys, entry);
            }

            @Override
            public boolean contains(Object key) {
                return containsKey(key);
            }
        };
    }

    @Override
    public Collection<V> values() {
        return new FrozenElements<>(table) {
            @Override
            V element(int entry) {
                return table.value(values, entry);
            }

            @Override
            public boolean contains(Object value) {
                Objects.requireNonNull(value);
                for (V one : this) {
                    if (values.isSame(one, value)) {
                        return true;
                    }
                }
                return false;
            }
        };
    }

    @Override
    public Set<Map.Entry<K, V>> entrySet() {
        return new FrozenElementSet<>(table) {
            @Override
            Map.Entry<K, V> element(int entry) {
                return Map.entry(table.key(keys, entry), table.value(values, entry));
            }

            @Override
            public boolean contains(Object entry) {
                if (!(entry instanceof Map.Entry<?, ?> other) || other.getKey() == null || other.getValue() == null) {
                    return false;
                }
                V value = get(other.getKey());
                return value != null && values.isSame(value, other.getValue());
            }

            @Override
            int hash(Map.Entry<K, V> entry) {
                return Element.hash(entry.getKey()) ^ Element.hash(entry.getValue());
            }
        };
    }

    /** As in {@link Map}; values are compared as everywhere here, arrays by what is in them. */
    @Override
    public boolean equals(@Nullable Object other) {
        if (other == this) {
            return true;
        }
        if (!(other instanceof Map<?, ?> map) || map.size() != size()) {
            return false;
        }
        for (Map.Entry<K, V> entry : entrySet()) {
            Object theirs = SharedMap.valueIn(map, entry.getKey());
            if (theirs == null || !values.isSame(entry.getValue(), theirs)) {
                return false;
            }
        }
        return true;
    }

    /** As in {@link Map}; of arrays, what is in them. */
    @Override
    public int hashCode() {
        return entrySet().hashCode();
    }

    @Override
    public String toString() {
        return isOpen() ? super.toString() : "closed";
    }

    // ---------------------------------------------------------------------------------------------- no writing

    @Override
    public @Nullable V put(K key, V value) {
        throw FrozenElements.unchanging();
    }

    @Override
    public void putAll(Map<? extends K, ? extends V> entries) {
        throw FrozenElements.unchanging();
    }

    @Override
    public @Nullable V putIfAbsent(K key, V value) {
        throw FrozenElements.unchanging();
    }

    @Override
    public @Nullable V remove(Object key) {
        throw FrozenElements.unchanging();
    }

    @Override
    public boolean remove(Object key, Object value) {
        throw FrozenElements.unchanging();
    }

    @Override
    public @Nullable V replace(K key, V value) {
        throw FrozenElements.unchanging();
    }

    @Override
    public boolean replace(K key, V oldValue, V newValue) {
        throw FrozenElements.unchanging();
    }

    @Override
    public void replaceAll(BiFunction<? super K, ? super V, ? extends V> function) {
        throw FrozenElements.unchanging();
    }

    @Override
    public @Nullable V compute(K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
        throw FrozenElements.unchanging();
    }

    @Override
    public @Nullable V computeIfAbsent(K key, Function<? super K, ? extends @Nullable V> function) {
        throw FrozenElements.unchanging();
    }

    @Override
    public @Nullable V computeIfPresent(K key, BiFunction<? super K, ? super V, ? extends @Nullable V> function) {
        throw FrozenElements.unchanging();
    }

    @Override
    public @Nullable V merge(K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function) {
        throw FrozenElements.unchanging();
    }

    @Override
    public void clear() {
        throw FrozenElements.unchanging();
    }
}
