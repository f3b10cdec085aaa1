package dev.shm.heap;

import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** All kinds of shared objects that this version of the library knows. */
public final class ObjectKinds {

    private static final Map<Integer, ObjectKind> KINDS = load();

    private ObjectKinds() {}

    private static Map<Integer, ObjectKind> load() {
        Map<Integer, ObjectKind> kinds = new HashMap<>();
        ServiceLoader.load(ObjectKind.Provider.class, ObjectKind.class.getClassLoader()).stream()
                .flatMap(provider -> provider.get().kinds().stream())
                .forEach(kind -> {
                    ObjectKind other = kinds.put(kind.code(), kind);
                    if (other != null) {
                        throw new IllegalStateException("two kinds of objects have the code " + kind.code() + ": "
                                + other.kindName() + ", " + kind.kindName());
                    }
                });
        return Map.copyOf(kinds);
    }

    /** The kind with that code, or null if a newer version wrote it. */
    public static @Nullable ObjectKind of(int code) {
        return KINDS.get(code);
    }
}
