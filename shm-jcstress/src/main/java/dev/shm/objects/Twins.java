package dev.shm.objects;

import dev.shm.SharedMemory;
import dev.shm.SharedObject;
import dev.shm.SharedType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Shared objects of one type in a segment that is attached twice, each opened by both attachments, as if by two processes. Each state of a test gets
 * the next one, and makes it as it needs it; there are more than a test has states at a time.
 *
 * @param <T> the objects
 */
final class Twins<T extends SharedObject> {

    /**
     * One object, as two processes see it.
     *
     * @param mine what one has opened
     * @param theirs what the other has opened
     * @param <T> the object
     */
    record Twin<T>(T mine, T theirs) {}

    /** More than the states that {@code run} asks for; fewer than there can be names. */
    private static final int COUNT = 512;

    private static final long BYTES = 64L << 20;

    /** Where the segment is; removed by {@code run} at the latest. */
    private static final Path DIRECTORY = directory();

    static final SharedMemory MINE = attach("mine");
    static final SharedMemory THEIRS = attach("theirs");

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(Twins::close));
    }

    private static void close() {
        THEIRS.close();
        MINE.close();
        try {
            Files.deleteIfExists(DIRECTORY);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final AtomicInteger NAMES = new AtomicInteger();

    private final List<Twin<T>> twins = new ArrayList<>();
    private final AtomicInteger next = new AtomicInteger();

    /** As many as a test of jcstress needs. */
    Twins(SharedType<T> type) {
        this(type, COUNT);
    }

    Twins(SharedType<T> type, int count) {
        for (int i = 0; i < count; i++) {
            String name = "object" + NAMES.getAndIncrement();
            twins.add(new Twin<>(MINE.create(name, type), THEIRS.open(name, type)));
        }
    }

    private static Path directory() {
        try {
            String parent = System.getenv("SHM_JCSTRESS_DIRECTORY");
            return Files.createTempDirectory(Path.of(parent == null ? "/dev/shm" : parent), "shm-jcstress-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SharedMemory attach(String application) {
        return SharedMemory.named("twins")
                .directory(DIRECTORY)
                .size(BYTES)
                .application(application)
                .openOrCreate();
    }

    Twin<T> next() {
        return twins.get((next.getAndIncrement() & Integer.MAX_VALUE) % twins.size());
    }
}
