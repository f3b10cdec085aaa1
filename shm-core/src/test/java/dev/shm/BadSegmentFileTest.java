package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.error.SegmentAccessException;
import dev.shm.error.SegmentExistsException;
import dev.shm.error.SegmentFormatException;
import dev.shm.error.SegmentTooNewException;
import dev.shm.error.SegmentTooOldException;
import dev.shm.error.SegmentVersionException;
import dev.shm.segment.SegmentLayout;
import dev.shm.testing.TestDirectory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Something else where the segment should be: told apart, and left as it is. */
class BadSegmentFileTest {

    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private Path put(byte[] bytes) throws IOException {
        Path file = directory.path().resolve("desk");
        if (Files.notExists(file)) {
            Files.createFile(file, PRIVATE);
        }
        return Files.write(file, bytes);
    }

    /** The bytes of a good segment, as left by a machine that lost power. */
    private byte[] goodSegment() throws IOException {
        Files.deleteIfExists(directory.path().resolve("desk"));
        try (SharedMemory memory = directory.segment("desk").create()) {
            return Files.readAllBytes(memory.path());
        }
    }

    private void assertRefused(byte[] bytes, Class<? extends RuntimeException> expected, String... words)
            throws IOException {
        Path file = put(bytes);
        for (Role role : new Role[] {Role.PEER, Role.CREATOR}) {
            assertThatExceptionOfType(expected)
                    .isThrownBy(() -> directory.segment("desk").role(role).openOrCreate())
                    .withMessageContainingAll(words)
                    .withMessageContaining(file.toString());
        }
        assertThatExceptionOfType(expected)
                .isThrownBy(() -> directory.segment("desk").open());
        assertThatExceptionOfType(expected)
                .isThrownBy(() -> directory.segment("desk").create());
        assertThat(file).hasBinaryContent(bytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8, 188, 4095})
    void refusesAFileTooShortForAHeader(int length) throws IOException {
        assertRefused(new byte[length], SegmentFormatException.class, "not a segment", "Remove it");
        assertRefused(Arrays.copyOf(goodSegment(), length), SegmentFormatException.class, "Remove it");
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 8192, (1 << 20) - 4096, (1 << 20) - 1, (1 << 20) + 1, (1 << 20) + 4096})
    void refusesASegmentThatWasTruncatedOrExtended(int length) throws IOException {
        assertRefused(Arrays.copyOf(goodSegment(), length), SegmentFormatException.class, "truncated or extended");
    }

    @Test
    void refusesZeros() throws IOException {
        assertRefused(new byte[1 << 20], SegmentFormatException.class, "not a segment", "0x0");
    }

    @Test
    void refusesRandomBytes() throws IOException {
        Random random = new Random(7);
        for (int i = 0; i < 20; i++) {
            byte[] bytes = new byte[4096 + random.nextInt(8192)];
            random.nextBytes(bytes);
            assertRefused(bytes, SegmentFormatException.class, "not a segment", "choose another name");
        }
    }

    @Test
    void refusesRandomBytesAfterTheMagic() throws IOException {
        Random random = new Random(8);
        byte[] good = goodSegment();
        for (int i = 0; i < 20; i++) {
            byte[] bytes = good.clone();
            for (int at = SegmentLayout.LAYOUT_MINOR; at < SegmentLayout.HEADER_BYTES; at++) {
                bytes[at] = (byte) random.nextInt();
            }
            assertRefused(bytes, SegmentFormatException.class, "damaged");
        }
    }

    @Test
    void refusesAForeignMagic() throws IOException {
        byte[] foreign = goodSegment();
        System.arraycopy("ELF-file".getBytes(StandardCharsets.US_ASCII), 0, foreign, 0, 8);
        assertRefused(foreign, SegmentFormatException.class, "not a segment");
    }

    @Test
    void tellsAnOlderLayoutFromANewerOne() throws IOException {
        assertRefused(
                with(header -> header.putInt(SegmentLayout.LAYOUT_MAJOR, 0)),
                SegmentTooOldException.class,
                "layout 0",
                "layout 1",
                "start this one again");
        assertRefused(
                with(header -> header.putInt(SegmentLayout.LAYOUT_MAJOR, 2)),
                SegmentTooNewException.class,
                "layout 2",
                "layout 1",
                "Upgrade");
    }

    @Test
    void refusesAFeatureThatItDoesNotKnow() throws IOException {
        assertRefused(
                with(header -> header.putInt(SegmentLayout.INCOMPATIBLE_FEATURES, 0x40)),
                SegmentTooNewException.class,
                "0x40",
                "Upgrade");
    }

    @Test
    void takesACompatibleFeatureAndANewerMinorVersion() throws IOException {
        put(with(header -> {
            header.putInt(SegmentLayout.COMPATIBLE_FEATURES, 0x40);
            header.putInt(SegmentLayout.LAYOUT_MINOR, 7);
            header.putLong(SegmentLayout.STATE, 2);
        }));
        try (SharedMemory memory = directory.segment("desk").open()) {
            assertThat(memory.verify()).isEmpty();
        }
    }

    @Test
    void refusesRegionsThatDoNotAddUpThoughTheirChecksumDoes() throws IOException {
        for (int field : new int[] {
            SegmentLayout.SLOTS,
            SegmentLayout.LANES,
            SegmentLayout.DIRECTORY,
            SegmentLayout.PAGE_MAP,
            SegmentLayout.HINTS,
            SegmentLayout.HEAP,
            SegmentLayout.HEAP_BYTES
        }) {
            for (long by : new long[] {64, -64, 1L << 40, Long.MIN_VALUE}) {
                assertRefused(
                        with(header -> header.putLong(field, header.getLong(field) + by)),
                        SegmentFormatException.class,
                        "damaged");
            }
        }
        for (int field : new int[] {
            SegmentLayout.PAGE_SHIFT,
            SegmentLayout.SLOT_COUNT,
            SegmentLayout.LANES_PER_SLOT,
            SegmentLayout.OBJECT_CAPACITY
        }) {
            for (int value : new int[] {0, -1, 3, 1 << 20, 1 << 21, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
                assertRefused(with(header -> header.putInt(field, value)), SegmentFormatException.class, "damaged");
            }
        }
    }

    /** A good segment with a changed header and the checksum that belongs to it. */
    private byte[] with(Consumer<ByteBuffer> change) throws IOException {
        byte[] bytes = goodSegment();
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        change.accept(header);
        CRC32C sum = new CRC32C();
        sum.update(bytes, 0, SegmentLayout.STATE);
        sum.update(bytes, SegmentLayout.CREATED_MILLIS, SegmentLayout.CHECKSUM - SegmentLayout.CREATED_MILLIS);
        header.putInt(SegmentLayout.CHECKSUM, (int) sum.getValue());
        return bytes;
    }

    @Test
    void noticesEveryFlippedBitOfWhatNeverChanges() throws IOException {
        byte[] good = goodSegment();
        try (RandomAccessFile file = new RandomAccessFile(put(good).toFile(), "rw")) {
            for (int at = 0; at < SegmentLayout.CHECKSUM + 4; at++) {
                boolean changes = at >= SegmentLayout.STATE && at < SegmentLayout.CREATED_MILLIS;
                for (int bit = 0; bit < 8 && !changes; bit++) {
                    int flipped = (good[at] ^ 1 << bit) & 0xFF;
                    file.seek(at);
                    file.write(flipped);
                    assertThatThrownBy(() -> directory.segment("desk").openOrCreate())
                            .as("bit %d of byte %d", bit, at)
                            .isInstanceOfAny(SegmentFormatException.class, SegmentVersionException.class);
                    file.seek(at);
                    assertThat(file.read()).isEqualTo(flipped);
                }
                file.seek(at);
                file.write(good[at]);
            }
        }
        assertThat(directory.path().resolve("desk")).hasBinaryContent(good);
    }

    enum Thing {
        LINK {
            @Override
            void make(Path path, Path directory) throws IOException {
                Files.createSymbolicLink(path, Files.createFile(directory.resolve("target"), PRIVATE));
            }
        },
        LINK_TO_NOWHERE {
            @Override
            void make(Path path, Path directory) throws IOException {
                Files.createSymbolicLink(path, directory.resolve("nowhere"));
            }
        },
        DIRECTORY {
            @Override
            void make(Path path, Path directory) throws IOException {
                Files.createDirectory(path);
            }
        },
        FIFO {
            @Override
            void make(Path path, Path directory) throws IOException {
                Process mkfifo = new ProcessBuilder("mkfifo", "-m", "600", path.toString()).start();
                assertThat(mkfifo.onExit().join().exitValue()).isZero();
            }
        };

        abstract void make(Path path, Path directory) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void refusesWhatIsNoFile(Thing thing) throws IOException {
        Path path = directory.path().resolve("desk");
        thing.make(path, directory.path());
        Object before = key(path);
        assertThatExceptionOfType(SegmentAccessException.class)
                .isThrownBy(() -> directory.segment("desk").openOrCreate())
                .withMessageContaining("not a segment")
                .withMessageContaining("Remove it");
        assertThatExceptionOfType(SegmentAccessException.class)
                .isThrownBy(() -> directory.segment("desk").open());
        assertThat(key(path)).isEqualTo(before);
    }

    private static Object key(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    @Test
    void refusesALinkToARealSegment() throws IOException {
        try (SharedMemory real = directory.segment("real").create()) {
            Files.createSymbolicLink(directory.path().resolve("desk"), real.path());
            assertThatExceptionOfType(SegmentAccessException.class)
                    .isThrownBy(() -> directory.segment("desk").open())
                    .withMessageContaining("symbolic link");
            assertThat(real.peers()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r--r--", "rw-rw----", "rw-----w-"})
    void refusesASegmentThatOthersMayRead(String permissions) throws IOException {
        try (SharedMemory memory = directory.segment("desk").create()) {
            Files.setPosixFilePermissions(memory.path(), PosixFilePermissions.fromString(permissions));
            assertThatExceptionOfType(SegmentAccessException.class)
                    .isThrownBy(() -> directory.segment("desk").open())
                    .withMessageContaining("chmod go-rwx " + memory.path());
            assertThat(memory.peers()).hasSize(1);
        }
    }

    @Test
    void creatingRefusesASegmentThatExists() {
        try (SharedMemory memory = directory.segment("desk").create()) {
            assertThatExceptionOfType(SegmentExistsException.class)
                    .isThrownBy(() -> directory.segment("desk").create())
                    .withMessageContaining("openOrCreate()");
            assertThat(memory.isOpen()).isTrue();
        }
    }
}
