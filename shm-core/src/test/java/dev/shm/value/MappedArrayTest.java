package dev.shm.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.shm.codec.ElementType;
import dev.shm.codec.NdArray;
import dev.shm.error.SegmentClosedException;
import dev.shm.testing.Python;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Arrays in plain files and in memory without a name. */
class MappedArrayTest {

    private static final Map<ElementType, String> FORMATS = Map.ofEntries(
            Map.entry(ElementType.INT8, "b"),
            Map.entry(ElementType.UINT8, "B"),
            Map.entry(ElementType.INT16, "h"),
            Map.entry(ElementType.UINT16, "H"),
            Map.entry(ElementType.CHAR16, "H"),
            Map.entry(ElementType.INT32, "i"),
            Map.entry(ElementType.UINT32, "I"),
            Map.entry(ElementType.INT64, "q"),
            Map.entry(ElementType.UINT64, "Q"),
            Map.entry(ElementType.FLOAT16, "e"),
            Map.entry(ElementType.FLOAT32, "f"),
            Map.entry(ElementType.FLOAT64, "d"),
            Map.entry(ElementType.BOOLEAN, "?"));

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private Path file() {
        return directory.file("array");
    }

    @Test
    void shouldHoldNothingButItsElements() throws IOException {
        try (MappedArray array = MappedArray.create(file(), ElementType.INT32, 2, 3)) {
            array.setLong(1, 2, 0x01020304);
            assertThat(Files.size(file())).isEqualTo(24);
            assertThat(Files.readAllBytes(file())).endsWith(4, 3, 2, 1).startsWith(0, 0, 0, 0);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                    .isEqualTo("rw-------");
            assertThat(directory.files()).containsExactly("array");
            assertThatExceptionOfType(FileAlreadyExistsException.class)
                    .isThrownBy(() -> MappedArray.create(file(), ElementType.INT32, 2));
            try (MappedArray other = MappedArray.open(file(), ElementType.INT32, 2, 3)) {
                assertThat(other.getLong(1, 2)).isEqualTo(0x01020304);
                other.asInts().getAndAdd(5, 1);
                assertThat(array.getLong(1, 2)).isEqualTo(0x01020305);
                assertThat(other).hasToString("INT32[2, 3]");
            }
            assertThat(directory.files()).containsExactly("array");
        }
    }

    /** All types in two runs: a Python takes longer to start than all of this. */
    @Test
    void shouldBeReadAndWrittenByAnotherLanguage() throws IOException {
        Python.assumePresent();
        Map<ElementType, MappedArray> arrays = new EnumMap<>(ElementType.class);
        try {
            List<Object> readAndWrite = new ArrayList<>();
            List<Object> doubleAll = new ArrayList<>();
            for (ElementType type : ElementType.values()) {
                MappedArray array = MappedArray.create(directory.file("array of " + type), type, 5);
                arrays.put(type, array);
                array.setLong(1, 1);
                array.setLong(4, 1);
                String format = FORMATS.get(type);
                String one = type.isFloating() ? "1.0" : "1";
                then(readAndWrite, "read", array.path(), format);
                then(readAndWrite, "write", array.path(), format, 2, one);
                if (type != ElementType.BOOLEAN) {
                    then(doubleAll, "double", array.path(), format);
                }
            }
            List<String> read = Python.run(directory, "mapped_array.py", readAndWrite.toArray());
            assertThat(read).hasSameSizeAs(ElementType.values());
            for (String line : read) {
                assertThat(line.replace("False", "0").replace("True", "1").replace(".0", ""))
                        .isEqualTo("0 1 0 0 1");
            }
            arrays.forEach((type, array) ->
                    assertThat(array.toNdArray().toLongArray()).as("%s", type).containsExactly(0, 1, 1, 0, 1));
            Python.run(directory, "mapped_array.py", doubleAll.toArray());
            arrays.remove(ElementType.BOOLEAN).close();
            arrays.forEach((type, array) ->
                    assertThat(array.toNdArray().toDoubleArray()).as("%s", type).containsExactly(0, 2, 2, 0, 2));
        } finally {
            arrays.values().forEach(MappedArray::close);
        }
    }

    private static void then(List<Object> commands, Object... command) {
        if (!commands.isEmpty()) {
            commands.add("then");
        }
        commands.addAll(List.of(command));
    }

    @Test
    void shouldOpenWhatAnotherLanguageMade() throws IOException {
        Python.assumePresent();
        Python.run(directory, "mapped_array.py", "create", file(), "d", "1.5", "-2.0", "1000.0");
        try (MappedArray array = MappedArray.openReadOnly(file(), ElementType.FLOAT64)) {
            assertThat(array.toNdArray().toDoubleArray()).containsExactly(1.5, -2, 1000);
        }
    }

    @Test
    void shouldShareMemoryThatHasNoName() throws IOException {
        Python.assumePresent();
        try (MappedArray array = MappedArray.anonymous(ElementType.INT64, 4)) {
            array.setLong(3, 7);
            assertThat(directory.files()).doesNotContain("array");
            assertThat(Python.run(directory, "mapped_array.py", "read", array.path(), "q"))
                    .containsExactly("0 0 0 7");
            Python.run(directory, "mapped_array.py", "write", array.path(), "q", 0, "-9");
            assertThat(array.getLong(0)).isEqualTo(-9);
            try (MappedArray other = MappedArray.open(array.path(), ElementType.INT64)) {
                other.setLong(1, 5);
                assertThat(array.getLong(1)).isEqualTo(5);
                array.resize(10);
                assertThat(other.refresh()).isTrue();
                other.setLong(9, 1);
                assertThat(array.getLong(9)).isEqualTo(1);
            }
        }
    }

    @Test
    void shouldMakeManyWithoutANameAtOnce() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Long>> tasks = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                long number = i;
                tasks.add(() -> {
                    try (MappedArray array = MappedArray.anonymous(ElementType.INT64, 3)) {
                        array.setLong(1, number);
                        try (MappedArray other = MappedArray.open(array.path(), ElementType.INT64)) {
                            return other.getLong(1);
                        }
                    }
                });
            }
            long expected = 0;
            for (Future<Long> found : executor.invokeAll(tasks)) {
                assertThat(found.get()).isEqualTo(expected++);
            }
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void shouldRefuseToWriteWhatIsForReadingOnly() throws IOException {
        MappedArray.create(file(), ElementType.FLOAT32, 3).close();
        try (MappedArray array = MappedArray.openReadOnly(file(), ElementType.FLOAT32)) {
            assertThat(array.isReadOnly()).isTrue();
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> array.setDouble(0, 1))
                    .withMessageContaining("for reading only");
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> array.asFloats().set(0, 1));
            assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> array.fill(1));
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> array.copyFrom(NdArray.of(new float[3])));
            assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> array.resize(9));
            for (ThrowingCallable change : List.<ThrowingCallable>of(
                    () -> array.setLong(0, 1),
                    () -> array.asFloats().setVolatile(0, 1),
                    () -> array.asFloats().setOpaque(0, 1),
                    () -> array.asFloats().getAndSet(0, 1),
                    () -> array.asFloats().getAndAdd(0, 1),
                    () -> array.asFloats().compareAndSet(0, 0, 1),
                    () -> array.view().slice(0, 0, 2, 1).fill(1),
                    () -> array.view().setDouble(0, 1))) {
                assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(change);
            }
            assertThat(array.asByteBuffer().isReadOnly()).isTrue();
            assertThat(array.view().asFloatBuffer().isReadOnly()).isTrue();
            assertThat(array.toNdArray().toDoubleArray()).containsExactly(0, 0, 0);
        }
    }

    @Test
    void shouldGrowAndTellOthers() throws IOException {
        try (MappedArray array = MappedArray.create(file(), ElementType.INT16, 2, 3);
                MappedArray other = MappedArray.open(file(), ElementType.INT16, 2, 3);
                MappedArray reader = MappedArray.openReadOnly(file(), ElementType.INT16, 2, 3)) {
            array.setLong(1, 2, 5);
            ArrayView before = array.view();
            ByteBuffer buffer = array.asByteBuffer();
            array.resize(600_000);
            assertThat(array.shape()).containsExactly(600_000, 3);
            assertThat(array.getLong(1, 2)).isEqualTo(5);
            assertThat(array.getLong(599_999, 2)).isZero();
            array.setLong(0, 0, 8);
            assertThat(before.getLong(0, 0)).isEqualTo(8);
            assertThat(buffer.getShort(0)).isEqualTo((short) 8);
            assertThat(other.shape()).containsExactly(2, 3);
            assertThat(other.refresh()).isTrue();
            assertThat(other.refresh()).isFalse();
            assertThat(reader.refresh()).isTrue();
            other.setLong(599_999, 2, 9);
            assertThat(array.getLong(599_999, 2)).isEqualTo(9);
            assertThat(reader.getLong(599_999, 2)).isEqualTo(9);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> array.resize(1))
                    .withMessageContaining("another file");
            array.close();
            assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> before.getLong(0, 0));
            assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> array.resize(700_000));
        }
    }

    /** The kernel lets go of a lock on a file as soon as its process closes any descriptor of the file. */
    @Test
    void shouldKeepTheLockOfAResizeWhileOthersOpenTheFile() throws Exception {
        MappedArray.create(file(), ElementType.INT16, 2).close();
        Object inode = Files.getAttribute(file(), "unix:ino");
        AtomicReference<MappedArray> opened = new AtomicReference<>();
        Thread opener = new Thread(() -> {
            try {
                opened.set(MappedArray.open(file(), ElementType.INT16));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        // What resize does.
        synchronized (MappedArray.RESIZING) {
            try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                channel.lock();
                assertThat(isLocked(inode)).isTrue();
                opener.start();
                Watchdog.await("the opener to wait, or to be done", () -> {
                    Thread.State state = opener.getState();
                    return state == Thread.State.BLOCKED || state == Thread.State.TERMINATED;
                });
                assertThat(isLocked(inode)).isTrue();
            }
        }
        opener.join();
        assertThat(opened.get().shape()).containsExactly(2);
        opened.get().close();
    }

    /** Whether this process has a lock on a file, by what the kernel says. */
    private static boolean isLocked(Object inode) throws IOException {
        return Files.readAllLines(Path.of("/proc/locks")).stream()
                .anyMatch(line ->
                        line.contains(" " + ProcessHandle.current().pid() + " ") && line.contains(":" + inode + " "));
    }

    @Test
    void shouldSayWhatIsWrongWithAFile() throws IOException {
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> MappedArray.open(file(), ElementType.INT32));
        Files.write(file(), new byte[10]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MappedArray.open(file(), ElementType.INT32))
                .withMessageContaining("10 bytes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MappedArray.open(file(), ElementType.INT16, 2, 2))
                .withMessageContaining("INT16[2, 2]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MappedArray.create(directory.file("x"), ElementType.INT16, -1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MappedArray.create(directory.file("x"), ElementType.INT16, Long.MAX_VALUE));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MappedArray.create(directory.file("x"), ElementType.INT16));
        assertThat(directory.files()).containsExactly("array");
    }

    /** As much as no disk has: it must not be filled to find that out. */
    @Test
    void shouldTakeNothingOfADiskThatHasNoRoomForAll() throws IOException {
        long tooMuch = 1L << 54;
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> MappedArray.create(file(), ElementType.FLOAT64, tooMuch))
                .withMessageContaining("needs " + 8 * tooMuch + " more bytes")
                .withMessageContaining("Nothing was changed");
        assertThat(directory.files()).isEmpty();
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> MappedArray.anonymous(ElementType.FLOAT64, tooMuch))
                .withMessageContaining("more bytes");
        try (MappedArray array = MappedArray.create(file(), ElementType.INT32, 2, 3);
                MappedArray unnamed = MappedArray.anonymous(ElementType.INT32, 2)) {
            array.setLong(1, 2, 7);
            for (MappedArray each : List.of(array, unnamed)) {
                assertThatExceptionOfType(IOException.class)
                        .isThrownBy(() -> each.resize(tooMuch))
                        .withMessageContaining("more bytes");
                assertThat(each.refresh()).isFalse();
                each.resize(3);
                assertThat(each.shape()[0]).isEqualTo(3);
            }
            assertThat(array.getLong(1, 2)).isEqualTo(7);
            assertThat(Files.size(file())).isEqualTo(36);
        }
    }

    @Test
    void shouldBeEmptyIfTheFileIs() throws IOException {
        Files.write(file(), new byte[0]);
        try (MappedArray array = MappedArray.open(file(), ElementType.INT32)) {
            assertThat(array.length()).isZero();
            assertThat(array.toNdArray().length()).isZero();
            assertThat(array.asByteBuffer().capacity()).isZero();
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> array.getLong(0));
            array.resize(2);
            array.setLong(1, 4);
            assertThat(array.toNdArray().toLongArray()).containsExactly(0, 4);
        }
    }

    @Test
    void shouldSayThatItIsClosed() throws IOException {
        MappedArray array = MappedArray.create(file(), ElementType.INT32, 1000);
        ByteBuffer buffer = array.asByteBuffer();
        IntElements ints = array.asInts();
        array.close();
        array.close();
        assertThat(array.isOpen()).isFalse();
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> array.getLong(0));
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> ints.set(0, 1));
        Files.delete(file());
        System.gc();
        assertThat(buffer.getInt(999 * 4)).isZero();
    }
}
