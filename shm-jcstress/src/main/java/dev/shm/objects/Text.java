package dev.shm.objects;

import java.util.Collection;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Values of which every half is told from that of another one. */
final class Text {

    /** Fills both words of an entry. */
    static final String SMALL_A = "a".repeat(16);

    static final String SMALL_B = "b".repeat(16);

    /** Have blocks of the same size, which are used again. */
    static final String LARGE_A = "a".repeat(100);

    static final String LARGE_B = "b".repeat(100);
    static final String LARGE_C = "c".repeat(100);

    private static final int LOOKS = 16;
    private static final int CHANGES = 8;

    private Text() {}

    /** Changes something again and again, so that whoever looks meets more than one change; the other comes last. */
    static void alternate(String one, String other, Consumer<String> write) {
        for (int i = 0; i < CHANGES; i++) {
            write.accept(i % 2 == 0 ? one : other);
        }
    }

    /** The letters that were seen by looking again and again, each once; or what is no such value. */
    static String letters(Supplier<@Nullable String> read) {
        TreeSet<String> seen = new TreeSet<>();
        for (int i = 0; i < LOOKS; i++) {
            String letter = letter(read.get());
            if (letter.length() > 1) {
                return letter;
            }
            seen.add(letter);
        }
        return String.join("", seen);
    }

    /** Elements in their order, as the outcomes of tests can name them: these are regular expressions. */
    static String of(Collection<?> elements) {
        return elements.isEmpty()
                ? "nothing"
                : elements.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }

    /** The letter that a value has, nothing but; {@code -} for none. */
    static String letter(@Nullable String value) {
        if (value == null) {
            return "-";
        }
        return value.isEmpty() || value.chars().anyMatch(letter -> letter != value.charAt(0))
                ? "torn: " + value
                : value.substring(0, 1);
    }
}
