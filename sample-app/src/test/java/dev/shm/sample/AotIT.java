package dev.shm.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.sample.testing.Desk;
import dev.shm.sample.testing.Program;
import dev.shm.sample.testing.SegmentDirectory;
import dev.shm.sample.testing.Watchdog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The roles as {@code spring-boot:process-aot} prepared them, with {@code spring.aot.enabled}. */
class AotIT {

    @TempDir
    static Path extracted;

    @RegisterExtension
    final SegmentDirectory directory = new SegmentDirectory();

    @BeforeAll
    static void extractLibraries() {
        try (Program tool = Program.java(List.of(
                "-Djarmode=tools",
                "-jar",
                "target/sample-app.jar",
                "extract",
                "--force",
                "--destination",
                extracted.toString()))) {
            assertThat(tool.awaitEnd()).as(tool.said()).isZero();
        }
    }

    private Program role(String role, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "-Xmx256m",
                "-Dspring.aot.enabled=true",
                "-cp",
                Path.of("target", "aot", role, "classes") + ":" + extracted.resolve("lib") + "/*",
                "dev.shm.sample.SampleApplication",
                role,
                "--shm.directory=" + directory.path(),
                "--spring.main.log-startup-info=true"));
        command.addAll(List.of(arguments));
        return Program.java(command);
    }

    @Test
    void shouldDoOrdersWithBeansPreparedAheadOfTime() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        try (Program gateway = role("gateway", "--server.port=" + port);
                Program worker = role("worker");
                Program ticker = role("ticker")) {
            for (Program program : List.of(gateway, worker, ticker)) {
                program.awaitLine("AOT-processed");
                program.awaitLine("Ready: ");
            }
            Desk desk = new Desk("http://127.0.0.1:" + port);
            Watchdog.await("a price", () -> desk.get("/api/desk").path("prices").size() == 5);

            desk.order(50);
            desk.send("POST", "/api/orders", "{\"symbol\": \"NOSUCH\", \"pieces\": 1}");

            Watchdog.await("all are done, or have failed", () -> desk.account("inFlight") == 0);
            assertThat(desk.account("done")).isEqualTo(50);
            assertThat(desk.account("failed")).isEqualTo(1);
            Watchdog.await(
                    "ticks come", () -> desk.process(worker.pid()).path("ticks").asInt() > 0);
            assertThat(desk.get("/actuator/shm/desk").path("peers").size()).isEqualTo(3);
            for (Program program : List.of(worker, ticker, gateway)) {
                Program.signal("TERM", program.pid());
                program.awaitEnd();
            }
        }
        assertThat(directory.content()).isEmpty();
    }
}
