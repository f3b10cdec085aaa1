package dev.shm.benchmark.crew;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * What a process of a {@link Crew} hears: orders come by standard input and are answered on standard output. The process ends with its
 * input, however the other end of that came to its end.
 */
public final class Orders {

    static final String ANSWER = "= ";
    static final String FAILURE = "! ";

    private final BlockingQueue<String> waiting = new LinkedBlockingQueue<>();

    private Orders() {}

    /** What answers an order, of which it gets the words. */
    @FunctionalInterface
    public interface Obedience {
        String obey(String[] words) throws Exception;
    }

    /** Begins to listen. What any thread throws from now on is told, and ends the process. */
    public static Orders listen() {
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> fail(e));
        Orders orders = new Orders();
        Thread listener = new Thread(orders::hear, "orders");
        listener.setDaemon(true);
        listener.start();
        return orders;
    }

    private void hear() {
        try {
            BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                waiting.add(line);
            }
        } catch (IOException e) {
            e.printStackTrace();
        }
        Runtime.getRuntime().halt(0);
    }

    /** Obeys one order after another, for ever. */
    public void obey(Obedience how) throws Exception {
        while (true) {
            answer(how.obey(waiting.take().split(" ", -1)));
        }
    }

    /** Whether there is no further order. */
    public boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** The next order. */
    public String take() throws InterruptedException {
        return waiting.take();
    }

    /** Answers, beside what obeying an order returns. */
    public static void answer(Object answer) {
        System.out.println(ANSWER + answer);
    }

    /** Tells what is wrong, and ends the process. */
    public static void fail(Throwable e) {
        e.printStackTrace();
        System.out.println(FAILURE + e);
        Runtime.getRuntime().halt(1);
    }

    /** Of all threads, those of the JVM too; what the JDK answers is in steps of 10 ms, a whole per cent of a second. */
    public static long processorNanos() throws IOException {
        long nanos = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path thread : threads) {
                try {
                    String[] words =
                            Files.readString(thread.resolve("schedstat")).split(" ", -1);
                    nanos += Long.parseLong(words[0]);
                } catch (NoSuchFileException e) {
                    // That thread has just ended.
                }
            }
        }
        return nanos;
    }
}
