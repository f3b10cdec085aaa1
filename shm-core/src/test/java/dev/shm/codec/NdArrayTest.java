package dev.shm.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.shm.error.CodecException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NdArrayTest {

    private static final Codec<NdArray> CODEC = Codecs.ndArrays();
    private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000, 123_456_789);

    private static ByteBuffer encode(NdArray array) {
        ByteBuffer target = ByteBuffer.allocateDirect(CODEC.size(array) + 3).order(ByteOrder.LITTLE_ENDIAN);
        target.position(3);
        CODEC.encode(array, target);
        assertThat(target.hasRemaining()).isFalse();
        return target.position(3);
    }

    private static void roundTrip(NdArray array) {
        ByteBuffer message = encode(array);
        NdArray found = CODEC.decode(message);
        assertThat(message.hasRemaining()).isFalse();
        assertThat(found).isEqualTo(array).hasSameHashCodeAs(array);
        assertThat(found.shape()).isEqualTo(array.shape());
        assertThat(found.timestamp()).isEqualTo(array.timestamp());
        assertThat(found.index()).isEqualTo(array.index());
        assertThat(found.toBytes()).isEqualTo(array.toBytes());
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void shouldCarryEveryTypeAndShape(ElementType type) {
        for (int[] shape : List.of(
                new int[] {}, new int[] {0}, new int[] {7}, new int[] {3, 0, 2}, new int[] {2, 3, 4}, new int[32])) {
            NdArray.Builder builder = NdArray.builder(type, shape);
            for (int i = 0; i < builder.length(); i++) {
                builder.setLong(i, i % 2);
            }
            roundTrip(builder.build().withTimestamp(NOW).withIndex(-5));
        }
    }

    @Test
    void shouldBeFoundForItsType() {
        assertThat(Codecs.forType(NdArray.class)).isSameAs(CODEC);
        assertThat(CODEC.name()).isEqualTo("ndarray");
    }

    @Test
    void shouldBeMadeOfArraysOfJava() {
        assertThat(NdArray.of(new byte[] {-1, 2}).toLongArray()).containsExactly(-1, 2);
        assertThat(NdArray.of(new short[] {-1, 2}).toLongArray()).containsExactly(-1, 2);
        assertThat(NdArray.of(new int[] {-1, 2}).toLongArray()).containsExactly(-1, 2);
        assertThat(NdArray.of(new long[] {-1, 2}).toLongArray()).containsExactly(-1, 2);
        assertThat(NdArray.of(new float[] {-1, 2.5f}).toDoubleArray()).containsExactly(-1, 2.5);
        assertThat(NdArray.of(new double[] {-1, 2.5}).toDoubleArray()).containsExactly(-1, 2.5);
        assertThat(NdArray.of(new boolean[] {true, false}).toLongArray()).containsExactly(1, 0);
        NdArray text = NdArray.of("größer ₂".toCharArray());
        assertThat(text).hasToString("CHAR16[8]");
        assertThat(text.asCharBuffer().toString()).isEqualTo("größer ₂");
        assertThat(text.asCharBuffer().isReadOnly()).isTrue();
        assertThat(text.longAt(7)).isEqualTo('₂');
        NdArray table = NdArray.of(new int[] {1, 2, 3, 4, 5, 6}, 2, 3);
        assertThat(table.getLong(1, 0)).isEqualTo(4);
        assertThat(table.getDouble(1, 2)).isEqualTo(6);
        assertThat(table.rank()).isEqualTo(2);
        assertThat(table).hasToString("INT32[2, 3]");
        assertThat(table.asIntBuffer().get(5)).isEqualTo(6);
        assertThat(table.asIntBuffer().isReadOnly()).isTrue();
        assertThat(table.asByteBuffer().order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        assertThat(NdArray.of(new double[] {1}).asDoubleBuffer().get(0)).isEqualTo(1);
        assertThat(NdArray.of(new float[] {1}).asFloatBuffer().get(0)).isEqualTo(1);
        assertThat(NdArray.of(new long[] {1}).asLongBuffer().get(0)).isEqualTo(1);
        assertThat(NdArray.of(new short[] {1}).asShortBuffer().get(0)).isEqualTo((short) 1);
        assertThat(NdArray.of(ElementType.UINT8, ByteBuffer.wrap(new byte[] {-1, 1}), 2)
                        .toLongArray())
                .containsExactly(255, 1);
        assertThatIllegalStateException().isThrownBy(table::asFloatBuffer);
        assertThatIllegalStateException()
                .isThrownBy(() -> NdArray.of(new short[1]).asCharBuffer())
                .withMessageContaining("INT16");
        assertThatIllegalArgumentException().isThrownBy(() -> NdArray.of(new int[5], 2, 3));
        assertThatIllegalArgumentException().isThrownBy(() -> NdArray.of(ElementType.INT32, ByteBuffer.allocate(5), 2));
        assertThatIllegalArgumentException().isThrownBy(() -> table.getLong(1));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> table.getLong(0, 3));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> table.longAt(6));
    }

    @Test
    void shouldNotChangeOnceItIsBuilt() {
        NdArray.Builder builder =
                NdArray.builder(ElementType.INT8, 2).setLong(0, 1).setDouble(1, 2);
        NdArray array = builder.build();
        assertThatIllegalStateException().isThrownBy(() -> builder.setLong(0, 5));
        assertThatIllegalStateException().isThrownBy(builder::build);
        int[] shape = array.shape();
        shape[0] = 7;
        array.toBytes()[0] = 9;
        assertThat(array.shape()).containsExactly(2);
        assertThat(array.toLongArray()).containsExactly(1, 2);
        assertThat(array).isNotEqualTo(array.withIndex(1)).isNotEqualTo(array.withTimestamp(NOW));
        assertThat(array.hasSameElementsAs(array.withIndex(1).withTimestamp(NOW)))
                .isTrue();
        assertThat(array.hasSameElementsAs(NdArray.of(ElementType.UINT8, array.asByteBuffer(), 2)))
                .isFalse();
    }

    @Test
    void shouldBeWrittenStraightIntoAMessageAndReadInPlace() {
        ByteBuffer claimed = ByteBuffer.allocateDirect(NdArray.messageBytes(ElementType.FLOAT64, 2, 2));
        ByteBuffer elements = NdArray.write(claimed, ElementType.FLOAT64, NOW, 9, 2, 2);
        assertThat(claimed.hasRemaining()).isFalse();
        elements.asDoubleBuffer().put(new double[] {1, 2, 3, 4});
        NdArray inPlace = NdArray.inPlace(claimed.flip());
        NdArray copy = inPlace.copy();
        assertThat(inPlace.getDouble(1, 1)).isEqualTo(4);
        assertThat(inPlace.index()).isEqualTo(9);
        elements.putDouble(24, 5);
        assertThat(inPlace.getDouble(1, 1)).isEqualTo(5);
        assertThat(copy.getDouble(1, 1)).isEqualTo(4);
        assertThatExceptionOfType(BufferOverflowException.class)
                .isThrownBy(() -> NdArray.write(ByteBuffer.allocate(10), ElementType.INT8, NOW, 0, 1));
    }

    @Test
    void shouldRefuseShapesThatCannotBe() {
        assertThatIllegalArgumentException().isThrownBy(() -> NdArray.builder(ElementType.INT8, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> NdArray.builder(ElementType.INT8, new int[33]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NdArray.builder(ElementType.INT64, 1 << 30, 1 << 30, 1 << 30, 1 << 30))
                .withMessageContaining("SharedArray");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NdArray.messageBytes(ElementType.INT8, Integer.MAX_VALUE));
    }

    @Test
    void shouldRefuseHostileMessages() {
        byte[] good = new byte[encode(NdArray.of(new int[] {1, 2, 3}, 3, 1)).remaining()];
        encode(NdArray.of(new int[] {1, 2, 3}, 3, 1)).get(good);
        for (int length = 0; length < good.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(good, 0, length).order(ByteOrder.LITTLE_ENDIAN);
            assertThatExceptionOfType(CodecException.class)
                    .isThrownBy(() -> CODEC.decode(cut))
                    .withMessageContaining("ndarray");
            assertThat(cut.position()).isZero();
        }
        refused(good, NdArrayLayout.VERSION, 2);
        refused(good, NdArrayLayout.TYPE, 0);
        refused(good, NdArrayLayout.TYPE, 99);
        refused(good, NdArrayLayout.TYPE, 7);
        refused(good, NdArrayLayout.RANK, 33);
        refused(good, NdArrayLayout.RANK, 1);
        refused(good, NdArrayLayout.RANK + 1, 1);
        refused(good, NdArrayLayout.SHAPE, 4);
        refused(good, NdArrayLayout.SHAPE + 3, 0x80);
        refused(good, NdArrayLayout.SHAPE + 3, 0x7F);
        refused(good, NdArrayLayout.NANOS + 3, 0x7F);
        refused(good, NdArrayLayout.SECONDS + 7, 0x7F);
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = good.clone();
            for (int n = 1 + random.nextInt(4); n > 0; n--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                NdArray found = CODEC.decode(ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN));
                assertThat(found.length()).isLessThanOrEqualTo(16);
            } catch (CodecException e) {
                assertThat(e).hasMessageContaining("ndarray");
            }
        }
    }

    private static void refused(byte[] good, int at, int value) {
        byte[] damaged = good.clone();
        damaged[at] = (byte) value;
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> CODEC.decode(ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN)))
                .withMessageContaining("make sure that every process uses the same one");
    }
}
