package dev.shm.testing;

import dev.shm.SharedMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A private directory in shared memory that is gone after the test, whether it passed, failed or was interrupted. As a
 * registered extension, a new one for each test.
 */
public final class TestDirectory implements BeforeEachCallback, AfterEachCallback, AutoCloseable {

    private static final Set<TestDirectory> OPEN = ConcurrentHashMap.newKeySet();
    private static final long FORGOTTEN_BYTES = 1L << 29;
    private static final AtomicLong FORGOTTEN = new AtomicLong();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            ChildJvm.killAll();
            OPEN.forEach(TestDirectory::close);
        }));
    }

    private Path root;

    /** Makes a directory for use without the extension. */
    public static TestDirectory create() {
        TestDirectory directory = new TestDirectory();
        directory.beforeEach(null);
        return directory;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        try {
            root = Files.createTempDirectory(
                    Path.of("/dev/shm"),
                    "shm-test-" + ProcessHandle.current().pid() + "-",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        OPEN.add(this);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        close();
    }

    /** The directory itself. */
    public Path path() {
        return root;
    }

    /** Where segments belong that share the directory with other files; whoever opens the first one makes it. */
    public Path segments() {
        return root.resolve("segments");
    }

    /** A file of the test's own. */
    public Path file(String name) {
        return root.resolve(name);
    }

    /** A segment in this directory: 1 MiB, which is quickly made. */
    public SharedMemory.Builder segment(String name) {
        return SharedMemory.named(name).directory(root).size(1 << 20).slots(8);
    }

    /** Names of all files here, in order. */
    public List<String> files() {
        return names(root);
    }

    /** Names of all files that the segments in {@link #segments} have. */
    public List<String> segmentFiles() {
        return Files.exists(segments()) ? names(segments()) : List.of();
    }

    /** A mapping ends when its last buffer is garbage. Segments of thousands of tests would fill the memory before that. */
    private static void forget(Path file) throws IOException {
        if (Files.isRegularFile(file) && FORGOTTEN.addAndGet(Files.size(file)) > FORGOTTEN_BYTES) {
            FORGOTTEN.set(0);
            System.gc();
        }
    }

    private static List<String> names(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes the directory. Processes that use it have ended. */
    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                forget(file);
                // Housekeeping of a segment that is just ending may be quicker.
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        OPEN.remove(this);
    }
}
