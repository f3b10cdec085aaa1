package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.CrashEnumerator.Operation;
import dev.shm.CrashEnumerator.Scenario;
import dev.shm.World.Process;
import dev.shm.collection.Graphs;
import java.util.ArrayList;
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

    private static SharedType<SharedGraphs.Graph> type(Object graph) {
        return new Graphs().type(null, graph);
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
                assertThat(found.copy()).isEqualTo(graph);
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
                Object now = found.copy();
                assertThat(now).isIn(before, after);
                happened = now.equals(after);
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
                survives("collections in collections", () -> new Sharing(LARGER)));
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
                survives("destroying", () -> new Operation() {
                    @Override
                    void arrange(Process victim, Process survivor) {
                        survivor.objects.create("graph", type(LARGER)).close();
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
                            assertThat(found.copy()).isEqualTo(LARGER);
                            found.close();
                            assertThat(survivor.objects.destroy("graph")).isTrue();
                        }
                        assertNothingIsUsed(survivor);
                        return found == null;
                    }
                }),
                survives("opening one with collections that were taken out", () -> new Operation() {
                    @Override
                    void arrange(Process victim, Process survivor) {
                        try (SharedGraphs.Graph graph =
                                survivor.objects.create("graph", type(new ArrayList<>(LARGER)))) {
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
                }));
    }

    /** A segment that a graph is moved from or to, with a process that may die and another that goes on. */
    private static final class Place {

        private final World world = World.ofBytes(BYTES);
        private final byte[] blank = world.image();
        private Process victim;
        private Process survivor;

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
                assertThat(found.copy()).isEqualTo(LARGER);
                found.close();
                assertThat(survivor.objects.destroy("graph")).isTrue();
            }
            assertNothingIsUsed(survivor);
            return found != null;
        }
    }

    /** As {@link Shared#moveTo}, with a death of who moves after each of the stores in the one segment and in the other. */
    @Test
    void movingLeavesItInOnePlaceAtLeast() {
        Place from = new Place();
        Place to = new Place();
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
        String before = "both";
        for (int stores = 0; stores < here; stores++) {
            move(from, to, stores, Long.MAX_VALUE);
            String outcome = outcome(from, to);
            assertThat(outcome).as("killed after store %d here", stores).isIn(before, "there");
            before = outcome;
        }
        assertThat(before).isEqualTo("there");
    }

    /** Returns the number of stores there. */
    private static int move(Place from, Place to, long storesHere, long storesThere) {
        from.begin();
        to.begin();
        from.survivor.objects.create("graph", type(LARGER)).close();
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
