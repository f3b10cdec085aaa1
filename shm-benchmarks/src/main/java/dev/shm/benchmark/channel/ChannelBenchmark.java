package dev.shm.benchmark.channel;

import dev.shm.benchmark.crew.Crew;
import dev.shm.benchmark.crew.Metric;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Spring Integration's channels between two JVMs, in interleaved rounds: in a round every load is measured once over every link, one
 * after another, and each round begins with another one.
 *
 * <p>Arguments, each a word and its values: {@code quick}; {@code --scenario throughput,built,latency}; {@code --load
 * bytes,record,large}; {@code --links shm,tcp,...}, whole names; {@code --rounds}; {@code --warm} and {@code --measure}, in
 * milliseconds; {@code --jvm}, an option for each process; {@code --csv}, a file.
 */
public final class ChannelBenchmark {

    private static final Set<String> OPTIONS =
            Set.of("--scenario", "--load", "--links", "--rounds", "--warm", "--measure", "--jvm", "--csv");
    /** Long enough for two application contexts to start where others work, too. */
    private static final long WATCHDOG_SECONDS = 180;

    private static final int WARMING_TICKS = 100;
    private static final long IDLE_SETTLES_MILLIS = 500;
    private static final int LEAST_TICKS = 100;

    private final Map<String, String> options;
    private final int rounds;
    private final long warmMillis;
    private final long measureMillis;
    private final Map<Line, Map<Integer, Double>> results = new LinkedHashMap<>();

    /** What is measured. */
    private enum Scenario {
        /** Messages that were made before are sent as fast as it goes. */
        THROUGHPUT,
        /** Each message is made with a {@code MessageBuilder} right before it is sent. */
        BUILT,
        /** About a thousand messages a second; and after them, none. */
        LATENCY;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private record Cell(Scenario scenario, Load load) {}

    private record Line(Cell cell, Metric metric, Link link) {}

    private ChannelBenchmark(boolean quick, Map<String, String> options) {
        this.options = options;
        this.rounds = Integer.parseInt(options.getOrDefault("--rounds", quick ? "3" : "7"));
        this.warmMillis = Long.parseLong(options.getOrDefault("--warm", quick ? "1000" : "3000"));
        this.measureMillis = Long.parseLong(options.getOrDefault("--measure", quick ? "1000" : "2500"));
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
        new ChannelBenchmark(quick, options).run();
    }

    private <T> List<T> list(String option, Function<String, T> parser, T[] otherwise) {
        String value = options.get(option);
        return (value == null
                        ? Arrays.stream(otherwise)
                        : Arrays.stream(value.split(",", -1)).map(parser))
                .toList();
    }

    private void run() throws IOException {
        List<Cell> cells = new ArrayList<>();
        for (Scenario scenario :
                list("--scenario", word -> Scenario.valueOf(word.toUpperCase(Locale.ROOT)), Scenario.values())) {
            for (Load load : list("--load", Load::of, Load.values())) {
                cells.add(new Cell(scenario, load));
            }
        }
        List<Link> links = list("--links", Link::named, Link.values());
        List<String> failures = new ArrayList<>();
        try (PrintWriter csv = new PrintWriter(
                Files.newBufferedWriter(Path.of(options.getOrDefault("--csv", "channels.csv")), StandardCharsets.UTF_8),
                true)) {
            csv.println("scenario,load,metric,unit,link,round,value");
            for (int round = 1; round <= rounds; round++) {
                List<Link> turn = new ArrayList<>(links);
                Collections.rotate(turn, 1 - round);
                for (Cell cell : cells) {
                    for (Link link : turn) {
                        String what = "round " + round + " of " + rounds + ": " + cell.scenario + ", " + cell.load
                                + ", " + link.words + ": ";
                        try {
                            Map<Metric, Double> values = measure(cell, link);
                            add(csv, cell, link, round, values);
                            System.err.println(what + words(values));
                        } catch (IOException | RuntimeException e) {
                            System.err.println(what + e);
                            failures.add(what
                                    + String.valueOf(e.getMessage())
                                            .lines()
                                            .findFirst()
                                            .orElse(""));
                        }
                    }
                }
            }
        }
        print(System.out, links);
        if (!failures.isEmpty()) {
            throw new IllegalStateException("failed: " + String.join("; ", failures));
        }
    }

    private static String words(Map<Metric, Double> values) {
        return values.entrySet().stream()
                .map(entry -> entry.getKey().format(entry.getValue()) + " " + entry.getKey().words)
                .collect(Collectors.joining(", "));
    }

    // ------------------------------------------------------------------------------------------ one measurement

    private Map<Metric, Double> measure(Cell cell, Link link) throws IOException {
        try (Crew crew = new Crew(WATCHDOG_SECONDS + (warmMillis + measureMillis) / 1000)) {
            List<String> jvm = new ArrayList<>(List.of("-D" + Link.PORT + "=" + freePort()));
            if (options.containsKey("--jvm")) {
                jvm.add(options.get("--jvm")
                        .replace("DIRECTORY", crew.directory().toString()));
            }
            Crew.Member receiver = start(crew, jvm, cell, link, link.isInProcess(), true);
            Crew.Member sender = link.isInProcess() ? receiver : start(crew, jvm, cell, link, true, false);
            receiver.order("ready").answer();
            sender.order("ready").answer();
            return cell.scenario == Scenario.LATENCY ? latency(sender, receiver) : throughput(sender, receiver, cell);
        }
    }

    private static Crew.Member start(Crew crew, List<String> jvm, Cell cell, Link link, boolean sends, boolean receives)
            throws IOException {
        return crew.start(
                ChannelWorker.class,
                jvm,
                List.of(
                        crew.directory().toString(),
                        link.words,
                        cell.load.name(),
                        Boolean.toString(sends),
                        Boolean.toString(receives)));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private Map<Metric, Double> throughput(Crew.Member sender, Crew.Member receiver, Cell cell) throws IOException {
        Map<Metric, Double> values = new EnumMap<>(Metric.class);
        sender.order("produce", cell.scenario == Scenario.BUILT).answer();
        sleep(warmMillis);
        receiver.order("begin").answer();
        if (sender != receiver) {
            sender.order("begin").answer();
        }
        sleep(measureMillis);
        String[] received = receiver.order("end").answer().split(" ", -1);
        values.put(Metric.RATE, Double.parseDouble(received[0]));
        double receiverBytes = Double.parseDouble(received[1]);
        if (sender != receiver) {
            values.put(
                    Metric.SENDER_BYTES,
                    Double.parseDouble(sender.order("end").answer().split(" ", -1)[1]));
            receiverBytes -= Double.parseDouble(receiver.order("payload").answer());
        }
        values.put(Metric.RECEIVER_BYTES, receiverBytes);
        sender.order("stop").answer();
        awaitAll(sender, receiver);
        return values;
    }

    /** Sends the last message, after which none may come. */
    private static void awaitAll(Crew.Member sender, Crew.Member receiver) throws IOException {
        String sent = sender.order("last").answer();
        sleep(IDLE_SETTLES_MILLIS / 10);
        String received = receiver.order("received", sent).answer();
        if (!received.equals(sent)) {
            throw new IOException(sent + " sent, " + received + " received");
        }
    }

    private Map<Metric, Double> latency(Crew.Member sender, Crew.Member receiver) throws IOException {
        sender.order("produce", false).answer();
        sleep(warmMillis);
        receiver.order("received", sender.order("stop").answer()).answer();
        sender.order("tick", WARMING_TICKS).answer();
        receiver.order("received", sender.order("stop").answer()).answer();
        long ticks = Math.max(LEAST_TICKS, measureMillis);
        receiver.order("times", ticks).answer();
        sender.order("tick", ticks).answer();
        receiver.order("received", sender.order("stop").answer()).answer();
        String[] ages = receiver.order("ages").answer().split(" ", -1);
        double idle = Double.parseDouble(
                receiver.order("idle", IDLE_SETTLES_MILLIS, measureMillis).answer());
        awaitAll(sender, receiver);
        return Map.of(
                Metric.P50, Double.parseDouble(ages[0]), Metric.P99, Double.parseDouble(ages[1]), Metric.CPU, idle);
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    // ------------------------------------------------------------------------------------------ what came out

    private void add(PrintWriter csv, Cell cell, Link link, int round, Map<Metric, Double> values) {
        new TreeMap<>(values).forEach((metric, value) -> {
            csv.printf(
                    Locale.ROOT,
                    "%s,%s,%s,%s,%s,%d,%.6g%n",
                    cell.scenario,
                    cell.load,
                    metric,
                    metric.unit,
                    link.words,
                    round,
                    value);
            results.computeIfAbsent(new Line(cell, metric, link), line -> new TreeMap<>())
                    .put(round, value);
        });
    }

    private void print(PrintStream out, List<Link> links) {
        Link ours = links.stream().filter(Link::isOurs).findFirst().orElse(links.get(0));
        out.println("| scenario | message | what | link | median | lowest to highest | ratio to " + ours.words + " |");
        out.println("|---|---|---|---|---|---|---|");
        List<Line> sorted = new ArrayList<>(results.keySet());
        // Together what is to be compared, in the order of the first round.
        Map<Cell, Map<Metric, List<Line>>> tables = sorted.stream()
                .collect(Collectors.groupingBy(
                        Line::cell,
                        LinkedHashMap::new,
                        Collectors.groupingBy(Line::metric, TreeMap::new, Collectors.toList())));
        tables.forEach((cell, metrics) -> metrics.forEach((metric, lines) -> lines.forEach(line -> {
            Map<Integer, Double> values = results.get(line);
            out.println("| "
                    + String.join(
                            " | ",
                            cell.scenario.toString(),
                            cell.load.toString(),
                            metric.words,
                            line.link.words,
                            metric.format(Metric.median(values.values())),
                            metric.format(Collections.min(values.values())) + " to "
                                    + metric.format(Collections.max(values.values())),
                            ratio(values, results.getOrDefault(new Line(cell, metric, ours), Map.of())))
                    + " |");
        })));
    }

    private static String ratio(Map<Integer, Double> values, Map<Integer, Double> ours) {
        List<Double> ratios = new ArrayList<>();
        values.forEach((round, value) -> {
            Double other = ours.get(round);
            if (other != null && other > 0) {
                ratios.add(value / other);
            }
        });
        return ratios.isEmpty() ? "" : String.format(Locale.ROOT, "%.3g", Metric.median(ratios));
    }
}
