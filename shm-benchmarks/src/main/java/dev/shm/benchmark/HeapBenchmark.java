package dev.shm.benchmark;

import dev.shm.heap.Heap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Taking a block and giving it back.
 *
 * <p>{@code pair} frees what it has just allocated: the shortest way. {@code churn} keeps 512 blocks and replaces a random
 * one each time, as programs do. The references beside it, {@code netty} and {@code direct}, work in one process only and no
 * crash of another can reach them: netty's pooled allocator, in the manner of jemalloc, answers from caches of the thread; the
 * JDK's direct buffers come from malloc, are zeroed, and are unmapped by the collector.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xmx1g", "-XX:MaxDirectMemorySize=2g"})
public class HeapBenchmark {

    private static final int KEPT = 512;
    private static final int KEPT_BYTES = 128 << 20;

    /** The heap that all threads use. */
    @State(Scope.Benchmark)
    public static class Shared {
        /** Payload of a block. */
        @Param({"64", "1024", "1048576"})
        public int bytes;

        Heap heap;

        /** A heap with room for what two threads keep. */
        @Setup
        public void open() {
            heap = BenchmarkSegment.unnamed(512L << 20).heap(0);
        }
    }

    /** Blocks that one thread keeps. */
    @State(Scope.Thread)
    public static class Kept {
        private final long[] references = new long[KEPT];
        private int count;
        private long random = System.nanoTime() | 1;
        private Heap heap;

        /** Takes the blocks. */
        @Setup
        public void fill(Shared shared) {
            heap = shared.heap;
            count = Integer.highestOneBit(Math.min(KEPT, KEPT_BYTES / shared.bytes));
            for (int i = 0; i < count; i++) {
                references[i] = heap.allocate(shared.bytes, 1);
            }
        }

        int next() {
            random ^= random << 13;
            random ^= random >>> 7;
            random ^= random << 17;
            return (int) (random >>> 32) & (count - 1);
        }

        /** Gives them back. */
        @TearDown
        public void empty() {
            for (int i = 0; i < count; i++) {
                heap.free(references[i]);
            }
        }
    }

    /** The same with netty's buffers. */
    @State(Scope.Thread)
    public static class KeptBuffers {
        private final ByteBuf[] buffers = new ByteBuf[KEPT];
        private int count;
        private long random = System.nanoTime() | 1;

        /** Takes the buffers. */
        @Setup(Level.Trial)
        public void fill(Shared shared) {
            count = Integer.highestOneBit(Math.min(KEPT, KEPT_BYTES / shared.bytes));
            for (int i = 0; i < count; i++) {
                buffers[i] = PooledByteBufAllocator.DEFAULT.directBuffer(shared.bytes, shared.bytes);
            }
        }

        int next() {
            random ^= random << 13;
            random ^= random >>> 7;
            random ^= random << 17;
            return (int) (random >>> 32) & (count - 1);
        }

        /** Gives them back. */
        @TearDown(Level.Trial)
        public void empty() {
            for (int i = 0; i < count; i++) {
                buffers[i].release();
            }
        }
    }

    /** Allocate and free. */
    @Benchmark
    public long pair(Shared shared) {
        long reference = shared.heap.allocate(shared.bytes, 1);
        shared.heap.free(reference);
        return reference;
    }

    /** Allocate and free, in two threads at once. */
    @Benchmark
    @Threads(2)
    public long pairTwoThreads(Shared shared) {
        return pair(shared);
    }

    /** Allocate, commit and free. */
    @Benchmark
    public long pairCommitted(Shared shared) {
        long reference = shared.heap.allocate(shared.bytes, 1);
        shared.heap.commit(reference);
        shared.heap.free(reference);
        return reference;
    }

    /** Allocate, commit and free, in two threads at once. */
    @Benchmark
    @Threads(2)
    public long pairCommittedTwoThreads(Shared shared) {
        return pairCommitted(shared);
    }

    /** Replace a random one of many. */
    @Benchmark
    public long churn(Shared shared, Kept kept) {
        int i = kept.next();
        shared.heap.free(kept.references[i]);
        return kept.references[i] = shared.heap.allocate(shared.bytes, 1);
    }

    /** Replace a random one of many, in two threads at once. */
    @Benchmark
    @Threads(2)
    public long churnTwoThreads(Shared shared, Kept kept) {
        return churn(shared, kept);
    }

    /** Reference: netty's pooled allocator. */
    @Benchmark
    public ByteBuf pairNetty(Shared shared) {
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(shared.bytes, shared.bytes);
        buffer.release();
        return buffer;
    }

    /** Reference: netty's pooled allocator, in two threads at once. */
    @Benchmark
    @Threads(2)
    public ByteBuf pairNettyTwoThreads(Shared shared) {
        return pairNetty(shared);
    }

    /** Reference: netty's pooled allocator. */
    @Benchmark
    public ByteBuf churnNetty(Shared shared, KeptBuffers kept) {
        int i = kept.next();
        kept.buffers[i].release();
        return kept.buffers[i] = PooledByteBufAllocator.DEFAULT.directBuffer(shared.bytes, shared.bytes);
    }

    /** Reference: a direct buffer of the JDK, which only the collector can give back. */
    @Benchmark
    public ByteBuffer allocateDirect(Shared shared) {
        return ByteBuffer.allocateDirect(shared.bytes);
    }
}
