package dev.shm.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * A private directory in shared memory that is gone after the test, whether it passed, failed or was interrupted. Segments
 * lie in a directory of their own in it, so that a test can say that nothing was left there.
 */
public final class TestDirectory implements AutoCloseable {

    private static final Set<TestDirectory> OPEN = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            ChildJvm.killAll();
            OPEN.forEach(TestDirectory::close);
        }));
    }

    private final Path root;

    private TestDirectory(Path root) {
        this.root = root;
    }

    public static TestDirectory create() {
        String name = "shm-test-" + ProcessHandle.current().pid() + "-"
                + Integer.toHexString(ThreadLocalRandom.current().nextInt());
        TestDirectory directory = new TestDirectory(Path.of("/dev/shm", name));
        try {
            Files.createDirectory(
                    directory.root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        OPEN.add(directory);
        return directory;
    }

    /** Where segments belong; whoever opens the first one makes it. */
    public Path segments() {
        return root.resolve("segments");
    }

    /** A file of the test's own. */
    public Path file(String name) {
        return root.resolve(name);
    }

    /** Names of all files that the segments have. */
    public List<String> segmentFiles() {
        if (!Files.exists(segments())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(segments())) {
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
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            OPEN.remove(this);
        }
    }
}
