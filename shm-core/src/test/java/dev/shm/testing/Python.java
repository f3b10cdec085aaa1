package dev.shm.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Runs scripts of the tests under the Python of this machine, which needs nothing but its standard library. */
public final class Python {

    /** Whether it is there; null until somebody asks. */
    private static @Nullable Boolean present;

    private static final Duration TIMEOUT = Duration.ofSeconds(120);

    private Python() {}

    /**
     * Skips the test if there is no Python, and the report says so. With {@code -Dshm.test.python=required}, as in CI, the test
     * fails instead.
     */
    public static void assumePresent() {
        if (present == null) {
            try {
                present = run(List.of("python3", "--version"), TIMEOUT).startsWith("Python 3");
            } catch (IOException e) {
                present = false;
            }
        }
        if (!present && "required".equals(System.getProperty("shm.test.python"))) {
            throw new AssertionError("there is no python3 on the path, and -Dshm.test.python=required: install it, for "
                    + "example by 'apt-get install python3', or leave the property out to skip the tests that need it");
        }
        // Of JUnit: AssertJ's would be TestNG's, which is here as well, and of that a test fails.
        assumeTrue(
                present, "there is no python3 on the path, so nothing shows that other languages can read a segment");
    }

    /** Runs a script, and returns the lines that it prints. */
    public static List<String> run(TestDirectory directory, String script, Object... arguments) throws IOException {
        Path file = directory.file(script);
        if (!Files.exists(file)) {
            try (InputStream source = Python.class.getResourceAsStream("/python/" + script)) {
                assertThat(source).as(script).isNotNull();
                Files.copy(source, file);
            }
        }
        List<String> command = new ArrayList<>(List.of("python3", file.toString()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return run(command, TIMEOUT).lines().toList();
    }

    /** Runs a command, kills it if it does not end by itself, and returns what it wrote. */
    static String run(List<String> command, Duration timeout) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PYTHONIOENCODING", "utf-8");
        Process process = builder.start();
        AtomicBoolean killed = new AtomicBoolean();
        // Beside the reading, which lasts as long as the script does.
        CompletableFuture<?> watchdog = process.onExit()
                .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(late -> {
                    killed.set(true);
                    return process.destroyForcibly();
                });
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            watchdog.join();
            int exitValue = process.waitFor();
            assertThat(killed)
                    .as("%s does not end. It said:%n%s", command, output)
                    .isFalse();
            assertThat(exitValue).as(output).isZero();
            return output;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } finally {
            process.destroyForcibly();
        }
    }
}
