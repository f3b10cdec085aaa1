package dev.shm.benchmark.queue;

import dev.shm.benchmark.crew.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Message transports between processes in interleaved rounds: in a round every cell is measured once with every transport, one
 * after another, and each round begins with another transport.
 *
 * <p>Arguments, each a word and its values: {@code quick}; {@code --scenario one-to-one,...}; {@code --sizes 32,4K,1M,...};
 * {@code --read copy,in-place}; {@code --peers aeron,...}, beginnings of names or {@code none}; {@code --rounds}; {@code --warm}
 * and {@code --measure}, in milliseconds; {@code --reference}, the transport that ratios are to, if not ours; {@code --csv}, a
 * file.
 */
public final class QueueBenchmark {

    private static final int SMALL = 32;
    private static final int LEAST_BYTES_IN_PLACE = 4 << 10;
    private static final List<Integer> SIZES = List.of(32, 256, 4 << 10, 64 << 10, 1 << 20, 64 << 20);
    private static final List<Integer> SIZES_OF_MANY = List.of(32, 256, 4 << 10, 64 << 10);
    private static final List<Integer> SIZES_OF_MANY_QUICKLY = List.of(32, 4 << 10);
    private static final Set<String> OPTIONS = Set.of(
            "--scenario", "--sizes", "--read", "--peers", "--rounds", "--warm", "--measure", "--reference", "--csv");

    private final boolean quick;
    private final Map<String, String> options;

    private QueueBenchmark(boolean quick, Map<String, String> options) {
        this.quick = quick;
        this.options = options;
    }

    /** Runs what the arguments say, prints a table, and fails if any measurement did. */
    public static void main(String[] arguments) throws IOException {
        boolean quick = arguments.length > 0 && arguments[0].equals("quick");
        Map<String, String> options = new HashMap<>();
        for (int i = quick ? 1 : 0; i < arguments.length; i += 2) {
            if (!OPTIONS.contains(arguments[i]) || i + 1 == arguments.length) {
                throw new IllegalArgumentException(
                        "not an option with a value: " + arguments[i] + "; there are " + OPTIONS);
            }
            options.put(arguments[i], arguments[i + 1]);
        }
        new QueueBenchmark(quick, options).run();
    }

    private void run() throws IOException {
        int rounds = Integer.parseInt(options.getOrDefault("--rounds", quick ? "3" : "7"));
        Contender.Times times = new Contender.Times(
                Long.parseLong(options.getOrDefault("--warm", quick ? "500" : "1000")),
                Long.parseLong(options.getOrDefault("--measure", quick ? "1000" : "2500")));
        List<Cell> cells = cells();
        List<Transport> transports = transports();
        Path file = Path.of(options.getOrDefault("--csv", "queues.csv"));
        List<String> failures = new ArrayList<>();
        try (Results results = new Results(file)) {
            for (int round = 0; round < rounds; round++) {
                for (Cell cell : cells) {
                    List<Contender> contenders = new ArrayList<>(Contender.in(cell, transports));
                    Collections.rotate(contenders, -round);
                    for (Contender contender : contenders) {
                        String what =
                                "round " + (round + 1) + " of " + rounds + ": " + cell + ", " + contender.name + ": ";
                        try {
                            requireRoom(contender.transport.roomNeeded());
                            Map<Metric, Double> values = contender.measure(cell, times);
                            results.add(cell, contender, round + 1, values);
                            System.err.println(what + words(values));
                        } catch (IOException | RuntimeException e) {
                            System.err.println(what + e);
                            failures.add(
                                    what + e.getMessage().lines().findFirst().orElse(""));
                        }
                    }
                }
            }
            results.print(System.out, options.getOrDefault("--reference", ""));
        }
        if (!failures.isEmpty()) {
            throw new IllegalStateException("failed: " + String.join("; ", failures));
        }
    }

    private static String words(Map<Metric, Double> values) {
        return values.entrySet().stream()
                .map(entry -> entry.getKey().format(entry.getValue()) + " " + entry.getKey().words)
                .collect(Collectors.joining(", "));
    }

    private List<Cell> cells() {
        List<Scenario> scenarios = list("--scenario", Scenario::of, List.of(Scenario.values()));
        List<Cell> cells = new ArrayList<>();
        for (Scenario scenario : scenarios) {
            if (!scenario.throughput()) {
                cells.add(new Cell(scenario, SMALL, Reading.COPY));
                continue;
            }
            boolean one = scenario == Scenario.ONE_TO_ONE;
            for (int bytes : list(
                    "--sizes", QueueBenchmark::bytes, one ? SIZES : quick ? SIZES_OF_MANY_QUICKLY : SIZES_OF_MANY)) {
                boolean both = one && !quick && bytes >= LEAST_BYTES_IN_PLACE;
                for (Reading reading :
                        list("--read", Reading::of, both ? List.of(Reading.values()) : List.of(Reading.COPY))) {
                    cells.add(new Cell(scenario, bytes, reading));
                }
            }
        }
        return cells;
    }

    private List<Transport> transports() {
        List<String> peers = list("--peers", Function.identity(), List.of(""));
        for (String peer : peers) {
            if (!peer.equals("none")
                    && Transports.all().stream()
                            .noneMatch(transport -> transport.name().startsWith(peer))) {
                throw new IllegalArgumentException("no transport is called " + peer + "; there are "
                        + Transports.all().stream().map(Transport::name).toList());
            }
        }
        return Transports.all().stream()
                .filter(transport -> transport.kind() != Transport.Kind.PEER
                        || peers.stream().anyMatch(transport.name()::startsWith))
                .toList();
    }

    private <T> List<T> list(String option, Function<String, T> parser, List<T> otherwise) {
        String value = options.get(option);
        return value == null
                ? otherwise
                : Arrays.stream(value.split(",", -1)).map(parser).toList();
    }

    private static int bytes(String words) {
        String digits = words.replaceAll("[KM]$", "");
        int bytes = Integer.parseInt(digits) << (words.endsWith("M") ? 20 : words.endsWith("K") ? 10 : 0);
        if (bytes < 2 * Long.BYTES) {
            throw new IllegalArgumentException("a message has at least " + 2 * Long.BYTES + " bytes");
        }
        return bytes;
    }

    /** Those who do not reuse their files must not fill the memory of others. */
    private static void requireRoom(long bytes) throws IOException {
        Path memory = Path.of("/proc/meminfo");
        if (bytes == 0 || !Files.isReadable(memory)) {
            return;
        }
        for (String line : Files.readAllLines(memory)) {
            String[] words = line.split("\\s+", -1);
            if (words[0].equals("MemAvailable:") && Long.parseLong(words[1]) << 10 < 2 * bytes) {
                throw new IOException("needs " + 2 * bytes + " bytes of free memory");
            }
        }
    }
}
