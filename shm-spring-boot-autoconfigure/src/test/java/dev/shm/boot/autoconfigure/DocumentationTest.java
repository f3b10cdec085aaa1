package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.boot.autoconfigure.ShmProperties.Channel;
import dev.shm.boot.autoconfigure.ShmProperties.Segment;
import dev.shm.boot.testing.Page;
import dev.shm.integration.support.PayloadCodecs;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootVersion;
import org.springframework.integration.endpoint.MessageProducerSupport;
import tools.jackson.databind.JsonNode;

/** What the tables of the documentation say of keys and versions is so. */
class DocumentationTest {

    private static final String HEADER = "| key | meaning | default |";
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

    private static List<String> quoted(String text) {
        return QUOTED.matcher(text)
                .results()
                .map((MatchResult result) -> result.group(1))
                .toList();
    }

    /** As a cell says it: words for what is no value. */
    private static void assertDefault(String key, @Nullable String value, String cell) {
        if (value != null) {
            assertThat(cell.replace("`", "")).as(key).isEqualTo(value);
        } else {
            assertThat(cell).as(key).doesNotContain("`").doesNotContainPattern("[0-9]");
        }
    }

    private static void assertAll(String prefix, Class<?> record, List<List<String>> rows) {
        Map<String, Parameter> parameters = Defaults.parameters(record);
        Map<String, String> said = new LinkedHashMap<>();
        rows.forEach(row -> said.put(quoted(row.get(0)).get(0), row.get(2)));
        assertThat(said.keySet()).containsExactlyInAnyOrderElementsOf(parameters.keySet());
        said.forEach(
                (name, cell) -> assertDefault(prefix + name, Defaults.of(prefix + name, parameters.get(name)), cell));
    }

    @Test
    void shouldTellOfEveryKeyWithItsDefault() {
        Page page = Page.of("docs/spring-boot.md");
        assertAll("shm.segments.*.", Segment.class, page.rows("Below `shm.segments.<name>`:", HEADER));
        assertAll("shm.channels.*.", Channel.class, page.rows("Below `shm.channels.<name>`:", HEADER));
        List<String> directory = page.rows("## Keys", HEADER).get(0);
        assertDefault(
                directory.get(0),
                Defaults.of(
                        quoted(directory.get(0)).get(0),
                        Defaults.parameters(ShmProperties.class).get("directory")),
                directory.get(2));
    }

    @Test
    void shouldTellTheDefaultsInTheReadme() {
        Map<String, String> said = new LinkedHashMap<>();
        String prefix = "";
        for (List<String> row : Page.of("README.md").rows("## Configuration", HEADER)) {
            List<String> keys = new ArrayList<>();
            for (String key : quoted(row.get(0))) {
                if (!key.startsWith("...")) {
                    prefix = key.substring(0, key.lastIndexOf('.') + 1);
                }
                keys.add(key.startsWith("...") ? prefix + key.substring(3) : key);
            }
            String[] cells = row.get(2).split(", ");
            assertThat(cells).as(row.get(0)).hasSameSizeAs(keys);
            for (int i = 0; i < cells.length; i++) {
                said.put(keys.get(i), cells[i]);
            }
        }
        assertThat(said).hasSize(21);
        said.forEach((key, cell) -> {
            String name = key.substring(key.lastIndexOf('.') + 1);
            Parameter parameter = Defaults.parameters(record(key)).get(name);
            assertThat(parameter).as(key).isNotNull();
            assertDefault(key, Defaults.of(key, parameter), cell);
        });
    }

    private static Class<?> record(String key) {
        if (key.startsWith("shm.segments.<name>.")) {
            return Segment.class;
        }
        return key.startsWith("shm.channels.<name>.") ? Channel.class : ShmProperties.class;
    }

    @Test
    void shouldTellTheDefaultsOfWhatActuatorHas() {
        Map<String, JsonNode> metadata = ConfigurationMetadataTest.metadata("properties");
        List<String> found = new ArrayList<>();
        for (List<String> row : Page.of("docs/actuator.md").rows("## Health", HEADER)) {
            for (String key : quoted(row.get(0))) {
                JsonNode property = metadata.get(key);
                if (property != null) {
                    found.add(key);
                    assertThat(KnownKeys.uniform(quoted(row.get(2)).get(0)))
                            .as(key)
                            .isEqualTo(KnownKeys.uniform(
                                    property.get("defaultValue").asString()));
                }
            }
        }
        // Of meters, Boot's own key says it, for any name.
        assertThat(found)
                .containsExactlyInAnyOrder(
                        "management.health.shm.enabled",
                        "management.health.shm.free-threshold",
                        "management.health.shm.creator-lost",
                        "management.info.shm.enabled",
                        "management.endpoint.shm.access",
                        "management.endpoint.shmheap.access");
    }

    @Test
    void shouldNameEveryCodec() {
        assertCodecs("README.md", "## Configuration", "`...payload-type`, `...codec`");
        assertCodecs("docs/spring-boot.md", "Below `shm.channels.<name>`:", "`codec`");
    }

    private static void assertCodecs(String file, String after, String key) {
        String meaning = Page.of(file).rows(after, HEADER).stream()
                .filter(row -> row.get(0).equals(key))
                .findFirst()
                .orElseThrow()
                .get(1);
        List<String> named = new ArrayList<>(quoted(meaning));
        named.remove("Codec");
        assertThat(new TreeSet<>(named)).as(file).isEqualTo(new TreeSet<>(PayloadCodecs.names()));
    }

    @Test
    void shouldNameTheVersionsThatAreTested() {
        String readme = Page.of("README.md").text();
        List<String> tested = Pattern.compile("<spring-boot.version>(\\d+\\.\\d+)\\.\\d+</spring-boot.version>")
                .matcher(Page.read("pom.xml"))
                .results()
                .map((MatchResult version) -> version.group(1))
                .toList();
        assertThat(tested).hasSize(2);
        assertThat(readme).contains("Spring Boot " + tested.get(0) + " and " + tested.get(1));
        assertThat(tested).contains(minor(SpringBootVersion.getVersion()));
        assertThat(List.of("7.1", "7.0"))
                .contains(minor(MessageProducerSupport.class.getPackage().getImplementationVersion()));
        assertThat(readme).contains("Spring Integration 7.1 and 7.0");
        assertThat(Page.read(".ci/run")).contains("require_jdk 17", "require_jdk 25", "-Pboot-4.0");
        assertThat(readme).contains("JDK 17 and 25");
    }

    private static String minor(String version) {
        return version.substring(0, version.indexOf('.', version.indexOf('.') + 1));
    }
}
