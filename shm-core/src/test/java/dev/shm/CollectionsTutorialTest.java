package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.collection.KeyLock;
import dev.shm.collection.SharedDeque;
import dev.shm.collection.SharedList;
import dev.shm.collection.SharedLocks;
import dev.shm.collection.SharedMap;
import dev.shm.collection.SharedSet;
import dev.shm.testing.TestDirectory;
import java.time.Instant;
import java.util.List;
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

            SharedList<Object> log = memory.openOrCreate("log", SharedList.of(Object.class));
            log.addAll(List.of("started", 1L, Instant.EPOCH, List.of("nested", 2)));

            SharedDeque<String> latest = memory.openOrCreate(
                    "latest", SharedDeque.of(String.class).maxLength(10).evicting());
            latest.addFirst("newest");

            assertThat(log).containsExactly("started", 1L, Instant.EPOCH, List.of("nested", 2));
            assertThat(latest).containsExactly("newest");
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
            assertThat(view.figures()).hasSize(5).allSatisfy(figures -> {
                assertThat(figures.problem()).isEmpty();
                if (figures.kind().equals("list")) {
                    assertThat(figures.figures())
                            .containsEntry("elements", 4L)
                            .containsEntry("roomBeforeGrowth", 4L)
                            .containsEntry("chunkBytes", 128L);
                    return;
                }
                if (figures.kind().equals("deque")) {
                    assertThat(figures.figures())
                            .containsEntry("elements", 1L)
                            .containsEntry("maxLength", 10L)
                            .containsEntry("whenFull", "evict");
                    return;
                }
                assertThat(figures.kind()).isIn("map", "set", "locks");
                assertThat(figures.figures())
                        .containsEntry("entries", 1L)
                        .containsEntry("roomBeforeGrowth", 6L)
                        .containsEntry("removedPlaces", 0L)
                        .containsKey("tableBytes");
            });
        }
    }
}
