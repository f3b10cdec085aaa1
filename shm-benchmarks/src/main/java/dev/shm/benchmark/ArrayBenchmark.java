package dev.shm.benchmark;

import dev.shm.SharedMemory;
import dev.shm.codec.ElementType;
import dev.shm.value.LongElements;
import dev.shm.value.SharedArray;
import dev.shm.value.SharedVector;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One element of an array of longs in a segment, at places that follow no order, beside a plain direct buffer and an array of Java; and all
 * elements one after the other, for each of them.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xms512m", "-Xmx512m", "-Xmn128m", "-XX:+AlwaysPreTouch"})
public class ArrayBenchmark {

    /** 32 KiB: what is measured is the access, and not the memory. */
    private static final int ELEMENTS = 1 << 12;

    private static final int MASK = ELEMENTS - 1;
    private static final int STEP = 1021;

    private Path directory;
    private SharedMemory memory;
    private SharedArray array;
    private LongElements elements;
    private LongBuffer view;
    private SharedVector vector;
    private ByteBuffer buffer;
    private long[] heap;
    private int at;

    /** Makes all of them. */
    @Setup
    public void open() throws IOException {
        directory = BenchmarkSegment.newDirectory();
        memory = SharedMemory.named("arrays")
                .directory(directory.resolve("segments"))
                .size(16L << 20)
                .create();
        array = memory.create("array", SharedArray.of(ElementType.INT64, ELEMENTS));
        elements = array.asLongs();
        view = array.view().asLongBuffer();
        vector = memory.create("vector", SharedVector.of(ElementType.INT64));
        vector.extend(new long[ELEMENTS]);
        buffer = ByteBuffer.allocateDirect(8 * ELEMENTS).order(ByteOrder.LITTLE_ENDIAN);
        heap = new long[ELEMENTS];
    }

    /** Lets go of them. */
    @TearDown
    public void close() throws IOException {
        memory.close();
        Files.deleteIfExists(directory.resolve("segments"));
        Files.deleteIfExists(directory);
    }

    private int next() {
        at = at + STEP & MASK;
        return at;
    }

    /** An array of Java. */
    @Benchmark
    public long getOfJavaArray() {
        return heap[next()];
    }

    /** A direct buffer. */
    @Benchmark
    public long getOfBuffer() {
        return buffer.getLong(next() << 3);
    }

    /** The typed form. */
    @Benchmark
    public long getOfElements() {
        return elements.get(next());
    }

    /** The typed form, in the order of volatile accesses. */
    @Benchmark
    public long getVolatileOfElements() {
        return elements.getVolatile(next());
    }

    /** The form for any type. */
    @Benchmark
    public long getOfSharedArray() {
        return array.getLong(next());
    }

    /** The buffer that shows the array. */
    @Benchmark
    public long getOfView() {
        return view.get(next());
    }

    /** The one that grows. */
    @Benchmark
    public long getOfVector() {
        return vector.getLong(next());
    }

    /** An array of Java. */
    @Benchmark
    public void setOfJavaArray() {
        heap[next()] = at;
    }

    /** A direct buffer. */
    @Benchmark
    public void setOfBuffer() {
        buffer.putLong(next() << 3, at);
    }

    /** The typed form. */
    @Benchmark
    public void setOfElements() {
        elements.set(next(), at);
    }

    /** The typed form. */
    @Benchmark
    public long getAndAddOfElements() {
        return elements.getAndAdd(next(), 1);
    }

    /** The form for any type. */
    @Benchmark
    public void setOfSharedArray() {
        array.setLong(next(), at);
    }

    /** The one that grows, under its lock. */
    @Benchmark
    public void setOfVector() {
        vector.setLong(next(), at);
    }

    /** Two operations: one on and off again. */
    @Benchmark
    @OperationsPerInvocation(2)
    public long appendAndPopOfVector() {
        vector.append(at);
        return vector.popLong();
    }

    /** All of them, for each. */
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public long sumOfJavaArray() {
        long sum = 0;
        for (int i = 0; i < ELEMENTS; i++) {
            sum += heap[i];
        }
        return sum;
    }

    /** All of them, for each. */
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public long sumOfBuffer() {
        long sum = 0;
        for (int i = 0; i < ELEMENTS; i++) {
            sum += buffer.getLong(i << 3);
        }
        return sum;
    }

    /** All of them, for each. */
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public long sumOfElements() {
        long sum = 0;
        for (int i = 0; i < ELEMENTS; i++) {
            sum += elements.get(i);
        }
        return sum;
    }

    /** All of them, for each. */
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public long sumOfView() {
        long sum = 0;
        for (int i = 0; i < ELEMENTS; i++) {
            sum += view.get(i);
        }
        return sum;
    }
}
