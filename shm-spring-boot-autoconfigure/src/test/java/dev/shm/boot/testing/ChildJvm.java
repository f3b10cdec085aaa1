package dev.shm.boot.testing;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A JVM of its own that runs a main class of the tests, which ends when its input does. */
public final class ChildJvm implements AutoCloseable {

    private final Process process;
    private final Writer input;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final List<String> output = new CopyOnWriteArrayList<>();

    private ChildJvm(Process process) {
        this.process = process;
        this.input = process.outputWriter(StandardCharsets.UTF_8);
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        Thread listener = new Thread(this::listen, "listens-to-" + process.pid());
        listener.setDaemon(true);
        listener.start();
    }

    /** Starts one as applications are run. */
    public static ChildJvm start(Class<?> main, Object... arguments) {
        return start(classPath(false), main, arguments);
    }

    /** Starts one as applications are run that are being developed: with the restarter of DevTools. */
    public static ChildJvm startWithDevTools(Class<?> main, Object... arguments) {
        return start(classPath(true), main, arguments);
    }

    private static String classPath(boolean devTools) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> devTools || !entry.contains("spring-boot-devtools"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static ChildJvm start(String classPath, Class<?> main, Object... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx96m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                classPath,
                main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        try {
            return new ChildJvm(
                    new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void listen() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                output.add(line);
                lines.add(line);
            }
        } catch (IOException e) {
            // It was killed.
        }
    }

    public long pid() {
        return process.pid();
    }

    /** Says a line to it. */
    public void send(String line) {
        try {
            input.write(line + "\n");
            input.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("the child is gone. It said:\n" + String.join("\n", output), e);
        }
    }

    /** Waits until it says a line that begins so, and returns the rest; lines before that are skipped. */
    public String await(String prefix) {
        try {
            for (; ; ) {
                String line = lines.poll(Watchdog.TIMEOUT.toSeconds(), TimeUnit.SECONDS);
                if (line == null) {
                    throw new AssertionError("it did not say '" + prefix + "', but:\n" + String.join("\n", output));
                }
                if (line.startsWith(prefix)) {
                    return line.substring(prefix.length()).strip();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** What it has said with that beginning. */
    public List<String> said(String prefix) {
        return output.stream()
                .filter(line -> line.startsWith(prefix))
                .map(line -> line.substring(prefix.length()).strip())
                .toList();
    }

    /** Ends its input, and waits until it has ended by itself. */
    public void endInput() {
        try {
            input.close();
            if (!process.waitFor(Watchdog.TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("child " + pid() + " does not end. It said:\n" + String.join("\n", output));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** SIGKILL, and waits for the end. */
    @Override
    public void close() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(Watchdog.TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("child " + pid() + " does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
