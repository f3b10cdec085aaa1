package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.testing.TestDirectory;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Random calls by two openings of one set against a set on the heap; of strings, numbers, and collections of them. */
class SetModelTest {

    private static final SetType<Object> TYPE = SharedSet.of(Object.class);

    private static TestDirectory directory;
    private static SharedMemory mine;
    private static SharedMemory theirs;

    enum Call {
        ADD,
        ADD_ALL,
        REMOVE,
        REMOVE_ALL,
        REMOVE_IF,
        RETAIN_ALL,
        ITERATOR_REMOVE,
        CLEAR
    }

    record Step(Call call, boolean byMe, Object element, Object other) {}

    @BeforeContainer
    static void open() {
        directory = TestDirectory.create();
        mine = attach();
        theirs = attach();
    }

    private static SharedMemory attach() {
        return SharedMemory.named("model")
                .directory(directory.path())
                .size(16 << 20)
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
        Arbitrary<Object> simple = Arbitraries.frequencyOf(
                Tuple.of(6, Arbitraries.integers().between(0, 60).map(i -> (Object) ("e" + i))),
                Tuple.of(2, Arbitraries.longs().between(0, 20).map(i -> (Object) i)),
                Tuple.of(2, Arbitraries.integers().between(0, 8).map(i -> (Object) ("a rather long element " + i))));
        Arbitrary<Object> elements = Arbitraries.frequencyOf(
                Tuple.of(8, simple),
                Tuple.of(1, simple.list().ofMaxSize(2).map(list -> (Object) list)),
                Tuple.of(1, simple.set().ofMaxSize(3).map(set -> (Object) set)),
                Tuple.of(1, Combinators.combine(simple, simple).as((key, value) -> (Object) Map.of(key, value))));
        Arbitrary<Call> calls = Arbitraries.frequency(
                Tuple.of(60, Call.ADD),
                Tuple.of(10, Call.ADD_ALL),
                Tuple.of(30, Call.REMOVE),
                Tuple.of(5, Call.REMOVE_ALL),
                Tuple.of(5, Call.REMOVE_IF),
                Tuple.of(1, Call.RETAIN_ALL),
                Tuple.of(5, Call.ITERATOR_REMOVE),
                Tuple.of(1, Call.CLEAR));
        return Combinators.combine(calls, Arbitraries.of(true, false), elements, elements)
                .as(Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(300);
    }

    @Property(tries = 150)
    void shouldBehaveAsASetOnTheHeap(@ForAll("steps") List<Step> steps) {
        long before = mine.deepStatistics().usedBytes();
        try (SharedSet<Object> one = mine.create("set", TYPE);
                SharedSet<Object> other = theirs.open("set", TYPE)) {
            Set<Object> model = new HashSet<>();
            for (Step step : steps) {
                SharedSet<Object> set = step.byMe() ? one : other;
                assertThat(apply(step, set)).isEqualTo(apply(step, model));
                Object again = equalOne(step.element());
                assertThat((step.byMe() ? other : one).contains(again)).isEqualTo(model.contains(again));
                assertThat(set.size()).isEqualTo(model.size());
            }
            assertThat(one).isEqualTo(model);
            assertThat(other.snapshot()).isEqualTo(model);
            assertThat(new HashSet<>(other)).isEqualTo(model);
            assertThat(other.hashCode()).isEqualTo(model.hashCode());
            assertThat(mine.verify()).isEmpty();
            mine.destroy("set");
        }
        assertThat(mine.deepStatistics().usedBytes()).isEqualTo(before);
    }

    /** Equal to it, of another class and in another order where there is one. */
    private static Object equalOne(Object element) {
        if (element instanceof Set<?> set && set.stream().allMatch(String.class::isInstance)) {
            return new TreeSet<>(set).descendingSet();
        }
        return element instanceof Set<?> set ? new LinkedHashSet<>(set) : element;
    }

    private static boolean apply(Step step, Set<Object> set) {
        Object element = step.element();
        List<Object> both = List.of(element, step.other());
        return switch (step.call()) {
            case ADD -> set.add(element);
            case ADD_ALL -> set.addAll(both);
            case REMOVE -> set.remove(element);
            case REMOVE_ALL -> set.removeAll(both);
            case REMOVE_IF -> set.removeIf(both::contains);
            case RETAIN_ALL -> set.retainAll(both);
            case ITERATOR_REMOVE -> {
                var all = set.iterator();
                boolean removed = false;
                while (all.hasNext()) {
                    if (all.next().equals(element)) {
                        all.remove();
                        removed = true;
                    }
                }
                yield removed;
            }
            case CLEAR -> {
                set.clear();
                yield set.isEmpty();
            }
        };
    }
}
