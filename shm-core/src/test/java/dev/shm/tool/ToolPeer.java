package dev.shm.tool;

import dev.shm.SharedMemory;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedLong;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A process that is attached to a segment until it is killed, or whoever started it ends. */
final class ToolPeer implements AutoCloseable {

    private final Process process;

    private ToolPeer(Process process) {
        this.process = process;
    }

    /** Starts one and waits until it is attached. */
    static ToolPeer start(Path directory, String segment, String application, boolean busy) throws IOException {
        ToolPeer peer = new ToolPeer(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ToolPeer.class.getName(),
                        directory.toString(),
                        segment,
                        application,
                        String.valueOf(busy))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
        boolean ready = false;
        try {
            BufferedReader out =
                    new BufferedReader(new InputStreamReader(peer.process.getInputStream(), StandardCharsets.UTF_8));
            ready = "ready".equals(out.readLine());
            if (!ready) {
                throw new IOException("the peer did not come up");
            }
            return peer;
        } finally {
            if (!ready) {
                peer.close();
            }
        }
    }

    long pid() {
        return process.pid();
    }

    /** SIGKILL; returns when the process is gone. */
    @Override
    public void close() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(1, TimeUnit.MINUTES)) {
                throw new IllegalStateException("pid " + pid() + " does not die");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public static void main(String[] args) {
        SharedMemory memory = SharedMemory.named(args[1])
                .directory(Path.of(args[0]))
                .size(4 << 20)
                .application(args[2])
                .openOrCreate();
        memory.openOrCreate("hits", SharedLong.type()).incrementAndGet();
        SharedBytes text = memory.openOrCreate("text", SharedBytes.type());
        text.set(new byte[100_000]);
        Thread parent = new Thread(ToolPeer::awaitParent, "parent");
        parent.start();
        System.out.println("ready");
        while (Boolean.parseBoolean(args[3])) {
            int random = ThreadLocalRandom.current().nextInt(8);
            text.set(new byte[ThreadLocalRandom.current().nextInt(60_000)]);
            memory.openOrCreate("object-" + random, SharedBytes.type()).set(new byte[100 * random]);
            memory.destroy("object-" + (random + 1) % 8);
        }
    }

    private static void awaitParent() {
        try {
            while (System.in.read() >= 0) {
                // Nothing is said; the end is what counts.
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            Runtime.getRuntime().halt(0);
        }
    }
}
