package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.Shared;
import dev.shm.SharedMemory;
import dev.shm.testing.GraphChanges;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Graphs that two mappings change, against collections on the heap. */
class GraphModelTest {

    private static Suites suites;
    private static SharedMemory mine;
    private static SharedMemory theirs;

    /**
     * A change.
     *
     * @param byMe by the first of the two mappings
     * @param seed says which
     */
    record Step(boolean byMe, long seed) {}

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
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(Arbitraries.of(true, false), Arbitraries.longs())
                .as(Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(150);
    }

    @Property(tries = 200)
    void shouldBehaveAsAGraphOnTheHeap(@ForAll("steps") List<Step> before, @ForAll("steps") List<Step> after) {
        long used = mine.deepStatistics().usedBytes();
        Map<String, Object> model = new HashMap<>();
        Map<String, Object> first = new HashMap<>();
        before.forEach(step -> {
            GraphChanges.changeModel(model, step.seed());
            GraphChanges.changeModel(first, step.seed());
        });
        Shared<Map<String, Object>> one = mine.share("graph", shared(first));
        assertThat(GraphChanges.picture(one.get())).isEqualTo(GraphChanges.picture(model));
        try (one;
                Shared<Map<String, Object>> other = theirs.shared("graph")) {
            for (Step step : after) {
                GraphChanges.change(step.byMe() ? one.get() : other.get(), step.seed());
                GraphChanges.changeModel(model, step.seed());
            }
            assertThat(GraphChanges.picture(one.get())).isEqualTo(GraphChanges.picture(model));
            assertThat(GraphChanges.picture(other.copy())).isEqualTo(GraphChanges.picture(model));
        }
        assertThat(mine.verify()).isEmpty();
        try (Shared<Map<String, Object>> alone = theirs.shared("graph")) {
            assertThat(GraphChanges.picture(alone.get())).isEqualTo(GraphChanges.picture(model));
            assertThat(parts()).as("parts, once it was tidied").isEqualTo(GraphChanges.parts(model));
        }
        assertThat(mine.verify()).isEmpty();
        assertThat(mine.destroy("graph")).isTrue();
        assertThat(mine.deepStatistics().usedBytes()).isEqualTo(used);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> shared(Map<String, Object> model) {
        return (Map<String, Object>) GraphChanges.toShare(model);
    }

    private static long parts() {
        Map<String, Object> figures = mine.figures().get(0).figures();
        return (long) figures.get("collections") + (long) figures.getOrDefault("liveValues", 0L);
    }
}
