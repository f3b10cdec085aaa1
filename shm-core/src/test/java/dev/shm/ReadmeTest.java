package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.segment.SegmentDirectory;
import dev.shm.testing.Document;
import java.io.StringReader;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

/** What the README shows of the core is what is tested, and what it says of options is so. */
class ReadmeTest {

    private static final Document README = Document.of("README.md");
    private static final Pattern OPTION = Pattern.compile("`(\\w+)\\([^`]*\\)`");

    @Test
    void shouldRunEveryLineThatIsShown() {
        String lines = Document.source(TutorialTest.class) + Document.source(QueueTutorialTest.class);
        List<String> blocks = README.blocks("java").stream()
                // Spring's are run where Spring is.
                .filter(block -> !block.contains("@Component"))
                .toList();
        assertThat(blocks).hasSize(9);
        for (String block : blocks) {
            assertThat(lines).contains(Document.beginning(block));
        }
    }

    @Test
    void shouldNameDependenciesThatAreBuilt() throws Exception {
        List<String> named = new ArrayList<>();
        for (String block : README.blocks("xml")) {
            Element dependency = parse(block);
            String module = child(dependency, "artifactId");
            Element pom = parse(Document.read(module + "/pom.xml"));
            Element parent = (Element) pom.getElementsByTagName("parent").item(0);
            assertThat(children(pom, "artifactId")).contains(module);
            assertThat(child(dependency, "groupId")).isEqualTo(child(parent, "groupId"));
            assertThat(child(dependency, "version")).isEqualTo(child(parent, "version"));
            named.add(module);
        }
        assertThat(named).containsExactly("shm-spring-boot-starter", "shm-core");
    }

    private static Element parse(String xml) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(xml)))
                .getDocumentElement();
    }

    private static String child(Element element, String name) {
        return children(element, name).get(0);
    }

    private static List<String> children(Element element, String name) {
        List<String> texts = new ArrayList<>();
        for (var node = element.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node.getNodeName().equals(name)) {
                texts.add(node.getTextContent().strip());
            }
        }
        return texts;
    }

    @Test
    void shouldTellTheDefaultsOfTheOptions() throws ReflectiveOperationException {
        Map<String, String> said = new TreeMap<>();
        for (List<String> row : README.rows("| option of `SharedMemory.named(...)` | meaning | default |")) {
            List<String> options = OPTION.matcher(row.get(0))
                    .results()
                    .map((MatchResult option) -> option.group(1))
                    .toList();
            String[] defaults = row.get(2).split("; ");
            assertThat(defaults).as(row.get(0)).hasSameSizeAs(options);
            for (int i = 0; i < defaults.length; i++) {
                said.put(options.get(i), defaults[i]);
            }
        }
        assertThat(said.keySet()).isEqualTo(options());

        assertThat(said.remove("directory")).isEqualTo("`" + directory() + "`");
        assertThat(said.remove("group")).isEqualTo("this user alone");
        assertThat(said.remove("application")).isEqualTo("the main class");
        assertThat(said.remove("errorHandler")).isEqualTo("the thread's handler");
        assertThat(said.remove("listener")).isEqualTo(value("listeners").equals(List.of()) ? "none" : "?");
        for (Map.Entry<String, String> option : said.entrySet()) {
            assertThat(option.getValue()).as(option.getKey()).isEqualTo(written(value(option.getKey())));
        }
    }

    private static Set<String> options() {
        return Arrays.stream(SharedMemory.Builder.class.getMethods())
                .filter(method -> method.getReturnType() == SharedMemory.Builder.class)
                .map(Method::getName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String directory() {
        return SegmentDirectory.defaultPath().toString().replaceAll("[0-9]+$", "<uid>");
    }

    /** What a builder has that was told nothing. */
    private static Object value(String option) throws ReflectiveOperationException {
        Field field = SharedMemory.Builder.class.getDeclaredField(option);
        field.setAccessible(true);
        return field.get(SharedMemory.named("desk"));
    }

    private static String written(Object value) {
        if (value instanceof Enum<?> constant) {
            return "`" + constant.name() + "`";
        }
        if (value instanceof Duration time) {
            return time.toSeconds() + " s";
        }
        if (value instanceof Long bytes) {
            return (bytes >> 20) + " MiB";
        }
        return value.equals(OptionalLong.empty()) ? "drawn, adopted" : value.toString();
    }
}
