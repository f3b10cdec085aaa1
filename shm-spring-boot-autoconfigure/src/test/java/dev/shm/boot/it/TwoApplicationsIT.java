package dev.shm.boot.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.Role;
import dev.shm.SegmentView;
import dev.shm.boot.testing.ChildJvm;
import dev.shm.boot.testing.Directory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Spring Boot applications in processes of their own, started, closed and killed in every order. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TwoApplicationsIT {

    @RegisterExtension
    final Directory directory = new Directory();

    private final List<ChildJvm> children = new ArrayList<>();

    private ChildJvm start(String profile, String... arguments) {
        List<Object> all = new ArrayList<>(List.of(
                "--spring.config.location=classpath:demo.yml",
                "--spring.profiles.active=" + profile,
                "--spring.application.name=" + profile,
                "--shm.directory=" + directory.path()));
        all.addAll(List.of(arguments));
        ChildJvm child = ChildJvm.start(DemoApplication.class, all.toArray());
        children.add(child);
        return child;
    }

    private static ChildJvm ready(ChildJvm child) {
        child.await("ready");
        return child;
    }

    @AfterEach
    void killAll() {
        children.forEach(ChildJvm::close);
    }

    private static String role(Role role) {
        return "--shm.segments.desk.role=" + role.name().toLowerCase(Locale.ROOT);
    }

    @Test
    void shouldCarryOrdersFromOneApplicationToAnother() {
        ChildJvm gateway = start("gateway");
        ChildJvm worker = start("worker");
        ready(gateway);
        ready(worker);
        gateway.send("orders a");
        assertThat(worker.await("order")).isEqualTo("a");
        gateway.send("orders b");
        assertThat(worker.await("order")).isEqualTo("b");
    }

    @Test
    void shouldGiveATopicToAllWhoListen() {
        ChildJvm ticker = start("ticker");
        ChildJvm one = start("listener");
        ChildJvm two = start("listener");
        ready(ticker);
        ready(one);
        ready(two);
        ticker.send("ticks t1");
        assertThat(one.await("tick")).isEqualTo("t1");
        assertThat(two.await("tick")).isEqualTo("t1");
    }

    @Test
    void shouldBringTheAnswerToWhoAsked() {
        ChildJvm asks = start("asks");
        ChildJvm answers = start("answers");
        ready(asks);
        asks.send("ask why");
        assertThat(asks.await("answer")).isEqualTo("why? 42");
        ready(answers);
    }

    @Test
    void shouldLetAConsumerWaitForItsCreator() {
        ChildJvm worker = start("worker", role(Role.CONSUMER));
        ChildJvm gateway = ready(start("gateway", role(Role.CREATOR)));
        ready(worker);
        gateway.send("orders a");
        assertThat(worker.await("order")).isEqualTo("a");
    }

    @Test
    void shouldGoOnWithTheSuccessorWhenTheCreatorIsRestarted() {
        ChildJvm gateway = ready(start("gateway", role(Role.CREATOR)));
        ChildJvm worker = ready(start("worker", role(Role.CONSUMER)));
        gateway.send("orders a");
        assertThat(worker.await("order")).isEqualTo("a");
        gateway.endInput();
        ChildJvm again = ready(start("gateway", role(Role.CREATOR)));
        again.send("orders b");
        assertThat(worker.await("order")).isEqualTo("b");
    }

    @Test
    void shouldGoOnWithTheSuccessorWhenTheCreatorWasKilled() {
        ChildJvm gateway = ready(start("gateway", role(Role.CREATOR)));
        ChildJvm worker = ready(start("worker", role(Role.CONSUMER)));
        gateway.close();
        ChildJvm again = ready(start("gateway", role(Role.CREATOR)));
        again.send("orders b");
        assertThat(worker.await("order")).isEqualTo("b");
    }

    @Test
    void shouldKeepWhatWaitsIfANewCreatorAdoptsIt() {
        ChildJvm gateway = ready(start("gateway", role(Role.CREATOR)));
        gateway.send("orders a");
        gateway.await("sent a");
        gateway.close();
        ready(start("gateway", role(Role.CREATOR), "--shm.segments.desk.on-stale=adopt"));
        ChildJvm worker = start("worker", role(Role.CONSUMER));
        assertThat(worker.await("order")).isEqualTo("a");
    }

    @Test
    void shouldGiveToAnotherWhatAWorkerHadWhenItWasKilled() {
        ChildJvm gateway = ready(start("gateway"));
        ChildJvm stuck = ready(start("stuck"));
        gateway.send("orders a");
        assertThat(stuck.await("holds")).isEqualTo("a");
        ChildJvm worker = ready(start("worker"));
        stuck.close();
        assertThat(worker.await("order")).isEqualTo("a");
    }

    @Test
    void shouldLoseNothingHoweverOftenWorkersAreKilled() {
        ChildJvm gateway = ready(start("gateway"));
        int orders = 40;
        for (int i = 0; i < orders; i++) {
            gateway.send("orders " + i);
        }
        Set<String> handled = new TreeSet<>();
        for (int kill = 0; kill < 3; kill++) {
            ChildJvm worker = start("worker");
            handled.add(worker.await("order"));
            worker.close();
            handled.addAll(worker.said("order"));
        }
        ChildJvm last = start("worker");
        gateway.send("orders end");
        while (handled.size() < orders + 1) {
            handled.add(last.await("order"));
        }
        assertThat(handled).hasSize(orders + 1).contains("0", "39", "end");
    }

    @Test
    void shouldLeaveNothingBehindWhenAllHaveClosed() {
        ChildJvm gateway = ready(start("gateway"));
        ChildJvm worker = ready(start("worker"));
        try (SegmentView view = SegmentView.open(directory.path(), "desk")) {
            assertThat(view.peers())
                    .extracting(peer -> peer.info().application())
                    .containsExactlyInAnyOrder("gateway", "worker");
        }
        gateway.endInput();
        worker.endInput();
        assertThat(directory.files()).allMatch(file -> file.endsWith(".lk"));
    }
}
