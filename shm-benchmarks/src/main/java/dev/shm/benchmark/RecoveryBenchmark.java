package dev.shm.benchmark;

import dev.shm.SharedMemory;
import dev.shm.benchmark.crew.Crew;
import dev.shm.benchmark.crew.Orders;
import dev.shm.codec.Codecs;
import dev.shm.queue.Claim;
import dev.shm.queue.Delivery;
import dev.shm.queue.SharedQueue;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToDoubleFunction;

/**
 * How long a message waits for the dead: a process that has received it, or is writing one before it, is killed, and another one sleeps
 * until it gets it. Beside it the time that the kernel takes to end the process, which is most of it: the more memory it has touched, the
 * longer. Prints a table.
 */
public final class RecoveryBenchmark {

    private static final String QUEUE = "queue";
    private static final int ROUNDS = 15;
    private static final long WATCHDOG_SECONDS = 60;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Who is killed. */
    private enum Victim {
        RECEIVED("has received it"),
        CLAIMED("is writing one before it");

        private final String words;

        Victim(String words) {
            this.words = words;
        }
    }

    private RecoveryBenchmark() {}

    /**
     * Measures.
     *
     * @param arguments how often, if not 15 times
     * @throws Exception if a process cannot be started, or one fails
     */
    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : ROUNDS;
        System.out.println("| killed while it | it had touched | until the message came: median | lowest to highest "
                + "| until the process was gone: median | after that |");
        System.out.println("|---|---|---|---|---|---|");
        for (Victim victim : Victim.values()) {
            for (int megabytes : new int[] {16, 512}) {
                List<double[]> times = new ArrayList<>();
                for (int i = 0; i < rounds; i++) {
                    times.add(measure(victim, megabytes));
                }
                print(victim, megabytes, times);
            }
        }
    }

    private static void print(Victim victim, int megabytes, List<double[]> times) {
        double[] came = sorted(times, time -> time[0]);
        double[] gone = sorted(times, time -> time[1]);
        double[] after = sorted(times, time -> time[0] - time[1]);
        System.out.printf(
                Locale.ROOT,
                "| %s | %d MiB | %.1f ms | %.1f to %.1f | %.1f ms | %.1f ms |%n",
                victim.words,
                megabytes,
                came[came.length / 2],
                came[0],
                came[came.length - 1],
                gone[came.length / 2],
                after[came.length / 2]);
    }

    private static double[] sorted(List<double[]> times, ToDoubleFunction<double[]> of) {
        double[] values = times.stream().mapToDouble(of).toArray();
        Arrays.sort(values);
        return values;
    }

    /** Milliseconds until the message came, and until the process was gone. */
    private static double[] measure(Victim victim, int megabytes) throws IOException, InterruptedException {
        try (Crew crew = new Crew(WATCHDOG_SECONDS);
                SharedMemory memory = open(crew.directory());
                SharedQueue<byte[]> queue = open(memory)) {
            Crew.Member member = crew.start(
                    Process.class, List.of(), List.of(crew.directory().toString(), Integer.toString(megabytes)));
            if (victim == Victim.RECEIVED) {
                queue.put(new byte[Long.BYTES]);
            }
            member.order(victim).answer();
            if (victim == Victim.CLAIMED) {
                queue.put(new byte[Long.BYTES]);
            }
            CompletableFuture<Long> came = new CompletableFuture<>();
            Thread sleeper = new Thread(() -> take(queue, came), "sleeper");
            sleeper.start();
            Thread.sleep(50);
            long start = System.nanoTime();
            member.kill().waitFor();
            long gone = System.nanoTime();
            return new double[] {(came.join() - start) / 1e6, (gone - start) / 1e6};
        }
    }

    private static void take(SharedQueue<byte[]> queue, CompletableFuture<Long> came) {
        try (Delivery<byte[]> delivery = queue.receive(PATIENCE)) {
            if (delivery == null) {
                throw new IllegalStateException("no message in " + PATIENCE);
            }
            came.complete(System.nanoTime());
            delivery.ack();
        } catch (InterruptedException | RuntimeException e) {
            came.completeExceptionally(e);
        }
    }

    private static SharedMemory open(Path directory) {
        return SharedMemory.named("recovery").directory(directory).openOrCreate();
    }

    private static SharedQueue<byte[]> open(SharedMemory memory) {
        return memory.openOrCreate(QUEUE, SharedQueue.of(Codecs.bytes()));
    }

    /** The one that is killed. */
    public static final class Process {

        private static Object held;

        private Process() {}

        /**
         * Does as it is told and then nothing.
         *
         * @param arguments the directory, and how many MiB to touch
         */
        public static void main(String[] arguments) throws Exception {
            Orders orders = Orders.listen();
            byte[][] touched = new byte[Integer.parseInt(arguments[1])][1 << 20];
            for (byte[] piece : touched) {
                Arrays.fill(piece, (byte) 1);
            }
            SharedQueue<byte[]> queue = open(open(Path.of(arguments[0])));
            orders.obey(words -> {
                if (Victim.valueOf(words[0]) == Victim.RECEIVED) {
                    Delivery<byte[]> delivery = queue.receive(PATIENCE);
                    held = delivery;
                } else {
                    Claim claim = queue.tryClaim(Long.BYTES);
                    held = claim;
                }
                return held == null ? "nothing" : "has it, with " + touched.length + " MiB";
            });
        }
    }
}
