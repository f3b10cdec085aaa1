package dev.shm.benchmark;

import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.memory.Memory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Two JVMs on one heap, against one JVM alone, in interleaved rounds.
 *
 * <p>{@code pair} and {@code churn} are those of {@link HeapBenchmark}. In {@code handover} one process allocates and commits, and
 * the other frees, as messages by reference do.
 *
 * <p>Arguments: rounds (default 15) and milliseconds of a round (default 200).
 */
public final class TwoProcessHeap {

    private static final long SEGMENT_BYTES = 256L << 20;
    private static final int RING = 256;
    private static final long END = -1;
    private static final int KEPT = 512;
    private static final int BATCH = 64;
    private static final int[] SIZES = {64, 1024};

    private TwoProcessHeap() {}

    /** Runs all of it and prints a row for each. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 15;
        long millis = arguments.length > 1 ? Long.parseLong(arguments[1]) : 200;
        Path directory = BenchmarkSegment.newDirectory();
        Path file = directory.resolve("segment");
        try {
            BenchmarkSegment segment = BenchmarkSegment.create(file, SEGMENT_BYTES);
            long ring = BlockLayout.payload(segment.heap(0).allocateCleared(8L * RING, 1));
            try (Child one = new Child(file, 1, ring);
                    Child other = new Child(file, 2, ring)) {
                System.out.println(
                        "| two processes on one heap | one alone, ns | both at once, ns each | both / one, in all |");
                System.out.println("|---|---|---|---|");
                for (int bytes : SIZES) {
                    compare(one, other, "pair", "pair", bytes, rounds, millis);
                    compare(one, other, "churn", "churn", bytes, rounds, millis);
                    compare(one, other, "give", "take", bytes, rounds, millis);
                }
            }
        } finally {
            Files.deleteIfExists(file);
            Files.delete(directory);
        }
    }

    private static void compare(Child one, Child other, String mode, String others, int bytes, int rounds, long millis)
            throws IOException {
        boolean handover = mode.equals("give");
        String alone = handover ? "pairCommitted" : mode;
        String single = alone + " " + bytes + " " + millis;
        String first = mode + " " + bytes + " " + millis;
        String second = others + " " + bytes + " " + millis;
        List<Double> aloneNanos = new ArrayList<>();
        List<Double> bothNanos = new ArrayList<>();
        for (int round = -2; round < rounds; round++) {
            Child solo = round % 2 == 0 ? one : other;
            double nanos = solo.start(single).nanosPerOperation();
            one.start(first);
            other.start(second);
            double both = one.nanosPerOperation();
            double otherBoth = other.nanosPerOperation();
            if (round >= 0) {
                aloneNanos.add(nanos);
                bothNanos.add(handover ? both : (both + otherBoth) / 2);
            }
        }
        double oneMedian = median(aloneNanos);
        double bothMedian = median(bothNanos);
        System.out.printf(
                Locale.ROOT,
                "| %s %d B | %.0f | %.0f | %.2f |%n",
                handover ? "handover (one allocates, the other frees)" : mode,
                bytes,
                oneMedian,
                bothMedian,
                (handover ? 1 : 2) * oneMedian / bothMedian);
    }

    private static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    /** A worker process, and the line to it. */
    private static final class Child implements AutoCloseable {

        private final Process process;
        private final BufferedReader answers;
        private final PrintWriter orders;

        Child(Path file, int slot, long ring) throws IOException {
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:+UseSerialGC",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Worker.class.getName(),
                            file.toString(),
                            Integer.toString(slot),
                            Long.toString(ring))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            orders = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
        }

        Child start(String order) {
            orders.println(order);
            return this;
        }

        double nanosPerOperation() throws IOException {
            String answer = answers.readLine();
            if (answer == null) {
                throw new IOException("a worker ended");
            }
            return Double.parseDouble(answer);
        }

        /** A worker ends when it has no more orders to read. */
        @Override
        public void close() throws IOException {
            orders.close();
            try {
                if (!process.waitFor(10, TimeUnit.SECONDS)) {
                    process.destroyForcibly().waitFor();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }

    /** What runs in each of the two processes. */
    static final class Worker {

        private final Heap heap;
        private final Memory memory;
        private final long ring;
        private final long[] kept = new long[KEPT];
        private long random = System.nanoTime() | 1;

        private Worker(BenchmarkSegment segment, int slot, long ring) {
            this.heap = segment.heap(slot);
            this.memory = segment.memory();
            this.ring = ring;
        }

        public static void main(String[] arguments) throws IOException {
            Worker worker = new Worker(
                    BenchmarkSegment.open(Path.of(arguments[0])),
                    Integer.parseInt(arguments[1]),
                    Long.parseLong(arguments[2]));
            BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                String[] words = order.split(" ", -1);
                System.out.println(
                        worker.run(words[0], Integer.parseInt(words[1]), Long.parseLong(words[2]) * 1_000_000));
            }
        }

        private double run(String mode, int bytes, long nanos) {
            if (mode.equals("churn")) {
                Arrays.setAll(kept, i -> heap.allocate(bytes, 1));
            }
            long start = System.nanoTime();
            long operations = switch (mode) {
                case "pair" -> pair(bytes, start + nanos);
                case "pairCommitted" -> pairCommitted(bytes, start + nanos);
                case "churn" -> churn(bytes, start + nanos);
                case "give" -> give(bytes, start + nanos);
                case "take" -> take();
                default -> throw new IllegalArgumentException(mode);
            };
            double result = (double) (System.nanoTime() - start) / operations;
            if (mode.equals("churn")) {
                Arrays.stream(kept).forEach(heap::free);
            }
            return result;
        }

        private long pair(int bytes, long end) {
            long operations = 0;
            for (; System.nanoTime() < end; operations += BATCH) {
                for (int i = 0; i < BATCH; i++) {
                    heap.free(heap.allocate(bytes, 1));
                }
            }
            return operations;
        }

        private long pairCommitted(int bytes, long end) {
            long operations = 0;
            for (; System.nanoTime() < end; operations += BATCH) {
                for (int i = 0; i < BATCH; i++) {
                    long reference = heap.allocate(bytes, 1);
                    heap.commit(reference);
                    heap.free(reference);
                }
            }
            return operations;
        }

        private long churn(int bytes, long end) {
            long operations = 0;
            for (; System.nanoTime() < end; operations += BATCH) {
                for (int i = 0; i < BATCH; i++) {
                    random ^= random << 13;
                    random ^= random >>> 7;
                    random ^= random << 17;
                    int k = (int) (random >>> 32) & (KEPT - 1);
                    heap.free(kept[k]);
                    kept[k] = heap.allocate(bytes, 1);
                }
            }
            return operations;
        }

        /** Lays references into a ring of words; zero means taken. The release pairs with the acquire in {@link #take}. */
        private long give(int bytes, long end) {
            int position = 0;
            long operations = 0;
            while (System.nanoTime() < end) {
                for (int i = 0; i < BATCH; i++) {
                    long reference = heap.allocate(bytes, 1);
                    heap.commit(reference);
                    position = put(position, reference);
                }
                operations += BATCH;
            }
            put(position, END);
            for (int i = 0; i < RING; i++) {
                awaitTaken(i);
            }
            return operations;
        }

        private int put(int position, long reference) {
            awaitTaken(position);
            memory.putLongRelease(ring + 8L * position, reference);
            return (position + 1) & (RING - 1);
        }

        private void awaitTaken(int position) {
            for (int tries = 1; memory.getLongAcquire(ring + 8L * position) != 0; tries++) {
                pause(tries);
            }
        }

        /** Spins, and now and then lets others run: the other side may wait for this very processor. */
        private static void pause(int tries) {
            if ((tries & 0x3FF) == 0) {
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
        }

        private long take() {
            long operations = 0;
            for (int position = 0; ; position = (position + 1) & (RING - 1)) {
                long word = ring + 8L * position;
                long reference = memory.getLongAcquire(word);
                for (int tries = 1; reference == 0; tries++) {
                    pause(tries);
                    reference = memory.getLongAcquire(word);
                }
                memory.putLongRelease(word, 0);
                if (reference == END) {
                    return Math.max(1, operations);
                }
                heap.free(reference);
                operations++;
            }
        }
    }
}
