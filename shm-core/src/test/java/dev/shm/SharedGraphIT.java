package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.shm.error.StaleReferenceException;
import dev.shm.queue.SharedQueue;
import dev.shm.testing.PeerChild;
import dev.shm.testing.PeerProcess;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Graphs of collections that several processes share, one of which may be killed. */
class SharedGraphIT {

    private static final int KILLS = 12;

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private SharedMemory memory;

    @BeforeEach
    void open() {
        memory = directory
                .segment("graphs")
                .directory(directory.segments())
                .size(8 << 20)
                .openOrCreate();
    }

    @AfterEach
    void close() {
        memory.close();
    }

    private PeerChild peer() {
        return PeerChild.opened(directory, "graphs", "open");
    }

    private long used() {
        return memory.deepStatistics().usedBytes();
    }

    @Test
    void shouldShowWhatAProcessChangesThatReceivedIt() {
        SharedQueue<Shared<Map<String, Object>>> inbox = memory.openOrCreate("inbox", PeerProcess.inbox(memory));
        long before = used();
        try (PeerChild peer = peer();
                Shared<Map<String, Object>> shared = memory.share(Map.of("list", List.of("mine")))) {
            assertThat(inbox.offer(shared)).isTrue();
            assertThat(peer.tell("receive")).isEqualTo(shared.name());

            assertThat(peer.tell("append theirs")).isEqualTo("{list=[mine, theirs]}");
            assertThat(shared.get()).isEqualTo(Map.of("list", List.of("mine", "theirs")));
            peer.tell("put more");
            assertThat(shared.get().get("more")).isEqualTo(Map.of("inner", List.of("more")));
            shared.get().remove("more");
            shared.get().put("list", List.of());
            assertThat(peer.tell("append new")).isEqualTo("{list=[new]}");
            assertThat(memory.verify()).isEmpty();

            assertThat(peer.tell("destroy")).isEqualTo("true");
            assertThatExceptionOfType(StaleReferenceException.class).isThrownBy(shared::get);
            assertThat(shared.destroy()).isFalse();
            assertThat(peer.tell("append late")).startsWith("StaleReferenceException");
            shared.close();
            assertThat(used()).as("the other process has it open").isGreaterThan(before);
            peer.tell("release");
            assertThat(used()).isEqualTo(before);
        }
    }

    @Test
    void shouldGiveBackWhatAKilledProcessHadOpen() {
        SharedQueue<Shared<Map<String, Object>>> inbox = memory.openOrCreate("inbox", PeerProcess.inbox(memory));
        long before = used();
        Shared<Map<String, Object>> shared = memory.share(Map.of("list", List.of("mine")));
        try (PeerChild peer = peer()) {
            inbox.offer(shared);
            peer.tell("receive");
            peer.tell("append theirs");
        }
        assertThat(shared.get()).isEqualTo(Map.of("list", List.of("mine", "theirs")));
        shared.destroy();
        shared.close();
        Watchdog.awaitAsserted(() -> assertThat(used()).isEqualTo(before));
    }

    @Test
    void shouldKeepWhatAKilledProcessShared() {
        try (PeerChild peer = peer()) {
            peer.tell("share theirs");
        }
        memory.reap();
        try (Shared<Map<String, List<String>>> found = memory.shared("theirs")) {
            found.get().get("list").add("mine");
            assertThat(found.get()).isEqualTo(Map.of("list", List.of("theirs", "mine")));
            found.destroy();
        }
        Watchdog.awaitAsserted(() -> assertThat(used()).isZero());
    }

    @Test
    void shouldLeaveNothingOfWhatAProcessWasSharingWhenItWasKilled() throws InterruptedException {
        for (int i = 0; i < KILLS; i++) {
            try (PeerChild peer = peer()) {
                peer.tellForever("share-forever 60");
                peer.awaitEvent("sharing");
                Thread.sleep(ThreadLocalRandom.current().nextInt(1, 60));
            }
            Watchdog.awaitAsserted(() -> {
                memory.reap();
                assertThat(memory.peers()).hasSize(1);
                // What had its name by then is whole, and somebody destroys it, as after any death.
                memory.objects().stream()
                        .filter(object -> !object.destroyed())
                        .forEach(object ->
                                assertThat(memory.destroy(object.name())).isTrue());
                assertThat(memory.objects()).isEmpty();
                assertThat(used()).isZero();
            });
            assertThat(memory.verify()).isEmpty();
        }
    }
}
