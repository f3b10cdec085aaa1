package dev.shm.boot.autoconfigure.testing;

import dev.shm.Role;
import dev.shm.SharedMemory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A process that has a segment open, until it is killed. */
public final class PeerChild implements AutoCloseable {

    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
    }

    private final Process process;

    private PeerChild(Process process) {
        this.process = process;
    }

    /** Opens the segment, says so, and ends with its input. */
    public static void main(String[] arguments) throws IOException {
        SharedMemory memory = Segment.in(Path.of(arguments[0]), arguments[1])
                .role(Role.valueOf(arguments[2]))
                .application("child")
                .openOrCreate();
        System.out.println("has " + memory.name());
        while (System.in.read() >= 0) {
            // Goes on.
        }
        memory.close();
    }

    /** Starts one, and returns when it has the segment open. */
    public static PeerChild start(Path directory, String segment, Role role) {
        try {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx64m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            PeerChild.class.getName(),
                            directory.toString(),
                            segment,
                            role.name())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            RUNNING.add(process);
            String line = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
            if (!("has " + segment).equals(line)) {
                process.destroyForcibly();
                throw new IllegalStateException("the child says: " + line);
            }
            return new PeerChild(process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public long pid() {
        return process.pid();
    }

    /** As {@code kill -9} does. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** Lets it close the segment and end. */
    public void leave() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
        RUNNING.remove(process);
    }
}
