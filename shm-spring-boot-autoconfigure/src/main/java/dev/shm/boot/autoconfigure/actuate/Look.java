package dev.shm.boot.autoconfigure.actuate;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Looks into shared memory, part by part: what cannot be read is left out, with a sentence that says why. */
final class Look {

    private final List<String> problems = new ArrayList<>();

    <T> @Nullable T at(Supplier<T> part) {
        try {
            return part.get();
        } catch (RuntimeException | InternalError e) {
            // The latter is what the JVM raises if a file was truncated under it.
            String problem = e.getMessage() == null ? e.getClass().getName() : e.getMessage();
            if (!problems.contains(problem)) {
                problems.add(problem);
            }
            return null;
        }
    }

    /** What went wrong; null if nothing did. */
    @Nullable
    List<String> problems() {
        return problems.isEmpty() ? null : List.copyOf(problems);
    }
}
