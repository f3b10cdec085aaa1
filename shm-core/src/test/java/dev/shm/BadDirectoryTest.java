package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.shm.error.SegmentAccessException;
import dev.shm.error.SegmentNotFoundException;
import dev.shm.error.SharedMemoryException;
import dev.shm.testing.TestDirectory;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BadDirectoryTest {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private ThrowableAssertAlternative<SegmentAccessException> assertRefused(Path path) {
        assertThatExceptionOfType(SharedMemoryException.class)
                .isThrownBy(() -> directory.segment("desk").directory(path).open());
        return assertThatExceptionOfType(SegmentAccessException.class)
                .isThrownBy(() -> directory.segment("desk").directory(path).openOrCreate())
                .withMessageContaining(path.toString());
    }

    @Test
    void makesADirectoryThatNobodyElseCanRead() throws IOException {
        Path path = directory.path().resolve("new/deeper");
        try (SharedMemory memory = directory.segment("desk").directory(path).create()) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rwx------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(memory.path())))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void letsAGroupInAndNobodyElse() throws IOException {
        String group = Files.readAttributes(directory.path(), PosixFileAttributes.class)
                .group()
                .getName();
        Path path = directory.path().resolve("shared");
        try (SharedMemory memory =
                        directory.segment("desk").directory(path).group(group).create();
                SharedMemory other =
                        directory.segment("desk").directory(path).group(group).open()) {
            assertThat(other.uuid()).isEqualTo(memory.uuid());
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rwxrwx---");
            try (Stream<Path> files = Files.list(path)) {
                assertThat(files)
                        .hasSizeGreaterThanOrEqualTo(5)
                        .allSatisfy(
                                file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                                        .isEqualTo("rw-rw----"));
            }
            assertRefused(path).withMessageContaining("chmod");
        }
    }

    @Test
    void openingDoesNotMakeADirectory() {
        Path path = directory.path().resolve("missing");
        assertThatExceptionOfType(SegmentNotFoundException.class)
                .isThrownBy(() -> directory.segment("desk").directory(path).open())
                .withMessageContaining("missing");
        assertThat(path).doesNotExist();
    }

    @Test
    void refusesAFile() throws IOException {
        Path file = Files.writeString(directory.path().resolve("file"), "mine");
        assertRefused(file).withMessageContaining("not a directory").withMessageContaining("directory(...)");
        assertThat(file).hasContent("mine");
    }

    @Test
    void refusesADirectoryBelowAFile() throws IOException {
        assertRefused(
                Files.writeString(directory.path().resolve("file"), "mine").resolve("below"));
    }

    @Test
    void refusesASymbolicLink() throws IOException {
        Path real = Files.createDirectory(directory.path().resolve("real"));
        Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rwx------"));
        Path link = Files.createSymbolicLink(directory.path().resolve("link"), real);
        assertRefused(link).withMessageContaining("symbolic link").withMessageContaining("directory itself");
        assertThat(real).isEmptyDirectory();
    }

    @Test
    void refusesALinkToNowhere() throws IOException {
        Path link = Files.createSymbolicLink(
                directory.path().resolve("link"), directory.path().resolve("nowhere"));
        assertRefused(link).withMessageContaining("symbolic link");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxr-xr-x", "rwx--x---", "rwx---r--", "rwxrwxrwx", "rwx----w-"})
    void refusesADirectoryThatOthersMayUse(String permissions) throws IOException {
        Path open = Files.createDirectory(directory.path().resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString(permissions));
        assertRefused(open).withMessageContaining("chmod go-rwx " + open);
        assertThat(open).isEmptyDirectory();
    }

    @Test
    void refusesADirectoryOfAnotherUser() throws IOException {
        assumeThatWeAreRoot();
        Path foreign = Files.createDirectory(
                directory.path().resolve("foreign"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.setAttribute(foreign, "unix:uid", 12345);
        assertRefused(foreign).withMessageContaining("12345").withMessageContaining("directory(...)");
        assertThat(foreign).isEmptyDirectory();
    }

    @Test
    void refusesASegmentOfAnotherUser() throws IOException {
        assumeThatWeAreRoot();
        try (SharedMemory memory = directory.segment("desk").create()) {
            Files.setAttribute(memory.path(), "unix:uid", 12345);
            assertThatExceptionOfType(SegmentAccessException.class)
                    .isThrownBy(() -> directory.segment("desk").open())
                    .withMessageContaining("12345");
            Files.setAttribute(memory.path(), "unix:uid", 0);
        }
    }

    private void assumeThatWeAreRoot() throws IOException {
        assumeTrue((Integer) Files.getAttribute(directory.path(), "unix:uid") == 0, "we are root");
    }

    @Test
    void refusesAPathThatLeavesNoRoomForSockets() throws IOException {
        Path longPath = directory.path().resolve("d".repeat(100));
        assertRefused(longPath).withMessageContaining("107").withMessageContaining("shorter directory(...)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/proc/shm-test", "/proc/self", "/sys/shm-test", "/sys/kernel", "/", "/dev/null", "/etc/passwd"})
    void refusesAPlaceWhereNothingCanBeMade(String path) {
        assertRefused(Path.of(path));
    }

    @Test
    void refusesAPathOfAnotherFileSystem() throws IOException {
        Path zip = directory.path().resolve("some.zip");
        try (FileSystem other = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> directory.segment("desk").directory(other.getPath("/shm")))
                    .withMessageContaining("some.zip");
        }
    }

    @Test
    void takesARelativePath() {
        Path relative = Path.of("").toAbsolutePath().relativize(directory.path());
        try (SharedMemory memory = directory.segment("desk").directory(relative).create();
                SharedMemory same = directory.segment("desk").open()) {
            assertThat(same.uuid()).isEqualTo(memory.uuid());
        }
    }
}
