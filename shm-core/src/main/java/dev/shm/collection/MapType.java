package dev.shm.collection;

import dev.shm.SharedType;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;

/**
 * What {@link dev.shm.SharedMemory#openOrCreate} needs to know of a map. Immutable: every method returns another. The types of keys and
 * values must be the same for all who open it; who asks for others gets {@link dev.shm.error.ObjectTypeMismatchException}.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class MapType<K, V> extends SharedType<SharedMap<K, V>> {

    private final Element<K> keys;
    private final Element<V> values;
    private final int firstShift;

    private MapType(Element<K> keys, Element<V> values) {
        this(keys, values, Expected.DEFAULT_SHIFT, "map of " + keys.name() + " to " + values.name());
    }

    static <K, V> MapType<K, V> of(Element<K> keys, Element<V> values) {
        return new MapType<>(keys.forKeys(), values);
    }

    private MapType(Element<K> keys, Element<V> values, int firstShift, String description) {
        super(CollectionKinds.MAP, description);
        this.keys = keys;
        this.values = values;
        this.firstShift = firstShift;
    }

    /**
     * How many entries there will be, if this process creates the map: then it has room for them from the first one on, some 50 bytes for
     * each, and does not grow step by step. More than that make it grow as ever.
     */
    public MapType<K, V> expectedEntries(long count) {
        return new MapType<>(keys, values, Expected.shift(count), toString());
    }

    @Override
    protected long allocate(Heap heap) {
        return ShardedTable.allocate(heap, CollectionKinds.MAP.code(), MapLayout.HAS_VALUES, firstShift);
    }

    @Override
    protected SharedMap<K, V> open(ObjectHandle handle) {
        return new SharedMap<>(handle, keys, values);
    }
}
