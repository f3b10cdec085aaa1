package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A segment's file truncated while it is mapped: in a JVM of its own, so that a crash is a failed test. */
class TruncationIT {

    @ParameterizedTest
    @ValueSource(strings = {"everyOperation", "looksAnswerNothing", "compiledLoops", "closing", "mappedArrays"})
    void isAnExceptionAndNotACrash(String scenario) throws IOException, InterruptedException {
        runs(scenario, "-Xmixed");
    }

    /** The compiler's code is what raises the error late: here nothing else runs. */
    @Test
    void compiledLooksAnswerNothing() throws IOException, InterruptedException {
        runs("looksAnswerNothing", "-Xcomp");
    }

    private static void runs(String scenario, String mode) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        mode,
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:ErrorFile=/dev/stdout",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TruncationVictim.class.getName(),
                        scenario)
                .redirectErrorStream(true)
                .start();
        child.getOutputStream().close();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor()).as(output).isZero();
        assertThat(output.lines()).last().isEqualTo("unharmed");
    }
}
