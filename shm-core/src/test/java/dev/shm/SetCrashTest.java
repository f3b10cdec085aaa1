package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.World.Process;
import dev.shm.collection.SetType;
import dev.shm.collection.ShardOfKeys;
import dev.shm.collection.SharedSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every change of a set, with a death after each of its stores, and a death of the reaper after some of its own. */
class SetCrashTest {

    private static final SetType<Object> TYPE = SharedSet.of(Object.class);
    private static final String LONG = "an element that does not fit into its two words";
    private static final long BYTES = 384 * 1024;

    private static SharedSet<Object> set(Process process) {
        return process.objects.openOrCreate("set", TYPE);
    }

    private static DynamicTest survives(String what, Set<?> before, Consumer<SharedSet<Object>> change) {
        return survives(what, before, change, false);
    }

    private static DynamicTest survives(
            String what, Set<?> before, Consumer<SharedSet<Object>> change, boolean gradual) {
        return DynamicTest.dynamicTest(
                what,
                () -> assertThat(CrashEnumerator.enumerateSparsely(
                                () -> new Changing(new HashSet<>(before), change, gradual), BYTES))
                        .isPositive());
    }

    private static class Changing extends ChangingCollection<SharedSet<Object>, Set<Object>> {

        Changing(Set<Object> before, Consumer<SharedSet<Object>> change, boolean gradual) {
            super(TYPE, before, change, gradual);
        }

        @Override
        Set<Object> snapshot(SharedSet<Object> found) {
            return found.snapshot();
        }

        @Override
        void assertStillWorks(SharedSet<Object> found, Set<Object> now) {
            assertThat(found).hasSize(now.size()).isEqualTo(now);
            for (Object element : List.of(LONG + "?", "?")) {
                assertThat(found.add(element)).isTrue();
                assertThat(found.remove(element)).isTrue();
            }
        }
    }

    /** Adds or removes several elements, each wholly or not at all. */
    private static final class ChangingElements extends Changing {

        ChangingElements(Set<Object> before, Consumer<SharedSet<Object>> change) {
            super(before, change, true);
        }

        @Override
        void assertPossible(Set<Object> now, Set<Object> before, Set<Object> after) {
            Set<Object> all = new HashSet<>(before);
            all.addAll(after);
            assertThat(all).containsAll(now);
            assertThat(now).containsAll(before.stream().filter(after::contains).toList());
        }
    }

    private static DynamicTest survivesInParts(String what, Set<Object> before, Consumer<SharedSet<Object>> change) {
        return DynamicTest.dynamicTest(
                what,
                () -> assertThat(CrashEnumerator.enumerateSparsely(() -> new ChangingElements(before, change), BYTES))
                        .isPositive());
    }

    /** Elements that fall into one shard, of which the next one needs another table. */
    private static Set<Object> full() {
        return IntStream.range(0, 7).mapToObj(SetCrashTest::inShard).collect(Collectors.toSet());
    }

    /** Found by trying, as the seed of the world's segments is always the same. */
    private static Object inShard(int index) {
        return ShardOfKeys.inShard(3, 42, index);
    }

    @TestFactory
    Stream<DynamicTest> adding() {
        return Stream.of(
                survives("the first element", Set.of(), set -> set.add("a")),
                survives("one with a block", Set.of("a", 1L), set -> set.add(LONG)),
                survives("a set", Set.of(Set.of("a", "b")), set -> set.add(Set.of("a", "b", LONG))),
                survives("where the table grows", full(), set -> set.add(inShard(7))));
    }

    @TestFactory
    Stream<DynamicTest> removing() {
        return Stream.of(
                survives("one with a block", Set.of("a", LONG), set -> set.remove(LONG)),
                survives("what a filter finds", Set.of("a", 1L), set -> set.removeIf("a"::equals)),
                survives("what an iterator is at", Set.of(LONG), set -> {
                    var all = set.iterator();
                    all.next();
                    all.remove();
                }),
                // The table goes at once, its blocks one after the other.
                survives("all of a shard", full(), SharedSet::clear, true));
    }

    @TestFactory
    Stream<DynamicTest> changingSeveralElements() {
        Set<Object> some = Set.of("a", 1L, LONG, Set.of("a"));
        return Stream.of(
                survivesInParts("adding all", Set.of("a", "b"), set -> set.addAll(some)),
                survivesInParts("removing all", some, set -> set.removeAll(List.of("a", LONG, "b"))),
                survivesInParts("retaining all", some, set -> set.retainAll(List.of("a", 1L))),
                survivesInParts("removing what a filter finds", some, set -> set.removeIf(e -> !e.equals(1L))),
                survivesInParts("clearing several shards", some, SharedSet::clear));
    }
}
