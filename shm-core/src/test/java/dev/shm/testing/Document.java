package dev.shm.testing;

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
public final class Document {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private final String text;

    private Document(String text) {
        this.text = text;
    }

    /** That page, whose path begins at the root of the project. */
    public static Document of(String file) {
        return new Document(read(file));
    }

    /** The text of a file, whose path begins at the root of the project. */
    public static String read(String file) {
        try {
            return Files.readString(ROOT.resolve(file), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is shown in a language. */
    public List<String> blocks(String language) {
        return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(text)
                .results()
                .map((MatchResult block) -> block.group(1))
                .toList();
    }

    /** The rows of the table with that header, each as its cells. */
    public List<List<String>> rows(String header) {
        int start = text.indexOf(header + "\n");
        if (start < 0) {
            throw new AssertionError("there is no table with the header " + header);
        }
        return text.substring(start)
                .lines()
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .map(line -> Arrays.stream(line.substring(1).split("\\|"))
                        .map(String::strip)
                        .toList())
                .toList();
    }

    /** Code without what a formatter decides, comments, and the directory of a test. */
    public static String bare(String code) {
        return code.replaceAll("//.*", "").replaceAll("\\s", "").replace(".directory(directory.path())", "");
    }

    /** The source of a test of this module, {@linkplain #bare bare}. */
    public static String source(Class<?> test) {
        return bare(read("shm-core/src/test/java/" + test.getName().replace('.', '/') + ".java"));
    }

    /** A block as a test has it, which says more before the last brackets. */
    public static String beginning(String block) {
        return bare(block).replaceAll("}+$", "");
    }
}
