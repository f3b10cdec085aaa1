package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.CrashEnumerator.Operation;
import dev.shm.CrashEnumerator.Scenario;
import dev.shm.World.Process;
import dev.shm.codec.ElementType;
import dev.shm.collection.GraphAccess;
import dev.shm.collection.Graphs;
import dev.shm.collection.SharedList;
import dev.shm.value.SharedArray;
import dev.shm.value.SharedBean;
import dev.shm.value.SharedLong;
import dev.shm.value.SharedString;
import dev.shm.value.SharedVector;
import dev.shm.value.SmallParts;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Sharing, changing, opening and destroying graphs of collections, with a death after each of the stores, and deaths of reapers. After the
 * death of who shares, all of the graph is there under its name, or nothing; what was stored by then goes with the housekeeping.
 */
class SharedGraphCrashTest {

    private static final String LONG = "v".repeat(100);
    private static final long BYTES = 512 * 1024;

    private static final Map<String, Object> SMALL = Map.of("list", List.of(1L, LONG));
    private static final List<Object> LARGER =
            List.of(Map.of("a", List.of(), "b", LONG), Set.of("x", LONG), List.of(List.of(List.of(7L))), 5L);
    private static final List<List<String>> ROWS =
            List.of(List.of("c", LONG), List.of("a"), List.of("b", LONG), List.of("d"));

    interface Account {
        String getOwner();

        void setOwner(String owner);

        long getCents();

        void setCents(long cents);
    }

    private static final SharedType<SharedLong> SEVEN = SharedLong.type().initially(number -> number.set(7));
    private static final SharedType<SharedBean<Account>> ACCOUNT = SharedBean.of(Account.class)
            .initially(bean -> bean.update(account -> {
                account.setOwner(LONG);
                account.setCents(5);
            }));
    private static final SharedType<SharedVector> VECTOR =
            SharedVector.of(ElementType.INT16).initially(vector -> vector.extend(1, 2));
    private static final Map<String, Object> LIVE = Map.of("number", SEVEN, "in", List.of(ACCOUNT, VECTOR));

    /** With blocks besides its root that come to life with it. */
    private static final SharedType<SharedArray> PARTS =
            SmallParts.array(4096, ElementType.INT64, 3_000).initially(array -> array.fill(9));

    private static SharedType<SharedGraphs.Graph> type(Object graph) {
        PartTypes types = new PartTypes();
        types.register(SharedBean.of(Account.class));
        return new Graphs().type(null, graph, types);
    }

    /** What a graph is, or what one that is made of this would be, in values that have {@code equals}. */
    private static Object picture(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> pictures = new HashMap<>();
            map.forEach((key, inner) -> pictures.put(key, picture(inner)));
            return pictures;
        }
        if (value instanceof List<?> list) {
            return list.stream().map(SharedGraphCrashTest::picture).toList();
        }
        if (value instanceof Deque<?> deque) {
            return Map.of(
                    "deque", deque.stream().map(SharedGraphCrashTest::picture).toList());
        }
        if (value == SEVEN) {
            return "number 7";
        }
        if (value == ACCOUNT) {
            return account(LONG, 5);
        }
        if (value == VECTOR) {
            return List.of("vector", 1L, 2L);
        }
        if (value == PARTS) {
            return "array from 9 to 9";
        }
        if (value instanceof SharedArray array) {
            return "array from " + array.getLong(0) + " to " + array.getLong(array.length() - 1);
        }
        if (value instanceof SharedLong number) {
            return "number " + number.get();
        }
        if (value instanceof SharedVector vector) {
            return Stream.concat(
                            Stream.of("vector"),
                            Arrays.stream(vector.toNdArray().toLongArray()).boxed())
                    .toList();
        }
        if (value instanceof SharedBean<?> bean) {
            Owner owner = bean.snapshot(Owner.class);
            return account(owner.owner(), owner.cents());
        }
        return value;
    }

    record Owner(String owner, long cents) {}

    private static String account(String owner, long cents) {
        return "account of " + owner + ": " + cents;
    }

    private static DynamicTest survives(String what, Scenario scenario) {
        return DynamicTest.dynamicTest(
                what,
                () -> assertThat(CrashEnumerator.enumerateSparsely(scenario, BYTES))
                        .isPositive());
    }

    private static void assertNothingIsUsed(Process survivor) {
        assertThat(survivor.objects.entries()).isEmpty();
        assertThat(survivor.heap.deepStatistics().usedBytes())
                .as("bytes in use when all is gone")
                .isZero();
    }

    private static final class Sharing extends Operation {

        private final Object graph;

        Sharing(Object graph) {
            this.graph = graph;
        }

        @Override
        void act(Process victim) {
            victim.objects.create("graph", type(graph));
        }

        @Override
        boolean isGradual() {
            return true;
        }

        @Override
        boolean happened(Process survivor) {
            SharedGraphs.Graph found = survivor.objects.find("graph", type(graph));
            if (found != null) {
                assertThat(picture(found.copy())).isEqualTo(picture(graph));
                found.close();
                assertThat(survivor.objects.destroy("graph")).isTrue();
            }
            assertNothingIsUsed(survivor);
            return found != null;
        }
    }

    /** A change of a graph that happens wholly or not at all. */
    private static final class Changing extends Operation {

        private final Object before;
        private final Object after;
        private final Consumer<Object> change;
        private SharedGraphs.Graph graph;

        Changing(Object before, Object after, Consumer<Object> change) {
            this.before = before;
            this.after = after;
            this.change = change;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            survivor.objects.create("graph", type(before)).close();
            graph = victim.objects.open("graph", type(null));
            graph.copy();
        }

        @Override
        void act(Process victim) {
            change.accept(graph.root());
        }

        /** What was made for it and is in no place is there until it is opened alone. */
        @Override
        boolean isGradual() {
            return true;
        }

        @Override
        boolean happened(Process survivor) {
            boolean happened;
            try (SharedGraphs.Graph found = survivor.objects.open("graph", type(null))) {
                Object now = picture(found.copy());
                assertThat(now).isIn(picture(before), picture(after));
                happened = now.equals(picture(after));
            }
            assertThat(survivor.objects.destroy("graph")).isTrue();
            assertNothingIsUsed(survivor);
            return happened;
        }
    }

    @TestFactory
    Stream<DynamicTest> sharing() {
        return Stream.of(
                survives("an empty list", () -> new Sharing(List.of())),
                survives("a map with a list", () -> new Sharing(SMALL)),
                survives("collections in collections", () -> new Sharing(LARGER)),
                survives("a deque in a map", () -> new Sharing(Map.of("deque", new ArrayDeque<>(List.of(1L, LONG))))),
                survives("live values", () -> new Sharing(LIVE)),
                survives("an array in several blocks", () -> new Sharing(List.of(PARTS))));
    }

    /** An object with a name that begins with something in it: nobody finds it without that. */
    @Test
    void creatingWhatBeginsWithSomething() {
        SharedType<SharedString> type = SharedString.type().initially(text -> text.set(LONG));
        Scenario scenario = () -> new Operation() {
            @Override
            void act(Process victim) {
                victim.objects.create("text", type);
            }

            @Override
            boolean isGradual() {
                return true;
            }

            @Override
            boolean happened(Process survivor) {
                SharedString found = survivor.objects.find("text", SharedString.type());
                if (found != null) {
                    assertThat(found.get()).isEqualTo(LONG);
                    found.close();
                    assertThat(survivor.objects.destroy("text")).isTrue();
                }
                assertNothingIsUsed(survivor);
                return found != null;
            }
        };
        assertThat(CrashEnumerator.enumerate(scenario)).isPositive();
    }

    @TestFactory
    Stream<DynamicTest> changing() {
        Map<String, Object> more = new HashMap<>(SMALL);
        more.put("more", List.of(2L));
        return Stream.of(
                survives("put a collection", () -> new Changing(SMALL, more, map -> map(map).put("more", List.of(2L)))),
                survives(
                        "compute a collection",
                        () -> new Changing(SMALL, more, map -> map(map).computeIfAbsent("more", key -> List.of(2L)))),
                survives(
                        "replace a collection",
                        () -> new Changing(
                                SMALL,
                                Map.of("list", Map.of("k", LONG)),
                                map -> map(map).put("list", Map.of("k", LONG)))),
                survives("take out a collection", () -> new Changing(SMALL, Map.of(), map -> map(map).remove("list"))),
                survives(
                        "add to a collection",
                        () -> new Changing(
                                SMALL,
                                Map.of("list", List.of(1L, LONG, 9L)),
                                map -> list(map(map).get("list")).add(9L))),
                survives(
                        "put elements around a collection",
                        () -> new Changing(
                                LARGER.subList(2, 4),
                                List.of(List.of(List.of(List.of(7L))), List.of(5L), 5L),
                                list -> list(list).add(1, List.of(5L)))));
    }

    /** A change of the collection under {@code "in"}, which begins as one and ends as the other. */
    private static DynamicTest inside(String what, Object before, Object after, Consumer<Object> change) {
        return survives(
                what,
                () -> new Changing(
                        Map.of("in", before), Map.of("in", after), map -> change.accept(map(map).get("in"))));
    }

    @TestFactory
    Stream<DynamicTest> changingSetsAndDequesInside() {
        Set<Object> set = Set.of("a", LONG, 1L);
        Deque<Object> deque = deque("a", LONG, List.of(1L));
        return Stream.of(
                inside("add to a set", set, Set.of("a", LONG, 1L, LONG + LONG), in -> set(in).add(LONG + LONG)),
                inside("remove from a set", set, Set.of("a", 1L), in -> set(in).remove(LONG)),
                inside(
                        "add a list at the end of a deque",
                        deque,
                        deque("a", LONG, List.of(1L), List.of(LONG)),
                        in -> asDeque(in).addLast(List.of(LONG))),
                inside(
                        "add at the beginning of a deque",
                        deque,
                        deque(LONG, "a", LONG, List.of(1L)),
                        in -> asDeque(in).addFirst(LONG)),
                inside(
                        "take a list from the end of a deque",
                        deque,
                        deque("a", LONG),
                        in -> asDeque(in).pollLast()),
                inside(
                        "add several to a deque",
                        deque,
                        deque("a", LONG, List.of(1L), List.of(), Map.of()),
                        in -> asDeque(in).addAll(List.of(List.of(), Map.of()))),
                inside("clear a deque", deque, deque(), in -> asDeque(in).clear()));
    }

    private static Deque<Object> deque(Object... elements) {
        return new ArrayDeque<>(List.of(elements));
    }

    @TestFactory
    Stream<DynamicTest> changingListsInside() {
        List<String> c = ROWS.get(0);
        List<String> a = ROWS.get(1);
        List<String> b = ROWS.get(2);
        List<String> d = ROWS.get(3);
        List<String> e = List.of("e", LONG);
        return Stream.of(
                inside("set a list of a list", ROWS, List.of(c, e, b, d), in -> list(in).set(1, e)),
                inside("set a value in the place of a list", ROWS, List.of(LONG, a, b, d), in -> list(in).set(0, LONG)),
                inside(
                        "sort lists",
                        ROWS,
                        List.of(a, b, c, d),
                        in -> rows(in).sort(Comparator.comparing(row -> row.get(0)))),
                inside("swap lists", ROWS, List.of(c, d, b, a), in -> ((SharedList<Object>) list(in)).swap(1, 3)),
                inside(
                        "replace some lists by others",
                        ROWS,
                        List.of(c, e, e, d),
                        in -> rows(in).replaceAll(row -> "ab".contains(row.get(0)) ? e : row)),
                inside("remove some lists", ROWS, List.of(a, d), in -> rows(in).removeIf(row -> row.size() > 1)),
                inside("clear a list of lists", ROWS, List.of(), in -> list(in).clear()),
                inside(
                        "remove a run of lists",
                        ROWS,
                        List.of(c, d),
                        in -> list(in).subList(1, 3).clear()),
                inside(
                        "update one to another",
                        ROWS,
                        List.of(c, a, b, e),
                        in -> ((SharedList<Object>) list(in)).updateAndGet(3, row -> e)),
                inside(
                        "add lists in the middle",
                        ROWS,
                        List.of(c, e, d, a, b, d),
                        in -> list(in).addAll(1, List.of(e, d))));
    }

    @SuppressWarnings("unchecked")
    private static List<List<String>> rows(Object collection) {
        return (List<List<String>>) collection;
    }

    @TestFactory
    Stream<DynamicTest> changingLiveValues() {
        List<Object> values = List.of(SEVEN, ACCOUNT, VECTOR);
        return Stream.of(
                inside("put a bean", Map.of(), Map.of("k", ACCOUNT), in -> map(in).put("k", ACCOUNT)),
                inside("put a number", List.of(), List.of(SEVEN), in -> list(in).add(SEVEN)),
                inside("put an array in several blocks", List.of(), List.of(PARTS), in -> list(in).add(PARTS)),
                inside("take one out", List.of(PARTS), List.of(), in -> list(in).clear()),
                inside(
                        "compute a vector",
                        Map.of(),
                        Map.of("k", VECTOR),
                        in -> map(in).computeIfAbsent("k", key -> VECTOR)),
                inside("take out a bean", values, List.of(SEVEN, VECTOR), in -> list(in).remove(1)),
                inside(
                        "put another in its place",
                        values,
                        List.of(ACCOUNT, ACCOUNT, VECTOR),
                        in -> list(in).set(0, ACCOUNT)),
                inside(
                        "add to a number",
                        values,
                        List.of("number 9", ACCOUNT, VECTOR),
                        in -> ((SharedLong) list(in).get(0)).addAndGet(2)),
                inside(
                        "update a bean",
                        values,
                        List.of(SEVEN, account("another", 6), VECTOR),
                        in -> account(in).update(account -> {
                            account.setOwner("another");
                            account.setCents(account.getCents() + 1);
                        })),
                inside(
                        "set a text of a bean",
                        values,
                        List.of(SEVEN, account(LONG + LONG, 5), VECTOR),
                        in -> account(in).get().setOwner(LONG + LONG)),
                inside(
                        "extend a vector",
                        values,
                        List.of(SEVEN, ACCOUNT, List.of("vector", 1L, 2L, 3L, 4L)),
                        in -> ((SharedVector) list(in).get(2)).extend(3, 4)));
    }

    @SuppressWarnings("unchecked")
    private static SharedBean<Account> account(Object list) {
        return (SharedBean<Account>) list(list).get(1);
    }

    @SuppressWarnings("unchecked")
    private static Set<Object> set(Object collection) {
        return (Set<Object>) collection;
    }

    @SuppressWarnings("unchecked")
    private static Deque<Object> asDeque(Object collection) {
        return (Deque<Object>) collection;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object collection) {
        return (Map<String, Object>) collection;
    }

    @SuppressWarnings("unchecked")
    private static List<Object> list(Object collection) {
        return (List<Object>) collection;
    }

    @TestFactory
    Stream<DynamicTest> endings() {
        return Stream.of(
                destroying("destroying", LARGER),
                destroying("destroying live values", LIVE),
                opening("opening one with collections that were taken out", LARGER),
                opening("opening one with live values that were taken out", List.of(SEVEN, ACCOUNT, VECTOR, 5L)));
    }

    private static DynamicTest destroying(String what, Object whole) {
        return survives(what, () -> new Operation() {
            @Override
            void arrange(Process victim, Process survivor) {
                survivor.objects.create("graph", type(whole)).close();
            }

            @Override
            void act(Process victim) {
                victim.objects.destroy("graph");
            }

            @Override
            boolean isGradual() {
                return true;
            }

            @Override
            boolean happened(Process survivor) {
                SharedGraphs.Graph found = survivor.objects.find("graph", type(null));
                if (found != null) {
                    assertThat(picture(found.copy())).isEqualTo(picture(whole));
                    found.close();
                    assertThat(survivor.objects.destroy("graph")).isTrue();
                }
                assertNothingIsUsed(survivor);
                return found == null;
            }
        });
    }

    private static DynamicTest opening(String what, List<Object> whole) {
        return survives(what, () -> new Operation() {
            @Override
            void arrange(Process victim, Process survivor) {
                try (SharedGraphs.Graph graph = survivor.objects.create("graph", type(whole))) {
                    list(graph.root()).subList(0, 3).clear();
                }
            }

            @Override
            void act(Process victim) {
                victim.objects.open("graph", type(null));
            }

            @Override
            boolean isUndoneByDeath() {
                return true;
            }

            @Override
            boolean isGradual() {
                return true;
            }

            @Override
            boolean happened(Process survivor) {
                long used;
                try (SharedGraphs.Graph found = survivor.objects.open("graph", type(null))) {
                    assertThat(found.copy()).isEqualTo(List.of(5L));
                    used = survivor.heap.deepStatistics().usedBytes();
                    // All that was taken out has gone: the root, a chunk, and one list of one chunk.
                    list(found.root()).add(List.of());
                    assertThat(found.copy()).isEqualTo(List.of(5L, List.of()));
                }
                assertThat(used).isLessThan(3_000);
                assertThat(survivor.objects.destroy("graph")).isTrue();
                assertNothingIsUsed(survivor);
                return false;
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> givingBackWhileOthersHaveItOpen() {
        return Stream.of(
                collecting("collections", LARGER),
                collecting("a deque with a list", List.of(deque(LONG, List.of(LONG)), List.of(), Map.of(), 5L)),
                collecting("live values", List.of(List.of(SEVEN, ACCOUNT), VECTOR, PARTS, 5L)),
                survives("putting back", PuttingBack::new));
    }

    /** The victim frees what was taken out, when nobody has it any more, while the survivor has the graph open. */
    private static DynamicTest collecting(String what, List<Object> whole) {
        return survives(what, () -> new Operation() {
            private SharedGraphs.Graph graph;
            private GraphAccess.Stub stub;

            @Override
            void arrange(Process victim, Process survivor) {
                survivor.objects.create("graph", type(whole)).close();
                SharedGraphs.Graph others = survivor.objects.open("graph", type(null));
                Object first = list(others.root()).get(0);
                stub = GraphAccess.stub(first);
                GraphAccess.drop(others, first);
                GraphAccess.collect(others);
                graph = victim.objects.open("graph", type(null));
                list(graph.root()).subList(0, 3).clear();
            }

            @Override
            void act(Process victim) {
                assertThat(GraphAccess.collect(graph)).isGreaterThan(2);
            }

            @Override
            boolean isUndoneByDeath() {
                return true;
            }

            @Override
            boolean isGradual() {
                return true;
            }

            @Override
            boolean happened(Process survivor) {
                SharedGraphs.Graph found = survivor.objects.open("graph", type(null));
                Object late = GraphAccess.find(found, stub);
                if (late != null) {
                    assertThat(picture(late)).isEqualTo(picture(whole.get(0)));
                    GraphAccess.drop(found, late);
                    if (late instanceof Iterable<?> inner) {
                        inner.forEach(one -> dropAll(found, one));
                    } else {
                        map(late).values().forEach(one -> dropAll(found, one));
                    }
                }
                GraphAccess.collect(found);
                assertThat(survivor.heap.deepStatistics().usedBytes()).isLessThan(3_000);
                list(found.root()).add(List.of());
                assertThat(found.copy()).isEqualTo(List.of(5L, List.of()));
                found.close();
                assertThat(survivor.objects.destroy("graph")).isTrue();
                return false;
            }
        });
    }

    private static void dropAll(SharedGraphs.Graph graph, Object value) {
        if (value instanceof SharedObject) {
            GraphAccess.drop(graph, value);
        }
    }

    /** The victim puts elsewhere what it took out; whoever gives back then finds it in its place, or nobody who has it. */
    private static final class PuttingBack extends Operation {

        private SharedGraphs.Graph graph;
        private Object part;

        @Override
        void arrange(Process victim, Process survivor) {
            survivor.objects.create("graph", type(SMALL)).close();
            survivor.objects.open("graph", type(null)).root();
            graph = victim.objects.open("graph", type(null));
            part = map(graph.root()).remove("list");
        }

        @Override
        void act(Process victim) {
            map(graph.root()).put("elsewhere", part);
            GraphAccess.collect(graph);
        }

        @Override
        boolean isGradual() {
            return true;
        }

        @Override
        boolean happened(Process survivor) {
            SharedGraphs.Graph found = survivor.objects.open("graph", type(null));
            GraphAccess.collect(found);
            Object now = found.copy();
            assertThat(now).isIn(Map.of(), Map.of("elsewhere", SMALL.get("list")));
            long used = survivor.heap.deepStatistics().usedBytes();
            found.close();
            try (SharedGraphs.Graph alone =
                    survivor.other(World.SECOND_SURVIVOR).objects.open("graph", type(null))) {
                assertThat(alone.copy()).isEqualTo(now);
                assertThat(survivor.heap.deepStatistics().usedBytes())
                        .as("bytes in use once it was opened alone, too")
                        .isEqualTo(used);
            }
            assertThat(survivor.objects.destroy("graph")).isTrue();
            return !now.equals(Map.of());
        }
    }

    /** A segment that a graph is moved from or to, with a process that may die and another that goes on. */
    private static final class Place {

        private final Object graph;
        private final World world = World.ofBytes(BYTES);
        private final byte[] blank = world.image();
        private Process victim;
        private Process survivor;

        Place(Object graph) {
            this.graph = graph;
        }

        void begin() {
            world.restore(blank);
            victim = world.process(World.VICTIM);
            survivor = world.process(World.SURVIVOR);
        }

        void die() {
            victim.memory.beforeAccess(() -> {});
            victim.memory.kill();
            world.kill(World.VICTIM);
            survivor.reap();
            assertThat(world.problems()).isEmpty();
        }

        /** Whether the graph is there, wholly; it goes, and leaves nothing. */
        boolean took() {
            SharedGraphs.Graph found = survivor.objects.find("graph", type(null));
            if (found != null) {
                assertThat(picture(found.copy())).isEqualTo(picture(graph));
                found.close();
                assertThat(survivor.objects.destroy("graph")).isTrue();
            }
            assertNothingIsUsed(survivor);
            return found != null;
        }
    }

    /** As {@link Shared#moveTo}, with a death of who moves after each of the stores in the one segment and in the other. */
    @TestFactory
    Stream<DynamicTest> movingLeavesItInOnePlaceAtLeast() {
        return Stream.of(
                DynamicTest.dynamicTest("collections", () -> moveWithDeaths(LARGER)),
                DynamicTest.dynamicTest("live values", () -> moveWithDeaths(LIVE)));
    }

    private static void moveWithDeaths(Object graph) {
        Place from = new Place(graph);
        Place to = new Place(graph);
        int there = move(from, to, Long.MAX_VALUE, Long.MAX_VALUE);
        int here = from.victim.memory.trace().size();
        assertThat(List.of(there, here)).allMatch(stores -> stores > 10);
        assertThat(outcome(from, to)).as("moved").isEqualTo("there");
        for (int stores = 0; stores < there; stores++) {
            move(from, to, Long.MAX_VALUE, stores);
            assertThat(outcome(from, to))
                    .as("killed after store %d there", stores)
                    .isIn("here", "both");
        }
        // Copying it stores here, too: who has which part.
        List<String> course = List.of("here", "both", "there");
        String before = "here";
        for (int stores = 0; stores < here; stores++) {
            move(from, to, stores, Long.MAX_VALUE);
            String outcome = outcome(from, to);
            assertThat(outcome)
                    .as("killed after store %d here", stores)
                    .isIn(course.subList(course.indexOf(before), course.size()));
            before = outcome;
        }
        assertThat(before).isEqualTo("there");
    }

    /** Returns the number of stores there. */
    private static int move(Place from, Place to, long storesHere, long storesThere) {
        from.begin();
        to.begin();
        from.survivor.objects.create("graph", type(from.graph)).close();
        SharedGraphs.Graph graph = from.victim.objects.open("graph", type(null));
        from.victim.memory.arm(storesHere);
        to.victim.memory.arm(storesThere);
        // A process dies in all of its segments at once.
        from.victim.memory.beforeAccess(() -> dieWith(to, from));
        to.victim.memory.beforeAccess(() -> dieWith(from, to));
        try {
            SharedGraphs.Graph moved = Shared.move(
                    () -> to.victim.objects.create("graph", type(graph.copy())),
                    () -> from.victim.objects.destroy("graph"),
                    undone -> to.victim.objects.destroy("graph"));
            assertThat(moved).isNotNull();
        } catch (RuntimeException | Error e) {
            // What a killed process throws on its way out nobody hears.
            if (!from.victim.memory.isDead() && !to.victim.memory.isDead()) {
                throw e;
            }
        }
        return to.victim.memory.trace().size();
    }

    private static void dieWith(Place one, Place other) {
        if (one.victim.memory.isDead()) {
            other.victim.memory.kill();
        }
    }

    private static String outcome(Place from, Place to) {
        from.die();
        to.die();
        boolean here = from.took();
        boolean there = to.took();
        return here && there ? "both" : here ? "here" : there ? "there" : "lost";
    }
}
