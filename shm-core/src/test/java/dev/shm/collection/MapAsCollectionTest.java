package dev.shm.collection;

import com.google.common.collect.testing.ConcurrentMapTestSuiteBuilder;
import com.google.common.collect.testing.SampleElements;
import com.google.common.collect.testing.SetTestSuiteBuilder;
import com.google.common.collect.testing.TestMapGenerator;
import com.google.common.collect.testing.TestSetGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.MapFeature;
import dev.shm.SharedMemory;
import dev.shm.SharedObject;
import dev.shm.SharedType;
import dev.shm.testing.TestDirectory;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.ZoneId;
import java.util.AbstractMap;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import junit.framework.Test;
import junit.framework.TestCase;
import junit.framework.TestSuite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What any map and any set promises, asked of shared ones in one mapping that were filled in another. */
class MapAsCollectionTest {

    private TestDirectory directory;
    private SharedMemory mine;
    private SharedMemory theirs;
    private int created;

    private enum Colour {
        RED,
        GREEN,
        BLUE,
        A_COLOUR_WITH_A_LONG_NAME,
        WHITE
    }

    private record Point(int x, int y) {}

    @BeforeEach
    void open() {
        directory = TestDirectory.create();
        mine = attach();
        theirs = attach();
    }

    private SharedMemory attach() {
        return SharedMemory.named("collections")
                .directory(directory.path())
                .size(16 << 20)
                .openOrCreate();
    }

    @AfterEach
    void close() {
        theirs.close();
        mine.close();
        directory.close();
    }

    @TestFactory
    Stream<DynamicNode> shouldKeepThePromisesOfAConcurrentMap() {
        return Stream.of(
                        map("strings to longs", String.class, i -> "key" + i, Long.class, i -> 1L << (13 * i)),
                        map("longs to long strings", Long.class, i -> -7L * i, String.class, i -> "v".repeat(20 * i)),
                        map(
                                "long strings to records",
                                String.class,
                                i -> "k".repeat(30) + i,
                                Point.class,
                                i -> new Point(i, -i)),
                        map(
                                "uuids to anything",
                                UUID.class,
                                i -> new UUID(i, 3),
                                Object.class,
                                MapAsCollectionTest::any),
                        map(
                                "enums to instants",
                                Colour.class,
                                i -> Colour.values()[i],
                                Instant.class,
                                i -> Instant.ofEpochSecond(i, i)),
                        map(
                                "anything to decimals",
                                Object.class,
                                MapAsCollectionTest::any,
                                BigDecimal.class,
                                i -> BigDecimal.ONE.scaleByPowerOfTen(20 * i)))
                .map(MapAsCollectionTest::node);
    }

    @TestFactory
    Stream<DynamicNode> shouldKeepThePromisesOfASet() {
        return Stream.of(
                        set("strings", String.class, i -> "e".repeat(12 * i)),
                        set("integers", Integer.class, i -> i * 1_000_003),
                        set("anything", Object.class, MapAsCollectionTest::any))
                .map(MapAsCollectionTest::node);
    }

    private static Object any(int i) {
        return List.<Object>of("text", 1L, Set.of(1, "two", List.of(3)), ZoneId.of("Europe/Vienna"), DayOfWeek.FRIDAY)
                .get(i);
    }

    private <K, V> TestSuite map(
            String name, Class<K> keys, IntFunction<K> key, Class<V> values, IntFunction<V> value) {
        Maps<K, V> maps = new Maps<>(keys, key, values, value);
        return ConcurrentMapTestSuiteBuilder.using(maps)
                .named(name)
                .withFeatures(
                        MapFeature.GENERAL_PURPOSE, CollectionFeature.SUPPORTS_ITERATOR_REMOVE, CollectionSize.ANY)
                .withTearDown(() -> maps.destroyAllBut(0))
                .createTestSuite();
    }

    private <E> TestSuite set(String name, Class<E> elements, IntFunction<E> element) {
        Sets<E> sets = new Sets<>(elements, element);
        return SetTestSuiteBuilder.using(sets)
                .named(name)
                .withFeatures(
                        CollectionFeature.SUPPORTS_ADD,
                        CollectionFeature.SUPPORTS_REMOVE,
                        CollectionFeature.SUPPORTS_ITERATOR_REMOVE,
                        CollectionSize.ANY)
                .withTearDown(() -> sets.destroyAllBut(0))
                .createTestSuite();
    }

    private static DynamicNode node(Test test) {
        if (test instanceof TestSuite suite) {
            return DynamicContainer.dynamicContainer(
                    suite.getName(), Collections.list(suite.tests()).stream().map(MapAsCollectionTest::node));
        }
        TestCase one = (TestCase) test;
        return DynamicTest.dynamicTest(one.getName(), one::runBare);
    }

    /** Makes collections, and destroys them. */
    private abstract class Made<T extends SharedObject> {

        private final ArrayDeque<T> open = new ArrayDeque<>();

        final T make(SharedType<T> type) {
            // Some tests make thousands, and look at the last.
            destroyAllBut(3);
            T made = theirs.create("c" + created++, type);
            open.add(made);
            return made;
        }

        final void destroyAllBut(int count) {
            while (open.size() > count) {
                T one = open.remove();
                one.close();
                mine.destroy(one.name());
            }
        }
    }

    private final class Maps<K, V> extends Made<SharedMap<K, V>> implements TestMapGenerator<K, V> {

        private final Class<K> keys;
        private final IntFunction<K> key;
        private final Class<V> values;
        private final IntFunction<V> value;
        private final MapType<K, V> type;

        Maps(Class<K> keys, IntFunction<K> key, Class<V> values, IntFunction<V> value) {
            this.keys = keys;
            this.key = key;
            this.values = values;
            this.value = value;
            this.type = SharedMap.of(keys, values);
        }

        @Override
        public SampleElements<Map.Entry<K, V>> samples() {
            return new SampleElements<>(entry(0), entry(1), entry(2), entry(3), entry(4));
        }

        private Map.Entry<K, V> entry(int i) {
            return new AbstractMap.SimpleEntry<>(key.apply(i), value.apply(i));
        }

        @Override
        @SuppressWarnings("unchecked")
        public Map<K, V> create(Object... elements) {
            SharedMap<K, V> made = make(type);
            try (SharedMap<K, V> filler = mine.open(made.name(), type)) {
                for (Object element : elements) {
                    Map.Entry<K, V> entry = (Map.Entry<K, V>) element;
                    filler.put(entry.getKey(), entry.getValue());
                }
            }
            return made;
        }

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        public Map.Entry<K, V>[] createArray(int length) {
            return new Map.Entry[length];
        }

        @Override
        @SuppressWarnings("unchecked")
        public K[] createKeyArray(int length) {
            return (K[]) Array.newInstance(keys, length);
        }

        @Override
        @SuppressWarnings("unchecked")
        public V[] createValueArray(int length) {
            return (V[]) Array.newInstance(values, length);
        }

        @Override
        public Iterable<Map.Entry<K, V>> order(List<Map.Entry<K, V>> insertionOrder) {
            return insertionOrder;
        }
    }

    private final class Sets<E> extends Made<SharedSet<E>> implements TestSetGenerator<E> {

        private final Class<E> elements;
        private final IntFunction<E> element;
        private final SetType<E> type;

        Sets(Class<E> elements, IntFunction<E> element) {
            this.elements = elements;
            this.element = element;
            this.type = SharedSet.of(elements);
        }

        @Override
        public SampleElements<E> samples() {
            return new SampleElements<>(
                    element.apply(0), element.apply(1), element.apply(2), element.apply(3), element.apply(4));
        }

        @Override
        @SuppressWarnings("unchecked")
        public Set<E> create(Object... wanted) {
            SharedSet<E> made = make(type);
            try (SharedSet<E> filler = mine.open(made.name(), type)) {
                Collections.addAll((Collection<Object>) filler, wanted);
            }
            return made;
        }

        @Override
        @SuppressWarnings("unchecked")
        public E[] createArray(int length) {
            return (E[]) Array.newInstance(elements, length);
        }

        @Override
        public Iterable<E> order(List<E> insertionOrder) {
            return insertionOrder;
        }
    }
}
