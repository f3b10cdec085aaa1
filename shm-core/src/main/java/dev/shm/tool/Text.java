package dev.shm.tool;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** How numbers, times and names look to people. Plain ASCII but for names, so that every terminal shows it. */
final class Text {

    private static final String[] BINARY_UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    private static final DateTimeFormatter LOCAL = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    private Text() {}

    /** {@code 512 B}, {@code 64.0 MiB}. */
    static String bytes(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        // What would be shown as 1024.0 is 1.0 of the next unit.
        while (value >= 1023.95 && unit < BINARY_UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, BINARY_UNITS[unit]);
    }

    /** {@code 12,345}. */
    static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /** {@code 3 peers}, {@code 1 peer}. */
    static String count(long count, String one) {
        return count(count) + " " + one + (count == 1 ? "" : "s");
    }

    /** {@code 22.4 %}. What is more than nothing and less than all never looks like nothing or all. */
    static String percent(double ratio) {
        double percent = ratio * 100;
        if (percent > 0 && percent < 0.05) {
            return "<0.1 %";
        }
        if (percent < 100 && percent >= 99.95) {
            return ">99.9 %";
        }
        return String.format(Locale.ROOT, "%.1f %%", percent);
    }

    /** Part of a whole; 0 of nothing. */
    static double ratio(long part, long whole) {
        return whole <= 0 ? 0 : (double) part / whole;
    }

    /** {@code [####......]}: empty only for nothing, full only for all. */
    static String bar(double ratio, int width) {
        int full = (int) Math.round(ratio * width);
        if (ratio > 0) {
            full = Math.max(1, full);
        }
        if (ratio < 1) {
            full = Math.min(width - 1, full);
        }
        full = Math.max(0, Math.min(width, full));
        return "[" + "#".repeat(full) + ".".repeat(width - full) + "]";
    }

    /** {@code 0.4 s}, {@code 12 s}, {@code 3 min}, {@code 5 h}, {@code 2 d}. */
    static String age(Duration age) {
        long seconds = Math.max(0, age.toSeconds());
        if (seconds < 10) {
            return String.format(Locale.ROOT, "%.1f s", Math.max(0, age.toMillis() / 100) / 10.0);
        }
        if (seconds < 120) {
            return seconds + " s";
        }
        if (seconds < 2 * 3600) {
            return seconds / 60 + " min";
        }
        if (seconds < 48 * 3600) {
            return seconds / 3600 + " h";
        }
        return seconds / 86_400 + " d";
    }

    /** In this computer's time zone, to the second. */
    static String time(Instant instant) {
        return LOCAL.format(instant.atZone(ZoneId.systemDefault()));
    }

    /** For machines: ISO 8601, UTC, to the millisecond. */
    static String iso(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MILLIS).toString();
    }

    /** Lines of whole words, of that width where words allow. */
    static String wrap(String text, int width) {
        StringBuilder wrapped = new StringBuilder(text.length());
        int column = 0;
        for (String word : text.split(" ", -1)) {
            if (column > 0) {
                boolean fits = column + 1 + word.length() <= width;
                wrapped.append(fits ? " " : System.lineSeparator());
                column = fits ? column + 1 : 0;
            }
            wrapped.append(word);
            column += word.length();
        }
        return wrapped.toString();
    }

    /** Another process chose this text: what would move the cursor or worse becomes visible. */
    static String clean(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            int type = Character.getType(point);
            if (type == Character.CONTROL
                    || type == Character.FORMAT
                    || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR
                    || type == Character.SURROGATE) {
                clean.append(String.format(Locale.ROOT, "\\u%04x", point));
            } else {
                clean.appendCodePoint(point);
            }
        });
        return clean.toString();
    }
}
