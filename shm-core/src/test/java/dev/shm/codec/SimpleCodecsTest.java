package dev.shm.codec;

import static dev.shm.codec.Buffers.decoded;
import static dev.shm.codec.Buffers.encoded;
import static dev.shm.codec.Buffers.roundTrip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.error.CodecException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SimpleCodecsTest {

    @Test
    void bytesComeBackAsTheyWere() {
        assertThat(roundTrip(Codecs.bytes(), new byte[0])).isEmpty();
        assertThat(roundTrip(Codecs.bytes(), new byte[] {1, -1, 0})).containsExactly(1, -1, 0);
    }

    @Test
    void decodedBytesAreACopy() {
        ByteBuffer source = Buffers.source(new byte[] {1, 2});
        byte[] value = Codecs.bytes().decode(source.duplicate());
        source.put(source.position(), (byte) 9);
        assertThat(value).containsExactly(1, 2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "plain ASCII",
                "\u0000\u007F",
                "Grüße",
                "\u0080\u07FF\u0800\uFFFF",
                "日本語",
                "\uD83D\uDE00",
                "a\uD83D\uDE00ß",
                "\uFFFD"
            })
    void stringsComeBackAsTheyWereInExactlyTheBytesOfUtf8(String value) {
        assertThat(encoded(Codecs.string(), value)).isEqualTo(value.getBytes(StandardCharsets.UTF_8));
        assertThat(Codecs.string().size(value)).isEqualTo(value.getBytes(StandardCharsets.UTF_8).length);
        assertThat(roundTrip(Codecs.string(), value)).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(ints = {8191, 8192, 8193, 100_000})
    void stringsOfAnyLengthComeBack(int length) {
        String ascii = "x".repeat(length);
        String other = "ß".repeat(length);
        assertThat(roundTrip(Codecs.string(), ascii)).isEqualTo(ascii);
        assertThat(roundTrip(Codecs.string(), other)).isEqualTo(other);
    }

    @Property(tries = 2000)
    void anyCharactersAreWrittenAsTheJdkWritesThem(@ForAll @Size(max = 40) char[] characters) {
        String value = new String(characters);
        byte[] expected = value.getBytes(StandardCharsets.UTF_8);
        assertThat(encoded(Codecs.string(), value)).isEqualTo(expected);
        assertThat(Codecs.string().size(value)).isEqualTo(expected.length);
    }

    @ParameterizedTest
    @MethodSource("halves")
    void halfASurrogatePairBecomesAQuestionMark(String half) {
        assertThat(roundTrip(Codecs.string(), "a" + half)).isEqualTo("a?");
        assertThat(roundTrip(Codecs.string(), half + "a")).isEqualTo("?a");
    }

    static Stream<String> halves() {
        return Stream.of("\uD83D", "\uDE00");
    }

    @Test
    void bytesThatAreNotUtf8AreRefused() {
        assertThatThrownBy(() -> decoded(Codecs.string(), new byte[] {'a', (byte) 0xC3}))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("codec string")
                .hasMessageContaining("2 bytes")
                .hasMessageContaining("Codecs.bytes()");
    }

    @Test
    void numbersAndFlagsComeBackAsTheyWere() {
        for (long value : new long[] {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThat(roundTrip(Codecs.longs(), value)).isEqualTo(value);
            assertThat(roundTrip(Codecs.ints(), (int) value)).isEqualTo((int) value);
        }
        for (double value : new double[] {0, -0.0, Double.NaN, Double.MIN_VALUE, Double.NEGATIVE_INFINITY}) {
            assertThat(roundTrip(Codecs.doubles(), value)).isEqualTo(Double.valueOf(value));
        }
        assertThat(roundTrip(Codecs.booleans(), true)).isTrue();
        assertThat(roundTrip(Codecs.booleans(), false)).isFalse();
    }

    @Test
    void numbersAreLittleEndianAndOfFixedSize() {
        assertThat(encoded(Codecs.longs(), 1L)).containsExactly(1, 0, 0, 0, 0, 0, 0, 0);
        assertThat(encoded(Codecs.ints(), 256)).containsExactly(0, 1, 0, 0);
        assertThat(encoded(Codecs.booleans(), true)).containsExactly(1);
        assertThat(List.of(
                        Codecs.longs().size(5L),
                        Codecs.ints().size(5),
                        Codecs.doubles().size(5.0),
                        Codecs.booleans().size(true)))
                .containsExactly(8, 4, 8, 1);
    }

    @ParameterizedTest
    @MethodSource("fixed")
    void aNumberOfAnotherSizeIsRefused(Codec<?> codec) {
        assertThatThrownBy(() -> decoded(codec, new byte[3]))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining(codec.name())
                .hasMessageContaining("3 bytes");
        assertThatThrownBy(() -> decoded(codec, new byte[0])).isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> decoded(codec, new byte[9])).isInstanceOf(CodecException.class);
    }

    static Stream<Codec<?>> fixed() {
        return Stream.of(Codecs.longs(), Codecs.ints(), Codecs.doubles(), Codecs.booleans());
    }

    @Test
    void aFlagThatIsNeitherIsRefused() {
        assertThatThrownBy(() -> decoded(Codecs.booleans(), new byte[] {2}))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("found 2");
    }

    @Test
    void tooLittleRoomLeavesThePositionAndARetrySucceeds() {
        overflowsThenFits(Codecs.bytes(), new byte[20]);
        overflowsThenFits(Codecs.string(), "twenty characters!!!");
        overflowsThenFits(Codecs.string(), "äöüäöüäöü");
        overflowsThenFits(Codecs.string(), "a\uD83D\uDE00");
        overflowsThenFits(Codecs.longs(), 1L);
        overflowsThenFits(Codecs.ints(), 1);
        overflowsThenFits(Codecs.doubles(), 1.0);
        overflowsThenFits(Codecs.booleans(), true);
    }

    private static <T> void overflowsThenFits(Codec<T> codec, T value) {
        int size = codec.size(value);
        for (int room = 0; room < size; room++) {
            ByteBuffer target = Buffers.window(room);
            int start = target.position();
            assertThatThrownBy(() -> codec.encode(value, target)).isInstanceOf(BufferOverflowException.class);
            assertThat(target.position()).isEqualTo(start);
            assertThat(Buffers.fencesStand(target, room)).isTrue();
        }
        ByteBuffer target = Buffers.window(size);
        codec.encode(value, target);
        assertThat(target.hasRemaining()).isFalse();
        assertThat(Buffers.fencesStand(target, size)).isTrue();
    }

    @Test
    void namesTellFormatsApart() {
        assertThat(Stream.concat(fixed(), Stream.of(Codecs.bytes(), Codecs.string()))
                        .map(Codec::name))
                .containsExactly("long", "int", "double", "boolean", "bytes", "string");
    }

    @Test
    void theCodecOfATypeIsTheSimplestOne() {
        assertThat(Codecs.forType(byte[].class)).isSameAs(Codecs.bytes());
        assertThat(Codecs.forType(String.class)).isSameAs(Codecs.string());
        assertThat(Codecs.forType(Long.class)).isSameAs(Codecs.longs());
        assertThat(Codecs.forType(long.class)).isSameAs(Codecs.longs());
        assertThat(Codecs.forType(Integer.class)).isSameAs(Codecs.ints());
        assertThat(Codecs.forType(Double.class)).isSameAs(Codecs.doubles());
        assertThat(Codecs.forType(Boolean.class)).isSameAs(Codecs.booleans());
        assertThat(Codecs.forType(List.class)).isInstanceOf(KryoCodec.class);
    }
}
