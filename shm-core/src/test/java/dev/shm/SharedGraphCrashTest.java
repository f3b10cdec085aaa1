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
}
