package dev.shm.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.shm.SharedMemory;
import dev.shm.codec.ElementType;
import dev.shm.codec.NdArray;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentClosedException;
import dev.shm.testing.TestDirectory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The array that grows, seen through two attachments: two mappings of the same pages, as in two processes. */
class SharedVectorTest {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private SharedMemory one;
    private SharedMemory two;

    @BeforeEach
    void attachTwice() {
        one = directory.segment("desk").size(2 << 20).create();
        two = directory.segment("desk").open();
    }

    @AfterEach
    void verifyAndClose() {
        assertThat(one.verify()).isEmpty();
        assertThat(one.deepStatistics().tentativeBytes()).isZero();
        two.close();
        one.close();
    }

    private SharedVector here(ElementType type) {
        return one.openOrCreate("vector", SharedVector.of(type));
    }

    private SharedVector there(ElementType type) {
        return two.open("vector", SharedVector.of(type));
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void shouldGrowForAllWhoHaveItOpen(ElementType type) {
        SharedVector here = here(type);
        SharedVector there = there(type);
        assertThat(there.isEmpty()).isTrue();
        for (int i = 0; i < 1000; i++) {
            here.append(i % 2);
            assertThat(there.size()).isEqualTo(i + 1);
            assertThat(there.getLong(i)).isEqualTo(i % 2);
        }
        assertThat(there.count(1)).isEqualTo(500);
        there.append(1.0);
        assertThat(here.popDouble()).isEqualTo(1);
        assertThat(here).hasToString(type + "[1000]");
    }

    @Test
    void shouldDoWhatAListOfNumbersDoes() {
        SharedVector here = here(ElementType.INT32);
        SharedVector there = there(ElementType.INT32);
        here.extend(5, 6, 7, 6);
        there.insert(0, 4);
        there.insert(5, 8);
        assertThat(here.toNdArray().toLongArray()).containsExactly(4, 5, 6, 7, 6, 8);
        assertThat(there.indexOf(6)).isEqualTo(2);
        assertThat(there.indexOf(6.0)).isEqualTo(2);
        assertThat(there.indexOf(9)).isEqualTo(-1);
        assertThat(there.contains(8)).isTrue();
        assertThat(there.contains(8.5)).isFalse();
        assertThat(there.count(6)).isEqualTo(2);
        assertThat(here.removeFirst(6)).isTrue();
        assertThat(here.removeFirst(66)).isFalse();
        assertThat(here.removeFirst(6.5)).isFalse();
        assertThat(there.toNdArray().toLongArray()).containsExactly(4, 5, 7, 6, 8);
        assertThat(there.popLong()).isEqualTo(8);
        assertThat(there.removeLong(1)).isEqualTo(5);
        here.reverse();
        assertThat(there.toNdArray().toLongArray()).containsExactly(6, 7, 4);
        here.repeat(2);
        assertThat(there.toNdArray().toLongArray()).containsExactly(6, 7, 4, 6, 7, 4);
        here.setLong(0, 60);
        here.setDouble(1, 70);
        assertThat(there.getAndAdd(0, 1)).isEqualTo(60);
        assertThat(there.compareAndSet(0, 60, 62)).isFalse();
        assertThat(there.compareAndSet(0, 61, 62)).isTrue();
        assertThat(here.slice(0, 6, 1).toLongArray()).containsExactly(62, 70, 4, 6, 7, 4);
        assertThat(here.slice(5, -1, -2).toLongArray()).containsExactly(4, 6, 70);
        assertThat(here.slice(1, 6, 3).toLongArray()).containsExactly(70, 7);
        assertThat(here.slice(3, 3, 1).length()).isZero();
        here.replace(1, 5, NdArray.of(new int[] {1}));
        assertThat(there.toNdArray().toLongArray()).containsExactly(62, 1, 4);
        here.replace(1, 2, NdArray.of(new int[] {1, 2, 3}));
        assertThat(there.toNdArray().toLongArray()).containsExactly(62, 1, 2, 3, 4);
        here.remove(1, 3);
        here.clear();
        assertThat(there.isEmpty()).isTrue();
        assertThat(there.toNdArray().length()).isZero();
        assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(there::popLong);
        there.append(1);
        assertThat(here.getLong(0)).isEqualTo(1);
    }

    @Test
    void shouldCompareFloatingNumbersAsTheLanguageDoes() {
        SharedVector here = here(ElementType.FLOAT64);
        here.extend(1.5, -0.0, Double.NaN);
        assertThat(here.contains(1.5)).isTrue();
        assertThat(here.indexOf(0.0)).isEqualTo(1);
        assertThat(here.count(0L)).isEqualTo(1);
        assertThat(here.contains(Double.NaN)).isFalse();
        assertThat(here.contains(-3)).isFalse();
    }

    @Test
    void shouldHoldText() {
        SharedVector here = here(ElementType.CHAR16);
        here.extend(NdArray.of("grö".toCharArray()));
        SharedVector there = there(ElementType.CHAR16);
        there.append('ß');
        there.extend(NdArray.of("er".toCharArray()));
        assertThat(here.toNdArray().asCharBuffer().toString()).isEqualTo("größer");
        assertThat(here.indexOf('ß')).isEqualTo(3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> here.append(0x1F600))
                .withMessageContaining("CHAR16");
        assertThat(here.toBytes()).isEqualTo("größer".getBytes(StandardCharsets.UTF_16LE));
    }

    @Test
    void shouldBeJoinedAndCopied() {
        SharedVector here = here(ElementType.INT32);
        here.extend(1, 2);
        SharedVector other = one.create("other", SharedVector.of(ElementType.INT32));
        other.extend(here.toNdArray());
        other.extend(here.toNdArray());
        other.extend(other.toNdArray());
        here.append(3);
        assertThat(other.toNdArray().toLongArray()).containsExactly(1, 2, 1, 2, 1, 2, 1, 2);
    }

    @Test
    void shouldBehaveAsAListUnderAnyChanges() {
        SharedVector here = here(ElementType.INT16);
        SharedVector there = there(ElementType.INT16);
        List<Long> model = new ArrayList<>();
        Random random = new Random(5);
        for (int round = 0; round < 3000; round++) {
            SharedVector vector = random.nextBoolean() ? here : there;
            long value = (short) random.nextInt();
            int at = random.nextInt(model.size() + 1);
            switch (random.nextInt(9)) {
                case 0, 1 -> {
                    vector.append(value);
                    model.add(value);
                }
                case 2 -> {
                    vector.insert(at, value);
                    model.add(at, value);
                }
                case 3 -> {
                    if (!model.isEmpty()) {
                        assertThat(vector.popLong()).isEqualTo(model.remove(model.size() - 1));
                    }
                }
                case 4 -> {
                    if (at < model.size()) {
                        assertThat(vector.removeLong(at)).isEqualTo(model.remove(at));
                    }
                }
                case 5 -> {
                    vector.reverse();
                    Collections.reverse(model);
                }
                case 6 -> {
                    int to = at + random.nextInt(model.size() + 1 - at);
                    vector.replace(at, to, NdArray.of(new short[] {(short) value, 3}));
                    model.subList(at, to).clear();
                    model.addAll(at, List.of(value, 3L));
                }
                case 7 -> {
                    if (at < model.size()) {
                        vector.setLong(at, value);
                        model.set(at, value);
                    }
                }
                default -> {
                    int to = Math.min(model.size(), at + 3);
                    vector.remove(at, to);
                    model.subList(at, to).clear();
                }
            }
            if (model.size() > 200) {
                vector.remove(20, model.size());
                model.subList(20, model.size()).clear();
            }
            assertThat(vector.size()).isEqualTo(model.size());
            if (round % 10 == 0) {
                assertThat(here.toNdArray().toLongArray())
                        .isEqualTo(model.stream().mapToLong(Long::longValue).toArray());
            }
        }
    }

    @Test
    void shouldChangeNothingWhenAValueDoesNotFit() {
        SharedVector vector = here(ElementType.INT8);
        vector.append(1);
        assertThatIllegalArgumentException().isThrownBy(() -> vector.append(400));
        assertThatIllegalArgumentException().isThrownBy(() -> vector.insert(0, 400));
        assertThatIllegalArgumentException().isThrownBy(() -> vector.extend(2, 3, 400));
        assertThatIllegalArgumentException().isThrownBy(() -> vector.append(1.5));
        assertThatIllegalArgumentException().isThrownBy(() -> vector.extend(NdArray.of(new int[] {1})));
        assertThatIllegalArgumentException().isThrownBy(() -> vector.getAndAdd(0, 127));
        assertThatIllegalArgumentException().isThrownBy(() -> vector.repeat(-1));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> vector.getLong(1));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> vector.getLong(-1));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> vector.setLong(1, 1));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> vector.insert(3, 1));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> vector.removeLong(1));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> vector.remove(0, 2));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> vector.slice(0, 2, 1));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> vector.slice(0, 1, 0));
        assertThat(vector.toNdArray().toLongArray()).containsExactly(1);
    }

    @Test
    void shouldCompareByAllElements() {
        SharedVector vector = here(ElementType.INT32);
        vector.append(1);
        NdArray longer = NdArray.of(new int[] {1, 2});
        assertThat(vector.toNdArray().hasSameElementsAs(longer)).isFalse();
        assertThat(Arrays.compare(vector.toNdArray().toLongArray(), longer.toLongArray()))
                .isNegative();
        vector.append(2);
        assertThat(vector.toNdArray().hasSameElementsAs(longer)).isTrue();
    }

    @Test
    void shouldCarryBytesAndFiles() throws IOException {
        SharedVector vector = here(ElementType.INT32);
        vector.extend(1, -2, 0x01020304);
        byte[] bytes = vector.toBytes();
        assertThat(bytes).containsExactly(1, 0, 0, 0, -2, -1, -1, -1, 4, 3, 2, 1);
        vector.extendBytes(bytes);
        assertThat(vector.toNdArray().toLongArray()).containsExactly(1, -2, 0x01020304, 1, -2, 0x01020304);
        vector.remove(3, 6);
        vector.byteSwap();
        assertThat(vector.getLong(2)).isEqualTo(0x04030201);
        vector.byteSwap();
        Path file = directory.file("elements");
        vector.writeTo(file);
        assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
        try (MappedArray mapped = MappedArray.openReadOnly(file, ElementType.INT32)) {
            assertThat(mapped.toNdArray().toLongArray()).containsExactly(1, -2, 0x01020304);
        }
        vector.extendFrom(file);
        assertThat(vector.size()).isEqualTo(6);
        vector.extendFrom(new ByteArrayInputStream(bytes), 2);
        assertThat(vector.size()).isEqualTo(8);
        ByteArrayOutputStream target = new ByteArrayOutputStream();
        vector.writeTo(target);
        assertThat(target.toByteArray()).isEqualTo(vector.toBytes());
    }

    @Test
    void shouldRefuseHostileSizes() throws IOException {
        SharedVector vector = here(ElementType.INT32);
        vector.append(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> vector.extendBytes(new byte[7]))
                .withMessageContaining("7 bytes");
        assertThatExceptionOfType(EOFException.class)
                .isThrownBy(() -> vector.extendFrom(new ByteArrayInputStream(new byte[12]), 4))
                .withMessageContaining("3");
        assertThatExceptionOfType(OutOfSharedMemoryException.class)
                .isThrownBy(() -> vector.extendFrom(new ByteArrayInputStream(new byte[12]), Integer.MAX_VALUE));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> vector.extendFrom(new ByteArrayInputStream(new byte[12]), -1));
        assertThatExceptionOfType(OutOfSharedMemoryException.class).isThrownBy(() -> vector.repeat(Integer.MAX_VALUE));
        assertThatExceptionOfType(OutOfSharedMemoryException.class)
                .isThrownBy(() -> vector.ensureCapacity(Integer.MAX_VALUE));
        Path odd = directory.file("odd");
        Files.write(odd, new byte[10]);
        assertThatIllegalArgumentException().isThrownBy(() -> vector.extendFrom(odd));
        assertThat(vector.toNdArray().toLongArray()).containsExactly(1);
    }

    @Test
    void shouldChangeNothingWhenTheSegmentIsFull() {
        SharedVector vector = here(ElementType.INT64);
        OutOfSharedMemoryException full = null;
        int count = 0;
        while (full == null) {
            try {
                vector.append(count);
                count++;
            } catch (OutOfSharedMemoryException e) {
                full = e;
            }
        }
        assertThat(vector.size()).isEqualTo(count).isGreaterThan(10_000);
        assertThat(vector.getLong(count - 1)).isEqualTo(count - 1);
        assertThatExceptionOfType(OutOfSharedMemoryException.class).isThrownBy(() -> vector.insert(0, 1));
        assertThat(vector.getLong(0)).isZero();
        assertThat(vector.popLong()).isEqualTo(count - 1);
        vector.clear();
        vector.append(1);
    }

    @Test
    void shouldGiveMemoryBack() {
        SharedVector vector = here(ElementType.INT64);
        long before = one.deepStatistics().usedBytes();
        vector.ensureCapacity(10_000);
        assertThat(one.deepStatistics().usedBytes()).isGreaterThan(before + 80_000);
        vector.extend(1, 2);
        vector.trim();
        assertThat(one.deepStatistics().usedBytes()).isLessThan(before + 1000);
        vector.clear();
        assertThat(one.deepStatistics().usedBytes()).isEqualTo(before);
    }

    @Test
    void shouldNotBeOpenedAsAnotherType() {
        here(ElementType.INT64);
        assertThatExceptionOfType(ObjectTypeMismatchException.class)
                .isThrownBy(() -> there(ElementType.INT32))
                .withMessageContaining("vector of INT64")
                .withMessageContaining("vector of INT32");
    }

    @Test
    void shouldSayThatItIsClosed() {
        SharedVector vector = here(ElementType.INT64);
        vector.append(1);
        vector.close();
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> vector.getLong(0));
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> vector.append(1));
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(vector::size);
        assertThat(vector).hasToString("closed");
    }

    /** A copy is always a run of equal numbers, as every change leaves it. */
    @Test
    void shouldNeverShowHalfOfAChange() throws InterruptedException {
        SharedVector writer = here(ElementType.INT32);
        SharedVector reader = there(ElementType.INT32);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread reading = new Thread(() -> {
            try {
                while (!stop.get()) {
                    long[] copy = reader.toNdArray().toLongArray();
                    for (long element : copy) {
                        assertThat(element).isEqualTo(copy[0]);
                    }
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        reading.start();
        Random random = new Random(3);
        int[] equal = {};
        for (int round = 0; round < 5_000; round++) {
            int[] next = new int[1 + random.nextInt(300)];
            Arrays.fill(next, round);
            if (random.nextBoolean()) {
                writer.replace(0, equal.length, NdArray.of(next));
            } else {
                writer.remove(0, equal.length);
                writer.extend(NdArray.of(next));
            }
            equal = next;
        }
        stop.set(true);
        reading.join();
        assertThat(failure.get()).isNull();
    }

    @Test
    void shouldHaveTheCapacityThatWasAskedForOrSayThatThereIsNoRoom() {
        SharedVector vector = here(ElementType.INT64);
        vector.extend(1, 2, 3);
        vector.ensureCapacity(1_000);
        long free = one.deepStatistics().freeBytes();
        vector.ensureCapacity(0);
        vector.ensureCapacity(10);
        assertThat(one.deepStatistics().freeBytes()).as("it is kept").isEqualTo(free);
        for (int i = 3; i < 1_000; i++) {
            vector.append(i);
        }
        assertThat(one.deepStatistics().freeBytes()).isEqualTo(free);
        one.create("hog", SharedVector.of(ElementType.INT8)).ensureCapacity(1 << 20);
        free = one.deepStatistics().freeBytes();
        assertThatExceptionOfType(OutOfSharedMemoryException.class)
                .isThrownBy(() -> vector.ensureCapacity(1 << 17))
                .withMessageContaining("no block of");
        assertThat(one.deepStatistics().freeBytes()).isGreaterThanOrEqualTo(free);
        free = one.deepStatistics().freeBytes();
        assertThat(vector.size()).isEqualTo(1_000);
        vector.remove(3, 1_000);
        vector.trim();
        assertThat(one.deepStatistics().freeBytes()).isGreaterThan(free);
        assertThat(vector.toNdArray().asLongBuffer().get(2)).isEqualTo(3);
        vector.clear();
        vector.trim();
        assertThat(vector.isEmpty()).isTrue();
    }

    @Test
    void shouldRefuseASumThatDoesNotFit() {
        SharedVector vector = here(ElementType.INT64);
        vector.extend(Long.MAX_VALUE, Long.MIN_VALUE, -1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> vector.getAndAdd(0, 1))
                .withMessageContaining("do not fit into an element of INT64");
        assertThatIllegalArgumentException().isThrownBy(() -> vector.getAndAdd(1, -1));
        assertThat(vector.getAndAdd(2, Long.MIN_VALUE + 1)).isEqualTo(-1);
        assertThat(vector.getAndAdd(0, Long.MIN_VALUE)).isEqualTo(Long.MAX_VALUE);
        assertThat(vector.toNdArray().hasSameElementsAs(NdArray.of(new long[] {-1, Long.MIN_VALUE, Long.MIN_VALUE})))
                .isTrue();
        SharedVector unsigned = one.create("unsigned", SharedVector.of(ElementType.UINT64));
        unsigned.extend(-1L, 0, Long.MAX_VALUE);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> unsigned.getAndAdd(0, 1))
                .withMessageContaining("18446744073709551615 and 1 together do not fit");
        assertThatIllegalArgumentException().isThrownBy(() -> unsigned.getAndAdd(1, -1));
        assertThat(unsigned.getAndAdd(2, 1)).isEqualTo(Long.MAX_VALUE);
        assertThat(unsigned.getAndAdd(0, -1)).isEqualTo(-1);
        assertThat(unsigned.getAndAdd(1, 0)).isZero();
        assertThat(unsigned.getLong(2)).isEqualTo(Long.MIN_VALUE);
        assertThat(unsigned.getLong(0)).isEqualTo(-2);
    }
}
