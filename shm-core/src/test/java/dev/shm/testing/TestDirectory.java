package dev.shm.testing;

import dev.shm.SharedMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A private directory in {@code /dev/shm} for each test, removed with everything in it. */
public final class TestDirectory implements BeforeEachCallback, AfterEachCallback, AutoCloseable {

    private Path path;

    /** Makes a directory for use without the extension. */
    public static TestDirectory create() {
        TestDirectory directory = new TestDirectory();
        directory.beforeEach(null);
        return directory;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        try {
            path = Files.createTempDirectory(
                    Path.of("/dev/shm"),
                    "shm-test-" + ProcessHandle.current().pid() + "-",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                // Housekeeping of a segment that is just ending may be quicker.
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        afterEach(null);
    }

    public Path path() {
        return path;
    }

    /** A segment in this directory: 1 MiB, which is quickly made. */
    public SharedMemory.Builder segment(String name) {
        return SharedMemory.named(name).directory(path).size(1 << 20).slots(8);
    }

    /** Names of all files here, in order. */
    public List<String> files() {
        try (Stream<Path> files = Files.list(path)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
