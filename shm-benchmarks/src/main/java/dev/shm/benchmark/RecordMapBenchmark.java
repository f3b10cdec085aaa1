package dev.shm.benchmark;

import dev.shm.SharedMemory;
import dev.shm.collection.SharedMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
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

/** Reading and replacing records in a map, by the default codec: each has a block of its own. {@code heap} keeps the very records. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
@State(Scope.Benchmark)
public class RecordMapBenchmark {

    private static final int KEY_LENGTH = 12;

    /** What is stored. */
    public record Quote(String symbol, double bid, double ask, long at) {}

    /** Which map. */
    @Param({"shared", "heap"})
    public String map;

    /** Entries. */
    @Param({"1000"})
    public int entries;

    /** Characters of a key. */
    @Param("" + KEY_LENGTH)
    public int keyLength;

    private ConcurrentMap<String, Quote> content;
    private String[] keys;
    private Quote[] quotes;
    private SharedMemory memory;
    private Path directory;

    /** Fills it. */
    @Setup
    public void fill() throws IOException {
        if (map.equals("shared")) {
            directory = BenchmarkSegment.newDirectory();
            memory = SharedMemory.named("map")
                    .directory(directory.resolve("segments"))
                    .create();
            content =
                    memory.create("map", SharedMap.of(String.class, Quote.class).expectedEntries(entries));
        } else {
            content = new ConcurrentHashMap<>(entries * 2);
        }
        keys = new String[entries];
        quotes = new Quote[entries];
        for (int i = 0; i < entries; i++) {
            keys[i] = MapBenchmark.key(i, keyLength);
            quotes[i] = new Quote("ABC" + i, 100 + i, 101 + i, i);
            content.put(keys[i], quotes[i]);
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

    /** Reads a record that is there. */
    @Benchmark
    public Quote get(MapBenchmark.Choice choice) {
        return content.get(choice.next(keys));
    }

    /** Replaces a record. */
    @Benchmark
    public Quote put(MapBenchmark.Choice choice) {
        return content.put(choice.next(keys), quotes[(int) (choice.random() >>> 33) % entries]);
    }
}
