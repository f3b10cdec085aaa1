package dev.shm.boot.autoconfigure;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Which of some names somebody may have meant. */
final class Nearest {

    private static final int BEGINNING = 3;

    private Nearest() {}

    /** The name that is least different from what was written, or begins with it; null if none is like it. */
    static @Nullable String of(String written, Collection<String> names) {
        String best = null;
        int least = Integer.MAX_VALUE;
        for (String name : names) {
            int distance = distance(written.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT));
            if (distance < least && distance <= Math.max(1, Math.max(written.length(), name.length()) / 3)) {
                least = distance;
                best = name;
            }
        }
        return best != null ? best : beginningWith(written.toLowerCase(Locale.ROOT), names);
    }

    private static @Nullable String beginningWith(String written, Collection<String> names) {
        return written.length() < BEGINNING
                ? null
                : names.stream()
                        .filter(name -> name.toLowerCase(Locale.ROOT).startsWith(written))
                        .findFirst()
                        .orElse(null);
    }

    /** How many letters are to be inserted, removed, changed or swapped with the next to make one of the other. */
    static int distance(String one, String other) {
        int[][] steps = new int[one.length() + 1][other.length() + 1];
        for (int i = 0; i <= one.length(); i++) {
            for (int j = 0; j <= other.length(); j++) {
                if (i == 0 || j == 0) {
                    steps[i][j] = i + j;
                    continue;
                }
                int change = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
                steps[i][j] =
                        Math.min(Math.min(steps[i - 1][j] + 1, steps[i][j - 1] + 1), steps[i - 1][j - 1] + change);
                boolean swapped = i > 1
                        && j > 1
                        && one.charAt(i - 1) == other.charAt(j - 2)
                        && one.charAt(i - 2) == other.charAt(j - 1);
                if (swapped) {
                    steps[i][j] = Math.min(steps[i][j], steps[i - 2][j - 2] + 1);
                }
            }
        }
        return steps[one.length()][other.length()];
    }
}
