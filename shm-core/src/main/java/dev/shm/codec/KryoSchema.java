package dev.shm.codec;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Registration;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.util.MapReferenceResolver;
import dev.shm.codec.BuiltInTypes.Registered;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
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
 * Which classes a codec knows, under which {@link TypeId}, and how each is written. What is written of a class depends on that class
 * and on nothing else that is registered. Immutable.
 */
final class KryoSchema {

    /** Deep enough for what people send, and far from the end of a thread's stack. */
    static final int MAX_DEPTH = 256;

    /** Goes up when the same classes give other bytes. */
    static final int FORMAT = 2;

    private final Class<?> root;
    private final List<Class<?>> asked;
    private final boolean references;
    /** Classes that were met and cannot be registered, and why. */
    private final Map<Class<?>, String> refused = new LinkedHashMap<>();

    /** Sorted by their ids. */
    private final List<UserType> userTypes;

    private final long[] ids;

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
        byName.values().forEach(type -> tryPrepare(type, known::contains, serializers));
        this.userTypes = serializers.entrySet().stream()
                .map(entry -> userType(entry.getKey(), entry.getValue(), serializers))
                .sorted(Comparator.comparingLong(UserType::id))
                .toList();
        requireDistinct(userTypes);
        this.ids = userTypes.stream().mapToLong(UserType::id).toArray();
    }

    /** Its shape is that of all classes that may lie in it without being named; one of these may hold it in its turn. */
    private static UserType userType(
            Class<?> type, Serializer<?> serializer, Map<Class<?>, Serializer<?>> serializers) {
        SortedMap<String, String> shapes = new TreeMap<>();
        Deque<Class<?>> open = new ArrayDeque<>(List.of(type));
        while (!open.isEmpty()) {
            Class<?> next = open.remove();
            Serializer<?> of = serializers.get(next);
            // What is built in has a shape that never changes.
            if (of != null && shapes.put(next.getName(), describe(next, of)) == null) {
                open.addAll(inside(of));
            }
        }
        String shape = shapes.entrySet().stream()
                .map(entry -> entry.getKey() + ' ' + entry.getValue())
                .collect(Collectors.joining("\n"));
        List<String> others = shapes.keySet().stream()
                .filter(name -> !name.equals(type.getName()))
                .toList();
        return new UserType(type, serializer, TypeId.of(type.getName(), shape), others);
    }

    private static Collection<Class<?>> inside(Serializer<?> serializer) {
        if (serializer instanceof StructSerializer struct) {
            return struct.inside();
        }
        return serializer instanceof GroupSerializers.ArrayOf array ? array.inside() : List.of();
    }

    /** Among 10,000 classes it happens once in 300 billion times. */
    static void requireDistinct(List<UserType> sortedById) {
        for (int i = 1; i < sortedById.size(); i++) {
            UserType one = sortedById.get(i - 1);
            UserType other = sortedById.get(i);
            if (one.id() == other.id()) {
                throw new IllegalArgumentException(
                        one.type().getName() + " and "
                                + other.type().getName()
                                + " have the same number " + TypeId.toText(one.id())
                                + " in messages, by chance. Give one of them another name or one field more, or use a codec for each.");
            }
        }
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
            return new ConstantSerializer(type);
        } else if (type.isInterface() || Modifier.isAbstract(type.getModifiers())) {
            throw new IllegalArgumentException("has no instances of its own; register the classes that implement it");
        } else if (type.isHidden() || type.isAnonymousClass() || type.isSynthetic()) {
            throw new IllegalArgumentException(
                    "has no name that another process knows; give it one, or send a record of what it holds");
        } else if (AutoCloseable.class.isAssignableFrom(type) && !type.isRecord() && !TypeWalk.isOfJdk(type)) {
            // A shared object, a file, a connection: its fields mean nothing in another process.
            throw new IllegalArgumentException("is AutoCloseable, and so it stands for what this process has open; send"
                    + " its name, or a copy of what is in it, or write a Codec");
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
                throw new IllegalArgumentException("is a collection with fields of its own, which would be lost;"
                        + " send a copy in one of java.util, or a record of such a copy and of them, or write a Codec");
            }
        }
        boolean sorted = isSorted(type);
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
                            + "; send a copy in one that has it",
                    e);
        }
    }

    private static String describe(Class<?> type, Serializer<?> serializer) {
        if (serializer instanceof StructSerializer struct) {
            return struct.describe();
        } else if (serializer instanceof GroupSerializers.ArrayOf array) {
            return array.describe();
        } else if (serializer instanceof ConstantSerializer) {
            // Of any constants: they are written by their names.
            return "enum";
        } else {
            String kind = serializer instanceof GroupSerializers.FilledMap ? "map" : "collection";
            return isSorted(type) ? "sorted " + kind : kind;
        }
    }

    private static boolean isSorted(Class<?> type) {
        return SortedSet.class.isAssignableFrom(type) || SortedMap.class.isAssignableFrom(type);
    }

    boolean hasReferences() {
        return references;
    }

    /** All that are not built in, sorted by their ids. */
    List<UserType> userTypes() {
        return userTypes;
    }

    /** Where among {@link #userTypes} that of an id is; negative if it is not there. */
    int indexOf(long id) {
        return Arrays.binarySearch(ids, id);
    }

    /** For an id that is not there. */
    NotKnownHere notKnown(long id) {
        String number = TypeId.toText(id);
        return userTypes.stream()
                .filter(user -> TypeId.isSameName(user.id(), id))
                .findFirst()
                .map(user -> new NotKnownHere(
                        "it holds a value of " + user.type().getName()
                                + " in another version than that of this process ("
                                + number + " there, " + TypeId.toText(user.id())
                                + " here): other fields, or other types of fields, in it"
                                + (user.inside().isEmpty() ? "" : " or in " + String.join(", ", user.inside())),
                        "Give every process the same version of the class."))
                .orElseGet(
                        () -> new NotKnownHere(
                                "it holds a value of a class that is not registered in this process, with the number "
                                        + number,
                                "Register the class here as well; in a process that has it, KryoCodec.numbers() tells its name."));
    }

    /** Another Kryo that knows these classes and no others. */
    Kryo newKryo() {
        Kryo kryo = new StrictKryo();
        kryo.setRegistrationRequired(true);
        kryo.setMaxDepth(MAX_DEPTH);
        // Its serializers would remember generic types across a failure; ours need none.
        kryo.setOptimizedGenerics(false);
        for (Registered entry : BuiltInTypes.list()) {
            kryo.register(entry.type(), entry.serializer(), entry.id());
        }
        TypeTable.of(kryo).registerUserTypes();
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
            super(new TypeTable(KryoSchema.this), references ? new CompleteOnly() : null);
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
