package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.collection.KeyLock;
import dev.shm.collection.SharedLocks;
import dev.shm.collection.SharedMap;
import dev.shm.collection.SharedSet;
import dev.shm.testing.TestDirectory;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The lines of docs/collections.md, and what the tool tells of them. */
class CollectionsTutorialTest {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    @Test
    void theLinesOfTheGuideRun() {
        try (SharedMemory memory = SharedMemory.named("desk")
                .directory(directory.path())
                .size(8 << 20)
                .openOrCreate()) {
            SharedMap<String, Long> stock = memory.openOrCreate("stock", SharedMap.of(String.class, Long.class));
            stock.merge("apples", 3L, Long::sum);

            SharedSet<String> seen = memory.openOrCreate("seen", SharedSet.of(String.class));
            boolean first = seen.add("order-1");

            assertThat(stock).isEqualTo(Map.of("apples", 3L));
            assertThat(first).isTrue();

            SharedLocks locks = memory.openOrCreate("locks", SharedLocks.type());
            KeyLock lock = locks.get("order-1");
            lock.lock();
            try {
                lookAt();
            } finally {
                lock.unlock();
            }
            assertThat(locks.holders()).isEmpty();
        }
    }

    private void lookAt() {
        try (SegmentView view = SegmentView.open(directory.path(), "desk")) {
            assertThat(view.verify()).isEmpty();
            assertThat(view.figures()).hasSize(3).allSatisfy(figures -> {
                assertThat(figures.kind()).isIn("map", "set", "locks");
                assertThat(figures.problem()).isEmpty();
                assertThat(figures.figures())
                        .containsEntry("entries", 1L)
                        .containsEntry("roomBeforeGrowth", 6L)
                        .containsEntry("removedPlaces", 0L)
                        .containsKey("tableBytes");
            });
        }
    }
}
