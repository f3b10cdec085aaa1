package dev.shm.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.testing.TestDirectory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MappedMemoryTest {

    /** Three windows, the last one short. Sparse: only what a test touches takes room. */
    private static final long SIZE = 2 * Memory.WINDOW_BYTES + (512L << 20);

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private Path file;
    private MappedMemory memory;

    @BeforeEach
    void mapASparseFile() throws IOException {
        file = directory.path().resolve("sparse");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(SIZE);
            memory = MappedMemory.map(sparse.getChannel(), SIZE);
        }
    }

    static Stream<Long> places() {
        return Stream.of(0L, 8L, Memory.WINDOW_BYTES - 8, Memory.WINDOW_BYTES, (2L << 30) - 8, 2L << 30, SIZE - 8);
    }

    @ParameterizedTest
    @MethodSource("places")
    void readsALongInEachModeWhatWasStoredInEachMode(long address) {
        memory.putLong(address, 0x0123_4567_89AB_CDEFL);
        assertLong(address, 0x0123_4567_89AB_CDEFL);
        memory.putLongRelease(address, 2);
        assertLong(address, 2);
        memory.putLongVolatile(address, -3);
        assertLong(address, -3);
        assertThat(memory.compareAndSetLong(address, 4, 5)).isFalse();
        assertLong(address, -3);
        assertThat(memory.compareAndSetLong(address, -3, 5)).isTrue();
        assertLong(address, 5);
        assertThat(memory.getAndAddLong(address, 10)).isEqualTo(5);
        assertThat(memory.getAndSetLong(address, 0b1100)).isEqualTo(15);
        assertThat(memory.getAndOrLong(address, 0b0110)).isEqualTo(0b1100);
        assertThat(memory.getAndAndLong(address, 0b0101)).isEqualTo(0b1110);
        assertLong(address, 0b0100);
    }

    @ParameterizedTest
    @MethodSource("places")
    void readsALongByItsNumberInItsWindow(long address) {
        memory.putLong(address, 0x0123_4567_89AB_CDEFL);
        int number = (int) (address % Memory.WINDOW_BYTES / Long.BYTES);

        assertThat(memory.windowAt(address).getLongAt(number)).isEqualTo(0x0123_4567_89AB_CDEFL);
        assertThat(memory.strip(address, Long.BYTES).getLongAt(0)).isEqualTo(0x0123_4567_89AB_CDEFL);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 2, 1 << 29, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void refusesLongsBehindTheEndOfAStrip(int number) {
        Strip strip = memory.strip(Memory.WINDOW_BYTES - 64, 2 * Long.BYTES);

        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> strip.getLongAt(number));
    }

    @Test
    void aWindowEndsWithTheMemory() {
        assertThat(memory.windowAt(SIZE - 1).bytes().capacity()).isEqualTo(512 << 20);
        assertThat(memory.windowAt(Memory.WINDOW_BYTES + 8).bytes().capacity()).isEqualTo((int) Memory.WINDOW_BYTES);
    }

    private void assertLong(long address, long expected) {
        assertThat(memory.getLong(address)).isEqualTo(expected);
        assertThat(memory.getLongAcquire(address)).isEqualTo(expected);
        assertThat(memory.getLongVolatile(address)).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("places")
    void readsAnIntInEachModeWhatWasStoredInEachMode(long place) {
        long address = place + 4;
        memory.putInt(address, 0x0123_4567);
        assertInt(address, 0x0123_4567);
        memory.putIntRelease(address, 2);
        assertInt(address, 2);
        memory.putIntVolatile(address, -3);
        assertInt(address, -3);
        assertThat(memory.compareAndSetInt(address, 4, 5)).isFalse();
        assertThat(memory.compareAndSetInt(address, -3, 5)).isTrue();
        assertThat(memory.getAndAddInt(address, 10)).isEqualTo(5);
        assertThat(memory.getAndSetInt(address, 7)).isEqualTo(15);
        assertInt(address, 7);
        assertThat(memory.getInt(place)).isZero();
    }

    private void assertInt(long address, int expected) {
        assertThat(memory.getInt(address)).isEqualTo(expected);
        assertThat(memory.getIntAcquire(address)).isEqualTo(expected);
        assertThat(memory.getIntVolatile(address)).isEqualTo(expected);
    }

    @Test
    void bytesAreLittleEndian() {
        memory.putLong(64, 0x0807_0605_0403_0201L);
        byte[] bytes = new byte[8];
        memory.getBytes(64, bytes, 0, 8);
        assertThat(bytes).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(memory.view(64, 8).getLong(0)).isEqualTo(0x0807_0605_0403_0201L);
    }

    @Test
    void copiesOfEveryLengthCrossTheBordersOfWindows() {
        byte[] source = new byte[5000];
        new Random(1).nextBytes(source);
        for (long border : new long[] {Memory.WINDOW_BYTES, 2 * Memory.WINDOW_BYTES}) {
            for (int length = 0; length <= 130; length++) {
                long address = border - length / 2;
                memory.putBytes(address, source, 7, length);
                byte[] target = new byte[length + 2];
                memory.getBytes(address, target, 1, length);
                assertThat(Arrays.copyOfRange(target, 1, length + 1))
                        .isEqualTo(Arrays.copyOfRange(source, 7, length + 7));
                assertThat(target[0] | target[length + 1]).isZero();
            }
        }
    }

    @Test
    void copiesWithinTheSegmentCrossTheBordersOfBothSides() {
        byte[] source = new byte[5000];
        new Random(2).nextBytes(source);
        long from = Memory.WINDOW_BYTES - 1234;
        long to = 2 * Memory.WINDOW_BYTES - 4321;
        memory.putBytes(from, source, 0, source.length);
        memory.copy(from, to, source.length);
        byte[] target = new byte[source.length];
        memory.getBytes(to, target, 0, target.length);
        assertThat(target).isEqualTo(source);
    }

    @Test
    void clearsExactlyTheRangeAcrossABorder() {
        long from = Memory.WINDOW_BYTES - 100_000;
        int length = 200_000;
        byte[] ones = new byte[length + 2];
        Arrays.fill(ones, (byte) 1);
        memory.putBytes(from - 1, ones, 0, ones.length);
        memory.clear(from, length);
        byte[] found = new byte[length + 2];
        memory.getBytes(from - 1, found, 0, found.length);
        byte[] expected = new byte[length + 2];
        expected[0] = 1;
        expected[length + 1] = 1;
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void aViewIsTheBytesThemselves() {
        ByteBuffer view = memory.view(Memory.WINDOW_BYTES - 64, 64);
        view.putLong(56, 99);
        assertThat(memory.getLong(Memory.WINDOW_BYTES - 8)).isEqualTo(99);
        memory.putLong(Memory.WINDOW_BYTES - 16, 98);
        assertThat(view.getLong(48)).isEqualTo(98);
        assertThat(view.capacity()).isEqualTo(64);
    }

    @Test
    void aViewOfAWholeWindowCanBeHad() {
        assertThat(memory.view(Memory.WINDOW_BYTES, (int) Memory.WINDOW_BYTES).capacity())
                .isEqualTo((int) Memory.WINDOW_BYTES);
    }

    @Test
    void refusesAViewAcrossABorderOrOutside() {
        assertOutOfBounds(m -> m.view(Memory.WINDOW_BYTES - 8, 16));
        assertOutOfBounds(m -> m.view(SIZE - 8, 16));
        assertOutOfBounds(m -> m.view(-8, 8));
        assertOutOfBounds(m -> m.view(0, -1));
    }

    @ParameterizedTest
    @ValueSource(longs = {SIZE, SIZE + 8, 3L << 30, 1L << 40, 1L << 59, -8})
    void refusesEveryAccessOutside(long address) {
        assertOutOfBounds(m -> m.getLong(address));
        assertOutOfBounds(m -> m.getLongAcquire(address));
        assertOutOfBounds(m -> m.getLongVolatile(address));
        assertOutOfBounds(m -> m.putLong(address, 1));
        assertOutOfBounds(m -> m.putLongRelease(address, 1));
        assertOutOfBounds(m -> m.compareAndSetLong(address, 0, 1));
        assertOutOfBounds(m -> m.getAndOrLong(address, 1));
        assertOutOfBounds(m -> m.getInt(address));
        assertOutOfBounds(m -> m.putIntRelease(address, 1));
        assertOutOfBounds(m -> m.getBytes(address, new byte[8], 0, 8));
        assertOutOfBounds(m -> m.putBytes(address, new byte[8], 0, 8));
        assertOutOfBounds(m -> m.copy(address, 0, 8));
        assertOutOfBounds(m -> m.copy(0, address, 8));
        assertOutOfBounds(m -> m.clear(address, 8));
        assertThat(memory.isInOneWindow(address, 8)).isFalse();
    }

    private void assertOutOfBounds(Consumer<Memory> access) {
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> access.accept(memory));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
    void refusesMisalignedLongs(int by) {
        long address = Memory.WINDOW_BYTES + by;
        assertMisaligned(m -> m.getLong(by));
        assertMisaligned(m -> m.getLong(address));
        assertMisaligned(m -> m.getLongAcquire(address));
        assertMisaligned(m -> m.getLongVolatile(address));
        assertMisaligned(m -> m.putLongRelease(address, 1));
        assertMisaligned(m -> m.putLongVolatile(address, 1));
        assertMisaligned(m -> m.compareAndSetLong(address, 0, 1));
        assertMisaligned(m -> m.getAndAddLong(address, 1));
        assertMisaligned(m -> m.getAndSetLong(address, 1));
        assertMisaligned(m -> m.getAndOrLong(address, 1));
        assertMisaligned(m -> m.getAndAndLong(address, 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void refusesMisalignedInts(int by) {
        long address = Memory.WINDOW_BYTES + by;
        assertMisaligned(m -> m.getIntAcquire(address));
        assertMisaligned(m -> m.putIntRelease(address, 1));
        assertMisaligned(m -> m.compareAndSetInt(address, 0, 1));
        assertMisaligned(m -> m.getAndAddInt(address, 1));
    }

    private void assertMisaligned(Consumer<Memory> access) {
        assertThatThrownBy(() -> access.accept(memory))
                .isInstanceOfAny(IllegalStateException.class, IllegalArgumentException.class);
    }

    @Test
    void aMappingForReadingRefusesEveryStore() throws IOException {
        memory.putLong(2L << 30, 42);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MappedMemory readOnly = MappedMemory.mapReadOnly(channel, SIZE);
            assertThat(readOnly.getLongVolatile(2L << 30)).isEqualTo(42);
            assertThat(readOnly.view(2L << 30, 8).isReadOnly()).isTrue();
            for (Consumer<Memory> store : Stream.<Consumer<Memory>>of(
                            m -> m.putLong(64, 1),
                            m -> m.putLongRelease(64, 1),
                            m -> m.compareAndSetLong(64, 0, 1),
                            m -> m.getAndAddLong(64, 1),
                            m -> m.putInt(64, 1),
                            m -> m.putBytes(64, new byte[8], 0, 8),
                            m -> m.copy(0, 64, 8),
                            m -> m.clear(64, 8))
                    .toList()) {
                assertThatThrownBy(() -> store.accept(readOnly))
                        .isInstanceOfAny(ReadOnlyBufferException.class, UnsupportedOperationException.class);
            }
        }
    }

    @Test
    void refusesAFileThatIsShorterThanTheMappingAndLeavesItAsItIs() throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> MappedMemory.map(channel, SIZE + 4096))
                    .withMessageContaining("shorter");
            assertThatIllegalArgumentException().isThrownBy(() -> MappedMemory.map(channel, 0));
            assertThat(channel.size()).isEqualTo(SIZE);
        }
    }

    @Test
    void refusesABufferOfTheJavaHeap() {
        assertThatIllegalArgumentException().isThrownBy(() -> MappedMemory.of(ByteBuffer.allocate(64)));
    }
}
