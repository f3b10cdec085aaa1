package dev.shm.benchmark.object;

import dev.shm.benchmark.crew.ChronicleOptions;
import dev.shm.benchmark.crew.Crew;
import dev.shm.benchmark.crew.Metric;
import dev.shm.benchmark.object.Label.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Compares shared objects with what the JDK and Chronicle Map have, and with themselves while another process reads or writes them, in
 * interleaved rounds. Prints one table, of medians.
 */
public final class ObjectBenchmark {

    private static final long WATCHDOG_SECONDS = 3600;
    private static final int MANY = 1 << 20;
    private static final int ROUNDS = 15;
    private static final int QUICK_ROUNDS = 5;
    private static final long WARM_MILLIS = 1000;
    private static final long MEASURE_MILLIS = 100;

    /** What another process does meanwhile. */
    private enum Beside {
        NOBODY,
        READER,
        WRITER
    }

    private final Crew crew;
    private final int many;
    private final long measureNanos;
    private final Crew.Member shared;
    private final Crew.Member neighbour;
    private final List<Crew.Member> others = new ArrayList<>();
    private final List<Label> labels;
    private final Map<Label, Crew.Member> peers = new LinkedHashMap<>();
    private final Map<Label, Map<Beside, List<Double>>> figures = new LinkedHashMap<>();

    private ObjectBenchmark(Crew crew, int many, long measureMillis) throws IOException {
        this.crew = crew;
        this.many = many;
        this.measureNanos = measureMillis * 1_000_000;
        shared = start(Contestant.Side.SHARED, List.of());
        labels = labels(shared);
        neighbour = start(Contestant.Side.SHARED, List.of());
        others.add(start(Contestant.Side.JDK, List.of()));
        others.add(start(Contestant.Side.CHRONICLE, ChronicleOptions.ALL));
        labels(neighbour);
        for (Crew.Member other : others) {
            labels(other).forEach(label -> peers.put(label, other));
        }
    }

    /**
     * Measures.
     *
     * @param arguments {@code quick} for fewer rounds; {@code --rounds}, {@code --warm} and {@code --measure}, milliseconds for a task;
     *     {@code --many}, how many elements large things have, a power of two; {@code --csv}, a file for all figures
     * @throws IOException if a process cannot be started, or fails
     */
    public static void main(String[] arguments) throws IOException {
        Map<String, String> options = new LinkedHashMap<>();
        boolean quick = false;
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].startsWith("--") && i + 1 < arguments.length) {
                options.put(arguments[i], arguments[++i]);
            } else if (arguments[i].equals("quick")) {
                quick = true;
            } else {
                throw new IllegalArgumentException("what is " + arguments[i] + "?");
            }
        }
        int rounds = Integer.parseInt(options.getOrDefault("--rounds", "" + (quick ? QUICK_ROUNDS : ROUNDS)));
        int many = Integer.parseInt(options.getOrDefault("--many", "" + MANY));
        if (Integer.bitCount(many) != 1 || many <= Tasks.FEW) {
            throw new IllegalArgumentException("--many must be a power of two above " + Tasks.FEW + ": " + many);
        }
        try (Crew crew = new Crew(WATCHDOG_SECONDS)) {
            ObjectBenchmark benchmark = new ObjectBenchmark(
                    crew, many, Long.parseLong(options.getOrDefault("--measure", "" + MEASURE_MILLIS)));
            benchmark.warm(Long.parseLong(options.getOrDefault("--warm", "" + WARM_MILLIS)) * 1_000_000);
            for (int round = 0; round < rounds; round++) {
                benchmark.round();
            }
            benchmark.print();
            String csv = options.get("--csv");
            if (csv != null) {
                benchmark.write(Path.of(csv));
            }
        }
    }

    private Crew.Member start(Contestant.Side side, List<String> options) throws IOException {
        return crew.start(
                Contestant.class, options, List.of(side.name(), crew.directory().toString(), Integer.toString(many)));
    }

    private static List<Label> labels(Crew.Member member) throws IOException {
        return Stream.of(member.order("tasks").answer().split(" ", -1))
                .map(Label::parse)
                .toList();
    }

    // ---------------------------------------------------------------------------------------- measuring

    private static double run(Crew.Member member, Label label, long nanos) throws IOException {
        return Double.parseDouble(member.order("run", label, nanos).answer());
    }

    private void warm(long nanos) throws IOException {
        for (Label label : labels) {
            if (!label.isFilling()) {
                run(shared, label, nanos);
                run(neighbour, label, nanos);
            }
        }
        for (Map.Entry<Label, Crew.Member> peer : peers.entrySet()) {
            if (!peer.getKey().isFilling()) {
                run(peer.getValue(), peer.getKey(), nanos);
            }
        }
    }

    private void round() throws IOException {
        for (Label label : labels) {
            note(label, Beside.NOBODY, run(shared, label, measureNanos));
            for (Map.Entry<Label, Crew.Member> peer : peers.entrySet()) {
                if (label.isLike(peer.getKey())) {
                    note(peer.getKey(), Beside.NOBODY, run(peer.getValue(), peer.getKey(), measureNanos));
                }
            }
            besides(label, Kind.READ, Beside.READER);
            besides(label, Kind.WRITE, Beside.WRITER);
        }
    }

    /** While another process reads, or writes, the same thing as fast as it can. */
    private void besides(Label label, Kind kind, Beside beside) throws IOException {
        Label meanwhile = label.isFilling() ? null : find(label, kind);
        if (meanwhile != null) {
            neighbour.order("go-on", meanwhile).answer();
            note(label, beside, run(shared, label, measureNanos));
            neighbour.order("stop").answer();
            neighbour.answer();
        }
    }

    private @Nullable Label find(Label label, Kind kind) {
        return labels.stream()
                .filter(other -> other.isOf(label) && other.kind() == kind)
                .findFirst()
                .orElse(null);
    }

    private void note(Label label, Beside beside, double nanos) {
        figures.computeIfAbsent(label, key -> new EnumMap<>(Beside.class))
                .computeIfAbsent(beside, key -> new ArrayList<>())
                .add(nanos);
    }

    // ----------------------------------------------------------------------------------------- telling

    private double median(Label label) {
        return Metric.median(Objects.requireNonNull(figures.get(label)).get(Beside.NOBODY));
    }

    private Map<Beside, List<Double>> of(Label label) {
        return Objects.requireNonNull(figures.get(label));
    }

    private String cell(Label label, Beside beside) {
        List<Double> found = of(label).get(beside);
        return found == null ? "" : Metric.P50.format(Metric.median(found));
    }

    private void print() {
        System.out.println(
                "| thing | elements | operation | shared | beside a reader | beside a writer | others: times as long |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (Label label : labels) {
            String compared = peers.keySet().stream()
                    .filter(label::isLike)
                    .map(peer -> peer.contender() + " " + cell(peer, Beside.NOBODY) + ": "
                            + Metric.digits(median(label) / median(peer)))
                    .collect(Collectors.joining("; "));
            System.out.println("| "
                    + String.join(
                            " | ",
                            label.thing(),
                            String.format(Locale.ROOT, "%,d", label.elements()),
                            label.operation(),
                            cell(label, Beside.NOBODY),
                            cell(label, Beside.READER),
                            cell(label, Beside.WRITER),
                            compared)
                    + " |");
        }
    }

    private void write(Path csv) throws IOException {
        List<String> lines = new ArrayList<>(List.of("contender,thing,elements,operation,beside,nanoseconds"));
        figures.forEach((label, besides) -> besides.forEach((beside, all) -> all.forEach(nanos -> lines.add(String.join(
                ",",
                label.contender(),
                label.thing(),
                Integer.toString(label.elements()),
                label.operation(),
                beside.name(),
                Double.toString(nanos))))));
        Files.write(csv, lines);
    }
}
