package dev.shm.collection;

import com.google.common.collect.testing.ConcurrentMapTestSuiteBuilder;
import com.google.common.collect.testing.SetTestSuiteBuilder;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.MapFeature;
import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import junit.framework.TestSuite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** What any map and any set promises, asked of shared ones in one mapping that were filled in another. */
class MapAsCollectionTest {

    private Suites suites;

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
        suites = new Suites();
    }

    @AfterEach
    void close() {
        suites.close();
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
                .map(Suites::node);
    }

    @TestFactory
    Stream<DynamicNode> shouldKeepThePromisesOfASet() {
        return Stream.of(
                        set("strings", String.class, i -> "e".repeat(12 * i)),
                        set("integers", Integer.class, i -> i * 1_000_003),
                        set("anything", Object.class, MapAsCollectionTest::any))
                .map(Suites::node);
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
                .withTearDown(() -> maps.made.destroyAllBut(0))
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
                .withTearDown(() -> sets.made.destroyAllBut(0))
                .createTestSuite();
    }

    private final class Maps<K, V> extends Suites.MapGenerator<K, V> {

        private final Suites.Made<SharedMap<K, V>> made = suites.new Made<>();
        private final MapType<K, V> type;

        Maps(Class<K> keys, IntFunction<K> key, Class<V> values, IntFunction<V> value) {
            super(keys, key, values, value);
            this.type = SharedMap.of(keys, values);
        }

        @Override
        Map<K, V> make(List<Map.Entry<K, V>> entries) {
            SharedMap<K, V> map = made.make(type);
            try (SharedMap<K, V> filler = suites.mine().open(map.name(), type)) {
                entries.forEach(entry -> filler.put(entry.getKey(), entry.getValue()));
            }
            return map;
        }
    }

    private final class Sets<E> extends Suites.SetGenerator<E> {

        private final Suites.Made<SharedSet<E>> made = suites.new Made<>();
        private final SetType<E> type;

        Sets(Class<E> elements, IntFunction<E> element) {
            super(elements, element);
            this.type = SharedSet.of(elements);
        }

        @Override
        Set<E> make(List<E> wanted) {
            SharedSet<E> set = made.make(type);
            try (SharedSet<E> filler = suites.mine().open(set.name(), type)) {
                filler.addAll(wanted);
            }
            return set;
        }
    }
}
