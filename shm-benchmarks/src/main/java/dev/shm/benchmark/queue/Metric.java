package dev.shm.benchmark.queue;

import java.util.Locale;

/** What a figure means. */
enum Metric {
    RATE("messages a second", "messages/s"),
    P50("p50", "ns"),
    P99("p99", "ns"),
    CPU("processor time", "of one processor");

    final String words;
    final String unit;

    Metric(String words, String unit) {
        this.words = words;
        this.unit = unit;
    }

    /** A value with three digits that count. */
    String format(double value) {
        return switch (this) {
            case RATE ->
                value >= 1e6 ? digits(value / 1e6) + " M" : value >= 1e4 ? digits(value / 1e3) + " k" : digits(value);
            case P50, P99 ->
                value >= 1e6
                        ? digits(value / 1e6) + " ms"
                        : value >= 1e3 ? digits(value / 1e3) + " µs" : digits(value) + " ns";
            case CPU -> digits(100 * value) + " %";
        };
    }

    static String digits(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }
}
