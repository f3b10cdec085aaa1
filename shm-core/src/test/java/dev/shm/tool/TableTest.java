package dev.shm.tool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void shouldAlignColumnsAndEndLinesWithoutSpaces() {
        Table table = new Table("  ", "NAME", ">SIZE", "TYPE");
        table.row("a", "1", "x");
        table.row("größer", "12,345", "");
        assertThat(print(table).lines())
                .containsExactly("  NAME      SIZE  TYPE", "  a            1  x", "  größer  12,345");
    }

    @Test
    void shouldRefuseARowThatDoesNotFit() {
        Table table = new Table("", "A", "B");
        assertThatThrownBy(() -> table.row("1")).isInstanceOf(IllegalArgumentException.class);
    }

    private static String print(Table table) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        table.print(new PrintStream(bytes, true, UTF_8));
        return bytes.toString(UTF_8);
    }
}
