package dev.shm.benchmark;

import dev.shm.heap.Heap;
import dev.shm.heap.HeapStatistics;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Counting a heap of 1 GiB that is half full: of blocks of all sizes, or of the smallest only. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class StatisticsBenchmark {

    /** Size of the segment. */
    @Param("1073741824")
    public long segmentBytes;

    /** What it is half full of. */
    @Param({"mixed", "smallest"})
    public String blocks;

    private Heap heap;

    /** Fills three quarters and then frees every third block, so that there are holes. */
    @Setup
    public void fill() {
        heap = BenchmarkSegment.unnamed(segmentBytes).heap(0);
        Random random = new Random(1);
        long[] references = new long[1 << 16];
        int count = 0;
        for (long used = 0; used < segmentBytes / 4 * 3; ) {
            int bytes = blocks.equals("mixed") ? Sizes.next(random) : 16;
            references[count] = heap.allocate(bytes, 1);
            heap.commit(references[count]);
            used += bytes + 16;
            if (++count == references.length || used >= segmentBytes / 4 * 3) {
                for (int i = 0; i < count; i++) {
                    if (i % 3 == 0) {
                        heap.free(references[i]);
                    }
                }
                count = 0;
            }
        }
    }

    /** From the page map and the hints. */
    @Benchmark
    public HeapStatistics fast() {
        return heap.statistics();
    }

    /** From every block. */
    @Benchmark
    public HeapStatistics deep() {
        return heap.deepStatistics();
    }
}
