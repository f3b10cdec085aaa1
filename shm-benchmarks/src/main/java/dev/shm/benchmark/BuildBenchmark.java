package dev.shm.benchmark;

import dev.shm.SharedMemory;
import dev.shm.collection.SharedDeque;
import dev.shm.collection.SharedList;
import dev.shm.collection.SharedMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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
import org.openjdk.jmh.annotations.Warmup;

/** How long it takes to fill a container with a million elements, one after the other, which grows meanwhile. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2)
@Measurement(iterations = 3)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms2g", "-Xmx2g", "-Xmn512m", "-XX:+AlwaysPreTouch"})
public class BuildBenchmark {

    private static final int ELEMENTS = 1_000_000;

    /** Where it is. */
    @Param({"shared", "heap"})
    public String container;

    private final String[] keys = new String[ELEMENTS];
    private SharedMemory memory;
    private Path directory;
    private Map<String, Long> map;
    private List<Long> list;
    private Collection<Long> deque;

    /** Makes a segment and the keys. */
    @Setup
    public void open() throws IOException {
        directory = BenchmarkSegment.newDirectory();
        memory = SharedMemory.named("build")
                .directory(directory.resolve("segments"))
                .size(512L << 20)
                .create();
        for (int i = 0; i < ELEMENTS; i++) {
            keys[i] = "key-" + (ELEMENTS + i);
        }
    }

    /** Makes empty ones. */
    @Setup(Level.Invocation)
    public void make() {
        if (container.equals("shared")) {
            map = memory.create("map", SharedMap.of(String.class, Long.class));
            list = memory.create("list", SharedList.of(Long.class));
            deque = memory.create("deque", SharedDeque.of(Long.class));
        } else {
            map = new ConcurrentHashMap<>();
            list = new ArrayList<>();
            deque = new ArrayDeque<>();
        }
    }

    /** Takes them away. */
    @TearDown(Level.Invocation)
    public void drop() {
        if (container.equals("shared")) {
            memory.objects().forEach(object -> memory.destroy(object.name()));
            ((SharedMap<?, ?>) map).close();
            ((SharedList<?>) list).close();
            ((SharedDeque<?>) deque).close();
        }
    }

    /** Lets go of the segment. */
    @TearDown
    public void close() throws IOException {
        memory.close();
        Files.deleteIfExists(directory.resolve("segments"));
        Files.deleteIfExists(directory);
    }

    /** Puts a million entries. */
    @Benchmark
    public Object fillMap() {
        for (int i = 0; i < ELEMENTS; i++) {
            map.put(keys[i], (long) i);
        }
        return map;
    }

    /** Adds a million longs. */
    @Benchmark
    public Object fillList() {
        for (int i = 0; i < ELEMENTS; i++) {
            list.add((long) i);
        }
        return list;
    }

    /** Adds a million longs. */
    @Benchmark
    public Object fillDeque() {
        for (int i = 0; i < ELEMENTS; i++) {
            deque.add((long) i);
        }
        return deque;
    }
}
