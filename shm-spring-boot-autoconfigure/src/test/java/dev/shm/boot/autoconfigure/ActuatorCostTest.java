package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import dev.shm.ObjectFigures;
import dev.shm.SharedMemory;
import dev.shm.SharedMemoryManager;
import dev.shm.boot.autoconfigure.testing.Segment;
import dev.shm.queue.SharedQueue;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** What a look by Actuator costs, over a real server: it prints the table of docs/actuator.md. Nor does a look change anything. */
class ActuatorCostTest {

    private static final int QUEUES = 10;
    private static final int ROUNDS = 3;
    private static final int REQUESTS = 200;
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    private static Path directory;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Segment.ManagerConfiguration.class)
    static class Application {}

    /** Half of its queues are full. */
    private static SharedMemory segment(ConfigurableApplicationContext context) {
        SharedMemory desk = context.getBean(SharedMemoryManager.class)
                .create(Segment.in(directory, "desk").size(64 << 20));
        for (int i = 0; i < QUEUES; i++) {
            SharedQueue<byte[]> queue =
                    desk.create("queue" + i, SharedQueue.of(byte[].class).capacityBytes(1 << 20));
            byte[] message = new byte[40];
            while (i % 2 == 0 && queue.offer(message)) {
                // One more.
            }
        }
        return desk;
    }

    @Test
    void shouldChangeNothingHoweverOftenSomebodyLooks() throws Exception {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
                .properties(
                        "server.port=0",
                        "spring.main.banner-mode=off",
                        "management.endpoints.web.exposure.include=*",
                        "management.endpoint.health.show-details=always")
                .run()) {
            SharedMemory desk = segment(context);
            List<ObjectFigures> before = desk.figures();
            long used = desk.deepStatistics().usedBytes();
            String root = "http://localhost:"
                    + ((WebServerApplicationContext) context).getWebServer().getPort() + "/actuator/";
            look(root + "shm", "\"objects\":" + QUEUES);
            look(root + "shm/desk", "\"queue9\"");
            look(root + "shm/desk?deep=true", "\"exact\":true");
            look(root + "shmheap/desk", "<svg");
            look(root + "health/shm", "\"largestFree\"");
            look(root + "info", "\"layoutVersion\"");
            assertThat(desk.figures()).isEqualTo(before).hasSize(QUEUES);
            assertThat(desk.deepStatistics().usedBytes()).isEqualTo(used);
            assertThat(desk.peers()).hasSize(1);
        }
    }

    private static void look(String uri, String expected) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(uri)).build();
        StringBuilder medians = new StringBuilder();
        StringBuilder processor = new StringBuilder();
        int bytes = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long[] nanos = new long[REQUESTS];
            long used = SYSTEM.getProcessCpuTime();
            for (int i = 0; i < REQUESTS; i++) {
                long begin = System.nanoTime();
                HttpResponse<String> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
                nanos[i] = System.nanoTime() - begin;
                assertThat(response.statusCode()).isEqualTo(200);
                assertThat(response.body()).contains(expected);
                bytes = response.body().length();
            }
            processor.append(String.format(Locale.ROOT, " %.2f", (SYSTEM.getProcessCpuTime() - used) / 1e6 / REQUESTS));
            Arrays.sort(nanos);
            medians.append(String.format(Locale.ROOT, " %.2f", nanos[REQUESTS / 2] / 1e6));
        }
        System.out.printf(
                "%s: %d bytes; ms of %d requests, median:%s, processor time of server and client, mean:%s%n",
                uri.substring(uri.indexOf("/actuator")), bytes, REQUESTS, medians, processor);
    }
}
