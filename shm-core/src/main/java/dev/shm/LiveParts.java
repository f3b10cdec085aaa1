package dev.shm;

import dev.shm.error.CodecException;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import dev.shm.heap.ObjectKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** What a graph does with live values that are no collections. For the library's own packages; users have {@link Shared}. */
public abstract class LiveParts {

    private static final List<LiveValues> PACKAGES =
            ServiceLoader.load(LiveValues.class, LiveParts.class.getClassLoader()).stream()
                    .map(ServiceLoader.Provider::get)
                    .toList();

    /** The types that nobody needs to register, by the codes of their kinds. */
    private static final Map<Integer, SharedType<?>> KNOWN = new HashMap<>();

    static {
        PACKAGES.forEach(
                owner -> owner.types().forEach(type -> KNOWN.put(type.kind().code(), type)));
    }

    private final PartTypes types;

    /**
     * Of one graph.
     *
     * @param types those that this process was told of
     */
    protected LiveParts(PartTypes types) {
        this.types = types;
    }

    /** Whether a value is live, or becomes so where it is put into a graph: see {@link #typeFor}. */
    public static boolean isLive(Object value) {
        return value instanceof SharedType<?> type
                ? type.kind().canBeLiveValue()
                : value instanceof SharedObject && handle(value) != null;
    }

    /**
     * The type of what is to be in the place of a value: that type itself, if it is one; the type of copies of it, if it is an object of
     * such a type. Null if it is neither.
     */
    protected static @Nullable SharedType<?> typeFor(Object value) {
        if (value instanceof SharedType<?> type) {
            return type.kind().canBeLiveValue() ? type : null;
        }
        for (LiveValues owner : PACKAGES) {
            if (owner.handle(value) != null) {
                return owner.copying(value);
            }
        }
        return null;
    }

    /** Which opening of which object a value is; null if it is none that can be live in a graph. */
    protected static @Nullable ObjectHandle handle(Object value) {
        for (LiveValues owner : PACKAGES) {
            ObjectHandle handle = owner.handle(value);
            if (handle != null) {
                return handle;
            }
        }
        return null;
    }

    /** Whether a type can make something, and does not only open what is there. */
    public static boolean canCreate(SharedType<?> type) {
        return type.canCreate();
    }

    /** The kind of what a type makes. */
    protected static ObjectKind kind(SharedType<?> type) {
        return type.kind();
    }

    /**
     * As {@link SharedType#allocate}; the type is known from now on.
     */
    protected final long allocate(SharedType<?> type, Heap heap) {
        if (!KNOWN.containsKey(type.kind().code())) {
            types.register(type);
        }
        return type.allocate(heap);
    }

    /** Opens a part that was just made, and fills it. */
    protected static <V extends SharedObject> V openNew(SharedType<V> type, ObjectHandle part) {
        V created = type.open(part);
        boolean whole = false;
        try {
            if (type.isFilled()) {
                type.fill(created);
            }
            whole = true;
            return created;
        } finally {
            if (!whole) {
                created.close();
            }
        }
    }

    /**
     * Opens a part.
     *
     * @param description its type's
     * @throws CodecException if nobody told this process of the type
     */
    protected final SharedObject open(ObjectKind kind, String description, ObjectHandle part) {
        SharedType<?> type = types.find(kind.code(), description);
        if (type == null) {
            type = KNOWN.get(kind.code());
        }
        if (type == null) {
            throw new CodecException("'" + part.name() + "' has a " + description
                    + " in it, a type that this process was not told of. Call SharedMemory.register with it first.");
        }
        return type.open(part);
    }
}
