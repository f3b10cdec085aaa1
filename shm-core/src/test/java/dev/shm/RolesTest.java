package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.shm.error.SegmentClosedException;
import dev.shm.error.SegmentInUseException;
import dev.shm.testing.TestDirectory;
import dev.shm.value.SharedLong;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RolesTest {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    /** Writes down what it hears. */
    private static final class Diary implements SegmentListener {
        private final List<String> lines = new CopyOnWriteArrayList<>();

        @Override
        public void peerJoined(SharedMemory memory, PeerInfo peer) {
            lines.add("joined " + peer.application());
        }

        @Override
        public void peerLeft(SharedMemory memory, PeerInfo peer) {
            lines.add("left " + peer.application());
        }

        @Override
        public void peerDied(SharedMemory memory, PeerInfo peer) {
            lines.add("died " + peer.application());
        }

        @Override
        public void closing(SharedMemory memory) {
            lines.add("closing");
        }

        @Override
        public void ended(SharedMemory memory, RuntimeException reason) {
            lines.add("ended: " + reason.getMessage());
        }
    }

    private SharedMemory.Builder creator() {
        return directory.segment("desk").role(Role.CREATOR).closeGrace(Duration.ZERO);
    }

    private SharedMemory.Builder consumer() {
        return directory.segment("desk").role(Role.CONSUMER);
    }

    @Test
    void aCreatorThatClosesEndsTheSegmentForEverybody() {
        Diary diary = new Diary();
        SharedMemory creator = creator().create();
        creator.create("hits", SharedLong.type()).set(3);
        try (SharedMemory consumer = consumer().listener(diary).open();
                SharedMemory peer = directory.segment("desk").open()) {
            SharedLong hits = consumer.open("hits", SharedLong.type());
            assertThat(hits.get()).isEqualTo(3);
            assertThat(consumer.role()).isEqualTo(Role.CONSUMER);
            creator.close();
            await().until(() -> diary.lines.stream().anyMatch(line -> line.startsWith("ended: ")));
            await().until(() -> !peer.isOpen());
            assertThat(consumer.isOpen()).isFalse();
            assertThatExceptionOfType(SegmentClosedException.class)
                    .isThrownBy(hits::get)
                    .withMessageContaining("ended by its creator")
                    .withMessageContaining("Open it again");
            assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(peer::statistics);
        }
        assertThat(directory.files()).isEmpty();
    }

    @Test
    void aCreatorWaitsALittleForTheOthersToLeave() {
        SharedMemory creator = creator().closeGrace(Duration.ofMinutes(1)).create();
        CompletableFuture<SharedMemory> left = new CompletableFuture<>();
        SegmentListener leaver = new SegmentListener() {
            @Override
            public void closing(SharedMemory memory) {
                left.completeAsync(() -> {
                    memory.open("hits", SharedLong.type()).incrementAndGet();
                    memory.close();
                    return memory;
                });
            }
        };
        SharedLong hits = creator.create("hits", SharedLong.type());
        SharedMemory consumer = consumer().listener(leaver).open();
        creator.close();
        assertThat(left.join()).isSameAs(consumer);
        assertThat(hits.isOpen()).isFalse();
        assertThat(directory.files()).isEmpty();
    }

    @Test
    void aConsumerWaitsForItsCreator() {
        CompletableFuture<SharedMemory> waiting =
                CompletableFuture.supplyAsync(() -> consumer().open());
        try (SharedMemory creator = creator().create();
                SharedMemory consumer = waiting.join()) {
            assertThat(consumer.uuid()).isEqualTo(creator.uuid());
        }
    }

    @Test
    void thereIsOneCreatorAtATime() {
        try (SharedMemory first = creator().create()) {
            assertThatExceptionOfType(SegmentInUseException.class)
                    .isThrownBy(() -> creator().openOrCreate())
                    .withMessageContaining("living creator")
                    .withMessageContaining("pid " + ProcessHandle.current().pid());
            assertThat(first.isOpen()).isTrue();
        }
        try (SharedMemory second = creator().create()) {
            assertThat(second.isOpen()).isTrue();
        }
    }

    @Test
    void aCreatorRefusesWhatPeersShare() {
        try (SharedMemory peer = directory.segment("desk").create()) {
            assertThatExceptionOfType(SegmentInUseException.class)
                    .isThrownBy(() -> creator().openOrCreate())
                    .withMessageContaining("as a peer");
            assertThat(peer.isOpen()).isTrue();
        }
    }

    @Test
    void listenersHearOfThoseWhoComeAndGo() {
        Diary diary = new Diary();
        try (SharedMemory memory = directory.segment("desk").listener(diary).create()) {
            SharedMemory other = directory.segment("desk").application("other").open();
            await().untilAsserted(() -> assertThat(diary.lines).containsExactly("joined other"));
            assertThat(memory.peers()).extracting(PeerInfo::application).contains("other");
            other.close();
            await().untilAsserted(() -> assertThat(diary.lines).containsExactly("joined other", "left other"));
        }
        assertThat(diary.lines).hasSize(2);
    }

    @Test
    void aConsumerThatLeavesDisturbsNobody() {
        try (SharedMemory creator = creator().create()) {
            consumer().open().close();
            try (SharedMemory again = consumer().open()) {
                assertThat(again.uuid()).isEqualTo(creator.uuid());
            }
            assertThat(creator.isOpen()).isTrue();
        }
    }
}
