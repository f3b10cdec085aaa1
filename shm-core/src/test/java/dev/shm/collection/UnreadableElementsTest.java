package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.Shared;
import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.error.CodecException;
import dev.shm.testing.Version;
import dev.shm.value.SharedReference;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One element that this process cannot read, since it lacks a class or a constant or has another version of it, among others that it can: an
 * error for that one, and for nothing else.
 */
class UnreadableElementsTest {

    private static final String POINT = "record Point(int x, int y) {}";
    private static final String SIDE = "enum Side { BUY, SELL }";
    private static final String ORDER = "record Order(Side side, String text) {}";
    private static final int OTHERS = 50;

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    /**
     * What one process writes and the other cannot read.
     *
     * @param other the process that cannot
     * @param bad makes it
     * @param reason in the message
     */
    private record Case(String title, Version mine, Other other, Object bad, String reason) {

        private static final Version MINE = Version.of(
                POINT,
                "enum Side { SHORT, BUY, SELL }",
                ORDER,
                "record Fee(long cents) {}",
                "record Memo(String text) {}",
                "record Leg(int lots) {}");

        static Case of(String title, String reason, Function<Version, Object> bad, String... theirs) {
            return new Case(title, MINE, new Other(Version.of(theirs)), bad.apply(MINE), reason);
        }

        Codec<Object> here() {
            return Codecs.kryo(Object.class, mine.types("Leg", "Memo", "Fee", "Order", "Point"));
        }

        Object point(int i) {
            return mine.make("Point", i, i);
        }

        @Override
        public String toString() {
            return title;
        }
    }

    /** The other process. */
    private record Other(Version version) {

        Codec<Object> codec() {
            return Codecs.kryo(
                    Object.class,
                    Stream.of("Point", "Order", "Leg")
                            .filter(name -> version.hasType(name))
                            .map(version::type)
                            .toArray(Class<?>[]::new));
        }

        Object point(int i) {
            return version.make("Point", i, i);
        }
    }

    private static final List<Case> CASES = List.of(
            Case.of("not registered", "not registered in this process", v -> v.make("Fee", 3L), POINT),
            Case.of(
                    "not registered, in a block",
                    "not registered in this process",
                    v -> v.make("Memo", "long ".repeat(20)),
                    POINT),
            Case.of(
                    "another version",
                    "acme.Leg in another version",
                    v -> v.make("Leg", 3),
                    POINT,
                    "record Leg(long lots) {}"),
            Case.of(
                    "no such constant",
                    "acme.Side has no constant SHORT",
                    v -> v.make("Order", v.constant("Side", "SHORT"), "of more than sixteen bytes"),
                    POINT,
                    SIDE,
                    ORDER));

    static List<Case> cases() {
        return CASES;
    }

    @AfterEach
    void verify() {
        assertThat(segment.mine().verify()).isEmpty();
        assertThat(segment.mine().deepStatistics().tentativeBytes()).isZero();
    }

    private static void assertUnreadable(Case of, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(CodecException.class).hasMessageContaining(of.reason());
    }

    /** What an iterator shows, and how often it throws. */
    private static int failures(Iterator<?> elements, Collection<Object> shown) {
        int failures = 0;
        while (elements.hasNext()) {
            try {
                shown.add(elements.next());
            } catch (CodecException e) {
                failures++;
            }
        }
        return failures;
    }

    /** Removes what it throws for. */
    private static int removeUnreadable(Iterator<?> elements) {
        int removed = 0;
        while (elements.hasNext()) {
            try {
                elements.next();
            } catch (CodecException e) {
                elements.remove();
                removed++;
                assertThatThrownBy(elements::remove).isInstanceOf(IllegalStateException.class);
            }
        }
        return removed;
    }

    // ------------------------------------------------------------------------------------------ maps

    @ParameterizedTest
    @MethodSource("cases")
    void shouldBeAnErrorOfOneValueOfAMap(Case of) {
        SharedMap<String, Object> mine = segment.mine().create("map", SharedMap.of(Codecs.string(), of.here()));
        Other other = of.other();
        SharedMap<String, Object> theirs = segment.theirs().open("map", SharedMap.of(Codecs.string(), other.codec()));
        Map<String, Object> expected = new HashMap<>();
        for (int i = 0; i < OTHERS; i++) {
            mine.put("key " + i, of.point(i));
            expected.put("key " + i, other.point(i));
        }
        mine.put("bad", of.bad());

        assertUnreadable(of, () -> theirs.get("bad"));
        assertThat(theirs.get("key 7")).isEqualTo(other.point(7));
        assertThat(theirs).hasSize(OTHERS + 1);
        assertThat(theirs.containsKey("bad")).isTrue();
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> theirs.put("bad", "x"),
                () -> theirs.putIfAbsent("bad", "x"),
                () -> theirs.replace("bad", "x"),
                () -> theirs.replace("bad", "x", "y"),
                () -> theirs.remove("bad"),
                () -> theirs.remove("bad", "x"),
                () -> theirs.getOrDefault("bad", "x"),
                () -> theirs.compute("bad", (key, value) -> "x"),
                () -> theirs.computeIfAbsent("bad", key -> "x"),
                () -> theirs.computeIfPresent("bad", (key, value) -> "x"),
                () -> theirs.merge("bad", "x", (one, two) -> "y"),
                () -> theirs.replaceAll((key, value) -> value),
                () -> theirs.values().removeIf(value -> false),
                () -> theirs.forEach((key, value) -> {}),
                () -> theirs.containsValue("not there"),
                () -> theirs.values().stream().count(),
                theirs::snapshot)) {
            assertUnreadable(of, call);
            assertThat(mine.get("bad")).as("nothing has changed").isEqualTo(of.bad());
        }
        Set<Object> shown = new HashSet<>();
        assertThat(failures(theirs.entrySet().iterator(), shown)).isEqualTo(1);
        assertThat(shown).isEqualTo(expected.entrySet());
        assertThat(theirs.keySet()).hasSize(OTHERS + 1).contains("bad");

        theirs.set("bad", other.point(1));
        assertThat(mine.get("bad")).as("replaced unseen").isEqualTo(of.point(1));
        mine.put("bad", of.bad());
        assertThat(theirs.keySet().remove("bad")).isTrue();
        assertThat(mine).doesNotContainKey("bad").hasSize(OTHERS);
        mine.put("bad", of.bad());
        assertThat(removeUnreadable(theirs.values().iterator())).isEqualTo(1);
        assertThat(mine).doesNotContainKey("bad").hasSize(OTHERS);
        assertThat(theirs.snapshot()).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void shouldBeAnErrorOfOneKeyOfAMap(Case of) {
        SharedMap<Object, Long> mine = segment.mine().create("map", SharedMap.of(of.here(), Codecs.longs()));
        Other other = of.other();
        SharedMap<Object, Long> theirs = segment.theirs().open("map", SharedMap.of(other.codec(), Codecs.longs()));
        Map<Object, Long> expected = new HashMap<>();
        for (int i = 0; i < OTHERS; i++) {
            theirs.put(other.point(i), (long) i);
            expected.put(other.point(i), (long) i);
        }
        mine.put(of.bad(), -1L);
        for (int i = 0; i < OTHERS; i++) {
            assertThat(mine.get(of.point(i))).as("a key is the same key there").isEqualTo(i);
            assertThat(theirs.get(other.point(i))).isEqualTo(i);
        }
        assertThat(theirs).hasSize(OTHERS + 1);
        assertThat(theirs.merge(other.point(0), 5L, Long::sum)).isEqualTo(5);
        expected.put(other.point(0), 5L);
        assertUnreadable(of, theirs::snapshot);
        assertUnreadable(of, () -> theirs.forEach((key, value) -> {}));
        assertUnreadable(of, () -> theirs.keySet().removeIf(key -> false));

        Set<Object> shown = new HashSet<>();
        assertThat(failures(theirs.entrySet().iterator(), shown)).isEqualTo(1);
        assertThat(shown).isEqualTo(expected.entrySet());
        shown.clear();
        assertThat(failures(theirs.keySet().iterator(), shown)).isEqualTo(1);
        assertThat(shown).isEqualTo(expected.keySet());
        assertThat(mine.get(of.bad())).isEqualTo(-1);

        assertThat(removeUnreadable(theirs.keySet().iterator())).isEqualTo(1);
        assertThat(mine).doesNotContainKey(of.bad()).hasSize(OTHERS);
        mine.put(of.bad(), -1L);
        assertThat(removeUnreadable(theirs.entrySet().iterator())).isEqualTo(1);
        assertThat(theirs.snapshot()).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void shouldBeAnErrorOfOneElementOfASet(Case of) {
        SharedSet<Object> mine = segment.mine().create("set", SharedSet.of(of.here()));
        Other other = of.other();
        SharedSet<Object> theirs = segment.theirs().open("set", SharedSet.of(other.codec()));
        Set<Object> expected = new HashSet<>();
        for (int i = 0; i < OTHERS; i++) {
            mine.add(of.point(i));
            expected.add(other.point(i));
        }
        mine.add(of.bad());
        assertThat(theirs).hasSize(OTHERS + 1);
        assertThat(theirs.contains(other.point(3))).isTrue();
        assertThat(theirs.add(other.point(3))).isFalse();
        assertUnreadable(of, theirs::snapshot);
        assertUnreadable(of, () -> theirs.forEach(element -> {}));
        assertUnreadable(of, theirs::toString);

        Set<Object> shown = new HashSet<>();
        assertThat(failures(theirs.iterator(), shown)).isEqualTo(1);
        assertThat(shown).isEqualTo(expected);
        assertThat(mine.contains(of.bad())).isTrue();
        assertThat(removeUnreadable(theirs.iterator())).isEqualTo(1);
        assertThat(mine.contains(of.bad())).isFalse();
        assertThat(theirs.snapshot()).isEqualTo(expected);
        mine.add(of.bad());
        theirs.clear();
        assertThat(mine).isEmpty();
    }

    @Test
    void shouldNotRemoveByAnIteratorWhatIsThereNoMore() {
        Case of = CASES.get(1);
        SharedSet<Object> mine = segment.mine().create("set", SharedSet.of(of.here()));
        SharedSet<Object> theirs =
                segment.theirs().open("set", SharedSet.of(of.other().codec()));
        mine.add(of.bad());
        Iterator<Object> elements = theirs.iterator();
        assertThat(elements.hasNext()).isTrue();
        mine.remove(of.bad());
        assertUnreadable(of, elements::next);
        elements.remove();
        assertThat(elements.hasNext()).isFalse();
        assertThat(mine.add(of.bad())).isTrue();
        assertThat(mine).hasSize(1);
    }

    // ------------------------------------------------------------------------------------------ lists and deques

    @ParameterizedTest
    @MethodSource("cases")
    void shouldBeAnErrorOfOneElementOfAList(Case of) {
        SharedList<Object> mine = segment.mine().create("list", SharedList.of(of.here()));
        Other other = of.other();
        SharedList<Object> theirs = segment.theirs().open("list", SharedList.of(other.codec()));
        List<Object> expected = new ArrayList<>();
        for (int i = 0; i < OTHERS; i++) {
            mine.add(of.point(i));
            expected.add(other.point(i));
        }
        mine.add(20, of.bad());
        assertThat(theirs).hasSize(OTHERS + 1);
        assertThat(theirs.get(19)).isEqualTo(other.point(19));
        assertThat(theirs.get(21)).isEqualTo(other.point(20));
        assertThat(theirs.indexOf(other.point(19))).isEqualTo(19);
        assertThat(theirs.lastIndexOf(other.point(20))).isEqualTo(21);
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> theirs.get(20),
                () -> theirs.set(20, "x"),
                () -> theirs.remove(20),
                () -> theirs.indexOf("not there"),
                () -> theirs.removeIf(element -> true),
                () -> theirs.replaceAll(element -> element),
                () -> theirs.sort(null),
                () -> theirs.equals(expected),
                theirs::hashCode,
                theirs::toString,
                theirs::toArray,
                theirs::snapshot)) {
            assertUnreadable(of, call);
            assertThat(mine.get(20)).as("nothing has changed").isEqualTo(of.bad());
            assertThat(mine).hasSize(OTHERS + 1);
        }
        List<Object> shown = new ArrayList<>();
        assertThat(failures(theirs.iterator(), shown)).isEqualTo(1);
        assertThat(shown).isEqualTo(expected);

        ListIterator<Object> elements = theirs.listIterator(20);
        assertUnreadable(of, elements::next);
        elements.set(other.point(-1));
        assertThat(mine.get(20)).as("replaced unseen").isEqualTo(of.point(-1));
        assertThat(elements.next()).isEqualTo(other.point(20));
        mine.set(20, of.bad());
        assertThat(removeUnreadable(theirs.iterator())).isEqualTo(1);
        assertThat(theirs.snapshot()).isEqualTo(expected);
        mine.add(20, of.bad());
        theirs.subList(20, 21).clear();
        assertThat(theirs.snapshot()).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void shouldBeAnErrorOfOneElementOfADeque(Case of) {
        for (int slotBytes : new int[] {0, 128}) {
            String name = "deque " + slotBytes;
            Other other = of.other();
            DequeType<Object> type = SharedDeque.of(of.here());
            DequeType<Object> theirType = SharedDeque.of(other.codec());
            SharedDeque<Object> mine = segment.mine()
                    .create(name, slotBytes == 0 ? type : type.maxLength(100).itemBytes(slotBytes));
            SharedDeque<Object> theirs = segment.theirs()
                    .open(
                            name,
                            slotBytes == 0
                                    ? theirType
                                    : theirType.maxLength(100).itemBytes(slotBytes));
            mine.add(of.point(1));
            mine.add(of.bad());
            mine.add(of.point(2));
            List<Object> expected = List.of(other.point(1), other.point(2));

            assertThat(theirs).hasSize(3);
            assertThat(theirs.peekFirst()).isEqualTo(other.point(1));
            assertThat(theirs.peekLast()).isEqualTo(other.point(2));
            assertThat(theirs.contains(other.point(1))).isTrue();
            for (ThrowingCallable call : List.<ThrowingCallable>of(
                    () -> theirs.contains(other.point(9)),
                    () -> theirs.removeIf(element -> true),
                    () -> theirs.removeFirstOccurrence(other.point(2)),
                    theirs::toString,
                    theirs::snapshot)) {
                assertUnreadable(of, call);
                assertThat(mine).as("nothing has changed").hasSize(3);
            }
            List<Object> drained = new ArrayList<>();
            assertUnreadable(of, () -> theirs.drainTo(drained));
            assertThat(drained).as("those before it").containsExactly(other.point(1));
            assertThat(mine).hasSize(2);
            mine.addFirst(of.point(1));
            for (Iterator<Object> iterator : List.of(theirs.iterator(), theirs.descendingIterator())) {
                Set<Object> shown = new HashSet<>();
                assertThat(failures(iterator, shown)).isEqualTo(1);
                assertThat(shown).containsExactlyInAnyOrderElementsOf(expected);
            }
            assertThat(removeUnreadable(theirs.iterator())).isEqualTo(1);
            assertThat(theirs.snapshot()).isEqualTo(expected);
            mine.addFirst(of.bad());
            assertUnreadable(of, theirs::poll);
            assertUnreadable(of, theirs::peek);
            assertThat(mine.peek()).isEqualTo(of.bad());
            assertThat(theirs.discardFirst()).isTrue();
            assertThat(theirs.poll()).isEqualTo(other.point(1));
        }
    }

    // ------------------------------------------------------------------------------------------ graphs and single
    // values

    @ParameterizedTest
    @MethodSource("cases")
    void shouldBeAnErrorOfOneValueOfAGraph(Case of) {
        Other other = of.other();
        try (Shared<Map<String, Object>> mine = segment.mine()
                        .share(
                                "graph",
                                Map.of(
                                        "list",
                                        List.of(of.point(1), of.bad(), of.point(2)),
                                        "bad",
                                        of.bad(),
                                        "set",
                                        Set.of(of.bad()),
                                        "good",
                                        of.point(3)),
                                of.here());
                Shared<Map<String, Object>> theirs = segment.theirs().shared("graph", other.codec())) {
            Map<String, Object> map = theirs.get();
            assertUnreadable(of, () -> map.get("bad"));
            assertThat(map.get("good")).isEqualTo(other.point(3));
            assertThat(map).hasSize(4);
            List<?> list = (List<?>) map.get("list");
            assertThat(list.get(0)).isEqualTo(other.point(1));
            assertUnreadable(of, () -> list.get(1));
            assertThat(list.get(2)).isEqualTo(other.point(2));
            assertUnreadable(of, theirs::copy);
            Set<?> set = (Set<?>) map.get("set");
            assertThat(removeUnreadable(set.iterator())).isEqualTo(1);
            assertThat((Set<?>) mine.get().get("set")).isEmpty();
            assertThat(removeUnreadable(map.values().iterator())).isEqualTo(1);
            assertThat(new TreeSet<>(mine.get().keySet())).containsExactly("good", "list", "set");
            assertThat(((List<?>) mine.get().get("list")).get(1)).isEqualTo(of.bad());
            segment.mine().destroy("graph");
        }
        assertThat(segment.mine().objects()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void shouldBeAnErrorOfAReferenceUntilItIsSet(Case of) {
        Other other = of.other();
        SharedReference<Object> mine = segment.mine().create("reference", SharedReference.of(of.here()));
        SharedReference<Object> theirs = segment.theirs().open("reference", SharedReference.of(other.codec()));
        mine.set(of.bad());
        assertUnreadable(of, theirs::get);
        assertUnreadable(of, () -> theirs.getAndSet("x"));
        assertThat(mine.get()).isEqualTo(of.bad());
        theirs.set(other.point(5));
        assertThat(mine.get()).isEqualTo(of.point(5));
    }

    /** A process that knows none of the classes, such as a tool. */
    @Test
    void shouldReadTheRestWithoutAnyClass() {
        Case of = CASES.get(0);
        SharedMap<String, Object> mine = segment.mine().create("map", SharedMap.of(Codecs.string(), of.here()));
        mine.put("bad", of.bad());
        mine.put("list", List.of("a", 1));
        SharedMap<String, Object> theirs = segment.theirs().open("map", SharedMap.of(String.class, Object.class));
        assertThat(theirs.get("list")).isEqualTo(List.of("a", 1));
        assertUnreadable(of, () -> theirs.get("bad"));
    }

    @Test
    void shouldRemoveAllThatCannotBeRead() {
        Case of = CASES.get(0);
        SharedDeque<Object> mine = segment.mine().create("deque", SharedDeque.of(of.here()));
        Deque<Object> theirs =
                segment.theirs().open("deque", SharedDeque.of(of.other().codec()));
        IntStream.range(0, 3).forEach(i -> mine.add(of.bad()));
        assertThat(removeUnreadable(theirs.iterator())).isEqualTo(3);
        assertThat(mine).isEmpty();
    }
}
