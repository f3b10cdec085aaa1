package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.CrashEnumerator.Scenario;
import dev.shm.collection.ListType;
import dev.shm.collection.SharedList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every change of a list, with a death after each of its stores, and a death of the reaper after some of its own. */
class ListCrashTest {

    private static final ListType<Object> TYPE = SharedList.of(Object.class);
    private static final String LONG = "v".repeat(100);
    private static final String LONGER = "w".repeat(500);
    /** Pages of its own. */
    private static final String RUN = "r".repeat(40_000);

    private static final long BYTES = 512 * 1024;

    private static DynamicTest survives(String what, List<?> before, Consumer<SharedList<Object>> change) {
        return survives(what, () -> new Changing(before, change, false));
    }

    /** Where blocks are made or freed one after the other, or there is room before there is what needs it. */
    private static DynamicTest survivesGradually(String what, List<?> before, Consumer<SharedList<Object>> change) {
        return survives(what, () -> new Changing(before, change, true));
    }

    private static DynamicTest survives(String what, Scenario scenario) {
        return DynamicTest.dynamicTest(
                what,
                () -> assertThat(CrashEnumerator.enumerateSparsely(scenario, BYTES))
                        .isPositive());
    }

    private static final class Changing extends ChangingCollection<SharedList<Object>, List<Object>> {

        Changing(List<?> before, Consumer<SharedList<Object>> change, boolean gradual) {
            super(TYPE, new ArrayList<>(before), change, gradual);
        }

        @Override
        List<Object> snapshot(SharedList<Object> found) {
            return found.snapshot();
        }

        @Override
        void assertStillWorks(SharedList<Object> found, List<Object> now) {
            assertThat(found).hasSize(now.size()).isEqualTo(now);
            found.add(0, LONGER);
            assertThat(found.remove(0)).isEqualTo(LONGER);
            found.add(LONG);
            assertThat(found.remove(now.size())).isEqualTo(LONG);
            assertThat(found.snapshot()).isEqualTo(now);
        }
    }

    private static List<Object> longs(int count) {
        List<Object> elements = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            elements.add(i);
        }
        return elements;
    }

    private static List<Object> texts(int count) {
        List<Object> elements = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            elements.add("a text with a block of its own " + i);
        }
        return elements;
    }

    @TestFactory
    Stream<DynamicTest> appending() {
        return Stream.of(
                survivesGradually("the first element", List.of(), list -> list.add(1L)),
                survives("one more", longs(5), list -> list.add(5L)),
                survives("one with a block", longs(5), list -> list.add(LONG)),
                survives("one with a run of pages", longs(5), list -> list.add(RUN)),
                survives("null", longs(5), list -> list.add(null)),
                survivesGradually("to a chunk that is full", longs(8), list -> list.add(LONG)),
                survivesGradually("to a second chunk", longs(512), list -> list.add(LONG)),
                survives("several", longs(3), list -> list.addAll(List.of(3L, LONG, LONGER))),
                survivesGradually("too many for one journal", longs(3), list -> list.addAll(texts(42))));
    }

    @TestFactory
    Stream<DynamicTest> inserting() {
        return Stream.of(
                survives("near the end", longs(6), list -> list.add(3, LONG)),
                survives("in front of many", longs(25), list -> list.add(1, LONG)),
                survives("in front of many that have blocks", texts(20), list -> list.add(0, 7L)),
                survivesGradually("in front of two chunks", longs(600), list -> list.add(0, 7L)),
                survives("several", longs(20), list -> list.addAll(2, Arrays.asList(LONG, null, RUN))),
                survives(
                        "by an iterator",
                        longs(20),
                        list -> list.listIterator(4).add(LONG)));
    }

    @TestFactory
    Stream<DynamicTest> replacing() {
        return Stream.of(
                survives("a word", longs(3), list -> list.set(1, 7L)),
                survives("a type", List.of(1L, 2L), list -> list.set(1, 2)),
                survives("both words", List.of(1L, "0123456789"), list -> list.set(1, "abcdefghij")),
                survives("a small one by a large one", longs(3), list -> list.set(1, LONG)),
                survives("a large one by a small one", List.of(LONG, LONG), list -> list.set(1, 7L)),
                survives("a large one by a large one", List.of(LONG, LONG), list -> list.set(1, LONGER)),
                survives("a run by a run", List.of(RUN), list -> list.set(0, RUN + "!")),
                survives("by null", List.of(LONG), list -> list.set(0, null)),
                survives("what is known", List.of(LONG, 1L), list -> list.compareAndSet(0, LONG, LONGER)),
                survives("by a function", List.of(LONG, 1L), list -> list.updateAndGet(0, text -> text + "!")),
                survives("by an iterator", List.of(LONG, 1L), list -> {
                    var all = list.listIterator();
                    all.next();
                    all.set(LONGER);
                }),
                survives("two by each other", List.of(1L, LONG, "x"), list -> list.swap(1, 2)),
                survives("all of a few", List.of(1L, LONG, "x"), list -> list.replaceAll(e -> e + "!" + LONG)),
                survivesGradually("all of many", texts(42), list -> list.replaceAll(e -> e + "!")),
                survives("the order of a few", List.of(3L, 1L, 2L), list -> list.sort(null)),
                survives("the order of many", texts(30), list -> list.sort(Collections.reverseOrder())),
                survives(
                        "the order of a part",
                        texts(30),
                        list -> list.subList(2, 28).sort(Collections.reverseOrder())),
                survives(
                        "the order of two chunks",
                        longs(600),
                        list -> list.sort(Comparator.comparing(n -> -(Long) n))));
    }

    @TestFactory
    Stream<DynamicTest> removing() {
        return Stream.of(
                survives("the last one", longs(3), list -> list.remove(2)),
                survives("the last one with a block", texts(3), list -> list.remove(2)),
                survives("the last one with a run", List.of(1L, RUN), list -> list.remove(1)),
                survivesGradually("the only one", List.of(LONG), list -> list.remove(0)),
                survives("near the end", texts(6), list -> list.remove(3)),
                survives("in front of many", texts(25), list -> list.remove(1)),
                survives("in front of two chunks", longs(600), list -> list.remove(0)),
                survives("an element", texts(25), list -> list.remove((Object) texts(4).get(3))),
                survives(
                        "some at the end",
                        texts(25),
                        list -> list.subList(20, 25).clear()),
                survivesGradually(
                        "many at the end",
                        texts(44),
                        list -> list.subList(2, 44).clear()),
                survivesGradually(
                        "a chunk at the end",
                        longs(1_100),
                        list -> list.subList(10, 1_100).clear()),
                survives(
                        "some in the middle",
                        texts(25),
                        list -> list.subList(3, 8).clear()),
                survivesGradually(
                        "many in the middle",
                        texts(44),
                        list -> list.subList(1, 43).clear()),
                survives(
                        "those that a filter finds",
                        texts(12),
                        list -> list.removeIf(e -> e.toString().endsWith("1"))),
                survivesGradually("nearly all", texts(44), list -> list.retainAll(texts(3))),
                survives("what an iterator is at", texts(20), list -> {
                    var all = list.iterator();
                    all.next();
                    all.remove();
                }),
                survivesGradually("all", texts(3), List::clear),
                survivesGradually("all of two chunks", longs(600), List::clear),
                survivesGradually("all of too many for one journal", texts(42), List::clear));
    }

    @TestFactory
    Stream<DynamicTest> livingAndDying() {
        return Stream.of(
                survives(
                        "creating",
                        () -> new ObjectCreation<>(
                                TYPE, list -> assertThat(list).isEmpty())),
                survives(
                        "destroying",
                        () -> new ObjectDestruction<>(TYPE, list -> {
                            list.addAll(texts(40));
                            list.add(RUN);
                        })));
    }
}
