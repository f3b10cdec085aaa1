package dev.shm.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.sample.testing.Desk;
import dev.shm.sample.testing.Program;
import dev.shm.sample.testing.SegmentDirectory;
import dev.shm.sample.testing.Watchdog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** The executable jar, as a user starts it. */
class SampleIT {

    private static final String JAR = "target/sample-app.jar";

    @RegisterExtension
    final SegmentDirectory directory = new SegmentDirectory();

    private Program program(String... arguments) {
        List<String> command = new ArrayList<>(List.of("-jar", JAR));
        command.addAll(List.of(arguments));
        command.add("--shm.directory=" + directory.path());
        return Program.java(command);
    }

    private static Desk desk(Program launcher) {
        String url = launcher.awaitLine("The page +(http://\\S+)").group(1);
        launcher.awaitLine("Ctrl-C");
        launcher.children();
        return new Desk(url);
    }

    private static List<Long> workers(Program launcher) {
        return List.of(
                Long.valueOf(launcher.awaitLine("Kill worker 1 +kill -9 (\\d+)").group(1)),
                Long.valueOf(launcher.awaitLine("Kill worker 2 +kill -9 (\\d+)").group(1)));
    }

    private static void awaitAllDone(Desk desk, int orders) {
        Watchdog.await("all orders are done", () -> desk.account("done") == orders);
        assertThat(desk.account("inFlight")).isZero();
        assertThat(desk.account("accepted")).isEqualTo(orders);
    }

    @Test
    void shouldDoEveryOrderOnceThoughAWorkerAndTheGatewayAreKilled() {
        try (Program launcher = program("--port=0", "--sample.work=60ms")) {
            Desk desk = desk(launcher);
            List<Long> workers = workers(launcher);
            List<ProcessHandle> children = launcher.children();
            assertThat(children).hasSize(4);
            assertThat(desk.running("worker")).containsExactlyInAnyOrderElementsOf(workers);

            assertThat(desk.order(1_000).path("accepted").asInt()).isEqualTo(1_000);
            killWithOrdersInHand(desk, workers.get(0));

            launcher.awaitLine("worker 1 \\(pid " + workers.get(0) + "\\) was killed");
            awaitAllDone(desk, 1_000);
            assertThat(desk.account("deliveredAgain")).isPositive();
            assertThat(desk.process(workers.get(0)).path("state").asString()).isEqualTo("killed");
            assertThat(desk.process(workers.get(0)).path("inHand").asInt()).isZero();
            assertActuatorShowsIt(desk, workers);
            assertEveryProcessSeesTicks(desk);

            failOneOrder(desk);
            JsonNode before = desk.get("/api/desk").path("account");
            killAndReplaceTheGateway(desk, before);

            launcher.interrupt();
            launcher.awaitEnd();
            launcher.awaitLine("Ended all that were started here");
            assertThat(children).noneMatch(ProcessHandle::isAlive);
        }
        assertThat(directory.content()).isEmpty();
    }

    /** Stops the worker first, to see that it has some. */
    private static void killWithOrdersInHand(Desk desk, long worker) {
        Watchdog.await("the worker has orders in hand when it is stopped", () -> {
            Program.signal("STOP", worker);
            if (desk.process(worker).path("inHand").asInt() > 0) {
                return true;
            }
            Program.signal("CONT", worker);
            return false;
        });
        Program.signal("KILL", worker);
    }

    private static void assertActuatorShowsIt(Desk desk, List<Long> workers) {
        JsonNode segment = desk.get("/actuator/shm/desk");
        List<Long> peers = new ArrayList<>();
        segment.path("peers").forEach(peer -> peers.add(peer.path("pid").asLong()));
        assertThat(peers).hasSize(3).contains(workers.get(1)).doesNotContain(workers.get(0));
        JsonNode orders = segment.path("channels").path("orders");
        assertThat(orders.path("sent").asInt()).isEqualTo(1_000);
        assertThat(orders.path("redelivered").asInt()).isPositive();
        Watchdog.await(
                "the last order is acknowledged",
                () -> desk.get("/actuator/shm/desk")
                                .path("channels")
                                .path("orders")
                                .path("depth")
                                .asInt(-1)
                        == 0);
        assertThat(desk.send("GET", "/actuator/shmheap/desk", "").body()).contains("<svg");
    }

    private static void assertEveryProcessSeesTicks(Desk desk) {
        for (String role : List.of("gateway", "worker", "ticker")) {
            for (long pid : desk.running(role)) {
                int ticks = desk.process(pid).path("ticks").asInt();
                Watchdog.await(
                        role + " sees ticks",
                        () -> desk.process(pid).path("ticks").asInt() > ticks);
            }
        }
    }

    private static void failOneOrder(Desk desk) {
        String body = desk.send("POST", "/api/orders", "{\"symbol\": \"NOSUCH\", \"pieces\": 1}")
                .body();
        assertThat(body).contains("ACCEPTED");
        Watchdog.await("the order has failed", () -> desk.account("failed") == 1);
        assertThat(desk.account("inFlight")).isZero();
    }

    private void killAndReplaceTheGateway(Desk desk, JsonNode account) {
        long gateway = desk.running("gateway").get(0);
        Program.signal("KILL", gateway);
        int port = freePort();
        try (Program another = program("gateway", "--server.port=" + port)) {
            another.awaitLine("Ready: gateway");
            Desk successor = new Desk("http://127.0.0.1:" + port);
            assertThat(successor.get("/api/desk").path("account")).isEqualTo(account);
            successor.order(20);
            Watchdog.await(
                    "orders of the other gateway are done",
                    () -> successor.account("done") == account.path("done").asInt() + 20);
            Program.signal("TERM", another.pid());
            another.awaitEnd();
        }
    }

    @Test
    void shouldEndAllProcessesWhenTheLauncherIsKilled() {
        List<ProcessHandle> children;
        try (Program launcher = program("--port=0", "--workers=1")) {
            desk(launcher);
            children = launcher.children();
            assertThat(children).hasSize(3);

            Program.signal("KILL", launcher.pid());

            Watchdog.await("the end of all", () -> children.stream().noneMatch(ProcessHandle::isAlive));
        }
        assertThat(directory.content()).isEmpty();
    }

    @Test
    void shouldSayThatAPortIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Program launcher = program("--port=" + taken.getLocalPort())) {
            assertThat(launcher.awaitEnd()).isEqualTo(2);
            launcher.awaitLine("Port " + taken.getLocalPort() + " .* cannot be had");
            assertThat(launcher.children()).isEmpty();
        }
        assertThat(directory.content()).isEmpty();
    }

    @Test
    void shouldTakeAnotherPortIfNobodyAskedForTheOneThatIsTaken() {
        try (Taken port = Taken.orTakenByOthers(8080);
                Program launcher = program()) {
            String other = launcher.awaitLine("Port " + port.number() + " is taken; the gateway gets (\\d+)")
                    .group(1);
            assertThat(other).isNotEqualTo("8080");
            launcher.awaitLine("Starting a gateway");
            List<ProcessHandle> children = launcher.children();
            launcher.interrupt();
            launcher.awaitEnd();
            assertThat(children).noneMatch(ProcessHandle::isAlive);
        }
        assertThat(directory.content()).isEmpty();
    }

    /** One that was started by itself. */
    @Test
    void shouldEndAGatewayWhosePortIsTakenAndSayWhich() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Program gateway = program("gateway", "--server.port=" + taken.getLocalPort())) {
            assertThat(gateway.awaitEnd()).isEqualTo(1);
            gateway.awaitLine("Port " + taken.getLocalPort() + " was already in use");
            gateway.awaitLine("configure this application to listen on another port");
        }
        assertThat(directory.content()).isEmpty();
    }

    /** A port that is taken while this is open, by this or by somebody else. */
    private record Taken(int number, Optional<ServerSocket> socket) implements AutoCloseable {

        static Taken orTakenByOthers(int number) {
            try {
                return new Taken(number, Optional.of(new ServerSocket(number, 1, InetAddress.getLoopbackAddress())));
            } catch (IOException e) {
                return new Taken(number, Optional.empty());
            }
        }

        @Override
        public void close() {
            socket.ifPresent(open -> {
                try {
                    open.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    @Test
    void shouldSayWhatItCanBeStartedAs() {
        try (Program launcher = program("broker")) {
            assertThat(launcher.awaitEnd()).isEqualTo(2);
            launcher.awaitLine("'broker' is no role");
            launcher.awaitLine("gateway\\|worker\\|ticker");
        }
    }

    @Test
    void shouldBeWhatTheCommandOfTheDocumentationBuildsAndStarts() throws IOException {
        String command = "./mvnw -q package -DskipTests -pl sample-app -am && java -jar sample-app/" + JAR;
        for (String page : List.of("README.md", "sample-app/README.md")) {
            assertThat(Files.readString(Path.of("..", page)))
                    .containsPattern("```bash\n" + Pattern.quote(command) + "(\n| +#)");
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
