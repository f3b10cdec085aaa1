package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.error.SharedMemoryException;
import dev.shm.segment.SegmentLayout;
import dev.shm.segment.SegmentLayout.Region;
import dev.shm.testing.TestDirectory;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedLong;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Words overwritten in a living segment: exceptions of this library, and never a hang, a crash or a raw exception. */
class DamageTest {

    private static final int OBJECTS = 20;

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private final List<String> leaks = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(strings = {"lanes", "directory", "pageMap", "hints", "blockHints", "heap"})
    void anyWordOfARegionMayBeWrong(String regionName) {
        Random random = new Random(regionName.hashCode());
        SegmentLayout layout = SegmentLayout.of(1 << 20, 8);
        Region region = layout.regions().stream()
                .filter(r -> r.name().equals(regionName))
                .findFirst()
                .orElseThrow();
        for (int round = 0; round < 60; round++) {
            long seed = random.nextLong();
            damageAndUse("desk" + round, regionName, region, seed);
        }
        assertThat(leaks).isEmpty();
    }

    private void damageAndUse(String name, String what, Region region, long seed) {
        Random random = new Random(seed);
        SharedMemory memory = directory
                .segment(name)
                .errorHandler(e -> note(what + " seed " + seed + " housekeeping", e))
                .create();
        try {
            for (int i = 0; i < OBJECTS; i++) {
                memory.create("bytes" + i, SharedBytes.type()).set(new byte[random.nextInt(30_000)]);
            }
            damage(memory, region, random);
            String context = what + " seed " + seed + " ";
            attempt(context + "statistics", memory::statistics);
            attempt(context + "deepStatistics", memory::deepStatistics);
            attempt(context + "verify", memory::verify);
            attempt(context + "objects", memory::objects);
            for (int i = 0; i < OBJECTS; i++) {
                String object = "bytes" + i;
                attempt(context + "read", () -> {
                    SharedBytes bytes = memory.open(object, SharedBytes.type());
                    bytes.length();
                    bytes.get();
                });
                attempt(
                        context + "write",
                        () -> memory.openOrCreate(object, SharedBytes.type()).set(new byte[random.nextInt(60_000)]));
                attempt(context + "destroy", () -> memory.destroy(object));
            }
            attempt(
                    context + "create",
                    () -> memory.create("new", SharedLong.type()).incrementAndGet());
            attempt(context + "second", () -> directory.segment(name).open().close());
            attempt(context + "reap", memory::reap);
            attempt(context + "verify", memory::verify);
        } finally {
            attempt(what + " seed " + seed + " close", memory::close);
        }
    }

    private void damage(SharedMemory memory, Region region, Random random) {
        try (RandomAccessFile file = new RandomAccessFile(memory.path().toFile(), "rw")) {
            for (int i = 0; i < 1 + random.nextInt(40); i++) {
                // The first part of a region is the most used one.
                long span = random.nextBoolean() ? region.bytes() : Math.min(region.bytes(), 8192);
                long at = region.offset() + (random.nextLong(span) & -8);
                file.seek(at);
                long word = Long.reverseBytes(file.readLong());
                file.seek(at);
                file.writeLong(Long.reverseBytes(mutated(word, random)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long mutated(long word, Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> random.nextLong();
            case 1 -> word ^ 1L << random.nextInt(64);
            case 2 -> word ^ (long) random.nextInt(256) << random.nextInt(57);
            case 3 -> -1;
            default -> random.nextInt(1 << 22);
        };
    }

    private void attempt(String what, Runnable operation) {
        try {
            operation.run();
        } catch (SharedMemoryException e) {
            assertThat(e).hasMessageMatching("(?s).{20,}");
        } catch (RuntimeException | Error e) {
            note(what, e);
        }
    }

    private void note(String what, Throwable e) {
        if (!(e instanceof SharedMemoryException)) {
            StackTraceElement[] trace = e.getStackTrace();
            StringBuilder where = new StringBuilder();
            for (int i = 0; i < Math.min(12, trace.length); i++) {
                if (trace[i].getClassName().startsWith("dev.shm")) {
                    where.append(' ').append(trace[i].getFileName()).append(':').append(trace[i].getLineNumber());
                }
            }
            synchronized (leaks) {
                leaks.add(what + ": " + e + where);
            }
        }
    }
}
