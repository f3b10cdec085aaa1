package dev.shm.sample.launcher;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A role that runs as a process of its own. What it says is printed line by line, its name before each. */
final class ChildProcess {

    private static final int KILLED = 128 + 9;

    private final String name;
    private final Process process;
    private final Thread printer;

    private ChildProcess(String name, Process process, PrintStream out) {
        this.name = name;
        this.process = process;
        this.printer = new Thread(() -> print(out), "prints-" + name);
        printer.setDaemon(true);
        printer.start();
    }

    /** Starts this very program in that role, by the same java and with the options that this JVM was given. */
    static ChildProcess start(String name, String role, List<String> arguments, PrintStream out) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // Small and soon there: several JVMs start at once on what may be a small machine.
        command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> !option.startsWith("-agentlib:jdwp"))
                .forEach(command::add);
        command.add("-D" + ParentWatch.LAUNCHED + "=true");
        command.addAll(program(System.getProperty("java.class.path")));
        command.add(role);
        command.addAll(arguments);
        return new ChildProcess(
                name, new ProcessBuilder(command).redirectErrorStream(true).start(), out);
    }

    /** A class path that is one jar was given by {@code -jar}; otherwise this was started from an IDE or a test. */
    static List<String> program(String classPath) {
        return classPath.endsWith(".jar") && !classPath.contains(System.getProperty("path.separator"))
                ? List.of("-jar", classPath)
                : List.of("-cp", classPath, "dev.shm.sample.SampleApplication");
    }

    private void print(PrintStream out) {
        try (BufferedReader lines = process.inputReader(Charset.defaultCharset())) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                out.println(String.format("%-8s | %s", name, line));
            }
        } catch (IOException e) {
            // It has ended.
        }
    }

    String name() {
        return name;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    CompletableFuture<Process> onExit() {
        return process.onExit();
    }

    /** How it ended, in words. */
    String end() {
        int status = process.exitValue();
        return status == KILLED ? "was killed" : "ended with status " + status;
    }

    /** Asks it to end. */
    void terminate() {
        process.destroy();
    }

    /** Waits for its end and for the last of what it said, and kills it if the time is up. */
    void awaitEnd(long millis) {
        try {
            if (!process.waitFor(millis, TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
            printer.join(TimeUnit.SECONDS.toMillis(1));
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
