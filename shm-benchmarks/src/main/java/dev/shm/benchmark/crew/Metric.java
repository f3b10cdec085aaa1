package dev.shm.benchmark.crew;

import java.util.Collection;
import java.util.Locale;

/** What a figure means. */
public enum Metric {
    RATE("messages a second", "messages/s"),
    P50("p50", "ns"),
    P99("p99", "ns"),
    CPU("processor time", "of one processor"),
    SENDER_BYTES("allocated by the sender", "B"),
    RECEIVER_BYTES("allocated by the receiver", "B");

    /** What it is, in a table. */
    public final String words;

    /** In what it is counted. */
    public final String unit;

    Metric(String words, String unit) {
        this.words = words;
        this.unit = unit;
    }

    /** A value with three digits that count. */
    public String format(double value) {
        return switch (this) {
            case RATE ->
                value >= 1e6 ? digits(value / 1e6) + " M" : value >= 1e4 ? digits(value / 1e3) + " k" : digits(value);
            case P50, P99 ->
                value >= 1e6
                        ? digits(value / 1e6) + " ms"
                        : value >= 1e3 ? digits(value / 1e3) + " µs" : digits(value) + " ns";
            case CPU -> digits(100 * value) + " %";
            case SENDER_BYTES, RECEIVER_BYTES -> Math.round(value) + " B";
        };
    }

    /** Three digits of a value. */
    public static String digits(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }

    /** The median; of an even number, the middle of the two. */
    public static double median(Collection<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
