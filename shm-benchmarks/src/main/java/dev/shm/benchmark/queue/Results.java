package dev.shm.benchmark.queue;

import dev.shm.benchmark.crew.Metric;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Every single measurement: to a file at once, and to a table in the end. */
final class Results implements AutoCloseable {

    private static final double GIBIBYTE = 1 << 30;
    private static final int LEAST_BYTES_FOR_BANDWIDTH = 4 << 10;

    private final PrintWriter csv;
    private final Map<Line, Map<String, Row>> lines = new LinkedHashMap<>();

    Results(Path file) throws IOException {
        csv = new PrintWriter(Files.newBufferedWriter(file, StandardCharsets.UTF_8), true);
        csv.println("scenario,bytes,reading,metric,unit,transport,kind,round,value");
    }

    void add(Cell cell, Contender contender, int round, Map<Metric, Double> values) {
        for (Metric metric : Metric.values()) {
            Double value = values.get(metric);
            if (value == null) {
                continue;
            }
            csv.printf(
                    Locale.ROOT,
                    "%s,%d,%s,%s,%s,\"%s\",%s,%d,%.6g%n",
                    cell.scenario(),
                    cell.bytes(),
                    cell.reading(),
                    metric,
                    metric.unit,
                    contender.name,
                    contender.transport.kind(),
                    round,
                    value);
            lines.computeIfAbsent(new Line(cell, metric), line -> new LinkedHashMap<>())
                    .computeIfAbsent(contender.name, name -> new Row(contender))
                    .rounds
                    .put(round, value);
        }
    }

    /**
     * Prints the table.
     *
     * @param reference the name of the transport that ratios are to; empty for the first of ours
     */
    void print(PrintStream out, String reference) {
        out.println("| scenario | message | reading | what | transport | median | lowest to highest | GiB/s | ratio to "
                + (reference.isEmpty() ? "ours" : reference) + " |");
        out.println("|---|---|---|---|---|---|---|---|---|");
        lines.forEach((line, rows) -> {
            Row ours = rows.values().stream()
                    .filter(row -> reference.isEmpty()
                            ? row.contender.transport.kind() == Transport.Kind.OURS
                            : row.contender.transport.name().equals(reference))
                    .findFirst()
                    .orElse(null);
            rows.forEach((name, row) -> {
                double median = Metric.median(row.rounds.values());
                boolean bandwidth = line.metric == Metric.RATE && line.cell.bytes() >= LEAST_BYTES_FOR_BANDWIDTH;
                out.println(String.join(
                                " | ",
                                "| " + line.cell.scenario(),
                                Cell.words(line.cell.bytes()),
                                line.cell.scenario().throughput()
                                        ? line.cell.reading().toString()
                                        : "",
                                line.metric.words,
                                name,
                                line.metric.format(median),
                                line.metric.format(least(row)) + " to " + line.metric.format(most(row)),
                                bandwidth ? Metric.digits(median * line.cell.bytes() / GIBIBYTE) : "",
                                ours == null ? "" : ratio(row, ours))
                        + " |");
            });
        });
    }

    private static double least(Row row) {
        return row.rounds.values().stream()
                .mapToDouble(Double::doubleValue)
                .min()
                .orElse(Double.NaN);
    }

    private static double most(Row row) {
        return row.rounds.values().stream()
                .mapToDouble(Double::doubleValue)
                .max()
                .orElse(Double.NaN);
    }

    private static String ratio(Row row, Row ours) {
        List<Double> ratios = new ArrayList<>();
        row.rounds.forEach((round, value) -> {
            Double other = ours.rounds.get(round);
            if (other != null && other != 0) {
                ratios.add(value / other);
            }
        });
        return ratios.isEmpty() ? "" : Metric.digits(Metric.median(ratios));
    }

    @Override
    public void close() {
        csv.close();
    }

    private record Line(Cell cell, Metric metric) {}

    private static final class Row {

        private final Contender contender;
        private final Map<Integer, Double> rounds = new TreeMap<>();

        Row(Contender contender) {
            this.contender = contender;
        }
    }
}
