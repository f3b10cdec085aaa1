package dev.shm.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "1023, 1023 B",
        "1024, 1.0 KiB",
        "1536, 1.5 KiB",
        "1048575, 1.0 MiB",
        "67108864, 64.0 MiB",
        "1073741824, 1.0 GiB",
        "1099511627776, 1.0 TiB",
        "9223372036854775807, 8.0 EiB"
    })
    void shouldShowBytesInBinaryUnits(long bytes, String shown) {
        assertThat(Text.bytes(bytes)).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({"0, 0.0 %", "0.000001, <0.1 %", "0.224, 22.4 %", "0.99999, >99.9 %", "1, 100.0 %"})
    void shouldNotShowALittleAsNothingNorAlmostAllAsAll(double ratio, String shown) {
        assertThat(Text.percent(ratio)).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({"0, [....]", "0.01, [#...]", "0.5, [##..]", "0.99, [###.]", "1, [####]", "7, [####]", "-1, [....]"})
    void shouldFillABarOnlyWhenFull(double ratio, String shown) {
        assertThat(Text.bar(ratio, 4)).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({
        "PT0S, 0.0 s",
        "PT0.45S, 0.4 s",
        "PT12.9S, 12 s",
        "PT119S, 119 s",
        "PT120S, 2 min",
        "PT2H, 2 h",
        "PT48H, 2 d",
        "PT-5S, 0.0 s"
    })
    void shouldShowAgesInOneUnit(Duration age, String shown) {
        assertThat(Text.age(age)).isEqualTo(shown);
    }

    @Test
    void shouldCountInGroupsAndWithThePlural() {
        assertThat(Text.count(12345)).isEqualTo("12,345");
        assertThat(Text.count(1, "page")).isEqualTo("1 page");
        assertThat(Text.count(0, "page")).isEqualTo("0 pages");
    }

    @Test
    void shouldShowWhatWouldMoveTheCursor() {
        assertThat(Text.clean("a\u001b[31m\r\nß\u202e\ud83d\ude00\ud83d"))
                .isEqualTo("a\\u001b[31m\\u000d\\u000aß\\u202e\ud83d\ude00\\ud83d");
    }

    @Test
    void shouldBreakLinesBetweenWords() {
        assertThat(Text.wrap("aa bb cc", 5)).isEqualTo(String.format("aa bb%ncc"));
        assertThat(Text.wrap("a-long-word b", 5)).isEqualTo(String.format("a-long-word%nb"));
        assertThat(Text.wrap("", 5)).isEmpty();
    }

    @Test
    void shouldKeepMillisecondsForMachines() {
        assertThat(Text.iso(Instant.ofEpochSecond(1, 2_345_678))).isEqualTo("1970-01-01T00:00:01.002Z");
    }

    @Test
    void shouldTakeNothingOfNothingForNothing() {
        assertThat(Text.ratio(0, 0)).isZero();
    }
}
