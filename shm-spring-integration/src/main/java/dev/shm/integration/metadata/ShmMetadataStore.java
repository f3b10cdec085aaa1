package dev.shm.integration.metadata;

import dev.shm.SharedMemory;
import dev.shm.collection.SharedMap;
import dev.shm.integration.support.ShmObject;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.metadata.ListenableMetadataStore;
import org.springframework.integration.metadata.MetadataStoreListener;
import org.springframework.util.Assert;

/**
 * A metadata store on a {@link SharedMap}: what one process puts, all others see at once, and it is there as long as the segment. Of
 * several processes that put a key if it is absent, one wins, also if one of them is killed meanwhile; so an idempotent receiver in each of
 * them handles each message once.
 *
 * <pre>{@code
 * @Bean
 * ShmMetadataStore metadataStore(SharedMemory desk) {
 *     return new ShmMetadataStore(desk);
 * }
 * }</pre>
 *
 * <p>Any thread may use it. It grows as its keys do: remove what is not needed, since nothing expires. When the segment is full, {@link
 * dev.shm.error.OutOfSharedMemoryException} is thrown and nothing has changed. Spring closes it; the segment is closed after it, by whoever
 * opened that.
 *
 * <p><b>Listeners</b> hear of what is changed by this very store, on the thread that does it, after it has been done: of changes by other
 * processes, and by other stores of this one, they hear nothing. Two threads that change one key at once may be told of in either
 * order. A listener that throws makes the call throw, though the change is made.
 */
public class ShmMetadataStore implements ListenableMetadataStore, AutoCloseable {

    /** Name of the map, if none is given. */
    public static final String DEFAULT_NAME = "shm.metadata";

    private final ShmObject<SharedMap<String, String>> map;
    private final List<MetadataStoreListener> listeners = new CopyOnWriteArrayList<>();

    /** A store on the map {@link #DEFAULT_NAME}. */
    public ShmMetadataStore(SharedMemory memory) {
        this(memory, DEFAULT_NAME);
    }

    /** A store on the map of that name. */
    public ShmMetadataStore(SharedMemory memory, String name) {
        this(fixed(memory), name);
    }

    /**
     * A store on the map of that name.
     *
     * @param memory asked when the map is opened, and again when the segment has ended
     */
    public ShmMetadataStore(Supplier<? extends SharedMemory> memory, String name) {
        this.map = new ShmObject<>(memory, name, SharedMap.of(String.class, String.class));
    }

    private static Supplier<SharedMemory> fixed(SharedMemory memory) {
        Assert.notNull(memory, "'memory' must not be null");
        return () -> memory;
    }

    @Override
    public void put(String key, String value) {
        check(key);
        Assert.notNull(value, "'value' must not be null.");
        String before = map.get().put(key, value);
        tell(before == null ? listener -> listener.onAdd(key, value) : listener -> listener.onUpdate(key, value));
    }

    @Override
    public @Nullable String get(String key) {
        check(key);
        return map.get().get(key);
    }

    @Override
    public @Nullable String remove(String key) {
        check(key);
        String before = map.get().remove(key);
        if (before != null) {
            tell(listener -> listener.onRemove(key, before));
        }
        return before;
    }

    @Override
    public @Nullable String putIfAbsent(String key, String value) {
        check(key);
        Assert.notNull(value, "'value' must not be null.");
        String before = map.get().putIfAbsent(key, value);
        if (before == null) {
            tell(listener -> listener.onAdd(key, value));
        }
        return before;
    }

    @Override
    public boolean replace(String key, String oldValue, String newValue) {
        check(key);
        Assert.notNull(oldValue, "'oldValue' must not be null.");
        Assert.notNull(newValue, "'newValue' must not be null.");
        boolean replaced = map.get().replace(key, oldValue, newValue);
        if (replaced) {
            tell(listener -> listener.onUpdate(key, newValue));
        }
        return replaced;
    }

    private static void check(String key) {
        Assert.notNull(key, "'key' must not be null.");
    }

    @Override
    public void addListener(MetadataStoreListener callback) {
        listeners.add(Objects.requireNonNull(callback));
    }

    @Override
    public void removeListener(MetadataStoreListener callback) {
        listeners.remove(callback);
    }

    private void tell(Consumer<MetadataStoreListener> what) {
        listeners.forEach(what);
    }

    /** Gives back its opening of the map; what is in the map stays. */
    @Override
    public void close() {
        map.close();
    }

    @Override
    public String toString() {
        return "ShmMetadataStore[" + map.name() + "]";
    }
}
