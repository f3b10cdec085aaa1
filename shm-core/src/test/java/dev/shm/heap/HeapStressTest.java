package dev.shm.heap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import dev.shm.segment.Attachment;
import dev.shm.segment.SegmentLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Threads of two attachments on one heap; every block is filled with a pattern that only its holder knows. */
class HeapStressTest {

    private static final int THREADS = 4;
    private static final int OPERATIONS = 60_000;

    private final SegmentLayout layout = SegmentLayout.of(24 << 20, 8);
    private final Memory memory = MappedMemory.of(ByteBuffer.allocateDirect(24 << 20));
    private final Heap[] heaps = new Heap[2];

    HeapStressTest() {
        Heap.initialise(memory, layout);
        for (int slot = 0; slot < heaps.length; slot++) {
            heaps[slot] = new Heap(new Attachment(memory, layout, "stress", slot, 1), () -> false);
        }
    }

    @Test
    void shouldKeepWhatEveryThreadWroteWhileAllAllocateAndFree() throws Exception {
        run(THREADS, 150);

        assertSound();
    }

    @Test
    void shouldStayWholeWhenThereIsNotEnoughForAll() throws Exception {
        run(THREADS, 2_000);

        assertSound();
    }

    @Test
    void shouldHaveAllOfItFreeAtTheEnd() throws Exception {
        run(THREADS, 150);

        HeapStatistics now = heaps[0].deepStatistics();
        assertThat(now.usedBytes()).isZero();
        assertThat(now.usedBlocks()).isZero();
    }

    @Test
    void shouldGiveABlockPagesOfItsOwnWhenNoSlabFits() {
        int bytes = heaps[0].largestSlabBlock() - BlockLayout.HEADER_BYTES;
        int pages = layout.pageCount();
        List<Integer> single = new ArrayList<>();
        // Every page, one by one, and then nine neighbours out of every ten: no run is long enough for a slab of these.
        for (int i = 0; i < pages; i++) {
            single.add(run());
        }
        for (int i = 0; i < pages; i++) {
            if (i % 10 != 0) {
                free(single.get(i));
            }
        }

        long reference = heaps[0].allocate(bytes, 1);
        heaps[0].commit(reference);

        assertThat(heaps[1].length(reference)).isEqualTo(bytes);
        assertSound();
        heaps[1].free(reference);
        assertSound();
    }

    /** A page taken as a run, as the page tier does it. */
    private int run() {
        Pages tier = new Pages(memory, layout);
        int page = tier.claimLow(1, 1);
        memory.putLong(tier.address(page), BlockLayout.word(page, 1, 0, BlockLayout.LIVE));
        memory.putInt(tier.address(page) + BlockLayout.LENGTH, 3_500);
        tier.commit(page, PageWord.RUN, 0, 1);
        return page;
    }

    private void free(int page) {
        Pages tier = new Pages(memory, layout);
        assertThat(tier.giveBack(page, tier.word(page), 1)).isTrue();
    }

    private void assertSound() {
        assertThat(new HeapScan(memory, layout).verify(slot -> slot < heaps.length))
                .isEmpty();
        HeapStatistics exact = heaps[0].deepStatistics();
        assertThat(exact.freeBytes() + exact.usedBytes() + exact.metaBytes()).isEqualTo(exact.heapBytes());
        assertThat(exact.liveBytes() + exact.queuedBytes() + exact.tentativeBytes())
                .isEqualTo(exact.usedBytes());
        HeapStatistics fast = heaps[0].statistics();
        assertThat(fast.freeBytes()).isEqualTo(exact.freeBytes());
        assertThat(fast.usedBytes()).isEqualTo(exact.usedBytes());
        assertThat(fast.metaBytes()).isEqualTo(exact.metaBytes());
        assertThat(fast.classes()).isEqualTo(exact.classes());
    }

    private void run(int threads, int kept) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> results = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                Worker worker = new Worker(heaps[i % heaps.length], 31 * i + 7, kept);
                results.add(pool.submit(worker::run));
            }
            for (Future<?> result : results) {
                result.get(120, TimeUnit.SECONDS);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private final class Worker {

        private final Heap heap;
        private final Random random;
        private final long[] references;
        private final long[] patterns;

        Worker(Heap heap, long seed, int kept) {
            this.heap = heap;
            this.random = new Random(seed);
            this.references = new long[kept];
            this.patterns = new long[kept];
        }

        void run() {
            for (int i = 0; i < OPERATIONS; i++) {
                int k = random.nextInt(references.length);
                if (references[k] != 0) {
                    checkAndFree(k);
                } else {
                    take(k);
                }
            }
            for (int k = 0; k < references.length; k++) {
                if (references[k] != 0) {
                    checkAndFree(k);
                }
            }
        }

        private void take(int k) {
            // From 8 bytes to 128 KiB, whole words, as many in each doubling.
            int bytes = (8 << random.nextInt(14)) + 8 * random.nextInt(1 + random.nextInt(8));
            try {
                long reference = heap.allocate(bytes, 1);
                long payload = BlockLayout.payload(reference);
                patterns[k] = random.nextLong();
                for (int at = 0; at < bytes; at += 8) {
                    memory.putLong(payload + at, patterns[k] + at);
                }
                if (random.nextBoolean()) {
                    heap.commit(reference);
                }
                references[k] = reference;
            } catch (OutOfSharedMemoryException e) {
                references[k] = 0;
            }
        }

        private void checkAndFree(int k) {
            int bytes = heap.length(references[k]);
            long payload = heap.payload(references[k]);
            for (int at = 0; at < bytes; at += 8) {
                if (memory.getLong(payload + at) != patterns[k] + at) {
                    throw new AssertionError("somebody wrote into a block of another at " + (payload + at));
                }
            }
            heap.free(references[k]);
            references[k] = 0;
        }
    }
}
