package dev.shm.benchmark;

import dev.shm.SharedMemory;
import dev.shm.collection.SharedMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import net.openhft.chronicle.map.ChronicleMap;
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
 * Reading and changing a map of strings to longs. {@code heap} is the JDK's map, which works in one process only, and keeps the very
 * objects; {@code shared} and {@code chronicle} make an object of bytes for each read. Keys are taken at random from another array of equal strings,
 * as from a message that was just received: their hash codes are known, as is true for the JDK's map at its best.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgsAppend = {
            "-Xms2g",
            "-Xmx2g",
            "-Xmn256m",
            "-XX:+AlwaysPreTouch",
            // What Chronicle asks for.
            "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
            "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED",
            "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
            "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
            "--add-opens=java.base/java.io=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "-Dchronicle.analytics.disable=true"
        })
public class MapBenchmark {

    /** The map. */
    @State(Scope.Benchmark)
    public static class Filled {

        /** Which map. */
        @Param({"shared", "heap", "chronicle"})
        public String map;

        /** Entries: some that fit into the processor's cache, and some that do not. */
        @Param({"1000", "1000000"})
        public int entries;

        /** Characters of a key: up to 16 it lies in its entry. */
        @Param({"12", "36"})
        public int keyLength;

        ConcurrentMap<String, Long> content;
        String[] keys;
        private SharedMemory memory;
        private ChronicleMap<String, Long> other;
        private Path directory;

        /** Fills it. */
        @Setup
        public void fill() {
            content = switch (map) {
                case "shared" -> {
                    open();
                    yield memory.create(
                            "map", SharedMap.of(String.class, Long.class).expectedEntries(entries));
                }
                case "chronicle" -> chronicle();
                default -> new ConcurrentHashMap<>(entries * 2);
            };
            keys = new String[entries];
            for (int i = 0; i < entries; i++) {
                content.put(key(i), (long) i);
                keys[i] = key(i);
                if (keys[i].hashCode() == 0) {
                    throw new IllegalStateException();
                }
            }
        }

        private void open() {
            directory = directory();
            memory = SharedMemory.named("map")
                    .directory(directory.resolve("segments"))
                    .size(512L << 20)
                    .create();
        }

        private static Path directory() {
            try {
                return BenchmarkSegment.newDirectory();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private ConcurrentMap<String, Long> chronicle() {
            directory = directory();
            try {
                ChronicleMap<String, Long> map = ChronicleMap.of(String.class, Long.class)
                        .averageKeySize(keyLength)
                        .entries(entries)
                        .createPersistedTo(directory.resolve("map").toFile());
                other = map;
                return map;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private String key(int number) {
            return MapBenchmark.key(number, keyLength);
        }

        /** Lets go of it. */
        @TearDown
        public void close() throws IOException {
            if (memory != null) {
                memory.close();
                Files.deleteIfExists(directory.resolve("segments"));
                Files.deleteIfExists(directory);
            }
            if (other != null) {
                other.close();
                Files.deleteIfExists(directory.resolve("map"));
                Files.deleteIfExists(directory);
            }
        }
    }

    /** A key with so many characters, another one for each number. */
    public static String key(int number, int length) {
        String digits = Integer.toString(number);
        return "k".repeat(length - digits.length()) + digits;
    }

    /** A thread's choice of keys. */
    @State(Scope.Thread)
    public static class Choice {
        private long random = System.nanoTime() | 1;

        String next(String[] keys) {
            random ^= random << 13;
            random ^= random >>> 7;
            random ^= random << 17;
            return keys[(int) ((random >>> 33) % keys.length)];
        }

        long random() {
            return random;
        }
    }

    /** Reads a value that is there. */
    @Benchmark
    public Long get(Filled filled, Choice choice) {
        return filled.content.get(choice.next(filled.keys));
    }

    /** The same in two threads at once. */
    @Benchmark
    @Threads(2)
    public Long getTwoThreads(Filled filled, Choice choice) {
        return filled.content.get(choice.next(filled.keys));
    }

    /** Replaces a value. */
    @Benchmark
    public Long put(Filled filled, Choice choice) {
        return filled.content.put(choice.next(filled.keys), choice.random);
    }

    /** Replaces values in two threads at once. */
    @Benchmark
    @Threads(2)
    public Long putTwoThreads(Filled filled, Choice choice) {
        return filled.content.put(choice.next(filled.keys), choice.random);
    }

    /** Counts. */
    @Benchmark
    public Long merge(Filled filled, Choice choice) {
        return filled.content.merge(choice.next(filled.keys), 1L, Long::sum);
    }

    /** Takes an entry out and puts it back. */
    @Benchmark
    public Long removeAndPut(Filled filled, Choice choice) {
        String key = choice.next(filled.keys);
        filled.content.remove(key);
        return filled.content.put(key, choice.random);
    }
}
