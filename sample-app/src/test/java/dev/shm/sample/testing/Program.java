package dev.shm.sample.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A program that a test started, with all that it says. Closing kills it and the processes that it started. */
public final class Program implements AutoCloseable {

    private static final int SIGINT = 2;

    private final Process process;
    private final List<String> output = new CopyOnWriteArrayList<>();
    private final List<ProcessHandle> descendants = new CopyOnWriteArrayList<>();

    private Program(Process process) {
        this.process = process;
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        Thread listener = new Thread(this::listen, "listens-to-" + process.pid());
        listener.setDaemon(true);
        listener.start();
    }

    /** Starts the java that runs the tests. */
    public static Program java(List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1");
        command.add("-XX:+UseSerialGC");
        command.addAll(arguments);
        try {
            return new Program(
                    new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void listen() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                output.add(line);
            }
        } catch (IOException e) {
            // It was killed.
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** All that it said so far. */
    public String said() {
        return String.join("\n", output);
    }

    /** Waits until it says something that matches. */
    public MatchResult awaitLine(String pattern) {
        Pattern compiled = Pattern.compile(pattern);
        try {
            Watchdog.await("a line that matches " + pattern, () -> find(compiled) != null || !process.isAlive());
        } catch (RuntimeException e) {
            throw new AssertionError("it did not say '" + pattern + "', but:\n" + said(), e);
        }
        MatchResult found = find(compiled);
        if (found == null) {
            // Its last words may still be on their way.
            Watchdog.await("its last words", () -> find(compiled) != null || output.size() == lastSize());
            found = find(compiled);
        }
        if (found == null) {
            throw new AssertionError("it ended and did not say '" + pattern + "', but:\n" + said());
        }
        return found;
    }

    private int lastSize() throws InterruptedException {
        int size = output.size();
        Thread.sleep(200);
        return size;
    }

    private MatchResult find(Pattern pattern) {
        for (String line : output) {
            Matcher matcher = pattern.matcher(line);
            if (matcher.find()) {
                return matcher.toMatchResult();
            }
        }
        return null;
    }

    /** The processes that it started, as long as they live; and they are remembered for the end. */
    public List<ProcessHandle> children() {
        List<ProcessHandle> now = process.descendants().toList();
        descendants.addAll(now);
        return now;
    }

    /** Ctrl-C; or, where whoever started the tests has these ignored, which programs then inherit, a request to end. */
    public void interrupt() {
        signal(ignoresInterrupts(process.pid()) ? "TERM" : "INT", process.pid());
    }

    private static boolean ignoresInterrupts(long pid) {
        try (Stream<String> status = Files.lines(Path.of("/proc/" + pid + "/status"))) {
            return status.filter(line -> line.startsWith("SigIgn:"))
                    .map(line -> Long.parseUnsignedLong(
                            line.substring("SigIgn:".length()).strip(), 16))
                    .anyMatch(ignored -> (ignored & (1L << (SIGINT - 1))) != 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a signal, as {@code kill} does. */
    public static void signal(String name, long pid) {
        try {
            int status = new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new AssertionError("kill -" + name + " " + pid + " ended with " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Waits for its end; the status it ended with. */
    public int awaitEnd() {
        try {
            if (!process.waitFor(Watchdog.TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("it does not end. It said:\n" + said());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        children();
        process.destroyForcibly();
        descendants.forEach(ProcessHandle::destroyForcibly);
        awaitEnd();
        Watchdog.await("the end of what it started", () -> descendants.stream().noneMatch(ProcessHandle::isAlive));
    }
}
