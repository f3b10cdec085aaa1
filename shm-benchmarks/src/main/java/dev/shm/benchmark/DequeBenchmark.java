package dev.shm.benchmark;

import dev.shm.SharedMemory;
import dev.shm.collection.SharedDeque;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
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
import org.openjdk.jmh.annotations.Warmup;

/** Putting elements in at one end of a deque of a thousand, and taking them out at either, beside the JDK's deque. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g", "-Xmn256m", "-XX:+AlwaysPreTouch"})
public class DequeBenchmark {

    private static final int ELEMENTS = 1_000;

    /** The deque. */
    @State(Scope.Benchmark)
    public static class Filled {

        /** Which deque: {@code fixed} has slots of 64 bytes, and the others put what does not fit into a cell into a block. */
        @Param({"shared", "fixed", "heap"})
        public String deque;

        /** Characters of an element: up to 14 it lies in its cell. */
        @Param({"8", "60"})
        public int length;

        BlockingDeque<String> content;
        String element;
        private SharedMemory memory;
        private Path directory;

        /** Fills it. */
        @Setup
        public void fill() {
            element = "e".repeat(length);
            if (deque.equals("heap")) {
                content = new LinkedBlockingDeque<>(2 * ELEMENTS);
            } else {
                try {
                    directory = BenchmarkSegment.newDirectory();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                memory = SharedMemory.named("deque")
                        .directory(directory.resolve("segments"))
                        .size(64L << 20)
                        .create();
                var type = SharedDeque.of(String.class).maxLength(2 * ELEMENTS);
                content = memory.create("deque", deque.equals("fixed") ? type.itemBytes(64) : type);
            }
            for (int i = 0; i < ELEMENTS; i++) {
                content.add(element);
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

    /** As a queue. */
    @Benchmark
    public String offerLastPollFirst(Filled filled) {
        filled.content.offerLast(filled.element);
        return filled.content.pollFirst();
    }

    /** As a stack. */
    @Benchmark
    public String offerFirstPollFirst(Filled filled) {
        filled.content.offerFirst(filled.element);
        return filled.content.pollFirst();
    }

    /** Looks at the first one. */
    @Benchmark
    public String peekFirst(Filled filled) {
        return filled.content.peekFirst();
    }
}
