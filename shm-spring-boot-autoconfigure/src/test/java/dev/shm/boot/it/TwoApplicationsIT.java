package dev.shm.boot.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.Role;
import dev.shm.SegmentView;
import dev.shm.boot.testing.ChildJvm;
import dev.shm.boot.testing.Directory;
import dev.shm.boot.testing.Watchdog;
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
    void shouldLetAConsumerComeAgainUnderItsCreator() {
        ChildJvm gateway = ready(start("gateway", role(Role.CREATOR)));
        ChildJvm worker = ready(start("worker", role(Role.CONSUMER)));
        gateway.send("orders a");
        assertThat(worker.await("order")).isEqualTo("a");
        worker.endInput();
        gateway.send("orders b");
        gateway.await("sent b");
        ChildJvm again = start("worker", role(Role.CONSUMER));
        assertThat(again.await("order")).isEqualTo("b");
        again.close();
        gateway.send("orders c");
        gateway.await("sent c");
        ChildJvm third = start("worker", role(Role.CONSUMER));
        String next = third.await("order");
        // It was killed as it handled this one, perhaps before it had acknowledged it.
        assertThat(next.equals("b") ? third.await("order") : next).isEqualTo("c");
    }

    @Test
    void shouldNotBeHeldUpByASubscriberThatWasKilled() {
        String blocks = "--shm.channels.ticks.full=block";
        ChildJvm ticker = ready(start("ticker", blocks));
        ChildJvm stays = ready(start("listener", blocks));
        ChildJvm dies = ready(start("listener", blocks));
        ticker.send("ticks first");
        assertThat(dies.await("tick")).isEqualTo("first");
        assertThat(stays.await("tick")).isEqualTo("first");
        dies.close();
        // More than there is room for while somebody has not read it.
        int ticks = 300;
        String text = "x".repeat(400);
        for (int i = 0; i < ticks; i++) {
            ticker.send("ticks " + i + text);
        }
        for (int i = 0; i < ticks; i++) {
            assertThat(stays.await("tick")).isEqualTo(i + text);
        }
    }

    @Test
    void shouldGoOnWithAnotherPublisherWhenOneWasKilled() {
        ChildJvm listener = ready(start("listener"));
        ChildJvm ticker = ready(start("ticker"));
        ticker.send("ticks a");
        assertThat(listener.await("tick")).isEqualTo("a");
        ticker.close();
        ready(start("ticker")).send("ticks b");
        assertThat(listener.await("tick")).isEqualTo("b");
    }

    @Test
    void shouldKeepForASubscriptionWithANameWhatCameAfterItsProcessWasKilled() {
        String[] audit = {"--shm.channels.ticks.full=block", "--shm.channels.ticks.subscription=audit"};
        ChildJvm ticker = ready(start("ticker", audit[0]));
        ChildJvm listener = ready(start("listener", audit));
        ticker.send("ticks a");
        ticker.send("ticks b");
        assertThat(listener.await("tick")).isEqualTo("a");
        assertThat(listener.await("tick")).isEqualTo("b");
        listener.close();
        ticker.send("ticks c");
        ticker.send("ticks d");
        ticker.await("sent d");
        ChildJvm again = start("listener", audit);
        String next = again.await("tick");
        // That one may not have been acknowledged.
        assertThat(next.equals("b") ? again.await("tick") : next).isEqualTo("c");
        assertThat(again.await("tick")).isEqualTo("d");
    }

    @Test
    void shouldHaveAnotherAnswerWhatAProcessHadWhenItWasKilled() {
        ChildJvm asks = ready(start("asks"));
        ChildJvm silent = ready(start("silent"));
        asks.send("ask why");
        assertThat(silent.await("asked")).isEqualTo("why");
        ready(start("answers"));
        silent.close();
        assertThat(asks.await("answer")).isEqualTo("why? 42");
    }

    @Test
    void shouldLeaveNothingOfOneWhoAskedAndWasKilled() {
        ChildJvm silent = ready(start("silent"));
        ChildJvm asks = ready(start("asks"));
        asks.send("ask why");
        assertThat(silent.await("asked")).isEqualTo("why");
        asks.close();
        try (SegmentView view = SegmentView.open(directory.path(), "desk")) {
            Watchdog.await(
                    "the end of its queue of replies",
                    () -> view.objects().stream()
                            .noneMatch(it -> !it.destroyed() && it.name().startsWith("shm.reply.")));
        }
        silent.close();
        ChildJvm again = ready(start("asks"));
        ready(start("answers"));
        again.send("ask who");
        assertThat(again.await("answer")).isEqualTo("who? 42");
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
