package dev.shm.codec;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import java.lang.reflect.Array;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Arrays, collections and maps: their size, then every element with its class. That is a byte for each that Kryo's own would
 * sometimes save, and it is why a size can be checked against the bytes that are left before anything is allocated.
 *
 * <p>Stateless, so that all instances of Kryo share them.
 */
final class GroupSerializers {

    private GroupSerializers() {}

    private static int readCount(Input input) {
        return ((BufferInput) input).readElementCount();
    }

    private static void writeAll(Kryo kryo, Output output, Collection<?> elements) {
        int size = elements.size();
        output.writeVarInt(size, true);
        int written = 0;
        for (Object element : elements) {
            kryo.writeClassAndObject(output, element);
            written++;
        }
        requireSteady(size, written, elements);
    }

    private static void writeAll(Kryo kryo, Output output, Map<?, ?> entries) {
        int size = entries.size();
        output.writeVarInt(size, true);
        int written = 0;
        for (Map.Entry<?, ?> entry : entries.entrySet()) {
            kryo.writeClassAndObject(output, entry.getKey());
            kryo.writeClassAndObject(output, entry.getValue());
            written++;
        }
        requireSteady(size, written, entries);
    }

    /** A concurrent collection does not say itself that it was changed meanwhile. */
    private static void requireSteady(int size, int written, Object group) {
        if (size != written) {
            throw new KryoException("A " + group.getClass().getName() + " was changed while it was written");
        }
    }

    private static @Nullable Comparator<?> comparator(Object sorted) {
        if (sorted instanceof SortedSet<?> set) {
            return set.comparator();
        } else if (sorted instanceof SortedMap<?, ?> map) {
            return map.comparator();
        } else {
            return ((PriorityQueue<?>) sorted).comparator();
        }
    }

    @SuppressWarnings("unchecked")
    private static @Nullable Comparator<Object> readComparator(Kryo kryo, Input input) {
        return (Comparator<Object>) kryo.readClassAndObject(input);
    }

    /** A collection that is made first and filled then. */
    static final class Filled extends Serializer<Collection<Object>> {

        private final Function<@Nullable Comparator<Object>, Collection<Object>> maker;
        private final boolean sorted;

        Filled(Function<@Nullable Comparator<Object>, Collection<Object>> maker, boolean sorted) {
            this.maker = maker;
            this.sorted = sorted;
        }

        @Override
        public void write(Kryo kryo, Output output, Collection<Object> elements) {
            if (sorted) {
                kryo.writeClassAndObject(output, comparator(elements));
            }
            writeAll(kryo, output, elements);
        }

        @Override
        public Collection<Object> read(Kryo kryo, Input input, Class<? extends Collection<Object>> type) {
            Collection<Object> elements = maker.apply(sorted ? readComparator(kryo, input) : null);
            kryo.reference(elements);
            int size = readCount(input);
            for (int i = 0; i < size; i++) {
                elements.add(kryo.readClassAndObject(input));
            }
            return elements;
        }
    }

    /** A collection that is made of its elements. */
    static final class Finished extends Serializer<Collection<Object>> {

        private final Function<Object[], Collection<?>> maker;

        Finished(Function<Object[], Collection<?>> maker) {
            this.maker = maker;
        }

        @Override
        public void write(Kryo kryo, Output output, Collection<Object> elements) {
            writeAll(kryo, output, elements);
        }

        @Override
        @SuppressWarnings("unchecked")
        public Collection<Object> read(Kryo kryo, Input input, Class<? extends Collection<Object>> type) {
            Object[] elements = new Object[readCount(input)];
            for (int i = 0; i < elements.length; i++) {
                elements[i] = kryo.readClassAndObject(input);
            }
            return (Collection<Object>) maker.apply(elements);
        }
    }

    /** A map that is made first and filled then. */
    static final class FilledMap extends Serializer<Map<Object, Object>> {

        private final Function<@Nullable Comparator<Object>, Map<Object, Object>> maker;
        private final boolean sorted;

        FilledMap(Function<@Nullable Comparator<Object>, Map<Object, Object>> maker, boolean sorted) {
            this.maker = maker;
            this.sorted = sorted;
        }

        @Override
        public void write(Kryo kryo, Output output, Map<Object, Object> entries) {
            if (sorted) {
                kryo.writeClassAndObject(output, comparator(entries));
            }
            writeAll(kryo, output, entries);
        }

        @Override
        public Map<Object, Object> read(Kryo kryo, Input input, Class<? extends Map<Object, Object>> type) {
            Map<Object, Object> entries = maker.apply(sorted ? readComparator(kryo, input) : null);
            kryo.reference(entries);
            int size = readCount(input);
            for (int i = 0; i < size; i++) {
                entries.put(kryo.readClassAndObject(input), kryo.readClassAndObject(input));
            }
            return entries;
        }
    }

    /** A map that is made of its entries. */
    static final class FinishedMap extends Serializer<Map<Object, Object>> {

        private final Function<Map<Object, Object>, Map<?, ?>> maker;

        FinishedMap(Function<Map<Object, Object>, Map<?, ?>> maker) {
            this.maker = maker;
        }

        @Override
        public void write(Kryo kryo, Output output, Map<Object, Object> entries) {
            writeAll(kryo, output, entries);
        }

        @Override
        @SuppressWarnings("unchecked")
        public Map<Object, Object> read(Kryo kryo, Input input, Class<? extends Map<Object, Object>> type) {
            Map<Object, Object> entries = new LinkedHashMap<>();
            int size = readCount(input);
            for (int i = 0; i < size; i++) {
                entries.put(kryo.readClassAndObject(input), kryo.readClassAndObject(input));
            }
            return (Map<Object, Object>) maker.apply(entries);
        }
    }

    /** An array of references. */
    static final class ArrayOf extends Serializer<Object[]> {

        private final Class<?> component;
        private final boolean fixed;

        /**
         * Prepares a type of array.
         *
         * @param fixed whether every element is exactly of the component type, which is registered, or null
         */
        ArrayOf(Class<?> component, boolean fixed) {
            this.component = component;
            this.fixed = fixed;
        }

        String describe() {
            return fixed ? "array of exactly" : "array";
        }

        /** The type of the elements, if they lie in the array without being named. */
        List<Class<?>> inside() {
            return fixed ? List.of(component) : List.of();
        }

        @Override
        public void write(Kryo kryo, Output output, Object[] elements) {
            output.writeVarInt(elements.length, true);
            for (Object element : elements) {
                if (fixed) {
                    kryo.writeObjectOrNull(output, element, component);
                } else {
                    kryo.writeClassAndObject(output, element);
                }
            }
        }

        @Override
        public Object[] read(Kryo kryo, Input input, Class<? extends Object[]> type) {
            Object[] elements = (Object[]) Array.newInstance(component, readCount(input));
            kryo.reference(elements);
            for (int i = 0; i < elements.length; i++) {
                // Looks at the type: an array knows what it may hold.
                elements[i] = fixed ? kryo.readObjectOrNull(input, component) : kryo.readClassAndObject(input);
            }
            return elements;
        }
    }
}
