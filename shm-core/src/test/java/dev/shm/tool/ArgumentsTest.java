package dev.shm.tool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.segment.SegmentDirectory;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArgumentsTest {

    @Test
    void shouldLookIntoTheDefaultDirectory() throws UsageException {
        assertThat(Arguments.parse("ls"))
                .isEqualTo(
                        new Arguments(Arguments.Command.LS, "", SegmentDirectory.defaultPath(), false, false, false));
    }

    @Test
    void shouldTakeOptionsAnywhere() throws UsageException {
        Arguments expected = new Arguments(Arguments.Command.STAT, "desk", Path.of("/dev/shm/x"), true, true, false);
        assertThat(Arguments.parse("stat", "desk", "--json", "--deep", "--directory", "/dev/shm/x"))
                .isEqualTo(expected);
        assertThat(Arguments.parse("--directory=/dev/shm/x", "--deep", "stat", "--json", "desk"))
                .isEqualTo(expected);
    }

    @Test
    void shouldHelpWhateverElseIsSaid() throws UsageException {
        assertThat(Arguments.parse("rm", "--help").command()).isEqualTo(Arguments.Command.HELP);
        assertThat(Arguments.parse("help").command()).isEqualTo(Arguments.Command.HELP);
        assertThat(Arguments.parse("-h").command()).isEqualTo(Arguments.Command.HELP);
        assertThat(Arguments.parse("--version").command()).isEqualTo(Arguments.Command.VERSION);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "LS",
                "stat",
                "peers",
                "verify",
                "rm",
                "ls desk",
                "stat desk desk",
                "stat ../desk",
                "stat desk.lk",
                "ls --color",
                "ls --deep",
                "stat desk --force",
                "ls --directory",
                "ls --directory="
            })
    void shouldRefuseWhatMakesNoSense(String line) {
        String[] words = line.isEmpty() ? new String[0] : line.split(" ");
        assertThatThrownBy(() -> Arguments.parse(words)).isInstanceOf(UsageException.class);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        assertThat(Main.run(words, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8)))
                .isEqualTo(Main.USAGE);
        assertThat(out.size()).isZero();
        assertThat(err.toString(UTF_8)).startsWith("shm: ").contains("usage: shm");
    }

    @Test
    void shouldFitTheUsageOnATerminal() {
        assertThat(Arguments.USAGE.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
    }
}
