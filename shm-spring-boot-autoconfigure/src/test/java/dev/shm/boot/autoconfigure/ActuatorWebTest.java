package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.SharedMemoryManager;
import dev.shm.boot.autoconfigure.metrics.ShmMetrics;
import dev.shm.boot.autoconfigure.testing.Segment;
import dev.shm.collection.SharedMap;
import dev.shm.queue.Delivery;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a browser sees, over a real server; and that docs/actuator.md shows the same. */
class ActuatorWebTest {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    private static Path directory;

    private static ConfigurableApplicationContext context;
    private static SharedMemory desk;
    private static Delivery<String> held;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Segment.ManagerConfiguration.class)
    static class Application {}

    @BeforeAll
    static void start() throws InterruptedException {
        context = new SpringApplicationBuilder(Application.class)
                .properties(
                        "server.port=0",
                        "spring.jmx.enabled=true",
                        "spring.main.banner-mode=off",
                        "management.endpoints.web.exposure.include=*",
                        "management.endpoints.jmx.exposure.include=*",
                        "management.endpoint.health.show-details=always",
                        "management.health.diskspace.enabled=false",
                        "management.health.ssl.enabled=false")
                .run();
        desk = context.getBean(SharedMemoryManager.class)
                .create(Segment.in(directory, "desk").size(64 << 20).application("gateway"));
        SharedQueue<String> orders =
                desk.create("orders", SharedQueue.of(String.class).deadLettersAfter(3));
        SharedTopic<String> ticks = desk.create("ticks", SharedTopic.of(String.class));
        ticks.subscribe();
        desk.create("stock", SharedMap.of(String.class, Long.class)).put("apples", 3L);
        orders.offer("order");
        held = orders.receive(Duration.ofSeconds(10));
        // The look at the start of the application, before there was a segment, may still be as good as new.
        context.getBean(ShmMetrics.class).refresh();
    }

    @AfterAll
    static void stop() {
        held.close();
        context.close();
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        int port = ((WebServerApplicationContext) context).getWebServer().getPort();
        return CLIENT.send(
                HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/actuator/" + path))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode json(String path) throws IOException, InterruptedException {
        HttpResponse<String> response = get(path);
        assertThat(response.statusCode()).as(path).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type").orElseThrow()).contains("json");
        return JSON.readTree(response.body());
    }

    // ------------------------------------------------------------------------------------------ over the web

    @Test
    void shouldListSegments() throws Exception {
        JsonNode segment = json("shm").at("/segments/desk");
        assertThat(segment.get("size").asLong()).isEqualTo(desk.size());
        assertThat(segment.get("state").asString()).isEqualTo("open");
        assertThat(segment.has("problems")).isFalse();
    }

    @Test
    void shouldTellAllAboutOne() throws Exception {
        JsonNode segment = json("shm/desk");
        assertThat(segment.at("/memory/exact").asBoolean()).isFalse();
        assertThat(segment.at("/channels/orders/depth").asLong()).isEqualTo(1);
        assertThat(segment.at("/channels/orders/blockedBy/why").asString()).isEqualTo("has a message");
        assertThat(segment.at("/channels/ticks/subscribers").asLong()).isEqualTo(1);
        assertThat(segment.get("created").asString()).matches("\\d{4}-\\d\\d-\\d\\dT.*Z");
        JsonNode deep = json("shm/desk?deep=true");
        assertThat(deep.at("/memory/exact").asBoolean()).isTrue();
        assertThat(deep.at("/memory/live").asLong()).isPositive();
    }

    @Test
    void shouldNotFindOthers() throws Exception {
        assertThat(get("shm/nobody").statusCode()).isEqualTo(404);
        assertThat(get("shm/nobody?deep=true").statusCode()).isEqualTo(404);
        assertThat(get("shmheap/nobody").statusCode()).isEqualTo(404);
        assertThat(get("health/shm/nobody").statusCode()).isEqualTo(404);
    }

    @Test
    void shouldRefuseABadParameter() throws Exception {
        assertThat(get("shm/desk?deep=perhaps").statusCode()).isEqualTo(400);
    }

    @Test
    void shouldDrawTheHeap() throws Exception {
        HttpResponse<String> response = get("shmheap/desk");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type").orElseThrow()).startsWith("image/svg+xml");
        assertThat(response.body()).startsWith("<svg ").contains("Heap of segment 'desk'", "<title>orders: ");
    }

    @Test
    void shouldOnlyRead() throws Exception {
        int port = ((WebServerApplicationContext) context).getWebServer().getPort();
        for (String method : new String[] {"POST", "DELETE", "PUT"}) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/actuator/shm/desk"))
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .build();
            assertThat(CLIENT.send(request, HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(405);
        }
    }

    @Test
    void shouldBePartOfHealthAndInfo() throws Exception {
        JsonNode health = json("health");
        assertThat(health.get("status").asString()).isEqualTo("UP");
        assertThat(health.at("/components/shm/components/desk/details/free").asLong())
                .isEqualTo(desk.statistics().freeBytes());
        assertThat(json("health/shm/desk").get("status").asString()).isEqualTo("UP");
        assertThat(json("info").at("/shm/segments/desk/layoutVersion").asString())
                .isEqualTo(desk.layoutVersion());
    }

    // ------------------------------------------------------------------------------------------ over JMX

    @Test
    void shouldAnswerInJmx() throws Exception {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        ObjectName name = new ObjectName("org.springframework.boot:type=Endpoint,name=Shm");
        Map<?, ?> list = (Map<?, ?>) server.invoke(name, "segments", new Object[0], new String[0]);
        assertThat((Map<?, ?>) list.get("segments")).hasSize(1);
        Map<?, ?> detail = (Map<?, ?>) server.invoke(
                name, "segment", new Object[] {"desk", true}, new String[] {"java.lang.String", "java.lang.Boolean"});
        assertThat(detail.get("name")).isEqualTo("desk");
        assertThat(((Map<?, ?>) detail.get("memory")).get("exact")).isEqualTo(true);
    }

    // ------------------------------------------------------------------------------------------ documentation

    private static String docs() throws IOException {
        return Files.readString(Path.of("..", "docs", "actuator.md"));
    }

    /** The block of JSON that follows a line with the request. */
    private static JsonNode documented(String request) throws IOException {
        Matcher block = Pattern.compile(Pattern.quote("`GET " + request + "`") + ".*?```json\n(.*?)```", Pattern.DOTALL)
                .matcher(docs());
        assertThat(block.find()).as("docs/actuator.md shows " + request).isTrue();
        return JSON.readTree(block.group(1));
    }

    /** To be looked at, and copied from. */
    private static void write(String path, JsonNode answer) throws IOException {
        Path answers = Files.createDirectories(Path.of("target", "actuator"));
        Files.writeString(
                answers.resolve(path.replaceAll("\\W+", "-") + ".json"),
                JSON.writerWithDefaultPrettyPrinter().writeValueAsString(answer));
    }

    /** Each value by the way to it and its type; of a list, the first item. */
    private static Map<String, String> shape(JsonNode node) {
        Map<String, String> shape = new TreeMap<>();
        collect("", node, shape);
        return shape;
    }

    private static void collect(String way, JsonNode node, Map<String, String> shape) {
        if (node.isObject()) {
            node.properties().forEach(property -> collect(way + "/" + property.getKey(), property.getValue(), shape));
        } else if (node.isArray()) {
            assertThat(node.isEmpty()).as(way).isFalse();
            collect(way + "[]", node.get(0), shape);
        } else {
            shape.put(way, node.getNodeType().toString());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/actuator/shm, shm",
        "/actuator/shm/desk?deep=true, shm/desk?deep=true",
        "/actuator/health/shm, health/shm"
    })
    void shouldAnswerAsDocumented(String request, String path) throws Exception {
        write(path, json(path));
        Map<String, String> told = shape(json(path));
        // Which groups of health there are is the application's business.
        told.remove("/groups[]");
        assertThat(told).isEqualTo(shape(documented(request)));
    }

    @Test
    void shouldTellInfoAsDocumented() throws Exception {
        Map<String, String> documented = shape(documented("/actuator/info").get("shm"));
        write("info", json("info"));
        // Classes that do not come from a jar have no version.
        documented.remove("/version");
        Map<String, String> told = shape(json("info").get("shm"));
        told.remove("/version");
        assertThat(told).isEqualTo(documented);
    }

    @Test
    void shouldDocumentEveryMeter() throws Exception {
        String docs = docs();
        // Whoever reads the first value lets the meters of what is new be made.
        assertThat(json("metrics/shm.segments").at("/measurements/0/value").asDouble())
                .isEqualTo(1);
        for (JsonNode name : json("metrics").get("names")) {
            if (name.asString().startsWith("shm.")) {
                assertThat(docs).contains("`" + name.asString() + "`");
            }
        }
        assertThat(json("metrics/shm.channel.depth?tag=channel:orders&tag=segment:desk")
                        .at("/measurements/0/value")
                        .asDouble())
                .isEqualTo(1);
    }
}
