package dev.shm.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElementTypeTest {

    @Test
    void shouldHaveCodesThatNeverChange() {
        assertThat(Arrays.stream(ElementType.values()).map(type -> type.code() + type.name() + type.bytes()))
                .containsExactly(
                        "1INT81",
                        "2UINT81",
                        "3INT162",
                        "4UINT162",
                        "5INT324",
                        "6UINT324",
                        "7INT648",
                        "8UINT648",
                        "9FLOAT162",
                        "10FLOAT324",
                        "11FLOAT648",
                        "12BOOLEAN1",
                        "13CHAR162");
        for (ElementType type : ElementType.values()) {
            assertThat(ElementType.ofCode(type.code())).isEqualTo(type);
        }
        assertThat(ElementType.ofCode(0)).isNull();
        assertThat(ElementType.ofCode(-1)).isNull();
        assertThat(ElementType.ofCode(14)).isNull();
        assertThat(ElementType.ofCode(99)).isNull();
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void shouldGiveBackWhatWasEncoded(ElementType type) {
        for (long value :
                new long[] {0, 1, 127, 255, 32_767, 65_504, 65_535, Integer.MAX_VALUE, 0xFFFF_FFFFL, -1, -128}) {
            long bits;
            try {
                bits = type.encode(value);
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageContaining(Long.toString(value)).hasMessageContaining(type.name());
                continue;
            }
            assertThat(bits >>> 1 >>> 8 * type.bytes() - 1)
                    .as("only the element's bits")
                    .isZero();
            if (type.isFloating()) {
                assertThat(type.toDouble(bits)).isCloseTo(value, org.assertj.core.data.Percentage.withPercentage(0.1));
            } else if (type != ElementType.UINT64) {
                assertThat(type.toLong(bits)).isEqualTo(value);
                assertThat(type.toDouble(bits)).isEqualTo(value);
                assertThat(type.encode((double) value)).isEqualTo(bits);
            }
        }
    }

    @Test
    void shouldKnowAllHalfFloats() {
        for (int half = 0; half < 1 << 16; half++) {
            double value = ElementType.FLOAT16.toDouble(half);
            if (Double.isNaN(value)) {
                assertThat(half & 0x7C00).isEqualTo(0x7C00);
                assertThat(half & 0x3FF).isNotZero();
            } else {
                assertThat(ElementType.FLOAT16.encode(value)).isEqualTo(half);
            }
        }
        assertThat(ElementType.FLOAT16.toDouble(0x3C00)).isEqualTo(1);
        assertThat(ElementType.FLOAT16.toDouble(0x7BFF)).isEqualTo(65_504);
        assertThat(ElementType.FLOAT16.toDouble(1)).isEqualTo(0x1p-24);
        assertThat(ElementType.FLOAT16.toDouble(0xC000)).isEqualTo(-2);
        assertThat(ElementType.FLOAT16.toDouble(0xFC00)).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(ElementType.FLOAT16.toDouble(ElementType.FLOAT16.encode(Double.NaN)))
                .isNaN();
    }

    @Test
    void shouldRoundToTheNearestHalfFloatAndATieToTheEvenOne() {
        assertThat(ElementType.FLOAT16.encode(1 + 0x1p-11)).isEqualTo(0x3C00);
        assertThat(ElementType.FLOAT16.encode(1 + 0x1p-11 + 0x1p-30)).isEqualTo(0x3C01);
        assertThat(ElementType.FLOAT16.encode(1 + 3 * 0x1p-11)).isEqualTo(0x3C02);
        assertThat(ElementType.FLOAT16.encode(2 - 0x1p-12)).isEqualTo(0x4000);
        assertThat(ElementType.FLOAT16.encode(0x1p-25)).isZero();
        assertThat(ElementType.FLOAT16.encode(0x1.8p-25)).isEqualTo(1);
        assertThat(ElementType.FLOAT16.encode(65_519.0)).isEqualTo(0x7BFF);
        assertThat(ElementType.FLOAT16.encode(Double.POSITIVE_INFINITY)).isEqualTo(0x7C00);
        assertThatIllegalArgumentException().isThrownBy(() -> ElementType.FLOAT16.encode(65_520.0));
        assertThatIllegalArgumentException().isThrownBy(() -> ElementType.FLOAT32.encode(1e300));
    }

    @Test
    void shouldTreatUnsignedLongsAsNumbersWhenTheyAreDoubles() {
        ElementType type = ElementType.UINT64;
        assertThat(type.toDouble(-1)).isEqualTo(0x1p64);
        assertThat(type.toDouble(Long.MIN_VALUE)).isEqualTo(0x1p63);
        assertThat(type.toDouble(5)).isEqualTo(5);
        assertThat(type.encode(0x1p63)).isEqualTo(Long.MIN_VALUE);
        assertThat(type.encode(0x1p63 + 2048)).isEqualTo(Long.MIN_VALUE + 2048);
        assertThat(type.encode(-1L)).isEqualTo(-1);
        assertThatIllegalArgumentException().isThrownBy(() -> type.encode(-1.0));
        assertThatIllegalArgumentException().isThrownBy(() -> type.encode(0x1p64));
        assertThatIllegalArgumentException().isThrownBy(() -> ElementType.INT64.encode(0x1p63));
        assertThat(ElementType.INT64.encode(-0x1p63)).isEqualTo(Long.MIN_VALUE);
        assertThatIllegalArgumentException().isThrownBy(() -> ElementType.INT64.encode(Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> ElementType.INT8.encode(Double.NEGATIVE_INFINITY));
        assertThatIllegalArgumentException().isThrownBy(() -> ElementType.BOOLEAN.encode(2));
    }
}
