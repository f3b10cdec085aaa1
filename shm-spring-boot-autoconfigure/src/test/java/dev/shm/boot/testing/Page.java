package dev.shm.boot.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** A page of the project's documentation, of which a test says the same. */
public final class Page {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private final String text;

    private Page(String text) {
        this.text = text;
    }

    /** That page, whose path begins at the root of the project. */
    public static Page of(String file) {
        return new Page(read(file));
    }

    /** The text of a file, whose path begins at the root of the project. */
    public static String read(String file) {
        try {
            return Files.readString(ROOT.resolve(file), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String text() {
        return text;
    }

    /** What is shown in a language. */
    public List<String> blocks(String language) {
        return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(text)
                .results()
                .map((MatchResult block) -> block.group(1))
                .toList();
    }

    /** The rows of the first table that begins with that header after that text, each as its cells. */
    public List<List<String>> rows(String after, String header) {
        int start = text.indexOf(header + "\n", Math.max(0, text.indexOf(after)));
        if (start < 0 || !text.contains(after)) {
            throw new AssertionError("there is no table '" + header + "' after '" + after + "'");
        }
        return text.substring(start)
                .lines()
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .map(line -> Arrays.stream(line.substring(1).split("\\|", -1))
                        .map(String::strip)
                        .toList())
                .toList();
    }

    /** The source of a test of this module. */
    public static String source(Class<?> test) {
        return read(
                "shm-spring-boot-autoconfigure/src/test/java/" + test.getName().replace('.', '/') + ".java");
    }

    /** Without what a formatter decides, comments, and what a class within a class has more. */
    public static String bare(String java) {
        return java.replaceAll("//.*", "")
                .replaceAll("\\bstatic class", "class")
                .replaceAll("\\s+", "");
    }
}
