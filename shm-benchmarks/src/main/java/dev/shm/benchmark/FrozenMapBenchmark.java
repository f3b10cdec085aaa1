package dev.shm.benchmark;

import dev.shm.SharedMemory;
import dev.shm.collection.FrozenMap;
import dev.shm.collection.SharedMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
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

/**
 * Reading a map of strings to longs that does not change. {@code heap} is a {@link HashMap}, which lies in memory once for each process;
 * otherwise as in {@link MapBenchmark}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
@State(Scope.Benchmark)
public class FrozenMapBenchmark {

    /** Which map. */
    @Param({"frozen", "shared", "heap"})
    public String map;

    /** Entries: some that fit into the processor's cache, and some that do not. */
    @Param({"1000", "1000000"})
    public int entries;

    /** Characters of a key: up to 16 it lies in its entry. */
    @Param({"12", "36"})
    public int keyLength;

    private Map<String, Long> content;
    private String[] keys;
    private SharedMemory memory;
    private Path directory;

    /** Fills it. */
    @Setup
    public void fill() throws IOException {
        content = new HashMap<>(entries * 2);
        keys = new String[entries];
        for (int i = 0; i < entries; i++) {
            content.put(MapBenchmark.key(i, keyLength), (long) i);
            keys[i] = MapBenchmark.key(i, keyLength);
            if (keys[i].hashCode() == 0) {
                throw new IllegalStateException();
            }
        }
        if (!map.equals("heap")) {
            directory = BenchmarkSegment.newDirectory();
            memory = SharedMemory.named("map")
                    .directory(directory.resolve("segments"))
                    .size(512L << 20)
                    .create();
            content = map.equals("shared") ? shared() : frozen();
        }
    }

    private Map<String, Long> shared() {
        SharedMap<String, Long> shared =
                memory.create("map", SharedMap.of(String.class, Long.class).expectedEntries(entries));
        shared.putAll(content);
        return shared;
    }

    private Map<String, Long> frozen() {
        return memory.create("map", FrozenMap.of(String.class, Long.class).holding(content));
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

    /** Reads a value that is there. */
    @Benchmark
    public Long getUnchanging(MapBenchmark.Choice choice) {
        return content.get(choice.next(keys));
    }
}
