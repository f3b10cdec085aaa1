package dev.shm.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class JsonTest {

    @Test
    void shouldWriteEveryKindOfValueIndented() {
        assertThat(Json.write(Json.object("a", 1, "b", List.of("x", true), "c", null, "d", Map.of(), "e", 0.25)))
                .isEqualTo("""
                        {
                          "a": 1,
                          "b": [
                            "x",
                            true
                          ],
                          "c": null,
                          "d": {},
                          "e": 0.25
                        }""");
    }

    @Test
    void shouldEscapeWhateverIsNotPlainAscii() {
        assertThat(Json.write("\" \\ \n \r \t \0 \u001b \u007f ß \ud83d\ude00 \u2028"))
                .isEqualTo("\"\\\" \\\\ \\n \\r \\t \\u0000 \\u001b \\u007f \\u00df \\ud83d\\ude00 \\u2028\"");
    }

    @Test
    void shouldWriteNullForWhatIsNotFinite() {
        assertThat(Json.write(List.of(Double.NaN, Double.POSITIVE_INFINITY))).isEqualTo("[\n  null,\n  null\n]");
    }

    @Test
    void shouldRefuseWhatJsonDoesNotKnow() {
        assertThatThrownBy(() -> Json.write(List.of(new Object()))).isInstanceOf(IllegalArgumentException.class);
    }

    @Property(tries = 300)
    void shouldBeReadBackAsWritten(
            @ForAll Map<String, String> strings,
            @ForAll List<Long> numbers,
            @ForAll double ratio,
            @ForAll List<List<Boolean>> nested) {
        Map<String, Object> object =
                Json.object("strings", strings, "numbers", numbers, "ratio", ratio, "nested", nested);
        assertThat(StrictJson.parse(Json.write(object))).isEqualTo(object);
    }
}
