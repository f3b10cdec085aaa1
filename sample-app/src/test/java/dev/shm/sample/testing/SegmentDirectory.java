package dev.shm.sample.testing;

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

/** A directory for segments, which is gone after the test whatever was left in it. */
public final class SegmentDirectory implements BeforeEachCallback, AfterEachCallback, AutoCloseable {

    private Path path;

    public static SegmentDirectory make() {
        SegmentDirectory made = new SegmentDirectory();
        made.create();
        return made;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        create();
    }

    private void create() {
        try {
            path = Files.createTempDirectory(
                    Path.of("/dev/shm"),
                    "shm-sample-" + ProcessHandle.current().pid() + "-",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Path made = path;
        Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(made)));
    }

    public Path path() {
        return path;
    }

    /** What is in it. */
    public List<Path> content() {
        try (Stream<Path> files = Files.list(path)) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        remove(path);
    }

    @Override
    public void close() {
        remove(path);
    }

    private static void remove(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
