package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.boot.autoconfigure.ShmProperties.Channel;
import dev.shm.boot.autoconfigure.ShmProperties.Segment;
import dev.shm.boot.testing.Page;
import dev.shm.integration.support.PayloadCodecs;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Parameter;
import java.lang.reflect.Type;
import java.net.URL;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.util.ClassUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What editors know of the keys is what the records say that are bound to them. */
class ConfigurationMetadataTest {

    private static final String FILE = "META-INF/spring-configuration-metadata.json";

    /** What each is that has several values and is not an enumeration. */
    private static final Map<String, String> PROVIDERS = Map.of(
            "shm.channels.*.codec", "spring-bean-reference dev.shm.codec.Codec",
            "shm.channels.*.payload-type", "class-reference",
            "shm.channels.*.dead-letter", "spring-bean-reference org.springframework.messaging.MessageChannel",
            "shm.channels.*.channel", "spring-bean-reference org.springframework.messaging.MessageChannel",
            "shm.channels.*.segment", "spring-bean-reference dev.shm.SharedMemory");

    private final Map<String, JsonNode> properties = metadata("properties");
    private final Map<String, JsonNode> hints = metadata("hints");

    /** What there is on the class path, by the names that have a key in it. */
    static Map<String, JsonNode> metadata(String section) {
        Map<String, JsonNode> found = new HashMap<>();
        try {
            for (URL url : Collections.list(ShmProperties.class.getClassLoader().getResources(FILE))) {
                try (InputStream stream = url.openStream()) {
                    JsonMapper.builder()
                            .build()
                            .readTree(stream)
                            .path(section)
                            .forEach(node -> found.put(node.get("name").asString(), node));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    /** The parameters that there are below {@code shm}, by their keys. */
    private static Map<String, Parameter> parameters() {
        Map<String, Parameter> all = new TreeMap<>();
        put(all, "shm.", ShmProperties.class);
        all.keySet().removeAll(Set.of(ShmProperties.SEGMENTS, ShmProperties.CHANNELS));
        put(all, "shm.segments.*.", Segment.class);
        put(all, "shm.channels.*.", Channel.class);
        return all;
    }

    private static void put(Map<String, Parameter> all, String prefix, Class<?> record) {
        Defaults.parameters(record).forEach((name, parameter) -> all.put(prefix + name, parameter));
    }

    private Collection<String> described(String prefix) {
        return properties.keySet().stream()
                .filter(name -> name.startsWith(prefix))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void shouldDescribeEveryKeyAndNoOther() {
        Set<String> keys = new TreeSet<>(parameters().keySet());
        keys.addAll(Set.of(ShmProperties.SEGMENTS, ShmProperties.CHANNELS));
        assertThat(described("shm.")).isEqualTo(keys);
    }

    @Test
    void shouldSayWhatTheDocumentationOfTheRecordsSays() {
        Map<String, String> documented = new HashMap<>();
        Matcher tag = Pattern.compile("@param (\\w+) (.*)")
                .matcher(Page.read(
                        "shm-spring-boot-autoconfigure/src/main/java/dev/shm/boot/autoconfigure/ShmProperties.java"));
        while (tag.find()) {
            documented.put(tag.group(1), tag.group(2));
        }
        parameters()
                .forEach((key, parameter) -> assertThat(
                                properties.get(key).get("description").asString())
                        .as(key)
                        .isEqualTo(documented.get(parameter.getName()))
                        .matches("[A-Z].*\\.")
                        .doesNotStartWith("The channel "));
    }

    @Test
    void shouldTellTheTypes() {
        parameters()
                .forEach((key, parameter) -> assertThat(
                                properties.get(key).get("type").asString())
                        .as(key)
                        .isEqualTo(typeName(parameter.getParameterizedType())));
    }

    private static String typeName(Type type) {
        return type instanceof Class<?> raw
                ? ClassUtils.resolvePrimitiveIfNecessary(raw).getName()
                : type.getTypeName();
    }

    @Test
    void shouldTellTheDefaultsThatAreUsed() {
        parameters().forEach((key, parameter) -> {
            JsonNode said = properties.get(key).path("defaultValue");
            assertThat(said.isMissingNode() ? null : said.asString()).as(key).isEqualTo(Defaults.of(key, parameter));
        });
    }

    @Test
    void shouldGiveAHintForEachValueThatThereIs() {
        Map<String, Set<String>> values = new TreeMap<>();
        parameters().forEach((key, parameter) -> {
            if (parameter.getType().isEnum()) {
                values.put(key, constants(parameter.getType()));
            }
        });
        assertThat(values).hasSize(8);
        values.put("shm.channels.*.codec", PayloadCodecs.names());
        values.forEach((key, names) -> {
            Set<String> hinted = new TreeSet<>();
            assertThat(hints).containsKey(key);
            hints.get(key).get("values").forEach(value -> {
                hinted.add(value.get("value").asString());
                assertThat(value.get("description").asString()).as(key).matches("[A-Z].*\\.");
            });
            assertThat(hinted).as(key).containsExactlyInAnyOrderElementsOf(names);
        });
        Set<String> all = new TreeSet<>(values.keySet());
        all.addAll(PROVIDERS.keySet());
        assertThat(hints.keySet()).filteredOn(name -> name.startsWith("shm.")).containsExactlyInAnyOrderElementsOf(all);
    }

    private static Set<String> constants(Class<?> type) {
        return Arrays.stream(type.getEnumConstants())
                .map(constant -> DataObjectPropertyName.toDashedForm(
                        ((Enum<?>) constant).name().toLowerCase(Locale.ROOT)))
                .collect(Collectors.toSet());
    }

    @Test
    void shouldSayWhereElseValuesComeFrom() {
        PROVIDERS.forEach((key, provider) -> {
            JsonNode only = hints.get(key).get("providers").get(0);
            String target = only.path("parameters").path("target").asString("");
            assertThat((only.get("name").asString() + " " + target).strip())
                    .as(key)
                    .isEqualTo(provider);
            if (!target.isEmpty()) {
                assertThat(ClassUtils.isPresent(target, null)).as(target).isTrue();
            }
        });
    }
}
