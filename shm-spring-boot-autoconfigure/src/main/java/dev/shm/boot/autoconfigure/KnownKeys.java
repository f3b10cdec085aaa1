package dev.shm.boot.autoconfigure;

import java.lang.reflect.Parameter;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.bind.Name;

/**
 * The keys that there are at one place, as the records say that are bound to them: names in a record, any name in a map, an index in a
 * list.
 */
final class KnownKeys {

    private final Map<String, KnownKeys> byUniformName = new LinkedHashMap<>();
    private final Map<String, String> names = new LinkedHashMap<>();
    private @Nullable KnownKeys any;
    private boolean list;

    private KnownKeys() {}

    /** Those below a record. */
    static KnownKeys of(Class<?> record) {
        KnownKeys keys = new KnownKeys();
        for (Parameter parameter : record.getDeclaredConstructors()[0].getParameters()) {
            Name given = parameter.getAnnotation(Name.class);
            String name = given != null ? given.value() : DataObjectPropertyName.toDashedForm(parameter.getName());
            keys.names.put(uniform(name), name);
            keys.byUniformName.put(uniform(name), ofType(parameter.getParameterizedType()));
        }
        return keys;
    }

    private static KnownKeys ofType(Type type) {
        if (type instanceof Class<?> raw) {
            return raw.isRecord() ? of(raw) : new KnownKeys();
        }
        KnownKeys keys = new KnownKeys();
        if (type instanceof ParameterizedType generic) {
            if (generic.getRawType() == Map.class) {
                keys.any = ofType(generic.getActualTypeArguments()[1]);
            } else if (generic.getRawType() == List.class) {
                keys.list = true;
            }
        }
        return keys;
    }

    /** As names are compared: without what is between words, in small letters. */
    static String uniform(String name) {
        return name.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
    }

    /** What is below that name, which is in any form; null if there is no such name. */
    @Nullable
    KnownKeys below(String name) {
        return any != null ? any : byUniformName.get(uniform(name));
    }

    /** Whether elements of a list may be given here. */
    boolean isList() {
        return list;
    }

    /** Whether a value may be given here, and nothing has names below it. */
    boolean isValue() {
        return any == null && names.isEmpty();
    }

    /** The names there are here, as they are written in a file. */
    Collection<String> names() {
        return names.values();
    }
}
