package dev.shm.integration.testing;

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

/** A segment in a directory of its own that is gone after the test; opened twice, as two processes would. */
public final class Segment implements BeforeEachCallback, AfterEachCallback {

    private Path directory;
    private SharedMemory mine;
    private SharedMemory theirs;

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        directory = Files.createTempDirectory(
                Path.of("/dev/shm"),
                "shm-test-" + ProcessHandle.current().pid() + "-",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path made = directory;
        Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(made)));
        mine = builder().openOrCreate();
    }

    /** Describes the segment, for another opening. */
    public SharedMemory.Builder builder() {
        return SharedMemory.named("test").directory(directory).size(16 << 20).slots(8);
    }

    public Path directory() {
        return directory;
    }

    /** This process's opening. */
    public SharedMemory mine() {
        return mine;
    }

    /** Another opening, as another process would have it. */
    public SharedMemory theirs() {
        if (theirs == null) {
            theirs = builder().open();
        }
        return theirs;
    }

    /** Problems of the segment; none if all is well. */
    public List<String> problems() {
        return mine.verify();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        try {
            if (theirs != null) {
                theirs.close();
            }
            mine.close();
        } finally {
            remove(directory);
        }
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
