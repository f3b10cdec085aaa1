package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.CrashEnumerator.Operation;
import dev.shm.CrashEnumerator.Scenario;
import dev.shm.World.Process;
import dev.shm.collection.MapType;
import dev.shm.collection.SharedMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every change of a map, with a death after each of its stores, and a death of the reaper after each of its own. */
class MapCrashTest {

    private static final MapType<String, Object> TYPE = SharedMap.of(String.class, Object.class);
    private static final String LONG_KEY = "a key that does not fit into its two words";
    private static final String OTHER_LONG_KEY = "another key that does not fit into its two words";
    private static final String LONG = "v".repeat(100);
    private static final String LONGER = "w".repeat(500);
    /** Pages of its own. */
    private static final String RUN = "r".repeat(40_000);

    private static final Map<String, Object> OF_ALL_SORTS =
            Map.of("a", 1L, LONG_KEY, LONG, OTHER_LONG_KEY, RUN, "b", LONGER);

    private static final long BYTES = 768 * 1024;

    private static SharedMap<String, Object> map(Process process) {
        return process.objects.openOrCreate("map", TYPE);
    }

    private static DynamicTest survives(
            String what, Map<String, Object> before, Consumer<SharedMap<String, Object>> change) {
        return survives(what, () -> new Changing(before, change));
    }

    private static DynamicTest survives(String what, Scenario scenario) {
        return DynamicTest.dynamicTest(
                what,
                () -> assertThat(CrashEnumerator.enumerateSparsely(scenario, BYTES))
                        .isPositive());
    }

    /** A change of the map that happens wholly or not at all. */
    private static class Changing extends Operation {

        private final Map<String, Object> before;
        private final Map<String, Object> after;
        private final Consumer<SharedMap<String, Object>> change;
        private SharedMap<String, Object> map;

        Changing(Map<String, Object> before, Consumer<SharedMap<String, Object>> change) {
            this.before = before;
            this.after = new HashMap<>();
            this.change = change;
        }

        @Override
        void arrange(Process victim, Process survivor) {
            try (SharedMap<String, Object> filler = map(survivor)) {
                filler.putAll(before);
                after.putAll(after(victim.other(World.SECOND_SURVIVOR)));
            }
            map = map(victim);
        }

        /** What the change makes of a map on the heap. */
        private Map<String, Object> after(Process process) {
            Map<String, Object> expected;
            try (SharedMap<String, Object> model = process.objects.openOrCreate("model", TYPE)) {
                model.putAll(before);
                change.accept(model);
                expected = model.snapshot();
            }
            process.objects.destroy("model");
            return expected;
        }

        @Override
        void act(Process victim) {
            change.accept(map);
        }

        void assertPossible(Map<String, Object> now, Map<String, Object> before, Map<String, Object> after) {
            assertThat(now).isIn(before, after);
        }

        @Override
        boolean happened(Process survivor) {
            boolean happened;
            try (SharedMap<String, Object> found = map(survivor)) {
                Map<String, Object> now = found.snapshot();
                assertPossible(now, before, after);
                assertThat(found).hasSize(now.size()).isEqualTo(now);
                happened = now.equals(after);
                // It can still be changed, and is then as it was.
                found.put(OTHER_LONG_KEY + "?", LONGER);
                assertThat(found.remove(OTHER_LONG_KEY + "?")).isEqualTo(LONGER);
                found.put("?", 1L);
                assertThat(found.remove("?")).isEqualTo(1L);
            }
            assertThat(survivor.objects.destroy("map")).isTrue();
            assertThat(survivor.heap.deepStatistics().usedBytes())
                    .as("bytes in use when all is gone")
                    .isZero();
            return happened;
        }
    }

    /** Clears. The table goes at once, its blocks one after the other. */
    private static final class Clearing extends Changing {

        Clearing(Map<String, Object> before) {
            super(before, Map::clear);
        }

        @Override
        boolean isGradual() {
            return true;
        }
    }

    /** Changes several keys, each wholly or not at all. */
    private static final class ChangingKeys extends Changing {

        ChangingKeys(Map<String, Object> before, Consumer<SharedMap<String, Object>> change) {
            super(before, change);
        }

        @Override
        void assertPossible(Map<String, Object> now, Map<String, Object> before, Map<String, Object> after) {
            Set<String> keys = new HashSet<>(before.keySet());
            keys.addAll(after.keySet());
            assertThat(keys).containsAll(now.keySet());
            for (String key : keys) {
                assertThat(now.get(key)).as(key).isIn(before.get(key), after.get(key));
            }
        }

        @Override
        boolean isGradual() {
            return true;
        }
    }

    private static Map<String, Object> entries(int count) {
        Map<String, Object> entries = new HashMap<>();
        for (int i = 0; i < count; i++) {
            entries.put("key " + i, (long) i);
        }
        return entries;
    }

    @TestFactory
    Stream<DynamicTest> putting() {
        return Stream.of(
                survives("the first entry of a shard", Map.of(), map -> map.put("a", 1L)),
                survives("one more entry", entries(40), map -> map.put("a", 1L)),
                survives("an entry with blocks", entries(40), map -> map.put(LONG_KEY, LONG)),
                survives("an entry with a run of pages", entries(10), map -> map.put("a", RUN)),
                survives("another value of one word", Map.of("a", 1L), map -> map.put("a", 2L)),
                survives("another value of two words", Map.of("a", "0123456789"), map -> map.put("a", "abcdefghij")),
                survives("a value of another type", Map.of("a", "text"), map -> map.put("a", 7)),
                survives("a large value for a small one", Map.of(LONG_KEY, 1L), map -> map.put(LONG_KEY, LONG)),
                survives("a small value for a large one", Map.of(LONG_KEY, LONG), map -> map.put(LONG_KEY, 1L)),
                survives("a large value for a large one", Map.of(LONG_KEY, LONG), map -> map.set(LONG_KEY, LONGER)),
                survives("a run for a run", Map.of("a", RUN), map -> map.put("a", RUN + "2")),
                survives("if absent", entries(3), map -> map.putIfAbsent(LONG_KEY, LONG)),
                survives("in place of what is there", Map.of("a", LONG), map -> map.replace("a", LONGER)),
                survives("in place of what is known", Map.of("a", LONG), map -> map.replace("a", LONG, LONGER)));
    }

    @TestFactory
    Stream<DynamicTest> growing() {
        return Stream.of(
                survives("a table that was full", Growing::new),
                survives("a table full of removed entries", Churning::new));
    }

    /** Fills one shard up to its last place, so that the next entry needs a new table. */
    private static final class Growing extends Changing {

        Growing() {
            super(full(), map -> map.put(next(), LONG));
        }

        /** Keys that fall into one shard: found by trying, as the seed of the world's segments is always the same. */
        private static Map<String, Object> full() {
            Map<String, Object> entries = new HashMap<>();
            for (int i = 0; i < 7; i++) {
                entries.put(dev.shm.collection.ShardOfKeys.inShard(3, 42, i), i % 2 == 0 ? LONG : (Object) (long) i);
            }
            return entries;
        }

        private static String next() {
            return dev.shm.collection.ShardOfKeys.inShard(3, 42, 7);
        }
    }

    /** Fills one shard up, and takes out what was there: the next entry finds only places where something was. */
    private static final class Churning extends Changing {

        Churning() {
            super(rest(), map -> map.put(dev.shm.collection.ShardOfKeys.inShard(3, 42, 100), LONG));
        }

        private static Map<String, Object> rest() {
            return Map.of(dev.shm.collection.ShardOfKeys.inShard(3, 42, 0), LONG);
        }

        @Override
        void arrange(Process victim, Process survivor) {
            try (SharedMap<String, Object> map = map(survivor)) {
                for (int i = 0; i < 60; i++) {
                    map.put(dev.shm.collection.ShardOfKeys.inShard(3, 42, i), LONG);
                    if (i >= 14) {
                        map.remove(dev.shm.collection.ShardOfKeys.inShard(3, 42, i - 13));
                    }
                }
                map.keySet().removeIf(key -> !rest().containsKey(key));
            }
            super.arrange(victim, survivor);
        }
    }

    @TestFactory
    Stream<DynamicTest> removing() {
        return Stream.of(
                survives("an entry", entries(40), map -> map.remove("key 7")),
                survives("an entry with blocks", Map.of(LONG_KEY, LONG, "a", 1L), map -> map.remove(LONG_KEY)),
                survives("an entry with a run", Map.of(LONG_KEY, RUN), map -> map.remove(LONG_KEY)),
                survives("an entry that is known", Map.of("a", LONG), map -> map.remove("a", LONG)),
                survives("a key", Map.of(LONG_KEY, LONG), map -> map.keySet().remove(LONG_KEY)),
                survives("what an iterator is at", Map.of(LONG_KEY, LONG), map -> {
                    var iterator = map.entrySet().iterator();
                    iterator.next();
                    iterator.remove();
                }));
    }

    @TestFactory
    Stream<DynamicTest> computing() {
        return Stream.of(
                survives("a new value", entries(3), map -> map.compute(LONG_KEY, (key, before) -> LONG)),
                survives("another value", Map.of("a", LONG), map -> map.compute("a", (key, before) -> before + "!")),
                survives("no value", Map.of(LONG_KEY, LONG), map -> map.compute(LONG_KEY, (key, before) -> null)),
                survives("what is absent", entries(3), map -> map.computeIfAbsent("a", key -> LONG)),
                survives("what is present", Map.of("a", 1L), map -> map.computeIfPresent("a", (key, before) -> 2L)),
                survives("a sum", Map.of("a", 1L), map -> map.merge("a", 2L, (one, two) -> (long) one + (long) two)),
                survives("a sum that begins", Map.of(), map -> map.merge("a", 2L, (one, two) -> two)),
                survives(
                        "an entry set",
                        Map.of("a", LONG),
                        map -> map.entrySet().iterator().next().setValue(LONGER)));
    }

    /** All entries of a shard go at once, and so nearly all of a map that has one. */
    @TestFactory
    Stream<DynamicTest> clearing() {
        return Stream.of(
                survives("one entry", () -> new Clearing(Map.of("a", 1L))),
                survives("one entry with blocks", () -> new Clearing(Map.of(LONG_KEY, LONG))),
                survives("one entry with a run", () -> new Clearing(Map.of("a", RUN))),
                survives("a shard with blocks", () -> new Clearing(Growing.full())));
    }

    @TestFactory
    Stream<DynamicTest> changingSeveralKeys() {
        return Stream.of(
                survives(
                        "putting all",
                        () -> new ChangingKeys(Map.of("a", 7L, LONG_KEY, LONGER), map -> map.putAll(OF_ALL_SORTS))),
                survives(
                        "replacing all",
                        () -> new ChangingKeys(OF_ALL_SORTS, map -> map.replaceAll((key, value) -> key + value))),
                survives(
                        "removing some keys",
                        () -> new ChangingKeys(
                                OF_ALL_SORTS, map -> map.keySet().removeAll(Set.of("a", OTHER_LONG_KEY)))),
                survives(
                        "retaining some values",
                        () -> new ChangingKeys(OF_ALL_SORTS, map -> map.values().retainAll(Set.of(LONG)))),
                survives(
                        "removing what a filter finds",
                        () -> new ChangingKeys(
                                OF_ALL_SORTS,
                                map -> map.entrySet()
                                        .removeIf(entry -> !entry.getValue().equals(1L)))),
                survives("clearing several shards", () -> new ChangingKeys(OF_ALL_SORTS, Map::clear)));
    }

    @TestFactory
    Stream<DynamicTest> livingAndDying() {
        return Stream.of(
                survives(
                        "creating",
                        () -> new ObjectCreation<>(TYPE, map -> assertThat(map).isEmpty())),
                survives("destroying", () -> new ObjectDestruction<>(TYPE, map -> map.putAll(OF_ALL_SORTS))));
    }
}
