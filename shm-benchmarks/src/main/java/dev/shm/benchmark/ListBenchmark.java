package dev.shm.benchmark;

import dev.shm.SharedMemory;
import dev.shm.collection.SharedList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Reading and changing a list of longs at random places. {@code heap} is an {@link ArrayList}, which works in one process and one thread only,
 * and keeps the very objects; {@code shared} makes an object of bytes for each read. {@code arrayGet} and {@code arraySet} are a {@code
 * long[]}, where all that remains is to choose the place.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xms2g", "-Xmx2g", "-Xmn256m", "-XX:+AlwaysPreTouch"})
public class ListBenchmark {

    /** Elements: some that fit into the processor's cache, and some that do not. Powers of two, so that choosing one costs little. */
    @State(Scope.Benchmark)
    public static class Size {

        /** As many. */
        @Param({"1024", "1048576"})
        public int elements;
    }

    /** The list. */
    @State(Scope.Benchmark)
    public static class Filled {

        /** Which list. */
        @Param({"shared", "heap"})
        public String list;

        List<Long> content;
        private SharedMemory memory;
        private Path directory;

        /** Fills it. */
        @Setup
        public void fill(Size size) {
            if (list.equals("shared")) {
                try {
                    directory = BenchmarkSegment.newDirectory();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                memory = SharedMemory.named("list")
                        .directory(directory.resolve("segments"))
                        .size(512L << 20)
                        .create();
                content = memory.create("list", SharedList.of(Long.class));
            } else {
                content = new ArrayList<>();
            }
            for (int i = 0; i < size.elements; i++) {
                content.add((long) i << 32);
            }
        }

        /** Lets go of it. */
        @TearDown
        public void close() throws IOException {
            if (memory != null) {
                memory.close();
                Files.deleteIfExists(directory.resolve("segments"));
                Files.deleteIfExists(directory);
            }
        }
    }

    /** The array. */
    @State(Scope.Benchmark)
    public static class Plain {
        long[] content;

        /** Makes it. */
        @Setup
        public void fill(Size size) {
            content = new long[size.elements];
        }
    }

    /** A thread's choice of indices. */
    @State(Scope.Thread)
    public static class Choice {
        private long random = System.nanoTime() | 1;

        int next(int elements) {
            random ^= random << 13;
            random ^= random >>> 7;
            random ^= random << 17;
            return (int) (random >>> 33) & elements - 1;
        }
    }

    /** Reads an element. */
    @Benchmark
    public long get(Filled filled, Size size, Choice choice) {
        return filled.content.get(choice.next(size.elements));
    }

    /** The same in two threads at once. */
    @Benchmark
    @Threads(2)
    public long getTwoThreads(Filled filled, Size size, Choice choice) {
        return filled.content.get(choice.next(size.elements));
    }

    /** Replaces an element. */
    @Benchmark
    public long set(Filled filled, Size size, Choice choice) {
        return filled.content.set(choice.next(size.elements), choice.random);
    }

    /** Adds an element at the end, and takes it away. */
    @Benchmark
    public long addAndRemove(Filled filled, Size size, Choice choice) {
        filled.content.add(choice.random);
        return filled.content.remove(size.elements);
    }

    /** Reads an element of the array. */
    @Benchmark
    public long arrayGet(Plain plain, Size size, Choice choice) {
        return plain.content[choice.next(size.elements)];
    }

    /** Replaces an element of the array. */
    @Benchmark
    public void arraySet(Plain plain, Size size, Choice choice) {
        plain.content[choice.next(size.elements)] = choice.random;
    }
}
