package dev.shm.codec;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Registration;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.serializers.DefaultSerializers;
import com.esotericsoftware.kryo.util.DefaultClassResolver;
import com.esotericsoftware.kryo.util.MapReferenceResolver;
import dev.shm.codec.BuiltInTypes.Registered;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which classes a codec knows, under which ids, and how each is written: the same in every process that has the same classes,
 * in whatever order they were registered. Immutable.
 */
final class KryoSchema {

    /** Deep enough for what people send, and far from the end of a thread's stack. */
    static final int MAX_DEPTH = 256;

    /** Goes up when the same classes give other bytes. */
    private static final int FORMAT = 1;

    private static final int FINGERPRINT_BYTES = 8;

    private final Class<?> root;
    private final List<Class<?>> asked;
    private final boolean references;
    private final List<Registered> registered = new ArrayList<>(BuiltInTypes.list());
    /** Classes that were met and cannot be registered, and why. */
    private final Map<Class<?>, String> refused = new LinkedHashMap<>();

    private final String fingerprint;

    KryoSchema(Class<?> root, List<Class<?>> asked, boolean references) {
        this.root = root;
        this.asked = List.copyOf(asked);
        this.references = references;
        Set<Class<?>> found = new TypeWalk(root, asked).found();
        Map<String, Class<?>> byName = sorted(found);
        Map<Class<?>, Serializer<?>> serializers = new LinkedHashMap<>();
        // Twice: what one class can leave out depends on whether another could be registered.
        byName.values().forEach(type -> tryPrepare(type, other -> true, serializers));
        Set<Class<?>> known = Stream.concat(
                        serializers.keySet().stream(),
                        BuiltInTypes.list().stream().map(Registered::type))
                .collect(Collectors.toSet());
        KryoCodec.BOXES.forEach(known::add);
        byName.values().removeAll(refused.keySet());
        serializers.clear();
        StringBuilder description = new StringBuilder("format ")
                .append(FORMAT)
                .append(references ? " with references" : "")
                .append('\n');
        int id = BuiltInTypes.FIRST_USER_ID;
        for (Class<?> type : byName.values()) {
            tryPrepare(type, known::contains, serializers);
            Serializer<?> serializer = serializers.get(type);
            if (serializer != null) {
                registered.add(new Registered(type, serializer, id));
                description
                        .append(id)
                        .append(' ')
                        .append(type.getName())
                        .append(' ')
                        .append(describe(type, serializer))
                        .append('\n');
                id++;
            }
        }
        this.fingerprint = hash(description.toString());
    }

    private static Map<String, Class<?>> sorted(Set<Class<?>> types) {
        Map<String, Class<?>> byName = new TreeMap<>();
        for (Class<?> type : types) {
            Class<?> other = byName.put(type.getName(), type);
            if (other != null) {
                throw new IllegalArgumentException("There are two classes " + type.getName() + ", of "
                        + type.getClassLoader() + " and of " + other.getClassLoader()
                        + ": a codec can know only one of them. Register classes of one class loader.");
            }
        }
        return byName;
    }

    private void tryPrepare(Class<?> type, Predicate<Class<?>> isKnown, Map<Class<?>, Serializer<?>> serializers) {
        try {
            serializers.put(type, prepare(type, isKnown));
        } catch (IllegalArgumentException e) {
            if (type == root || asked.contains(type)) {
                throw new IllegalArgumentException(
                        type.getName() + " cannot be registered: it " + e.getMessage() + ".", e);
            }
            refused.put(type, String.valueOf(e.getMessage()));
        }
    }

    private static Serializer<?> prepare(Class<?> type, Predicate<Class<?>> isKnown) {
        if (type.isArray()) {
            Class<?> component = type.getComponentType();
            return new GroupSerializers.ArrayOf(
                    component, StructSerializer.isFixed(component) && isKnown.test(component));
        } else if (type.isEnum()) {
            return new DefaultSerializers.EnumSerializer(type.asSubclass(Enum.class));
        } else if (type.isInterface() || Modifier.isAbstract(type.getModifiers())) {
            throw new IllegalArgumentException("has no instances of its own; register the classes that implement it");
        } else if (type.isHidden() || type.isAnonymousClass() || type.isSynthetic()) {
            throw new IllegalArgumentException("has no name that another process knows; give it one");
        } else if (Collection.class.isAssignableFrom(type)) {
            return new GroupSerializers.Filled(maker(type), SortedSet.class.isAssignableFrom(type));
        } else if (Map.class.isAssignableFrom(type)) {
            return new GroupSerializers.FilledMap(maker(type), SortedMap.class.isAssignableFrom(type));
        } else if (TypeWalk.isOfJdk(type)) {
            throw new IllegalArgumentException(
                    "belongs to the JDK, which keeps its fields to itself; send what it stands"
                            + " for, or write a Codec");
        } else {
            return new StructSerializer(type, isKnown);
        }
    }

    /** Makes empty collections or maps of a class that holds its elements and nothing else. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <C> Function<@Nullable Comparator<Object>, C> maker(Class<?> type) {
        for (Class<?> level = type; level != null && !TypeWalk.isOfJdk(level); level = level.getSuperclass()) {
            if (Arrays.stream(level.getDeclaredFields()).anyMatch(field -> !Modifier.isStatic(field.getModifiers()))) {
                throw new IllegalArgumentException("is a collection with fields of its own, which would be lost; put it"
                        + " into a record beside them, or write a Codec");
            }
        }
        boolean sorted = SortedSet.class.isAssignableFrom(type) || SortedMap.class.isAssignableFrom(type);
        try {
            Constructor<?> constructor = sorted ? type.getConstructor(Comparator.class) : type.getConstructor();
            if (!Modifier.isPublic(type.getModifiers())) {
                constructor.setAccessible(true);
            }
            return comparator -> {
                try {
                    return (C) (sorted ? constructor.newInstance(comparator) : constructor.newInstance());
                } catch (ReflectiveOperationException e) {
                    throw new KryoException("A " + type.getName() + " cannot be made: " + e, e);
                }
            };
        } catch (NoSuchMethodException | RuntimeException e) {
            throw new IllegalArgumentException(
                    "is a collection without a public constructor that takes " + (sorted ? "a Comparator" : "nothing")
                            + "; use one of java.util",
                    e);
        }
    }

    private static String describe(Class<?> type, Serializer<?> serializer) {
        if (serializer instanceof StructSerializer struct) {
            return struct.describe();
        } else if (serializer instanceof GroupSerializers.ArrayOf array) {
            return array.describe();
        } else if (type.isEnum()) {
            return Arrays.stream(type.getEnumConstants())
                    .map(constant -> ((Enum<?>) constant).name())
                    .collect(Collectors.joining(" ", "enum ", ""));
        } else {
            return "collection";
        }
    }

    private static String hash(String description) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(description.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, FINGERPRINT_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }

    /** Differs if the classes, their ids, their fields or the constants of their enums do. */
    String fingerprint() {
        return fingerprint;
    }

    List<Registered> registered() {
        return registered;
    }

    /** Another Kryo that knows these classes and no others. */
    Kryo newKryo() {
        Kryo kryo = new StrictKryo();
        kryo.setRegistrationRequired(true);
        kryo.setMaxDepth(MAX_DEPTH);
        // Its serializers would remember generic types across a failure; ours need none.
        kryo.setOptimizedGenerics(false);
        for (Registered entry : registered) {
            kryo.register(entry.type(), entry.serializer(), entry.id());
        }
        return kryo;
    }

    private String missing(Class<?> type) {
        String reason = refused.get(type);
        if (reason != null) {
            return type.getName() + " is not registered, since it " + reason;
        }
        try {
            prepare(type, other -> true);
        } catch (IllegalArgumentException e) {
            return type.getName() + " is not registered, and cannot be: it " + e.getMessage();
        }
        Stream<Class<?>> all = Stream.concat(Stream.concat(Stream.of(root), asked.stream()), Stream.of(type));
        return type.getName() + " is not registered: write "
                + all.map(KryoSchema::sourceName).collect(Collectors.joining(", ", "Codecs.kryo(", ")"));
    }

    private static String sourceName(Class<?> type) {
        String name = type.getCanonicalName() == null ? type.getName() : type.getCanonicalName();
        String packageName = type.getPackageName();
        return (name.startsWith(packageName + ".") ? name.substring(packageName.length() + 1) : name) + ".class";
    }

    /** Never looks for a class by a name that stands in a message. */
    private static final class IdsOnly extends DefaultClassResolver {
        @Override
        protected Registration readName(Input input) {
            throw new KryoException("A class is given by its name, which this codec never writes");
        }
    }

    /** Says when an object is asked for before it is complete, instead of giving null. */
    private static final class CompleteOnly extends MapReferenceResolver {
        @Override
        @SuppressWarnings("rawtypes")
        public Object getReadObject(Class type, int id) {
            Object object = super.getReadObject(type, id);
            if (object == null) {
                throw new KryoException(
                        "A record or an unmodifiable collection contains itself, which no reader can make");
            }
            return object;
        }
    }

    private final class StrictKryo extends Kryo {
        StrictKryo() {
            super(new IdsOnly(), references ? new CompleteOnly() : null);
        }

        /** As Kryo's own kind of exception, to which the way to the field is added. */
        @Override
        @SuppressWarnings("rawtypes")
        public Registration getRegistration(Class type) {
            try {
                return super.getRegistration(type);
            } catch (IllegalArgumentException e) {
                throw new KryoException(e.getMessage(), e);
            }
        }

        @Override
        @SuppressWarnings("rawtypes")
        protected String unregisteredClassMessage(Class type) {
            return missing(type);
        }

        /** Else a proxy is reported as java.lang.reflect.InvocationHandler. */
        @Override
        @SuppressWarnings("rawtypes")
        public boolean isProxy(Class type) {
            return false;
        }
    }
}
