package dev.shm.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PythonTest {

    private static final Duration LONG = Duration.ofSeconds(120);

    @Test
    void shouldKillAScriptThatHangsWithItsOutputOpen() {
        List<String> command = List.of("python3", "-c", "import time; print('before', flush=True); time.sleep(60)");
        Python.assumePresent();

        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> Python.run(command, Duration.ofSeconds(3)))
                .withMessageContaining("does not end");
    }

    @Test
    void shouldSayWhatAScriptWroteThatFails() {
        Python.assumePresent();

        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> Python.run(List.of("python3", "-c", "raise ValueError('so wrong')"), LONG))
                .withMessageContaining("ValueError: so wrong");
    }

    @Test
    void shouldReturnWhatAScriptWrites() throws IOException {
        Python.assumePresent();

        assertThat(Python.run(List.of("python3", "-c", "print('a'); print('b')"), LONG))
                .isEqualTo("a\nb\n");
    }
}
