package dev.shm.collection;

import com.google.common.collect.testing.SampleElements;
import com.google.common.collect.testing.TestMapGenerator;
import com.google.common.collect.testing.TestSetGenerator;
import dev.shm.SharedMemory;
import dev.shm.SharedObject;
import dev.shm.SharedType;
import dev.shm.testing.TestDirectory;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.ZoneId;
import java.util.AbstractMap;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import junit.framework.Test;
import junit.framework.TestCase;
import junit.framework.TestSuite;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;

/** What Guava's suites need: objects in one mapping that are filled in another. */
final class Suites implements AutoCloseable {

    record Point(int x, int y) {}

    private final TestDirectory directory = TestDirectory.create();
    private final SharedMemory mine = attach();
    private final SharedMemory theirs = attach();
    private int created;

    private SharedMemory attach() {
        return SharedMemory.named("collections")
                .directory(directory.path())
                .size(16 << 20)
                .openOrCreate();
    }

    SharedMemory mine() {
        return mine;
    }

    SharedMemory theirs() {
        return theirs;
    }

    @Override
    public void close() {
        theirs.close();
        mine.close();
        directory.close();
    }

    static Object any(int i) {
        return List.<Object>of("text", 1L, new BigDecimal("1.50"), ZoneId.of("Europe/Vienna"), DayOfWeek.FRIDAY)
                .get(i);
    }

    static DynamicNode node(Test test) {
        if (test instanceof TestSuite suite) {
            return DynamicContainer.dynamicContainer(
                    suite.getName(), Collections.list(suite.tests()).stream().map(Suites::node));
        }
        TestCase one = (TestCase) test;
        return DynamicTest.dynamicTest(one.getName(), one::runBare);
    }

    /** Makes objects, and destroys them. */
    final class Made<T extends SharedObject> {

        private final ArrayDeque<T> open = new ArrayDeque<>();

        T make(SharedType<T> type) {
            // Some tests make thousands, and look at the last.
            destroyAllBut(3);
            T made = theirs.create("c" + created++, type);
            open.add(made);
            return made;
        }

        void destroyAllBut(int count) {
            while (open.size() > count) {
                T one = open.remove();
                one.close();
                mine.destroy(one.name());
            }
        }
    }

    /** Makes maps with these entries. */
    abstract static class MapGenerator<K, V> implements TestMapGenerator<K, V> {

        private final Class<K> keys;
        private final IntFunction<K> key;
        private final Class<V> values;
        private final IntFunction<V> value;

        MapGenerator(Class<K> keys, IntFunction<K> key, Class<V> values, IntFunction<V> value) {
            this.keys = keys;
            this.key = key;
            this.values = values;
            this.value = value;
        }

        abstract Map<K, V> make(List<Map.Entry<K, V>> entries);

        @Override
        public final SampleElements<Map.Entry<K, V>> samples() {
            return new SampleElements<>(entry(0), entry(1), entry(2), entry(3), entry(4));
        }

        private Map.Entry<K, V> entry(int i) {
            return new AbstractMap.SimpleEntry<>(key.apply(i), value.apply(i));
        }

        @Override
        @SuppressWarnings("unchecked")
        public final Map<K, V> create(Object... elements) {
            return make(Stream.of(elements)
                    .map(element -> (Map.Entry<K, V>) element)
                    .toList());
        }

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        public final Map.Entry<K, V>[] createArray(int length) {
            return new Map.Entry[length];
        }

        @Override
        @SuppressWarnings("unchecked")
        public final K[] createKeyArray(int length) {
            return (K[]) Array.newInstance(keys, length);
        }

        @Override
        @SuppressWarnings("unchecked")
        public final V[] createValueArray(int length) {
            return (V[]) Array.newInstance(values, length);
        }

        @Override
        public final Iterable<Map.Entry<K, V>> order(List<Map.Entry<K, V>> insertionOrder) {
            return insertionOrder;
        }
    }

    /** Makes sets with these elements. */
    abstract static class SetGenerator<E> implements TestSetGenerator<E> {

        private final Class<E> elements;
        private final IntFunction<E> element;

        SetGenerator(Class<E> elements, IntFunction<E> element) {
            this.elements = elements;
            this.element = element;
        }

        abstract Set<E> make(List<E> wanted);

        @Override
        public final SampleElements<E> samples() {
            return new SampleElements<>(
                    element.apply(0), element.apply(1), element.apply(2), element.apply(3), element.apply(4));
        }

        @Override
        @SuppressWarnings("unchecked")
        public final Set<E> create(Object... wanted) {
            return make((List<E>) Arrays.asList(wanted));
        }

        @Override
        @SuppressWarnings("unchecked")
        public final E[] createArray(int length) {
            return (E[]) Array.newInstance(elements, length);
        }

        @Override
        public final Iterable<E> order(List<E> insertionOrder) {
            return insertionOrder;
        }
    }
}
