package dev.shm.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.shm.SharedMemory;
import dev.shm.SharedType;
import dev.shm.codec.ElementType;
import dev.shm.codec.NdArray;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentClosedException;
import dev.shm.testing.TestDirectory;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Arrays of fixed shape, each seen through two attachments: two mappings of the same pages, as in two processes. */
class SharedArrayTest {

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
        if (one.isOpen()) {
            assertThat(one.verify()).isEmpty();
            assertThat(one.deepStatistics().tentativeBytes()).isZero();
        }
        two.close();
        one.close();
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void shouldShareElementsOfEveryType(ElementType type) {
        SharedArray here = one.create("array", SharedArray.of(type, 5, 7));
        SharedArray there = two.open("array", SharedArray.of(type, 5, 7));
        assertThat(here.toNdArray().toLongArray()).hasSize(35).containsOnly(0);
        here.setLong(4, 6, 1);
        here.setDouble(0, 0, 1);
        assertThat(there.getLong(4, 6)).isEqualTo(1);
        assertThat(there.getDouble(0, 0)).isEqualTo(1);
        assertThat(there.getLong(4, 5)).isZero();
        assertThat(there.getLong(new long[] {4, 6})).isEqualTo(1);
        assertThat(there.toNdArray().toLongArray()).contains(1, 1).hasSize(35);
        assertThat(there.length()).isEqualTo(35);
        assertThat(there.shape()).containsExactly(5, 7);
        assertThat(there).hasToString(type + "[5, 7]");
    }

    @Test
    void shouldKeepTheEndsOfEachRange() {
        SharedArray signed = one.create("signed", SharedArray.of(ElementType.INT8, 2));
        signed.setLong(0, -128);
        signed.setLong(1, 127);
        assertThat(signed.toNdArray().toLongArray()).containsExactly(-128, 127);
        SharedArray unsigned = one.create("unsigned", SharedArray.of(ElementType.UINT32, 1));
        unsigned.setLong(0, 0xFFFF_FFFFL);
        assertThat(unsigned.getLong(0)).isEqualTo(0xFFFF_FFFFL);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> signed.setLong(0, 400))
                .withMessageContaining("400 does not fit")
                .withMessageContaining("-128 to 127");
        assertThatIllegalArgumentException().isThrownBy(() -> unsigned.setLong(0, -1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> signed.setDouble(0, 1.5))
                .withMessageContaining("no whole number");
        assertThat(signed.getLong(0)).isEqualTo(-128);
    }

    @Test
    void shouldRefuseCoordinatesOutOfRange() {
        SharedArray array = one.create("array", SharedArray.of(ElementType.INT32, 3, 4));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> array.getLong(3, 0));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> array.setLong(0, 4, 1));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> array.getLong(-1, 0));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> array.at(3));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> array.slice(1, 4));
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> array.asInts().get(12));
        assertThatIllegalArgumentException().isThrownBy(() -> array.getLong(5)).withMessageContaining("[3, 4]");
    }

    @Test
    void shouldShowRowsColumnsAndSteps() {
        SharedArray array = one.create("array", SharedArray.of(ElementType.INT16, 3, 4));
        for (int i = 0; i < 12; i++) {
            array.setLong(i / 4, i % 4, i);
        }
        ArrayView all = array.view();
        assertThat(array.at(1).toNdArray().toLongArray()).containsExactly(4, 5, 6, 7);
        assertThat(all.select(1, 2).toNdArray().toLongArray()).containsExactly(2, 6, 10);
        assertThat(array.slice(1, 3).toNdArray().toLongArray()).containsExactly(4, 5, 6, 7, 8, 9, 10, 11);
        assertThat(all.slice(1, 0, 4, 2).toNdArray().toLongArray()).containsExactly(0, 2, 4, 6, 8, 10);
        assertThat(all.slice(1, 3, -1, -1).at(0).toNdArray().toLongArray()).containsExactly(3, 2, 1, 0);
        assertThat(all.slice(0, 2, -1, -2).toNdArray().toLongArray()).containsExactly(8, 9, 10, 11, 0, 1, 2, 3);
        assertThat(all.slice(0, 1, 1, 1).length()).isZero();
        assertThat(all.slice(0, 1, 1, 1).toNdArray().length()).isZero();
        assertThat(all.transpose().toNdArray().toLongArray()).containsExactly(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
        assertThat(all.reshape(2, 6).at(1).toNdArray().toLongArray()).containsExactly(6, 7, 8, 9, 10, 11);
        all.select(1, 0).fill(-1);
        assertThat(array.toNdArray().toLongArray()).containsExactly(-1, 1, 2, 3, -1, 5, 6, 7, -1, 9, 10, 11);
        all.transpose().at(1).copyFrom(NdArray.of(new short[] {20, 21, 22}));
        assertThat(array.toNdArray().toLongArray()).containsExactly(-1, 20, 2, 3, -1, 21, 6, 7, -1, 22, 10, 11);
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> all.transpose().asByteBuffer());
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> all.transpose().reshape(12));
        assertThatIllegalArgumentException().isThrownBy(() -> all.reshape(5));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> array.copyFrom(NdArray.of(new short[12])))
                .withMessageContaining("INT16[3, 4]");
        assertThatIllegalArgumentException().isThrownBy(() -> array.copyFrom(NdArray.of(new int[12], 3, 4)));
    }

    @Test
    void shouldShowItsBytesWithoutCopying() {
        SharedArray here = one.create("array", SharedArray.of(ElementType.FLOAT32, 4, 8));
        SharedArray there = two.open("array", SharedArray.of(ElementType.FLOAT32, 4, 8));
        FloatBuffer buffer = here.view().asFloatBuffer();
        assertThat(buffer.isDirect()).isTrue();
        assertThat(buffer.capacity()).isEqualTo(32);
        buffer.put(9, 2.5f);
        assertThat(there.getDouble(1, 1)).isEqualTo(2.5);
        there.asFloats().set(9, 3.5f);
        assertThat(buffer.get(9)).isEqualTo(3.5f);
        assertThat(there.at(1).asByteBuffer().getFloat(4)).isEqualTo(3.5f);
        assertThatIllegalStateException()
                .isThrownBy(() -> here.view().asIntBuffer())
                .withMessageContaining("FLOAT32");
        assertThatIllegalStateException().isThrownBy(here::asDoubles);
    }

    @Test
    void shouldHaveAllMemoryOrders() {
        IntElements ints =
                one.create("ints", SharedArray.of(ElementType.INT32, 4)).asInts();
        ints.set(1, 5);
        assertThat(ints.get(1)).isEqualTo(5);
        ints.setVolatile(1, 6);
        assertThat(ints.getVolatile(1)).isEqualTo(6);
        ints.setOpaque(1, 7);
        assertThat(ints.getOpaque(1)).isEqualTo(7);
        assertThat(ints.compareAndSet(1, 6, 8)).isFalse();
        assertThat(ints.compareAndSet(1, 7, 8)).isTrue();
        assertThat(ints.getAndSet(1, 9)).isEqualTo(8);
        assertThat(ints.getAndAdd(1, -10)).isEqualTo(9);
        assertThat(ints.get(1)).isEqualTo(-1);
        assertThat(ints.length()).isEqualTo(4);
        LongElements longs =
                one.create("longs", SharedArray.of(ElementType.UINT64, 4)).asLongs();
        longs.setVolatile(3, Long.MIN_VALUE);
        assertThat(longs.getOpaque(3)).isEqualTo(Long.MIN_VALUE);
        longs.setOpaque(3, 1);
        assertThat(longs.getAndAdd(3, 4)).isEqualTo(1);
        assertThat(longs.compareAndSet(3, 5, 6)).isTrue();
        assertThat(longs.getAndSet(3, 7)).isEqualTo(6);
        assertThat(longs.getVolatile(3)).isEqualTo(7);
        FloatElements floats =
                one.create("floats", SharedArray.of(ElementType.FLOAT32, 4)).asFloats();
        floats.setVolatile(0, 1.5f);
        assertThat(floats.getAndAdd(0, 1)).isEqualTo(1.5f);
        assertThat(floats.compareAndSet(0, 2.5f, Float.NaN)).isTrue();
        assertThat(floats.getVolatile(0)).isNaN();
        floats.setOpaque(0, 3);
        assertThat(floats.getAndSet(0, 4)).isEqualTo(3);
        assertThat(floats.getOpaque(0)).isEqualTo(4);
        DoubleElements doubles =
                one.create("doubles", SharedArray.of(ElementType.FLOAT64, 4)).asDoubles();
        doubles.set(0, 0.25);
        assertThat(doubles.getAndAdd(0, 0.5)).isEqualTo(0.25);
        assertThat(doubles.compareAndSet(0, 0.75, -1)).isTrue();
        assertThat(doubles.getAndSet(0, 2)).isEqualTo(-1);
        assertThat(doubles.getOpaque(0)).isEqualTo(2);
    }

    @Test
    void shouldLoseNoSumOfSeveralThreads() throws Exception {
        SharedType<SharedArray> type = SharedArray.of(ElementType.INT64, 3);
        SharedArray created = one.create("array", type);
        int threads = 4;
        int rounds = 20_000;
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                LongElements longs = (i % 2 == 0 ? created : two.openOrCreate("array", type)).asLongs();
                tasks.add(() -> {
                    for (int n = 0; n < rounds; n++) {
                        longs.getAndAdd(1, 1);
                    }
                    return null;
                });
            }
            for (Future<Void> done : executor.invokeAll(tasks)) {
                done.get();
            }
        } finally {
            executor.shutdownNow();
        }
        assertThat(created.asLongs().get(1)).isEqualTo((long) threads * rounds);
    }

    @Test
    void shouldNotBeOpenedInAnotherShape() {
        one.create("array", SharedArray.of(ElementType.INT32, 3, 4));
        assertThatExceptionOfType(ObjectTypeMismatchException.class)
                .isThrownBy(() -> two.open("array", SharedArray.of(ElementType.INT32, 4, 3)))
                .withMessageContaining("INT32[3, 4]")
                .withMessageContaining("INT32[4, 3]");
        assertThatExceptionOfType(ObjectTypeMismatchException.class)
                .isThrownBy(() -> two.openOrCreate("array", SharedArray.of(ElementType.UINT32, 3, 4)));
        assertThatExceptionOfType(ObjectTypeMismatchException.class)
                .isThrownBy(() -> two.open("array", SharedLong.type()));
        assertThat(two.open("array", SharedArray.existing()).shape()).containsExactly(3, 4);
        assertThatIllegalArgumentException().isThrownBy(() -> one.create("other", SharedArray.existing()));
    }

    @Test
    void shouldRefuseShapesThatCannotBe() {
        assertThatIllegalArgumentException().isThrownBy(() -> SharedArray.of(ElementType.INT8));
        assertThatIllegalArgumentException().isThrownBy(() -> SharedArray.of(ElementType.INT8, 3, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> SharedArray.of(ElementType.INT8, -1, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> SharedArray.of(ElementType.INT8, new long[9]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedArray.of(ElementType.INT64, Long.MAX_VALUE, Long.MAX_VALUE))
                .withMessageContaining("at most");
        long before = one.deepStatistics().usedBytes();
        assertThatExceptionOfType(OutOfSharedMemoryException.class)
                .isThrownBy(() -> one.create("array", SharedArray.of(ElementType.INT64, 1 << 20)));
        assertThatExceptionOfType(OutOfSharedMemoryException.class)
                .isThrownBy(() -> one.create("array", SmallParts.array(1 << 18, ElementType.INT64, 1 << 20)));
        assertThat(one.deepStatistics().usedBytes()).isEqualTo(before);
    }

    @Test
    void shouldCrossPartsWithoutNotice() {
        SharedType<SharedArray> type = SmallParts.array(4096, ElementType.INT32, 100, 30);
        long before = one.deepStatistics().usedBytes();
        SharedArray here = one.create("array", type);
        SharedArray there = two.open("array", type);
        for (int i = 0; i < 3000; i++) {
            here.setLong(i / 30, i % 30, i);
        }
        ArrayView view = there.view();
        for (int i = 0; i < 3000; i++) {
            assertThat(there.asInts().get(i)).isEqualTo(i);
            assertThat(view.getLong(i / 30, i % 30)).isEqualTo(i);
        }
        NdArray copy = there.toNdArray();
        assertThat(copy.longAt(2999)).isEqualTo(2999);
        there.fill(0);
        here.copyFrom(copy);
        assertThat(there.toNdArray().toLongArray()).isEqualTo(copy.toLongArray());
        List<ByteBuffer> buffers = view.asByteBuffers();
        assertThat(buffers).hasSizeGreaterThan(2);
        assertThat(buffers.stream().mapToInt(ByteBuffer::remaining).sum()).isEqualTo(12_000);
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(there::asByteBuffer);
        for (int row = 0; row < 100; row++) {
            assertThat(there.at(row).view().asIntBuffer().get(29)).isEqualTo(row * 30 + 29);
        }
        assertThat(view.slice(1, 29, -1, -1).at(99).getLong(0)).isEqualTo(2999);
        here.close();
        there.close();
        one.destroy("array");
        assertThat(one.deepStatistics().usedBytes()).isEqualTo(before);
    }

    @Test
    void shouldSplitRowsThatAreLongerThanAPart() {
        SharedArray array = one.create("array", SmallParts.array(4096, ElementType.INT8, 2, 30_000));
        array.fill(3);
        array.setLong(1, 29_999, 4);
        assertThat(array.at(1).toNdArray().longAt(29_999)).isEqualTo(4);
        assertThat(array.at(1).toNdArray().longAt(0)).isEqualTo(3);
        assertThat(array.getLong(0, 29_999)).isEqualTo(3);
    }

    @Test
    void shouldStayForThoseWhoHaveItOpenWhenItIsDestroyed() {
        SharedType<SharedArray> type = SharedArray.of(ElementType.INT32, 1000);
        SharedArray here = one.create("array", type);
        SharedArray there = two.open("array", type);
        assertThat(one.destroy("array")).isTrue();
        there.setLong(5, 6);
        assertThat(here.getLong(5)).isEqualTo(6);
        here.close();
        assertThat(there.getLong(5)).isEqualTo(6);
        there.close();
        assertThat(one.objects()).isEmpty();
    }

    @Test
    void shouldSayThatItIsClosed() {
        SharedArray array = one.create("array", SharedArray.of(ElementType.INT32, 1000));
        IntElements ints = array.asInts();
        ArrayView row = array.slice(10, 20);
        ByteBuffer buffer = array.asByteBuffer();
        array.close();
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> array.getLong(0));
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> ints.set(0, 1));
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> row.fill(1));
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(array::asByteBuffer);
        one.close();
        two.close();
        // Whatever it shows, touching it is safe.
        System.gc();
        assertThat(buffer.getInt(100)).isZero();
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> ints.get(0));
    }

    @Test
    void shouldFillWithAllBitsOfALong() {
        SharedArray array = one.create("array", SharedArray.of(ElementType.INT64, 2, 3));
        for (long value : new long[] {(1L << 53) + 1, Long.MAX_VALUE, Long.MIN_VALUE}) {
            array.fill(value);
            assertThat(array.toNdArray().toLongArray()).containsOnly(value);
            array.view().transpose().slice(0, 1, 2, 1).fill(-value);
            assertThat(array.toNdArray().toLongArray()).containsExactly(value, -value, value, value, -value, value);
        }
        SharedArray floats = one.create("floats", SharedArray.of(ElementType.FLOAT32, 3));
        floats.fill(7);
        assertThat(floats.getDouble(1)).isEqualTo(7);
        floats.fill(0.5);
        assertThat(floats.getDouble(1)).isEqualTo(0.5);
        SharedArray bytes = one.create("bytes", SharedArray.of(ElementType.UINT8, 3));
        assertThatIllegalArgumentException().isThrownBy(() -> bytes.fill(256));
        assertThatIllegalArgumentException().isThrownBy(() -> bytes.fill(0.5));
        assertThat(bytes.getLong(0)).isZero();
    }

    @Test
    void shouldRefuseShapesOfOtherSizes() {
        ArrayView view =
                one.create("array", SharedArray.of(ElementType.INT8, 4, 3)).view();
        List<long[]> wrong = List.of(
                new long[] {5},
                new long[] {-3, -4},
                new long[] {Long.MAX_VALUE, 3},
                new long[] {1L << 62, 4, 12},
                new long[] {0, 12});
        for (long[] shape : wrong) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> view.reshape(shape))
                    .withMessageContaining("12 elements");
        }
        assertThat(view.reshape(2, 1, 6).shape()).containsExactly(2, 1, 6);
        ArrayView nothing = view.slice(0, 2, 2, 1);
        assertThatIllegalArgumentException().isThrownBy(() -> nothing.reshape(-5, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> nothing.reshape());
        assertThat(nothing.reshape(Long.MAX_VALUE, 7, 0).length()).isZero();
    }
}
