package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.collection.FrozenMap;
import dev.shm.collection.FrozenMapType;
import dev.shm.collection.KeyLock;
import dev.shm.collection.SharedDeque;
import dev.shm.collection.SharedList;
import dev.shm.collection.SharedLocks;
import dev.shm.collection.SharedMap;
import dev.shm.collection.SharedSet;
import dev.shm.testing.TestDirectory;
import dev.shm.value.SharedLong;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    @Test
    void theLinesAboutFrozenMapsRun() {
        try (SharedMemory memory = directory.segment("desk").size(8 << 20).openOrCreate()) {
            Map<String, Long> calculated = Map.of("apples", 3L);
            FrozenMapType<String, Long> prices = FrozenMap.of(String.class, Long.class);

            memory.create("prices", prices.holding(calculated));

            FrozenMap<String, Long> table = memory.open("prices", prices);
            Long price = table.get("apples");

            assertThat(price).isEqualTo(3);
            try (SegmentView view = SegmentView.open(directory.path(), "desk")) {
                assertThat(view.figures()).singleElement().satisfies(figures -> {
                    assertThat(figures.kind()).isEqualTo("frozen map");
                    assertThat(figures.figures())
                            .containsEntry("entries", 1L)
                            .containsEntry("tableBytes", 64L + 2 * 8 + 40)
                            .containsEntry("dataBytes", 0L);
                });
            }
        }
    }

    @Test
    void theLinesAboutAnotherEditionRun() {
        try (SharedMemory memory = directory.segment("desk").size(8 << 20).openOrCreate()) {
            FrozenMapType<String, Long> prices = FrozenMap.of(String.class, Long.class);
            SharedLong edition = memory.openOrCreate("prices.edition", SharedLong.type());
            long seen = 0;
            FrozenMap<String, Long> table = memory.create("prices.0", prices.holding(Map.of("apples", 3L)));
            // Left by those who were killed, one before it had set the number, one after that.
            memory.create("prices.1", prices.holding(Map.of())).close();
            memory.create("prices.-1", prices.holding(Map.of())).close();
            for (long round = 1; round < 4; round++) {
                Map<String, Long> calculated = Map.of("apples", 3L + round);

                long next = edition.get() + 1;
                memory.destroy("prices." + next);
                memory.destroy("prices." + (next - 2));
                memory.create("prices." + next, prices.holding(calculated)).close();
                edition.set(next);
                memory.destroy("prices." + (next - 1));

                assertThat(table.get("apples"))
                        .as("what a reader has open stays")
                        .isEqualTo(2L + round);
                while (seen != edition.get()) {
                    long wanted = edition.get();
                    Optional<FrozenMap<String, Long>> found = memory.find("prices." + wanted, prices);
                    if (found.isPresent()) {
                        table.close();
                        table = found.get();
                        seen = wanted;
                    }
                }
                assertThat(table).isEqualTo(calculated);
            }
            assertThat(memory.objects()).extracting(ObjectInfo::name).containsOnly("prices.edition", "prices.3");
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
