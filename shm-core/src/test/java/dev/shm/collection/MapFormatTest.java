package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.error.CodecException;
import dev.shm.segment.SegmentLayout;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The bytes of maps and sets: processes with different versions of the library must agree on them. */
class MapFormatTest {

    private enum Colour {
        RED,
        A_COLOUR_WITH_A_LONG_NAME
    }

    private static final Element<Object> ANY = Element.of(Object.class);

    @Test
    void shouldKeepFieldsWhereTheyAre() {
        assertThat(new int[] {
                    MapLayout.FLAGS, MapLayout.FIRST_SHIFT, MapLayout.SLEEPERS, MapLayout.SHARDS, MapLayout.SHARD_BYTES
                })
                .containsExactly(0, 4, 8, 64, 128);
        assertThat(MapLayout.SHARD_COUNT).isEqualTo(16);
        assertThat(MapLayout.HAS_VALUES).isEqualTo(1);
        assertThat(new int[] {
                    MapLayout.VERSION,
                    MapLayout.TABLE,
                    MapLayout.SHIFT,
                    MapLayout.LOCK,
                    MapLayout.SIZE,
                    MapLayout.USED,
                    MapLayout.CONDEMNED,
                    MapLayout.CONDEMNED_SHIFT
                })
                .containsExactly(0, 8, 16, 64, 72, 80, 88, 96);
        assertThat(new int[] {MapLayout.META, MapLayout.KEY, MapLayout.KEY_2, MapLayout.VALUE, MapLayout.VALUE_2})
                .containsExactly(0, 8, 16, 24, 32);
        assertThat(MapLayout.SET_ENTRY_BYTES).isEqualTo(24);
        assertThat(MapLayout.MAP_ENTRY_BYTES).isEqualTo(40);
        assertThat(MapLayout.tableBytes(3, 40)).isEqualTo(8 * (8 + 8 * 40));
        assertThat(MapLayout.mostUsed(3)).isEqualTo(56);
        assertThat(MapLayout.meta(0x1122_3344_5566_7788L, MapLayout.elementMeta(3, 8), MapLayout.elementMeta(1, 255)))
                .isEqualTo(0x1122_3344_FF01_0803L);
        assertThat(CollectionKinds.MAP.code()).isEqualTo(7);
        assertThat(CollectionKinds.SET.code()).isEqualTo(8);
    }

    @Test
    void shouldKeepWhatIsFrozenWhereItIs() {
        assertThat(new int[] {
                    FrozenLayout.FLAGS,
                    FrozenLayout.SHIFT,
                    FrozenLayout.SIZE,
                    FrozenLayout.DATA_BYTES,
                    FrozenLayout.INDEX
                })
                .containsExactly(0, 4, 8, 16, 64);
        assertThat(FrozenLayout.word(0x1122_3344_5566_7788L, 4)).isEqualTo(0x1122_3344_0000_0005L);
        assertThat(FrozenLayout.place(0x1122_3344_5566_7788L, 0xFF)).isEqualTo(0x44);
        assertThat(IntStream.of(0, 1, 2, 3, 5, 6, 10, 11, 100).map(FrozenLayout::shiftFor))
                .containsExactly(0, 1, 2, 3, 3, 4, 4, 5, 8);
        FrozenLayout.Shape map = FrozenLayout.Shape.of(MapLayout.MAP_ENTRY_BYTES, 3, 56);
        assertThat(map.entries()).isEqualTo(64 + 8 * 8);
        assertThat(map.entry(2)).isEqualTo(64 + 8 * 8 + 2 * 40);
        assertThat(map.data()).isEqualTo(64 + 8 * 8 + 3 * 40);
        assertThat(map.totalBytes()).isEqualTo(64 + 8 * 8 + 3 * 40 + 56);
        assertThat(FrozenKind.MAP.code()).isEqualTo(15);
        assertThat(FrozenKind.SET.code()).isEqualTo(16);
    }

    /** Where a key is looked for, so that another version looks there too. */
    @Test
    void shouldHashKeysAsEver() {
        KeyHash hasher = new KeyHash(42);
        byte[] bytes = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
        ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(hasher.of(words.getLong(0), words.getLong(8)))
                .as("a key in its words is hashed as its sixteen bytes")
                .isEqualTo(hasher.of(bytes, 16));
        assertThat(Long.toHexString(hasher.of(1, 0))).isEqualTo("b1ae191eab8d5f02");
        assertThat(Long.toHexString(
                        hasher.of("a key of more than sixteen bytes".getBytes(StandardCharsets.US_ASCII), 32)))
                .isEqualTo("c18f1eddc34b5dfb");
        assertThat(hasher.of(1, 0)).isNotEqualTo(new KeyHash(43).of(1, 0));
        assertThat(MapLayout.shardOf(0x1234_5678_9ABC_DEF5L)).isEqualTo(5);
        assertThat(Control.tag(0x1234_5678_9ABC_DEF5L)).isEqualTo(0x80 | 0x6F);
        assertThat(MapLayout.firstGroup(0x1234_5678_9ABC_DEF5L, 0xFFF)).isEqualTo(0x678);
        assertThat(SegmentLayout.HASH_SEED).isEqualTo(48);
    }

    @Property
    void shouldFindEveryControlByte(@ForAll long bits, @ForAll long hash) {
        byte[] bytes = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(bits)
                .array();
        for (int i = 0; i < 8; i++) {
            // Those that can be: never used, removed, and there.
            bytes[i] = bytes[i] >= 0 ? (byte) (bytes[i] & 1) : bytes[i];
        }
        bytes[(int) (hash >>> 61)] = (byte) Control.tag(hash);
        long word = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        long matches = Control.matches(word, Control.pattern(hash));
        for (int i = 0; i < 8; i++) {
            long bit = 0x80L << (8 * i);
            assertThat((Control.full(word) & bit) != 0).isEqualTo(bytes[i] < 0);
            assertThat((Control.free(word) & bit) != 0).isEqualTo(bytes[i] >= 0);
            assertThat((Control.empty(word) & bit) != 0).isEqualTo(bytes[i] == 0);
            if (bytes[i] == (byte) Control.tag(hash)) {
                assertThat(matches & bit).isNotZero();
            }
            if ((matches & bit) != 0) {
                assertThat(bytes[i]).as("only what is there is looked at").isNegative();
            }
            assertThat((byte) Control.get(word, i)).isEqualTo(bytes[i]);
            assertThat(Control.get(Control.with(word, i, 0x81), i)).isEqualTo(0x81);
        }
    }

    /** Each kind with its tag and the bytes of a value. */
    private static Map<Object, String> samples() {
        Map<Object, String> samples = new LinkedHashMap<>();
        LocalDateTime time = LocalDateTime.of(2026, 10, 25, 2, 30, 0, 5);
        samples.put("aä", "1 61c3a4");
        samples.put("", "1 ");
        samples.put("a text of more than sixteen", "1 " + hex("a text of more than sixteen"));
        samples.put(new byte[] {1, 2}, "2 0102");
        samples.put(-2L, "3 feffffffffffffff");
        samples.put(-2, "4 feffffff");
        samples.put((short) -2, "5 feff");
        samples.put((byte) -2, "6 fe");
        samples.put('\u20AC', "7 ac20");
        samples.put(true, "8 01");
        samples.put(1.5f, "9 0000c03f");
        samples.put(1.5, "10 000000000000f83f");
        samples.put(new UUID(1, 2), "11 01000000000000000200000000000000");
        samples.put(BigInteger.valueOf(-258), "12 fefe");
        samples.put(new BigDecimal("1.50"), "13 020000000096");
        samples.put(Instant.ofEpochSecond(-1, 7), "14 ffffffffffffffff07000000");
        samples.put(LocalDate.ofEpochDay(-1), "15 ffffffffffffffff");
        samples.put(LocalTime.ofNanoOfDay(9), "16 0900000000000000");
        samples.put(time, "17 0f510000000000000590cd792f080000");
        samples.put(OffsetDateTime.of(time, ZoneOffset.ofHours(1)), "18 0f510000000000000590cd792f080000100e0000");
        samples.put(OffsetTime.of(LocalTime.ofNanoOfDay(9), ZoneOffset.ofHours(1)), "19 0900000000000000100e0000");
        samples.put(
                ZonedDateTime.ofLocal(time, ZoneId.of("Europe/Vienna"), ZoneOffset.ofHours(1)),
                "20 0f510000000000000590cd792f080000100e0000" + hex("Europe/Vienna"));
        samples.put(Duration.ofSeconds(-1, 5), "21 ffffffffffffffff05000000");
        samples.put(Period.of(1, 2, -3), "22 0100000002000000fdffffff");
        samples.put(Year.of(2026), "23 ea070000");
        samples.put(YearMonth.of(2026, 12), "24 ea0700000c");
        samples.put(MonthDay.of(2, 29), "25 021d");
        samples.put(ZoneId.of("Europe/Vienna"), "26 " + hex("Europe/Vienna"));
        samples.put(ZoneOffset.ofHours(-1), "27 f0f1ffff");
        samples.put(DayOfWeek.SUNDAY, "29 07");
        samples.put(Month.DECEMBER, "30 0c");
        return samples;
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void shouldKeepTheBytesOfEveryKindOfElements() {
        assertThat(samples().values().stream().map(bytes -> bytes.split(" ")[0]).distinct())
                .as("each tag has a sample")
                .containsAll(NativeElements.all().stream()
                        .map(element -> Integer.toString(element.tag()))
                        .toList());
        samples().forEach((value, expected) -> {
            assertThat(bytes(ANY, value)).as("%s", value).isEqualTo(expected);
            assertThat(back(ANY, expected)).as("%s", value).isEqualTo(value);
        });
        Element<Colour> colours = Element.of(Colour.class);
        assertThat(bytes(colours, Colour.RED)).isEqualTo("28 " + hex("RED"));
        assertThat(back(colours, "28 " + hex("A_COLOUR_WITH_A_LONG_NAME"))).isEqualTo(Colour.A_COLOUR_WITH_A_LONG_NAME);
        assertThatThrownBy(() -> back(colours, "28 " + hex("PINK")))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("no constant PINK");
    }

    /** Each with its tag and bytes, and a value that is equal to it. */
    private static Map<Object, String> collections() {
        Map<Object, String> samples = new LinkedHashMap<>();
        samples.put(List.of(), "32 ");
        samples.put(Arrays.asList(7, null), "32 040407000000" + "0000");
        samples.put(List.of(2, 1), "32 040402000000" + "040401000000");
        samples.put(Set.of("b", "a", 1L), "33 010161" + "010162" + "03080100000000000000");
        samples.put(Map.of("b", List.of(), "a", Set.of(true)), "34 010161" + "2103080101" + "010162" + "2000");
        samples.put(List.of("x".repeat(200)), "32 01c801" + "78".repeat(200));
        return samples;
    }

    @Test
    void shouldKeepTheBytesOfCollectionsThatAreKeys() {
        Element<Object> keys = ANY.forKeys();
        assertThat(keys.forKeys()).isSameAs(keys);
        assertThat(keys.name()).isEqualTo("canonical " + ANY.name());
        collections().forEach((value, expected) -> {
            assertThat(bytes(keys, value)).as("%s", value).isEqualTo(expected);
            assertThat(back(keys, expected)).as("%s", value).isEqualTo(value);
        });
        samples().forEach((value, expected) -> {
            assertThat(bytes(keys, value)).as("%s", value).isEqualTo(expected);
            // In a list the same bytes, with the tag and their number before them.
            String[] parts = expected.split(" ", -1);
            String item = HexFormat.of().formatHex(new byte[] {
                (byte) Integer.parseInt(parts[0]), (byte) (parts[1].length() / 2)
            });
            assertThat(bytes(keys, List.of(value))).isEqualTo("32 " + item + parts[1]);
            assertThat(((List<?>) back(keys, "32 " + item + parts[1])).get(0)).isEqualTo(value);
        });
    }

    @Test
    void shouldRefuseDamagedCollections() {
        Element<Object> keys = ANY.forKeys();
        String deep = "2000";
        for (int i = 0; i < 300; i++) {
            byte[] bytes = HexFormat.of().parseHex(deep);
            deep = bytes.length < 128
                    ? "20" + HexFormat.of().toHexDigits((byte) bytes.length) + deep
                    : "20" + HexFormat.of().toHexDigits((byte) (bytes.length | 0x80))
                            + HexFormat.of().toHexDigits((byte) (bytes.length >>> 7))
                            + deep;
        }
        for (String damaged : List.of(
                "32 01",
                "32 0101",
                "32 0180",
                "32 01ffffffffff01",
                "32 01ffffffff0f",
                "33 6300",
                "34 010161",
                "32 0303010203",
                "32 " + deep)) {
            assertThatThrownBy(() -> back(keys, damaged)).as(damaged).isInstanceOf(CodecException.class);
        }
    }

    /** What the quick way makes and what the codec makes are the same bytes. */
    @Test
    void shouldMakeTheSameBytesByTheQuickWay() {
        for (Object value : samples().keySet()) {
            Element<Object> element = ANY.of(value);
            int length = element.quickBytes(value);
            if (length >= 0 && element.isQuick(element.quickWord(value), element.quickWord2(value))) {
                ByteBuffer bytes = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
                element.codec().encode(value, bytes);
                assertThat(bytes.position()).isEqualTo(length);
                assertThat(bytes.getLong(0)).isEqualTo(element.quickWord(value));
                assertThat(bytes.getLong(8)).isEqualTo(element.quickWord2(value));
            }
        }
    }

    @Test
    void shouldGiveEqualNumbersEqualBytes() {
        Element<Double> doubles = Element.of(double.class);
        assertThat(doubles.quickWord(Double.longBitsToDouble(0x7FF8_0000_0000_0001L)))
                .isEqualTo(doubles.quickWord(Double.NaN));
        assertThat(doubles.quickWord(0.0)).isNotEqualTo(doubles.quickWord(-0.0));
        Element<Float> floats = Element.of(float.class);
        assertThat(floats.quickWord(Float.intBitsToFloat(0x7FC0_0001))).isEqualTo(floats.quickWord(Float.NaN));
    }

    @Test
    void shouldRefuseDamagedElements() {
        for (String damaged :
                List.of("3 00", "8 02", "14 0000", "12 ", "13 00", "25 0d01", "26 7e", "30 0d", "1 ff", "99 00")) {
            assertThatThrownBy(() -> back(ANY, damaged)).as(damaged).isInstanceOf(CodecException.class);
        }
        assertThatThrownBy(() -> bytes(ANY, new StringBuilder()))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("java.lang.StringBuilder");
    }

    private static <T> String bytes(Element<T> elements, T value) {
        Encoded encoded = new Encoded(MapLayout.INLINE_BYTES);
        encoded.encode(elements, value, null);
        int meta = encoded.meta();
        ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
        if (encoded.isBlock()) {
            for (int i = 0; i < encoded.length(); i += 8) {
                bytes.putLong(i, Words.at(encoded.bytes(), i));
            }
        } else {
            bytes.putLong(encoded.word()).putLong(encoded.word2());
        }
        for (int i = encoded.length(); i < 256; i++) {
            assertThat(bytes.get(i)).as("zeros behind").isZero();
        }
        return MapLayout.tag(meta) + " " + HexFormat.of().formatHex(bytes.array(), 0, encoded.length());
    }

    private static <T> T back(Element<T> elements, String text) {
        String[] parts = text.split(" ", -1);
        byte[] bytes = HexFormat.of().parseHex(parts[1]);
        int tag = Integer.parseInt(parts[0]);
        if (bytes.length > MapLayout.INLINE_BYTES) {
            return elements.read(tag, bytes);
        }
        ByteBuffer words =
                ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).put(bytes);
        return elements.read(tag, bytes.length, words.getLong(0), words.getLong(8));
    }

    @Test
    void shouldStartTheRootOnACacheLine() {
        assertThat(MapLayout.base(80)).isEqualTo(128);
        assertThat(MapLayout.base(128)).isEqualTo(128);
        assertThat(MapLayout.ROOT_BLOCK_BYTES).isEqualTo(64 + 16 * 128 + 64);
    }
}
