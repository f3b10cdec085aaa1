package dev.shm.boot.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SegmentView;
import dev.shm.boot.autoconfigure.ShmAutoConfiguration;
import dev.shm.boot.autoconfigure.ShmIntegrationAutoConfiguration;
import dev.shm.boot.it.ReloadedApplication.Order;
import dev.shm.boot.testing.ChildJvm;
import dev.shm.boot.testing.Directory;
import dev.shm.boot.testing.Watchdog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.integration.autoconfigure.IntegrationAutoConfiguration;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.GenericMessage;

/** An application that the restarter of DevTools starts again, since a file has changed. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DevToolsIT {

    private static final int RESTARTS = 3;
    private static final String[] CONFIGURATION = {
        "shm.segments.desk.size=16MB",
        "shm.channels.orders.segment=desk",
        "shm.channels.orders.payload-type=" + Order.class.getName()
    };

    @RegisterExtension
    final Directory directory = new Directory();

    private Path watched;
    private ChildJvm application;

    @BeforeEach
    void start() throws IOException {
        watched = Files.createDirectory(directory.path().resolve("watched")).resolve("file");
        Files.createFile(watched);
        List<Object> arguments = new ArrayList<>(List.of(
                "--spring.main.web-application-type=none",
                "--spring.main.banner-mode=off",
                "--spring.main.keep-alive=true",
                "--spring.devtools.restart.additional-paths=" + watched.getParent(),
                "--spring.devtools.restart.poll-interval=100ms",
                "--spring.devtools.restart.quiet-period=50ms",
                "--shm.directory=" + directory.path()));
        for (String property : CONFIGURATION) {
            arguments.add("--" + property);
        }
        application = ChildJvm.startWithDevTools(ReloadedApplication.class, arguments.toArray());
    }

    @AfterEach
    void kill() {
        application.close();
    }

    /** Changes a file, and waits until the application has been started again. */
    private String restart() throws IOException {
        Files.writeString(watched, "changed\n", StandardOpenOption.APPEND);
        return started();
    }

    private String started() {
        return application.await("started");
    }

    @Test
    void shouldHandleEveryOrderHoweverOftenTheWorkerIsRestarted() {
        directory
                .runner(
                        IntegrationAutoConfiguration.class,
                        ShmAutoConfiguration.class,
                        ShmIntegrationAutoConfiguration.class)
                .withPropertyValues(CONFIGURATION)
                .run(gateway -> {
                    Set<String> loaders = new HashSet<>(Set.of(started()));
                    Sender sender = new Sender(gateway.getBean("orders", MessageChannel.class));
                    sender.start();
                    for (int i = 0; i < RESTARTS; i++) {
                        loaders.add(restart());
                    }
                    sender.end();
                    assertThat(loaders)
                            .hasSize(RESTARTS + 1)
                            .allMatch(loader -> loader.startsWith("RestartClassLoader"));
                    assertThat(sender.sent).hasSizeGreaterThan(RESTARTS);
                    Watchdog.await("all are handled", () -> handled().containsAll(sender.sent));
                    // Each once: a restart is orderly.
                    assertThat(handled()).containsExactlyInAnyOrderElementsOf(sender.sent);
                    assertThat(classesOfOrders()).isEqualTo(loaders);
                });
    }

    private List<String> handled() {
        return application.said("order").stream()
                .map(line -> line.split(" ")[0])
                .filter(id -> !id.equals(ReloadedApplication.OWN))
                .toList();
    }

    private Set<String> classesOfOrders() {
        Set<String> loaders = new HashSet<>();
        application.said("order").forEach(line -> loaders.add(line.split(" ")[1]));
        return loaders;
    }

    /** Sends as long as it is let. */
    private static final class Sender extends Thread {

        private final MessageChannel orders;
        final List<String> sent = new ArrayList<>();
        private volatile boolean ending;
        private volatile Throwable failure;

        Sender(MessageChannel orders) {
            this.orders = orders;
            setUncaughtExceptionHandler((thread, e) -> failure = e);
        }

        @Override
        public void run() {
            while (!ending) {
                String id = String.valueOf(sent.size());
                assertThat(orders.send(new GenericMessage<>(new Order(id)))).isTrue();
                sent.add(id);
                LockSupport.parkNanos(1_000_000);
            }
        }

        void end() throws InterruptedException {
            ending = true;
            join();
            assertThat(failure).isNull();
        }
    }

    @Test
    void shouldComeBackAlsoWhereNobodyElseHasTheSegment() throws IOException {
        String loader = started();
        Set<UUID> segments = new HashSet<>();
        for (int i = 0; i < RESTARTS; i++) {
            assertThat(application.await("order " + ReloadedApplication.OWN)).isEqualTo(loader);
            segments.add(segment());
            loader = restart();
        }
        assertThat(application.await("order " + ReloadedApplication.OWN)).isEqualTo(loader);
        segments.add(segment());
        // The last one to leave removes a segment of peers, and so does a restart.
        assertThat(segments).hasSize(RESTARTS + 1);
    }

    /** The segment that there is, in which the application is alone. */
    private UUID segment() {
        try (SegmentView view = SegmentView.open(directory.path(), "desk")) {
            assertThat(view.peers())
                    .singleElement()
                    .satisfies(peer -> assertThat(peer.info().pid()).isEqualTo(application.pid()));
            return view.uuid();
        }
    }
}
