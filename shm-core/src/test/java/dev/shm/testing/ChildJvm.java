package dev.shm.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A JVM of its own that runs a main class of the tests. It is told things by lines on its standard input and answers by lines on
 * its output. It ends with the test's JVM, since a main class either reads its input to the end or calls {@link
 * #dieWithParent}.
 */
public final class ChildJvm implements AutoCloseable {

    private static final Set<ChildJvm> RUNNING = ConcurrentHashMap.newKeySet();

    private final Process process;
    private final Writer input;
    private final Thread listener;
    /** All that the child has said, and what of it nobody has awaited yet. Guarded by the latter. */
    private final StringBuilder output = new StringBuilder();

    private final List<String> lines = new ArrayList<>();

    private ChildJvm(Process process) {
        this.process = process;
        this.input = process.outputWriter(StandardCharsets.UTF_8);
        this.listener = new Thread(this::listen, "listens-to-" + process.pid());
        listener.setDaemon(true);
        listener.start();
    }

    /** Starts a child with options that make it start soon. */
    public static ChildJvm start(Class<?> main, Object... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        try {
            ChildJvm child = new ChildJvm(
                    new ProcessBuilder(command).redirectErrorStream(true).start());
            RUNNING.add(child);
            return child;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** In a child that does not read its input: ends it at once when the parent is gone, whatever else it does. */
    public static void dieWithParent() {
        Thread thread = new Thread(
                () -> {
                    try {
                        while (System.in.read() >= 0) {
                            // Only its end means something.
                        }
                    } catch (IOException e) {
                        // As good as its end.
                    }
                    Runtime.getRuntime().halt(1);
                },
                "dies-with-parent");
        thread.setDaemon(true);
        thread.start();
    }

    private void listen() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                synchronized (lines) {
                    output.append(line).append('\n');
                    lines.add(line);
                }
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

    public int exitValue() {
        return process.exitValue();
    }

    /** All that it has said. */
    public String output() {
        synchronized (lines) {
            return output.toString();
        }
    }

    /** Says a line to the child. */
    public void send(String line) {
        try {
            input.write(line + "\n");
            input.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("the child is gone. It said:\n" + output(), e);
        }
    }

    /** Waits until the child says a line that starts so, and returns the rest of it. */
    public String await(String prefix) {
        String[] found = new String[1];
        Watchdog.await("'" + prefix + "' from child " + pid(), () -> {
            boolean ended = !listener.isAlive();
            found[0] = poll(prefix);
            if (found[0] == null && ended) {
                throw new AssertionError("the child ended without saying '" + prefix + "'. It said:\n" + output());
            }
            return found[0] != null;
        });
        return found[0];
    }

    private String poll(String prefix) {
        synchronized (lines) {
            for (String line : lines) {
                if (line.startsWith(prefix)) {
                    lines.remove(line);
                    return line.substring(prefix.length()).strip();
                }
            }
            return null;
        }
    }

    /** Says a line to the child and waits for the answer. */
    public String ask(String line, String answerPrefix) {
        send(line);
        return await(answerPrefix);
    }

    /** SIGKILL. The child may go on for as long as the kernel takes; see {@link #awaitEnd}. */
    public void kill() {
        process.destroyForcibly();
    }

    /** SIGSTOP to all of them. */
    public static void stop(Collection<ChildJvm> children) {
        signal("-STOP", children);
        for (ChildJvm child : children) {
            Watchdog.await("child " + child.pid() + " to stop", () -> !child.isAlive() || child.isStopped());
        }
    }

    /** SIGCONT to all of them. */
    public static void resume(Collection<ChildJvm> children) {
        signal("-CONT", children);
    }

    private static void signal(String signal, Collection<ChildJvm> children) {
        List<String> command = new ArrayList<>(List.of("kill", signal));
        children.stream().filter(ChildJvm::isAlive).forEach(child -> command.add(Long.toString(child.pid())));
        if (command.size() == 2) {
            return;
        }
        try {
            // Fails for one that ended meanwhile, which is as good.
            new ProcessBuilder(command).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** SIGSTOP takes effect when each thread gets to see it; the kernel then says so of the process. */
    private boolean isStopped() {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid() + "/stat"), StandardCharsets.ISO_8859_1);
            return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
        } catch (IOException e) {
            return true;
        }
    }

    /** Waits until the process has ended and been waited for; returns its exit code. */
    public int awaitEnd() {
        try {
            if (!process.waitFor(Watchdog.TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("child " + pid() + " does not end. It said:\n" + output());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        RUNNING.remove(this);
        return process.exitValue();
    }

    /** Kills the child if it still runs. */
    @Override
    public void close() {
        kill();
        awaitEnd();
    }

    static void killAll() {
        RUNNING.forEach(ChildJvm::close);
    }
}
