package dev.shm.benchmark.crew;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The processes and the directory of one measurement, which both end with it, and also with this JVM. */
public final class Crew implements AutoCloseable {

    private static final Set<Crew> CREWS = ConcurrentHashMap.newKeySet();
    private static final ScheduledExecutorService WATCHDOG = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "watchdog");
        thread.setDaemon(true);
        return thread;
    });

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> CREWS.forEach(Crew::end)));
    }

    private final Path directory;
    private final List<Member> members = new ArrayList<>();
    private final ScheduledFuture<?> overdue;

    /**
     * A crew without members.
     *
     * @param watchdogSeconds after which all its processes are killed, so that whoever waits for an answer gets an error
     */
    public Crew(long watchdogSeconds) throws IOException {
        Path shared = Path.of("/dev/shm");
        directory = Files.isDirectory(shared)
                ? Files.createTempDirectory(shared, "shm-benchmark-")
                : Files.createTempDirectory("shm-benchmark-");
        CREWS.add(this);
        overdue = WATCHDOG.schedule(this::kill, watchdogSeconds, TimeUnit.SECONDS);
    }

    /** Where its processes put their files. */
    public Path directory() {
        return directory;
    }

    /**
     * Starts a process, and does not wait until it is up.
     *
     * @param main whose main method hears orders by {@link Orders}
     * @param jvmOptions beside those that all have
     */
    public Member start(Class<?> main, List<String> jvmOptions, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms256m",
                "-Xmx1g",
                "-XX:+UseSerialGC"));
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        synchronized (members) {
            Path log = directory.resolve("log." + members.size());
            Process process =
                    new ProcessBuilder(command).redirectError(log.toFile()).start();
            Member member = new Member(process);
            members.add(member);
            return member;
        }
    }

    /** What all the processes had to say: the one that fails is not always the one that has the reason. */
    private String logs() throws IOException {
        StringBuilder logs = new StringBuilder();
        for (int i = 0; i < members.size(); i++) {
            String log = Files.readString(directory.resolve("log." + i));
            logs.append(System.lineSeparator())
                    .append("process ")
                    .append(i)
                    .append(": ")
                    .append(log);
        }
        return logs.toString();
    }

    private void kill() {
        synchronized (members) {
            members.forEach(member -> member.process.destroyForcibly());
        }
    }

    private void end() {
        kill();
        synchronized (members) {
            for (Member member : members) {
                member.process.onExit().join();
            }
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            // The shutdown hook was here before.
        } catch (IOException e) {
            System.err.println("left behind: " + directory + ", " + e);
        }
    }

    @Override
    public void close() {
        overdue.cancel(false);
        end();
        CREWS.remove(this);
    }

    /** A process, and the line to it. */
    public final class Member {

        private final Process process;
        private final BufferedReader answers;
        private final PrintWriter orders;

        Member(Process process) {
            this.process = process;
            answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            orders = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
        }

        /** Gives an order, and does not wait for its answer. */
        public Member order(Object... words) {
            StringBuilder line = new StringBuilder();
            for (Object word : words) {
                line.append(line.isEmpty() ? "" : " ").append(word);
            }
            orders.println(line);
            return this;
        }

        /** Ends it at once, as {@code kill -9} does, and does not wait until it is gone. */
        public Process kill() {
            return process.destroyForcibly();
        }

        /** The next answer, which may take a while; what libraries print in between is no answer. */
        public String answer() throws IOException {
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                if (line.startsWith(Orders.ANSWER)) {
                    return line.substring(Orders.ANSWER.length());
                }
                if (line.startsWith(Orders.FAILURE)) {
                    throw new IOException(line + logs());
                }
            }
            throw new IOException("a process ended" + logs());
        }
    }
}
