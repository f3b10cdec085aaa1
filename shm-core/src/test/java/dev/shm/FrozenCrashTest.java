package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.CrashEnumerator.Operation;
import dev.shm.CrashEnumerator.Scenario;
import dev.shm.World.Process;
import dev.shm.collection.FrozenMap;
import dev.shm.collection.FrozenMapType;
import dev.shm.collection.FrozenSet;
import dev.shm.collection.FrozenSetType;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Frozen maps and sets that are built, and destroyed, with a death after each of the stores, and a death of the reaper after some of its own. */
class FrozenCrashTest {

    private static final String NAME = "frozen";
    private static final FrozenMapType<Object, Object> MAP = FrozenMap.of(Object.class, Object.class);
    private static final FrozenSetType<Object> SET = FrozenSet.of(Object.class);
    private static final String LONG = "one that does not fit into its two words";
    private static final long BYTES = 384 * 1024;

    /** Something is built or destroyed: afterwards all of it is there, or nothing. */
    private abstract static class Change extends Operation {

        private final SharedType<?> type;
        private final Object content;

        Change(SharedType<?> type, Object content) {
            this.type = type;
            this.content = content;
        }

        final boolean isThere(Process survivor) {
            SharedObject found = survivor.objects.find(NAME, type);
            if (found != null) {
                assertThat((Object) found).isEqualTo(content);
                found.close();
                assertThat(survivor.objects.destroy(NAME)).isTrue();
            }
            assertThat(survivor.objects.entries()).isEmpty();
            assertThat(survivor.heap.deepStatistics().usedBytes())
                    .as("bytes in use when all is gone")
                    .isZero();
            return found != null;
        }
    }

    private static Operation building(SharedType<?> type, Object content) {
        return new Change(type, content) {
            @Override
            void act(Process victim) {
                victim.objects.create(NAME, type);
            }

            @Override
            boolean happened(Process survivor) {
                return isThere(survivor);
            }
        };
    }

    private static Operation destroying(SharedType<?> type, Object content) {
        return new Change(type, content) {
            @Override
            void arrange(Process victim, Process survivor) {
                survivor.objects.create(NAME, type).close();
            }

            @Override
            void act(Process victim) {
                victim.objects.destroy(NAME);
            }

            @Override
            boolean happened(Process survivor) {
                survivor.objects.collectDestroyed();
                return !isThere(survivor);
            }

            /** What was destroyed and is not freed yet is freed by whoever looks next. */
            @Override
            boolean isGradual() {
                return true;
            }
        };
    }

    private static DynamicTest survives(String what, Scenario scenario) {
        return DynamicTest.dynamicTest(
                what,
                () -> assertThat(CrashEnumerator.enumerateSparsely(scenario, BYTES))
                        .isPositive());
    }

    @TestFactory
    Stream<DynamicTest> buildingAndDestroying() {
        Map<Object, Object> small = Map.of("a", 1L, LONG, LONG + "!", List.of(1, 2), "b");
        Set<Object> larger = IntStream.range(0, 120).mapToObj(i -> LONG + i).collect(Collectors.toSet());
        return Stream.of(
                survives("an empty map is built", () -> building(MAP.holding(Map.of()), Map.of())),
                survives("a map is built", () -> building(MAP.holding(small), small)),
                survives("a set over several pages is built", () -> building(SET.holding(larger), larger)),
                survives("a map is destroyed", () -> destroying(MAP.holding(small), small)),
                survives("a set over several pages is destroyed", () -> destroying(SET.holding(larger), larger)));
    }
}
