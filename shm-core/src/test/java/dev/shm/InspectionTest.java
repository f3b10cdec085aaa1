package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.shm.error.SegmentClosedException;
import dev.shm.error.SegmentFailedException;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.testing.TestDirectory;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedLong;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a peer can tell of its segment, and what it tells when that has ended. */
class InspectionTest {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private static Map<String, ObjectFigures> byName(List<ObjectFigures> figures) {
        return figures.stream().collect(Collectors.toMap(f -> f.object().name(), f -> f));
    }

    // ------------------------------------------------------------------------------------------ figures

    @Test
    void shouldTellAPeerTheSameAsAnOnlooker() {
        try (SharedMemory memory = directory.segment("desk").size(4 << 20).create();
                SharedQueue<String> orders =
                        memory.create("orders", SharedQueue.of(String.class).capacityBytes(1 << 16));
                SegmentView view = SegmentView.open(directory.path(), "desk")) {
            memory.create("hits", SharedLong.type());
            orders.offer("one");
            orders.offer("two");
            orders.poll();
            Map<String, ObjectFigures> figures = byName(memory.figures());
            assertThat(figures).containsOnlyKeys("orders", "hits");
            assertThat(figures.get("orders").kind()).isEqualTo("queue");
            assertThat(figures.get("orders").figures())
                    .containsEntry("depth", 1L)
                    .containsEntry("sent", 2L)
                    .containsEntry("received", 1L);
            assertThat(memory.figures()).isEqualTo(view.figures());
            assertThat(memory.layoutVersion()).isEqualTo(view.layoutVersion()).matches("\\d+\\.\\d+");
            assertThat(memory.created()).isEqualTo(view.created());
        }
    }

    @Test
    void shouldTellWhatIsCountedAsItDoesAmongAllFigures() {
        try (SharedMemory memory = directory.segment("desk").size(4 << 20).create();
                SharedQueue<String> orders = memory.create(
                        "orders",
                        SharedQueue.of(String.class).capacityBytes(1 << 16).deadLettersAfter(1))) {
            memory.create("hits", SharedLong.type());
            memory.create("ticks", SharedTopic.of(String.class).capacityBytes(1 << 16));
            orders.offer("one");
            orders.offer("two");
            orders.offer("three");
            orders.poll();
            Map<String, ObjectFigures> figures = byName(memory.figures());
            Map<String, ObjectFigures> counters = byName(memory.counters());
            assertThat(counters).containsOnlyKeys("orders", "hits", "ticks");
            assertThat(counters.get("orders").figures())
                    .containsOnlyKeys("sent", "received", "receivedBytes", "redelivered", "dropped", "deadLettered")
                    .containsEntry("sent", 3L)
                    .containsEntry("received", 1L);
            assertThat(counters.get("ticks").figures()).containsKey("evicted").doesNotContainKey("subscribers");
            counters.forEach((name, counted) -> {
                assertThat(figures.get(name).object()).isEqualTo(counted.object());
                assertThat(figures.get(name).figures()).containsAllEntriesOf(counted.figures());
            });
        }
    }

    @Test
    void shouldTellWhatIsCountedWithoutALookAtTheMessages() {
        World world = World.ofBytes(1 << 20);
        World.Process process = world.process(0);
        try (SharedQueue<String> queue = process.objects.create(
                "q", SharedQueue.of(String.class).capacityBytes(1 << 16).deadLettersAfter(2))) {
            int empty = accesses(process, Inspection::counters);
            int emptyFigures = accesses(process, Inspection::figures);
            for (int i = 0; i < 500; i++) {
                assertThat(queue.offer("x")).isTrue();
            }
            assertThat(accesses(process, Inspection::counters)).isEqualTo(empty);
            assertThat(accesses(process, Inspection::figures)).isGreaterThan(emptyFigures + 500);
        }
    }

    /** How often a look reads the memory. */
    private static int accesses(World.Process process, Consumer<Inspection> look) {
        AtomicInteger accesses = new AtomicInteger();
        Inspection inspection = new Inspection(process.memory, process.attachment.layout());
        process.memory.beforeAccess(accesses::incrementAndGet);
        look.accept(inspection);
        process.memory.beforeAccess(() -> {});
        return accesses.get();
    }

    // ------------------------------------------------------------------------------------------ map of the heap

    private static void assertWhole(HeapMap map) {
        int next = 0;
        HeapMap.Content before = null;
        for (HeapMap.Span span : map.spans()) {
            assertThat(span.firstPage()).isEqualTo(next);
            assertThat(span.pages()).isPositive();
            assertThat(span.usedBlocks()).isBetween(0, span.blocks());
            if (span.content() == HeapMap.Content.FREE) {
                assertThat(before).isNotEqualTo(HeapMap.Content.FREE);
            }
            before = span.content();
            next += span.pages();
        }
        assertThat(next).isEqualTo(map.pageCount());
        assertThat(map.tableBytes() + map.pageCount() * map.pageBytes()).isLessThanOrEqualTo(map.segmentBytes());
    }

    @Test
    void shouldShowAnEmptyHeapAsOneSpan() {
        try (SharedMemory memory = directory.segment("desk").create()) {
            HeapMap map = memory.heapMap();
            assertWhole(map);
            assertThat(map.spans()).singleElement().satisfies(span -> {
                assertThat(span.content()).isEqualTo(HeapMap.Content.FREE);
                assertThat(span.pages()).isEqualTo(map.pageCount());
            });
        }
    }

    @Test
    void shouldShowSlabsAndLargeBlocksAndWhoseTheyAre() {
        try (SharedMemory memory = directory.segment("desk").size(4 << 20).create();
                SharedQueue<String> orders =
                        memory.create("orders", SharedQueue.of(String.class).capacityBytes(1 << 18));
                SegmentView view = SegmentView.open(directory.path(), "desk")) {
            for (int i = 0; i < 50; i++) {
                memory.create("hits" + i, SharedLong.type());
            }
            HeapMap map = memory.heapMap();
            assertWhole(map);
            assertThat(view.heapMap()).isEqualTo(map);
            assertThat(map.spans())
                    .filteredOn(span -> span.content() == HeapMap.Content.BLOCK)
                    .singleElement()
                    .satisfies(span -> {
                        assertThat(span.object()).contains("orders");
                        assertThat(span.pages() * map.pageBytes()).isGreaterThan(1 << 18);
                    });
            assertThat(map.spans())
                    .filteredOn(span -> span.content() == HeapMap.Content.SLAB)
                    .isNotEmpty()
                    .allSatisfy(span -> assertThat(span.object()).isEmpty())
                    .extracting(HeapMap.Span::usedBlocks)
                    .satisfies(used -> assertThat(
                                    used.stream().mapToInt(Integer::intValue).sum())
                            .isGreaterThanOrEqualTo(50));
            assertThat(orders.isOpen()).isTrue();
        }
    }

    @Test
    void shouldShowAHeapThatAgreesWithItsSums() {
        Random random = new Random(42);
        try (SharedMemory memory = directory.segment("desk").size(4 << 20).create()) {
            SharedBytes[] values = new SharedBytes[100];
            for (int i = 0; i < values.length; i++) {
                values[i] = memory.create("value" + i, SharedBytes.type());
            }
            for (int round = 0; round < 500; round++) {
                values[random.nextInt(values.length)].set(
                        new byte[random.nextBoolean() ? random.nextInt(300) : random.nextInt(20_000)]);
            }
            HeapMap map = memory.heapMap();
            SegmentStatistics sums = memory.statistics();
            assertWhole(map);
            assertThat(pages(map, HeapMap.Content.FREE)).isEqualTo(sums.freePages());
            assertThat(map.spans().stream()
                            .filter(span -> span.content() != HeapMap.Content.CHANGING)
                            .mapToLong(HeapMap.Span::usedBlocks)
                            .sum())
                    .isEqualTo(sums.usedBlocks());
            assertThat(map.spans().stream()
                            .filter(span -> span.content() == HeapMap.Content.SLAB)
                            .mapToLong(HeapMap.Span::blocks)
                            .sum())
                    .isEqualTo(sums.sizeClasses().stream()
                            .mapToLong(SegmentStatistics.SizeClass::blocks)
                            .sum());
        }
    }

    private static int pages(HeapMap map, HeapMap.Content content) {
        return map.spans().stream()
                .filter(span -> span.content() == content)
                .mapToInt(HeapMap.Span::pages)
                .sum();
    }

    @Test
    void shouldShowAnyPageMapHoweverDamaged() throws IOException {
        Random random = new Random(7);
        try (SharedMemory memory = directory.segment("desk").create();
                RandomAccessFile file = new RandomAccessFile(memory.path().toFile(), "rw")) {
            memory.create("hits", SharedLong.type());
            byte[] good = new byte[(int) memory.heapMap().tableBytes() - 4096];
            file.seek(4096);
            file.readFully(good);
            for (int round = 0; round < 100; round++) {
                byte[] bad = good.clone();
                for (int i = 0; i < 200; i++) {
                    bad[random.nextInt(bad.length)] = (byte) random.nextInt();
                }
                file.seek(4096);
                file.write(bad);
                assertWhole(memory.heapMap());
                assertThat(memory.figures()).isNotNull();
                file.seek(4096);
                file.write(good);
            }
        }
    }

    // ------------------------------------------------------------------------------------------ ended

    @Test
    void shouldTellWhyASegmentEndedUntilItIsClosed() {
        SharedMemory creator = directory
                .segment("desk")
                .role(Role.CREATOR)
                .closeGrace(Duration.ZERO)
                .create();
        try (SharedMemoryManager manager = SharedMemoryManager.start()) {
            SharedMemory consumer = manager.open(directory.segment("desk").role(Role.CONSUMER));
            SharedMemory other = manager.create(directory.segment("other"));
            assertThat(consumer.endReason()).isEmpty();
            assertThat(manager.ended()).isEmpty();
            creator.close();
            assertThat(creator.endReason()).get().isInstanceOf(SegmentClosedException.class);
            await().until(() -> !consumer.isOpen());
            assertThat(manager.ended()).containsExactly(consumer);
            assertThat(consumer.endReason())
                    .get()
                    .satisfies(reason -> assertThat(reason)
                            .isInstanceOf(SegmentClosedException.class)
                            .hasMessageContaining("ended by its creator"));
            assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(consumer::figures);
            assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(consumer::heapMap);
            other.close();
            assertThat(manager.ended()).containsExactly(consumer);
            consumer.close();
            assertThat(manager.ended()).isEmpty();
        }
    }

    @Test
    void shouldForgetTheEndOfASegmentThatIsOpenedAgain() {
        try (SharedMemoryManager manager = SharedMemoryManager.start()) {
            SharedMemory creator = directory
                    .segment("desk")
                    .role(Role.CREATOR)
                    .closeGrace(Duration.ZERO)
                    .create();
            SharedMemory consumer = manager.open(directory.segment("desk").role(Role.CONSUMER));
            creator.close();
            await().until(() -> !consumer.isOpen());
            assertThat(manager.ended()).containsExactly(consumer);
            try (SharedMemory successor =
                    directory.segment("desk").role(Role.CREATOR).create()) {
                SharedMemory again = manager.open(directory.segment("desk").role(Role.CONSUMER));
                assertThat(manager.ended()).isEmpty();
                assertThat(manager.segments()).containsExactly(again);
                assertThat(successor.isCreatorLost()).isFalse();
            }
        }
    }

    @Test
    void shouldTellThatASegmentHasFailed() throws IOException {
        try (SharedMemoryManager manager = SharedMemoryManager.start()) {
            SharedMemory memory = manager.create(directory.segment("desk"));
            try (RandomAccessFile file = new RandomAccessFile(memory.path().toFile(), "rw")) {
                file.setLength(0);
            }
            await().until(() -> !memory.isOpen());
            assertThat(memory.endReason()).get().isInstanceOf(SegmentFailedException.class);
            assertThat(manager.ended()).containsExactly(memory);
        }
    }
}
