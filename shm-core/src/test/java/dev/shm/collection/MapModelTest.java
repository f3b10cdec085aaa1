package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.testing.TestDirectory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Random calls by two openings of one map against a map on the heap. */
class MapModelTest {

    private static final MapType<String, Object> TYPE = SharedMap.of(String.class, Object.class);

    private static TestDirectory directory;
    private static SharedMemory mine;
    private static SharedMemory theirs;

    enum Call {
        PUT,
        PUT_IF_ABSENT,
        REPLACE,
        REPLACE_KNOWN,
        REMOVE,
        REMOVE_KNOWN,
        MERGE,
        COMPUTE,
        ITERATOR_REMOVE,
        CLEAR
    }

    record Step(Call call, boolean byMe, String key, Object value) {}

    @BeforeContainer
    static void open() {
        directory = TestDirectory.create();
        mine = attach();
        theirs = attach();
    }

    private static SharedMemory attach() {
        return SharedMemory.named("model")
                .directory(directory.path())
                .size(32 << 20)
                .openOrCreate();
    }

    @AfterContainer
    static void close() {
        theirs.close();
        mine.close();
        directory.close();
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<String> keys = Arbitraries.frequencyOf(
                Tuple.of(6, Arbitraries.integers().between(0, 80).map(i -> "k" + i)),
                Tuple.of(
                        2,
                        Arbitraries.integers().between(0, 8).map(i -> "a rather long key of which there are few " + i)),
                Tuple.of(1, Arbitraries.strings().ofMaxLength(20).map(MapModelTest::whole)));
        Arbitrary<Object> values = Arbitraries.frequencyOf(
                Tuple.of(4, Arbitraries.longs().between(0, 5).map(i -> (Object) i)),
                Tuple.of(2, Arbitraries.strings().alpha().ofMaxLength(40).map(text -> (Object) text)),
                Tuple.of(1, Arbitraries.integers().between(0, 6_000).map(i -> (Object) "x".repeat(i))));
        Arbitrary<Call> calls = Arbitraries.frequency(
                Tuple.of(40, Call.PUT),
                Tuple.of(10, Call.PUT_IF_ABSENT),
                Tuple.of(10, Call.REPLACE),
                Tuple.of(10, Call.REPLACE_KNOWN),
                Tuple.of(25, Call.REMOVE),
                Tuple.of(10, Call.REMOVE_KNOWN),
                Tuple.of(10, Call.MERGE),
                Tuple.of(10, Call.COMPUTE),
                Tuple.of(5, Call.ITERATOR_REMOVE),
                Tuple.of(1, Call.CLEAR));
        return Combinators.combine(calls, Arbitraries.of(true, false), keys, values)
                .as(Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(500);
    }

    /** Half of a surrogate pair has no bytes. */
    private static String whole(String text) {
        return text.replaceAll("[\\uD800-\\uDFFF]", "");
    }

    @Property(tries = 300)
    void shouldBehaveAsAMapOnTheHeap(@ForAll("steps") List<Step> steps) {
        long before = mine.deepStatistics().usedBytes();
        try (SharedMap<String, Object> one = mine.create("map", TYPE);
                SharedMap<String, Object> other = theirs.open("map", TYPE)) {
            Map<String, Object> model = new HashMap<>();
            for (Step step : steps) {
                SharedMap<String, Object> map = step.byMe() ? one : other;
                assertThat(apply(step, map)).isEqualTo(apply(step, model));
                assertThat((step.byMe() ? other : one).get(step.key())).isEqualTo(model.get(step.key()));
                assertThat(map.size()).isEqualTo(model.size());
            }
            assertThat(one).isEqualTo(model);
            assertThat(other.snapshot()).isEqualTo(model);
            assertThat(other.hashCode()).isEqualTo(model.hashCode());
            assertThat(mine.verify()).isEmpty();
            mine.destroy("map");
        }
        assertThat(mine.deepStatistics().usedBytes()).isEqualTo(before);
    }

    private static Object apply(Step step, Map<String, Object> map) {
        String key = step.key();
        Object value = step.value();
        return switch (step.call()) {
            case PUT -> map.put(key, value);
            case PUT_IF_ABSENT -> map.putIfAbsent(key, value);
            case REPLACE -> map.replace(key, value);
            case REPLACE_KNOWN -> map.replace(key, 1L, value);
            case REMOVE -> map.remove(key);
            case REMOVE_KNOWN -> map.remove(key, value);
            case MERGE -> map.merge(key, value, (a, b) -> b.equals(0L) ? null : a.toString() + b);
            case COMPUTE -> map.compute(key, (k, found) -> found == null ? value : null);
            case ITERATOR_REMOVE -> {
                var iterator = map.entrySet().iterator();
                boolean removed = false;
                while (iterator.hasNext()) {
                    if (iterator.next().getKey().equals(key)) {
                        iterator.remove();
                        removed = true;
                    }
                }
                yield removed;
            }
            case CLEAR -> {
                map.clear();
                yield map.isEmpty();
            }
        };
    }
}
