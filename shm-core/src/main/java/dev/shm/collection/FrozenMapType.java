package dev.shm.collection;

import dev.shm.SharedType;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What {@link dev.shm.SharedMemory#create} and {@link dev.shm.SharedMemory#open} need to know of a frozen map. Immutable: every method returns
 * another. The types of keys and values must be the same for all who open it; who asks for others gets {@link
 * dev.shm.error.ObjectTypeMismatchException}.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class FrozenMapType<K, V> extends SharedType<FrozenMap<K, V>> {

    private final Element<K> keys;
    private final Element<V> values;
    private final @Nullable Map<? extends K, ? extends V> content;

    private FrozenMapType(Element<K> keys, Element<V> values, @Nullable Map<? extends K, ? extends V> content) {
        super(FrozenKind.MAP, "frozen map of " + keys.name() + " to " + values.name());
        this.keys = keys;
        this.values = values;
        this.content = content;
    }

    static <K, V> FrozenMapType<K, V> of(Element<K> keys, Element<V> values) {
        return new FrozenMapType<>(keys.forKeys(), values, null);
    }

    /**
     * What will be in the map, in the order in which it is iterated, if this process creates it. It is looked at when the map is created, in the
     * thread that creates it, and must not change meanwhile.
     */
    public FrozenMapType<K, V> holding(Map<? extends K, ? extends V> content) {
        return new FrozenMapType<>(keys, values, Objects.requireNonNull(content));
    }

    @Override
    protected long allocate(Heap heap) {
        if (content == null) {
            throw FrozenKind.noContent(this);
        }
        FrozenDraft draft = new FrozenDraft("a frozen map", MapLayout.MAP_ENTRY_BYTES, content.size(), heap);
        for (Map.Entry<? extends K, ? extends V> entry : content.entrySet()) {
            draft.add(
                    keys,
                    Objects.requireNonNull(entry.getKey(), "a key of a frozen map cannot be null"),
                    values,
                    Objects.requireNonNull(entry.getValue(), "a value of a frozen map cannot be null"));
        }
        return draft.write(FrozenKind.MAP.code());
    }

    @Override
    protected FrozenMap<K, V> open(ObjectHandle handle) {
        return new FrozenMap<>(handle, keys, values);
    }
}
