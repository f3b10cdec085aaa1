package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WordsTest {

    static IntStream lengths() {
        return IntStream.rangeClosed(0, MapLayout.INLINE_BYTES);
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (0xF1 + 31 * i);
        }
        return bytes;
    }

    private static long word(byte[] bytes, int offset) {
        return ByteBuffer.wrap(Arrays.copyOf(bytes, 64))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong(offset);
    }

    @ParameterizedTest
    @MethodSource("lengths")
    void shouldFillUpWithZerosWhateverTheLength(int length) {
        byte[] bytes = bytes(length);

        assertThat(Words.first(bytes)).isEqualTo(word(bytes, 0));
        assertThat(Words.second(bytes)).isEqualTo(word(bytes, 8));
    }

    @ParameterizedTest
    @MethodSource("lengths")
    void shouldGiveTheBytesBack(int length) {
        byte[] bytes = bytes(length);

        assertThat(Words.bytes(Words.first(bytes), Words.second(bytes)))
                .isEqualTo(Arrays.copyOf(bytes, MapLayout.INLINE_BYTES));
    }

    @Test
    void shouldReadTheLastBytesBeforeAnEndThatIsNotTheArrays() {
        byte[] bytes = bytes(40);

        for (int length = 17; length < 24; length++) {
            assertThat(Words.at(bytes, 16, length)).isEqualTo(word(Arrays.copyOf(bytes, length), 16));
        }
        assertThat(Words.at(bytes, 3)).isEqualTo(word(bytes, 3));
    }

    @Test
    void shouldKnowAsciiByEveryByte() {
        assertThat(Words.isAscii(0x7F7F_7F7F_7F7F_7F7FL)).isTrue();
        for (int i = 0; i < 64; i += 8) {
            assertThat(Words.isAscii(0x80L << i)).isFalse();
        }
    }
}
