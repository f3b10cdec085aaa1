package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.boot.autoconfigure.ShmProperties.Channel;
import dev.shm.boot.autoconfigure.ShmProperties.Segment;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What editors know of the keys. */
class ConfigurationMetadataTest {

    private final Map<String, JsonNode> properties = new HashMap<>();
    private final Set<String> hints = new HashSet<>();

    ConfigurationMetadataTest() throws IOException {
        String file = "META-INF/spring-configuration-metadata.json";
        for (URL url : Collections.list(ShmProperties.class.getClassLoader().getResources(file))) {
            try (InputStream stream = url.openStream()) {
                JsonNode all = JsonMapper.builder().build().readTree(stream);
                all.get("properties")
                        .forEach(property -> properties.put(property.get("name").asString(), property));
                if (all.has("hints")) {
                    all.get("hints").forEach(hint -> hints.add(hint.get("name").asString()));
                }
            }
        }
    }

    private void assertDescribed(String prefix, Class<?> record) {
        assertThat(KnownKeys.of(record).names()).isNotEmpty().allSatisfy(name -> {
            JsonNode property = properties.get(prefix + name);
            assertThat(property).as(prefix + name).isNotNull();
            assertThat(property.get("type").asString()).isNotBlank();
            assertThat(property.get("description").asString())
                    .matches("[A-Z].*\\.")
                    .doesNotStartWith("The channel ");
        });
    }

    @Test
    void shouldDescribeEveryKey() {
        assertDescribed("shm.", ShmProperties.class);
        assertDescribed("shm.segments.*.", Segment.class);
        assertDescribed("shm.channels.*.", Channel.class);
    }

    @Test
    void shouldDescribeNoKeyThatIsNotThere() {
        assertThat(properties.keySet())
                .filteredOn(name -> name.startsWith("shm.segments.*."))
                .hasSameSizeAs(KnownKeys.of(Segment.class).names());
        assertThat(properties.keySet())
                .filteredOn(name -> name.startsWith("shm.channels.*."))
                .hasSameSizeAs(KnownKeys.of(Channel.class).names());
    }

    @Test
    void shouldTellTheDefaultsThatAreUsed() {
        assertThat(properties.get("shm.segments.*.slots").get("defaultValue").asInt())
                .isEqualTo(64);
        assertThat(properties.get("shm.channels.*.wait").get("defaultValue").asString())
                .isEqualTo("block");
        assertThat(properties.get("shm.directory").get("defaultValue").asString())
                .isEqualTo("/dev/shm/shm-<uid>");
    }

    @Test
    void shouldGiveHintsForValues() {
        assertThat(hints)
                .contains(
                        "shm.segments.*.role",
                        "shm.channels.*.kind",
                        "shm.channels.*.codec",
                        "shm.channels.*.payload-type",
                        "shm.channels.*.dead-letter");
    }
}
