package dev.shm.benchmark;

import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.heap.Heap;
import dev.shm.heap.HeapStatistics;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What is left of the heap after a long random workload: {@link Sizes} of all kinds, most blocks dying young, the rest at
 * random, with the sum of the bytes asked for held at a part of the heap. Beside it a {@link BestFit} under the very same
 * workload.
 *
 * <p>The external fragmentation is measured by use: after the workload, go on allocating the same mix until the first call
 * finds no memory, and see which part of the free bytes could not be used.
 *
 * <p>Arguments: millions of operations (default 4), megabytes of segment (default 256), seed (default 42), and the percentages of
 * the heap to hold (default 50 70 85).
 */
public final class Fragmentation {

    private static final int YOUNG = 1000;
    private static final int YOUNG_DEATHS_OF_TEN = 8;

    private Fragmentation() {}

    /** What the workload runs on. */
    interface Allocator {
        /** A block, or 0 if there is none. */
        long allocate(int bytes);

        void free(long block);

        /** Bytes in no block, that some block could have. */
        long freeBytes();

        /** Bytes in blocks. */
        long usedBytes();

        long heapBytes();

        /** {@code 1 - largest free piece / free bytes outside slabs}. */
        double scatter();
    }

    /** Runs all of it and prints a row for each. */
    public static void main(String[] arguments) {
        double millions = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 4;
        long segmentBytes = (arguments.length > 1 ? Long.parseLong(arguments[1]) : 256) << 20;
        long seed = arguments.length > 2 ? Long.parseLong(arguments[2]) : 42;
        System.out.printf(
                Locale.ROOT,
                "| fragmentation: %.1f million operations, %d MiB, seed %d | no memory, times | asked for / heap "
                        + "| internal | free | 1 - largest / free | external by use | failed at, bytes "
                        + "| asked for / heap when full | ns an operation |%n",
                millions,
                segmentBytes >> 20,
                seed);
        System.out.println("|---|---|---|---|---|---|---|---|---|---|");
        List<Integer> percentages = arguments.length > 3
                ? Arrays.stream(arguments).skip(3).map(Integer::valueOf).toList()
                : List.of(50, 70, 85);
        for (int percent : percentages) {
            SharedHeap heap = new SharedHeap(segmentBytes);
            run("heap", heap, percent, millions, seed);
            System.out.println(heap.details);
            run("best fit", new BestFit(heap.heapBytes()), percent, millions, seed);
        }
    }

    private static void run(String name, Allocator allocator, int percent, double millions, long seed) {
        Workload workload = new Workload(allocator, new Random(seed), allocator.heapBytes() / 100 * percent);
        long start = System.nanoTime();
        workload.run((long) (millions * 1e6));
        double nanos = (System.nanoTime() - start) / (millions * 1e6);
        long asked = workload.asked;
        long used = allocator.usedBytes();
        long free = allocator.freeBytes();
        double scatter = allocator.scatter();
        int failedAt = workload.fill();
        System.out.printf(
                Locale.ROOT,
                "| %s at %d %% | %d | %.1f %% | %.1f %% | %.1f %% | %.2f | **%.1f %%** | %d | %.1f %% | %.0f |%n",
                name,
                percent,
                workload.refused,
                100.0 * asked / allocator.heapBytes(),
                100.0 * (used - asked) / used,
                100.0 * free / allocator.heapBytes(),
                scatter,
                100.0 * allocator.freeBytes() / free,
                failedAt,
                100.0 * workload.asked / allocator.heapBytes(),
                nanos);
    }

    /** The same sequence of sizes and deaths for every allocator that never refuses. */
    private static final class Workload {

        private final Allocator allocator;
        private final Random random;
        private final long target;
        private final Blocks young = new Blocks();
        private final Blocks old = new Blocks();
        private long asked;
        private long refused;

        Workload(Allocator allocator, Random random, long target) {
            this.allocator = allocator;
            this.random = random;
            this.target = target;
        }

        void run(long operations) {
            for (long i = 0; i < operations; i++) {
                int bytes = Sizes.next(random);
                while (asked + bytes > target) {
                    free();
                }
                long block = allocator.allocate(bytes);
                if (block == 0) {
                    refused++;
                    free();
                    continue;
                }
                asked += bytes;
                young.add(block, bytes);
                if (young.count > YOUNG) {
                    young.move(random.nextInt(young.count), old);
                }
            }
        }

        private void free() {
            Blocks from = young.count > 0 && (old.count == 0 || random.nextInt(10) < YOUNG_DEATHS_OF_TEN) ? young : old;
            int i = random.nextInt(from.count);
            asked -= from.bytes[i];
            allocator.free(from.references[i]);
            from.remove(i);
        }

        /** Allocates until it is refused; returns how many bytes it asked for then. */
        int fill() {
            while (true) {
                int bytes = Sizes.next(random);
                if (allocator.allocate(bytes) == 0) {
                    return bytes;
                }
                asked += bytes;
            }
        }
    }

    private static final class Blocks {

        private long[] references = new long[1024];
        private int[] bytes = new int[1024];
        private int count;

        void add(long reference, int size) {
            if (count == references.length) {
                references = Arrays.copyOf(references, 2 * count);
                bytes = Arrays.copyOf(bytes, 2 * count);
            }
            references[count] = reference;
            bytes[count++] = size;
        }

        void remove(int i) {
            references[i] = references[--count];
            bytes[i] = bytes[count];
        }

        void move(int i, Blocks target) {
            target.add(references[i], bytes[i]);
            remove(i);
        }
    }

    private static final class SharedHeap implements Allocator {

        private final Heap heap;
        private String details = "";

        SharedHeap(long segmentBytes) {
            heap = BenchmarkSegment.unnamed(segmentBytes).heap(0);
        }

        @Override
        public long allocate(int bytes) {
            try {
                long reference = heap.allocate(bytes, 1);
                heap.commit(reference);
                return reference;
            } catch (OutOfSharedMemoryException e) {
                return 0;
            }
        }

        @Override
        public void free(long block) {
            heap.free(block);
        }

        @Override
        public long freeBytes() {
            return heap.deepStatistics().freeBytes();
        }

        /** With the ends of slabs that are too short for a block: they are lost just as well. */
        @Override
        public long usedBytes() {
            HeapStatistics now = heap.deepStatistics();
            return now.usedBytes() + now.metaBytes();
        }

        @Override
        public long heapBytes() {
            return heap.statistics().heapBytes();
        }

        @Override
        public double scatter() {
            HeapStatistics now = heap.deepStatistics();
            long pageBytes = now.freePages() == 0 ? 0 : now.heapBytes() - now.usedBytes() - now.metaBytes();
            details = String.format(
                    Locale.ROOT,
                    "<!-- heap: waste / used %.3f, slab ends / heap %.3f, free in slabs / free %.3f, unusable for 1, 2, "
                            + "4 … pages %s -->",
                    (double) now.wasteBytes() / now.usedBytes(),
                    (double) now.metaBytes() / now.heapBytes(),
                    pageBytes == 0 ? 1 : freeInSlabs(now) / (double) now.freeBytes(),
                    now.unusable().stream()
                            .map(part -> String.format(Locale.ROOT, "%.2f", part))
                            .toList());
            return now.fragmentation();
        }

        private static long freeInSlabs(HeapStatistics now) {
            return now.classes().stream()
                    .mapToLong(c -> c.freeBlocks() * c.blockBytes())
                    .sum();
        }
    }
}
