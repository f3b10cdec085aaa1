package dev.shm.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class OptionsTest {

    @Test
    void shouldStartTwoWorkersAtPort8080IfNotTold() {
        assertThat(Options.parse(List.of())).isEqualTo(new Options(2, 8080, false, List.of()));
    }

    @Test
    void shouldPassPropertiesToAllProcesses() {
        Options options =
                Options.parse(List.of("--shm.directory=/tmp/a", "--workers=3", "--port=9000", "--sample.work=1s"));

        assertThat(options.workers()).isEqualTo(3);
        assertThat(options.port()).isEqualTo(9000);
        assertThat(options.portWanted()).isTrue();
        assertThat(options.forAll()).containsExactly("--shm.directory=/tmp/a", "--sample.work=1s");
        assertThat(options.property("shm.directory", "none")).isEqualTo("/tmp/a");
        assertThat(options.property("server.address", "none")).isEqualTo("none");
    }

    @Test
    void shouldTakeAnyPortForZero() {
        assertThat(Options.parse(List.of("--port=0")).portWanted()).isFalse();
    }

    @Test
    void shouldRefuseWhatItDoesNotKnow() {
        assertThatThrownBy(() -> Options.parse(List.of("broker"))).hasMessageContaining("'broker'");
        assertThatThrownBy(() -> Options.parse(List.of("--workers"))).hasMessageContaining("'--workers'");
        assertThatThrownBy(() -> Options.parse(List.of("--workers=many"))).hasMessageContaining("from 1 to 32: many");
        assertThatThrownBy(() -> Options.parse(List.of("--workers=0"))).hasMessageContaining("from 1 to 32: 0");
        assertThatThrownBy(() -> Options.parse(List.of("--port=70000"))).hasMessageContaining("65535");
        assertThatThrownBy(() -> Options.parse(List.of("--server.port=1"))).hasMessageContaining("--port");
    }

    @Test
    void shouldStartItselfAsItWasStarted() {
        assertThat(ChildProcess.program("sample-app/target/sample-app.jar"))
                .containsExactly("-jar", "sample-app/target/sample-app.jar");
        assertThat(ChildProcess.program("target/classes:lib/a.jar"))
                .containsExactly("-cp", "target/classes:lib/a.jar", "dev.shm.sample.SampleApplication");
    }
}
