package dev.shm.benchmark;

import dev.shm.memory.Memory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One access to mapped memory, at an address that changes each time. The {@code bare} ones go straight to a VarHandle on a
 * buffer: the difference is what {@link Memory} costs.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class MemoryBenchmark {

    private static final int MASK = 0xFFF8;
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Memory memory;
    private ByteBuffer buffer;
    private long heap;
    private int at;

    /** A small segment; what is in it is of no interest. */
    @Setup
    public void open() {
        BenchmarkSegment segment = BenchmarkSegment.unnamed(16 << 20);
        memory = segment.memory();
        heap = segment.layout().heap();
        buffer = memory.view(heap, MASK + 8);
    }

    private long next() {
        at += 8;
        return heap + (at & MASK);
    }

    /** Plain read. */
    @Benchmark
    public long getLong() {
        return memory.getLong(next());
    }

    /** Acquiring read. */
    @Benchmark
    public long getLongAcquire() {
        return memory.getLongAcquire(next());
    }

    /** Plain store. */
    @Benchmark
    public void putLong() {
        memory.putLong(next(), at);
    }

    /** Releasing store. */
    @Benchmark
    public void putLongRelease() {
        memory.putLongRelease(next(), at);
    }

    /** Volatile store. */
    @Benchmark
    public void putLongVolatile() {
        memory.putLongVolatile(next(), at);
    }

    /** Compare-and-set that succeeds. */
    @Benchmark
    public boolean compareAndSet() {
        long address = next();
        return memory.compareAndSetLong(address, memory.getLong(address), at);
    }

    /** Volatile add. */
    @Benchmark
    public long getAndAdd() {
        return memory.getAndAddLong(next(), 1);
    }

    /** Volatile or, whose result is used. */
    @Benchmark
    public long getAndOr() {
        return memory.getAndOrLong(next(), 1);
    }

    /** Reference: acquiring read of a buffer. */
    @Benchmark
    public long bareGetAcquire() {
        at += 8;
        return (long) LONG.getAcquire(buffer, at & MASK);
    }

    /** Reference: releasing store in a buffer. */
    @Benchmark
    public void barePutRelease() {
        at += 8;
        LONG.setRelease(buffer, at & MASK, (long) at);
    }

    /** Reference: compare-and-set in a buffer. */
    @Benchmark
    public boolean bareCompareAndSet() {
        at += 8;
        return LONG.compareAndSet(buffer, at & MASK, (long) LONG.get(buffer, at & MASK), (long) at);
    }
}
