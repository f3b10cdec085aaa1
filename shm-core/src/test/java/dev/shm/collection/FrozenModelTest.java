package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Random frozen maps and sets, built by one opening and read by another, against those of the heap. */
class FrozenModelTest {

    private static Suites suites;
    private static SharedMemory mine;
    private static SharedMemory theirs;

    @BeforeContainer
    static void open() {
        suites = new Suites();
        mine = suites.mine();
        theirs = suites.theirs();
    }

    @AfterContainer
    static void close() {
        suites.close();
    }

    @Provide
    Arbitrary<Object> elements() {
        return Arbitraries.frequencyOf(
                Tuple.of(4, Arbitraries.longs().between(-50, 50).map(i -> (Object) i)),
                Tuple.of(3, Arbitraries.integers().between(0, 500).map(i -> (Object) ("k" + i))),
                Tuple.of(2, Arbitraries.strings().alpha().ofMaxLength(40).map(text -> (Object) text)),
                Tuple.of(
                        1,
                        Arbitraries.integers()
                                .between(0, 3)
                                .list()
                                .ofMaxSize(12)
                                .map(list -> (Object) list)),
                Tuple.of(1, Arbitraries.integers().between(0, 6_000).map(i -> (Object) "x".repeat(i))));
    }

    @Provide
    Arbitrary<List<Object>> contents() {
        return elements().list().ofMaxSize(300);
    }

    @Property(tries = 300)
    void shouldBeReadAsAMapOnTheHeap(
            @ForAll("contents") List<Object> keys,
            @ForAll("contents") List<Object> values,
            @ForAll("contents") List<Object> others) {
        long before = mine.deepStatistics().usedBytes();
        Map<Object, Object> model = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            model.put(keys.get(i), values.isEmpty() ? 0L : values.get(i % values.size()));
        }
        FrozenMapType<Object, Object> type = FrozenMap.of(Object.class, Object.class);
        try (FrozenMap<Object, Object> built = mine.create("map", type.holding(model));
                FrozenMap<Object, Object> map = theirs.open("map", type)) {
            assertThat(new ArrayList<>(map.entrySet())).isEqualTo(new ArrayList<>(model.entrySet()));
            assertThat(new ArrayList<>(built.keySet())).isEqualTo(new ArrayList<>(model.keySet()));
            assertThat(map).isEqualTo(model).hasSameHashCodeAs(model).hasSize(model.size());
            model.forEach((key, value) -> assertThat(map.get(key)).isEqualTo(value));
            for (Object other : others) {
                assertThat(map.get(other)).isEqualTo(model.get(other));
                assertThat(map.containsKey(other)).isEqualTo(model.containsKey(other));
            }
            assertThat(mine.verify()).isEmpty();
            assertThat(mine.destroy("map")).isTrue();
        }
        assertThat(mine.deepStatistics().usedBytes()).isEqualTo(before);
    }

    @Property(tries = 300)
    void shouldBeReadAsASetOnTheHeap(
            @ForAll("contents") List<Object> content, @ForAll("contents") List<Object> others) {
        Set<Object> model = new LinkedHashSet<>(content);
        FrozenSetType<Object> type = FrozenSet.of(Object.class);
        // Elements that are given twice are there once.
        try (FrozenSet<Object> built = mine.create("set", type.holding(content));
                FrozenSet<Object> set = theirs.open("set", type)) {
            assertThat(new ArrayList<>(set)).isEqualTo(new ArrayList<>(model));
            assertThat(built).isEqualTo(model).hasSameHashCodeAs(model).hasSize(model.size());
            assertThat(set.containsAll(content)).isTrue();
            for (Object other : others) {
                assertThat(set.contains(other)).isEqualTo(model.contains(other));
            }
            assertThat(mine.verify()).isEmpty();
            assertThat(mine.destroy("set")).isTrue();
        }
    }
}
