package dev.shm;

import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The types of live values that this process was told of. For the library's own packages; users have {@link SharedMemory#register}. Any
 * thread may use it.
 */
public final class PartTypes {

    private final ConcurrentHashMap<Key, SharedType<?>> types = new ConcurrentHashMap<>();

    private record Key(int kind, String description) {}

    PartTypes() {}

    /**
     * From now on objects of this type are known.
     *
     * @throws IllegalArgumentException if there can be none in a graph
     */
    void register(SharedType<?> type) {
        if (!type.kind().canBeLiveValue()) {
            throw new IllegalArgumentException("a " + type + " cannot be in a graph as it is. Beans, records, arrays,"
                    + " references and single values can; of collections put one of java.util, which becomes live.");
        }
        types.put(new Key(type.kind().code(), type.toString()), type.plain());
    }

    @Nullable
    SharedType<?> find(int kind, String description) {
        return types.get(new Key(kind, description));
    }
}
