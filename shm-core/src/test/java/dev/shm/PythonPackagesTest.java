package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/** Each line of {@code python-packages.tsv} names tests that are there, or the place in the documentation that says why there is none. */
class PythonPackagesTest {

    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Path TABLE = Path.of("src", "test", "resources", "python-packages.tsv");
    private static final Set<String> KINDS = Set.of("feature", "fault", "limit", "wish");
    private static final String DECLINED = "declined:";

    record Row(String packageName, String kind, String what, String here, List<String> shownBy) {

        static Row of(String line) {
            String[] cells = line.split("\t", -1);
            assertThat(cells).as(line).hasSize(5).noneMatch(String::isBlank);
            return new Row(cells[0], cells[1], cells[2], cells[3], List.of(cells[4].split(", ", -1)));
        }
    }

    private static List<Row> rows() throws IOException {
        return Files.readAllLines(TABLE).stream()
                .filter(line -> !line.startsWith("#"))
                .skip(1)
                .map(Row::of)
                .toList();
    }

    @Test
    void shouldSayOfEachPackageWhatThereIs() throws IOException {
        Set<String> found = new HashSet<>();
        Set<String> packages = new HashSet<>();
        for (Row row : rows()) {
            assertThat(KINDS).contains(row.kind());
            assertThat(found.add(row.packageName() + row.what()))
                    .as("%s is new", row)
                    .isTrue();
            packages.add(row.packageName());
        }
        assertThat(packages)
                .containsExactlyInAnyOrder(
                        "shared-memory-deque",
                        "InterProcessPyObjects",
                        "PyHighSpeedSharedMemory",
                        "mmap_backed_array",
                        "arrayqueues",
                        "none of them");
    }

    @TestFactory
    Stream<DynamicTest> shouldBeShownByTestsThatAreThere() throws IOException {
        return rows().stream()
                .map(row -> DynamicTest.dynamicTest(row.packageName() + ": " + row.what(), () -> {
                    for (String test : row.shownBy()) {
                        find(test);
                    }
                }));
    }

    private static void find(String name) throws IOException, ClassNotFoundException {
        if (name.startsWith(DECLINED)) {
            findReason(name.substring(DECLINED.length()));
            return;
        }
        String[] classAndMethod = name.split("#", -1);
        assertThat(classAndMethod).as(name).hasSize(2);
        if (name.contains(":")) {
            findInAnotherModule(classAndMethod[0], classAndMethod[1]);
            return;
        }
        Class<?> test = Class.forName("dev.shm." + classAndMethod[0], false, PythonPackagesTest.class.getClassLoader());
        assertThat(Arrays.stream(test.getDeclaredMethods())
                        .filter(method -> method.getName().equals(classAndMethod[1]))
                        .filter(method -> AnnotationSupport.isAnnotated(method, Testable.class)))
                .as("tests that are %s", name)
                .hasSize(1);
    }

    /** Its classes are not here, but its sources are. */
    private static void findInAnotherModule(String moduleAndClass, String method) throws IOException {
        String[] parts = moduleAndClass.split(":", -1);
        String file = parts[1].replace('.', '/') + ".java";
        List<Path> sources = Stream.of("test", "main")
                .map(kind -> ROOT.resolve(Path.of(parts[0], "src", kind, "java", "dev", "shm"))
                        .resolve(file))
                .filter(Files::exists)
                .toList();
        assertThat(sources).as(moduleAndClass).hasSize(1);
        assertThat(Files.readString(sources.get(0)))
                .containsPattern(" (void|class) " + Pattern.quote(method) + "( \\{|\\()");
    }

    private static void findReason(String pageAndAnchor) throws IOException {
        String[] parts = pageAndAnchor.split("#", -1);
        Path page = ROOT.resolve("docs").resolve(parts[0]);
        assertThat(Files.readAllLines(page).stream()
                        .filter(line -> line.startsWith("#"))
                        .map(line -> line.replaceFirst("#+ ", "")
                                .toLowerCase(Locale.ROOT)
                                .replace(' ', '-')))
                .contains(parts[1]);
    }
}
