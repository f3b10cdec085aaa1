package dev.shm.collection;

import com.google.common.collect.testing.MapTestSuiteBuilder;
import com.google.common.collect.testing.SetTestSuiteBuilder;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
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

/** What any map and any set that cannot be changed promises, asked of frozen ones. */
class FrozenAsCollectionTest {

    private Suites suites;

    @BeforeEach
    void open() {
        suites = new Suites();
    }

    @AfterEach
    void close() {
        suites.close();
    }

    @TestFactory
    Stream<DynamicNode> shouldKeepThePromisesOfAMapThatCannotBeChanged() {
        return Stream.of(
                        map("strings to longs", String.class, i -> "key" + i, Long.class, i -> 1L << (13 * i)),
                        map("longs to long strings", Long.class, i -> -7L * i, String.class, i -> "v".repeat(20 * i)),
                        map(
                                "long strings to records",
                                String.class,
                                i -> "k".repeat(30) + i,
                                Suites.Point.class,
                                i -> new Suites.Point(i, -i)),
                        map("uuids to anything", UUID.class, i -> new UUID(i, 3), Object.class, Suites::any),
                        map(
                                "lists to instants",
                                List.class,
                                i -> List.of("a", i),
                                Instant.class,
                                i -> Instant.ofEpochSecond(i, i)),
                        map(
                                "anything to decimals",
                                Object.class,
                                Suites::any,
                                BigDecimal.class,
                                i -> BigDecimal.ONE.scaleByPowerOfTen(20 * i)))
                .map(Suites::node);
    }

    @TestFactory
    Stream<DynamicNode> shouldKeepThePromisesOfASetThatCannotBeChanged() {
        return Stream.of(
                        set("strings", String.class, i -> "e".repeat(12 * i)),
                        set("integers", Integer.class, i -> i * 1_000_003),
                        set("anything", Object.class, Suites::any))
                .map(Suites::node);
    }

    private <K, V> TestSuite map(
            String name, Class<K> keys, IntFunction<K> key, Class<V> values, IntFunction<V> value) {
        Maps<K, V> maps = new Maps<>(keys, key, values, value);
        return MapTestSuiteBuilder.using(maps)
                .named(name)
                .withFeatures(CollectionFeature.KNOWN_ORDER, CollectionSize.ANY)
                .withTearDown(() -> maps.made.destroyAllBut(0))
                .createTestSuite();
    }

    private <E> TestSuite set(String name, Class<E> elements, IntFunction<E> element) {
        Sets<E> sets = new Sets<>(elements, element);
        return SetTestSuiteBuilder.using(sets)
                .named(name)
                .withFeatures(CollectionFeature.KNOWN_ORDER, CollectionSize.ANY)
                .withTearDown(() -> sets.made.destroyAllBut(0))
                .createTestSuite();
    }

    private final class Maps<K, V> extends Suites.MapGenerator<K, V> {

        private final Suites.Made<FrozenMap<K, V>> made = suites.new Made<>();
        private final FrozenMapType<K, V> type;

        Maps(Class<K> keys, IntFunction<K> key, Class<V> values, IntFunction<V> value) {
            super(keys, key, values, value);
            this.type = FrozenMap.of(keys, values);
        }

        @Override
        Map<K, V> make(List<Map.Entry<K, V>> entries) {
            Map<K, V> content = new LinkedHashMap<>();
            entries.forEach(entry -> content.put(entry.getKey(), entry.getValue()));
            return made.make(type.holding(content));
        }
    }

    private final class Sets<E> extends Suites.SetGenerator<E> {

        private final Suites.Made<FrozenSet<E>> made = suites.new Made<>();
        private final FrozenSetType<E> type;

        Sets(Class<E> elements, IntFunction<E> element) {
            super(elements, element);
            this.type = FrozenSet.of(elements);
        }

        @Override
        Set<E> make(List<E> wanted) {
            return made.make(type.holding(wanted));
        }
    }
}
