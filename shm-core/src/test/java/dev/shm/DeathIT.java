package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.error.LockTimeoutException;
import dev.shm.error.SegmentClosedException;
import dev.shm.heap.SharedLock;
import dev.shm.testing.LockObject;
import dev.shm.testing.PeerChild;
import dev.shm.testing.SegmentView;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import dev.shm.value.SharedLong;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a segment when real processes come, leave, stop and die. */
class DeathIT {

    private static final String DESK = "desk";
    private static final int SIZE = 4 << 20;
    private static final String HUGE = "size=" + (768L << 20);

    private final TestDirectory directory = TestDirectory.create();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<String> heard = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() throws Exception {
        try {
            for (AutoCloseable each : opened) {
                each.close();
            }
        } finally {
            directory.close();
        }
    }

    private PeerChild child(String verb, String... options) {
        return closing(PeerChild.opened(directory, DESK, verb, options));
    }

    private <T extends AutoCloseable> T closing(T resource) {
        opened.add(resource);
        return resource;
    }

    private SharedMemory.Builder desk(Role role) {
        return SharedMemory.named(DESK)
                .directory(directory.segments())
                .role(role)
                .size(SIZE)
                .closeGrace(Duration.ZERO)
                .listener(new SegmentListener() {
                    @Override
                    public void peerJoined(SharedMemory memory, PeerInfo peer) {
                        heard.add("joined " + peer.pid());
                    }

                    @Override
                    public void peerLeft(SharedMemory memory, PeerInfo peer) {
                        heard.add("left " + peer.pid());
                    }

                    @Override
                    public void peerDied(SharedMemory memory, PeerInfo peer) {
                        heard.add("died " + peer.pid());
                    }

                    @Override
                    public void creatorLost(SharedMemory memory) {
                        heard.add(memory.isCreatorLost() ? "creator lost" : "creator lost and there");
                    }

                    @Override
                    public void ended(SharedMemory memory, RuntimeException reason) {
                        heard.add("ended");
                    }
                });
    }

    private void awaitHeard(String event) {
        Watchdog.await("to hear: " + event, () -> heard.contains(event));
    }

    private static long hits(SharedMemory memory) {
        return memory.openOrCreate("hits", SharedLong.type()).get();
    }

    // ------------------------------------------------------------------------------------------ peers

    @Test
    void aKilledPeerIsNoticedByEverybody() {
        SharedMemory memory = closing(desk(Role.PEER).openOrCreate());
        PeerChild witness = child("open");
        PeerChild victim = child("open");
        awaitHeard("joined " + victim.pid());
        witness.awaitEvent("joined " + victim.pid());

        victim.close();

        awaitHeard("died " + victim.pid());
        witness.awaitEvent("died " + victim.pid());
        assertThat(SegmentView.of(memory).holds(victim.pid())).isFalse();
        assertThat(memory.statistics().reaped()).isEqualTo(1);
        assertThat(heard).doesNotContain("left " + victim.pid());
    }

    @Test
    void aPeerThatClosesIsHeardToLeaveAndNotToDie() {
        SharedMemory memory = closing(desk(Role.PEER).openOrCreate());
        PeerChild guest = child("open");
        awaitHeard("joined " + guest.pid());

        assertThat(guest.tell("close")).isEqualTo("closed");

        awaitHeard("left " + guest.pid());
        assertThat(heard).doesNotContain("died " + guest.pid());
        assertThat(memory.statistics().reaped()).isZero();
    }

    @Test
    void aStoppedProcessIsNotDeadAndGoesOnLater() {
        SharedMemory memory = closing(desk(Role.PEER).openOrCreate());
        PeerChild sleeper = child("open");
        assertThat(sleeper.tell("count")).isEqualTo("1");
        PeerChild victim = child("open");
        awaitHeard("joined " + victim.pid());

        sleeper.stop();
        victim.close();
        // Whoever noticed this one has looked at the other one too.
        awaitHeard("died " + victim.pid());
        assertThat(memory.reap()).isZero();
        assertThat(SegmentView.of(memory).holds(sleeper.pid())).isTrue();

        sleeper.resume();
        assertThat(sleeper.tell("count")).isEqualTo("2");
        assertThat(heard).doesNotContain("died " + sleeper.pid());
    }

    @Test
    void theLastPeerRemovesTheFiles() {
        PeerChild first = child("openOrCreate");
        PeerChild second = child("openOrCreate");

        first.tell("close");
        assertThat(directory.segmentFiles()).contains(DESK);
        second.tell("close");
        assertThat(directory.segmentFiles()).isEmpty();
    }

    @Test
    void theLastPeerRemovesTheFilesOfThoseThatWereKilledToo() {
        PeerChild killed = child("openOrCreate");
        PeerChild last = child("openOrCreate");

        killed.close();
        last.tell("close");

        assertThat(directory.segmentFiles()).isEmpty();
    }

    @Test
    void whenAllPeersWereKilledTheNextOneFindsEverything() {
        PeerChild first = child("openOrCreate");
        PeerChild second = child("openOrCreate");
        first.tell("count");
        second.tell("count");
        UUID uuid = UUID.fromString(first.tell("uuid"));
        first.close();
        second.close();

        SharedMemory memory = closing(desk(Role.PEER).openOrCreate());
        memory.reap();

        assertThat(memory.uuid()).isEqualTo(uuid);
        assertThat(hits(memory)).isEqualTo(2);
        assertThat(memory.verify()).isEmpty();
        assertThat(memory.peers()).hasSize(1);
        memory.close();
        assertThat(directory.segmentFiles()).isEmpty();
    }

    // ------------------------------------------------------------------------------------------ creator and consumers

    @Test
    void aConsumerKeepsWorkingWhenItsCreatorIsKilled() {
        PeerChild creator = child("create", "role=CREATOR");
        creator.tell("count");
        SharedMemory memory = closing(desk(Role.CONSUMER).open());
        PeerChild other = child("open", "role=CONSUMER");
        awaitHeard("joined " + other.pid());

        creator.close();

        awaitHeard("died " + creator.pid());
        awaitHeard("creator lost");
        other.awaitEvent("creator lost");
        assertThat(other.tell("count")).isEqualTo("2");
        assertThat(hits(memory)).isEqualTo(2);
        assertThat(memory.isOpen()).isTrue();
    }

    @Test
    void aConsumerThatIsToldToEndsWhenItsCreatorIsKilled() {
        PeerChild creator = child("create", "role=CREATOR");
        SharedMemory memory =
                closing(desk(Role.CONSUMER).onCreatorLost(OnCreatorLost.CLOSE).open());

        creator.close();

        awaitHeard("creator lost");
        awaitHeard("ended");
        assertThat(memory.isOpen()).isFalse();
        assertThatThrownBy(memory::objects)
                .isInstanceOf(SegmentClosedException.class)
                .hasMessageContaining("creator");
    }

    @Test
    void aConsumerThatComesFirstWaitsForTheCreator() {
        PeerChild consumer = closing(PeerChild.start(directory));
        consumer.beginOpening(DESK, "open", "role=CONSUMER");

        SharedMemory memory = closing(desk(Role.CREATOR).create());

        assertThat(consumer.awaitAnswer()).isEqualTo(PeerChild.OPENED);
        awaitHeard("joined " + consumer.pid());
        assertThat(consumer.tell("count")).isEqualTo("1");
        assertThat(hits(memory)).isEqualTo(1);
    }

    @Test
    void aConsumerDoesNotTakeWhatADeadCreatorLeftForALivingOne() {
        PeerChild dead = child("create", "role=CREATOR");
        dead.close();
        PeerChild consumer = closing(PeerChild.start(directory));
        consumer.beginOpening(DESK, "open", "role=CONSUMER");

        SharedMemory memory = closing(desk(Role.CREATOR).create());

        assertThat(consumer.awaitAnswer()).isEqualTo(PeerChild.OPENED);
        assertThat(consumer.tell("uuid")).isEqualTo(memory.uuid().toString());
    }

    @Test
    void theNextCreatorReplacesWhatAKilledOneLeft() {
        PeerChild killed = child("create", "role=CREATOR");
        killed.tell("count");
        SharedMemory orphan = closing(desk(Role.CONSUMER).open());
        killed.close();
        awaitHeard("creator lost");

        PeerChild next = child("openOrCreate", "role=CREATOR", "stale=RECREATE");

        awaitHeard("ended");
        assertThatThrownBy(orphan::objects).isInstanceOf(SegmentClosedException.class);
        assertThat(next.tell("count")).isEqualTo("1");
        assertThat(next.tell("uuid")).isNotEqualTo(orphan.uuid().toString());
        SharedMemory successor = closing(desk(Role.CONSUMER).open());
        assertThat(hits(successor)).isEqualTo(1);
        assertThat(directory.segmentFiles())
                .as("files of the one that was replaced")
                .noneMatch(file -> file.contains(orphan.uuid().toString().substring(0, 8)));
    }

    @Test
    void theNextCreatorAdoptsWhatAKilledOneLeft() {
        PeerChild killed = child("create", "role=CREATOR");
        killed.tell("count");
        SharedMemory consumer = closing(desk(Role.CONSUMER).open());
        killed.close();
        awaitHeard("creator lost");

        PeerChild next = child("openOrCreate", "role=CREATOR", "stale=ADOPT");

        assertThat(next.tell("count")).isEqualTo("2");
        assertThat(next.tell("uuid")).isEqualTo(consumer.uuid().toString());
        assertThat(hits(consumer)).isEqualTo(2);
        assertThat(heard).doesNotContain("ended");
        assertThat(consumer.verify()).isEmpty();
    }

    @Test
    void theNextCreatorRefusesWhatAKilledOneLeftIfToldTo() {
        PeerChild killed = child("create", "role=CREATOR");
        killed.tell("count");
        killed.close();

        PeerChild next = closing(PeerChild.start(directory));

        assertThat(next.open(DESK, "openOrCreate", "role=CREATOR", "stale=FAIL"))
                .startsWith("SegmentExistsException");
        assertThat(directory.segmentFiles()).contains(DESK);
    }

    @Test
    void aSecondCreatorIsRefusedEvenWhileTheFirstOneIsStopped() {
        PeerChild first = child("create", "role=CREATOR");
        first.stop();
        PeerChild second = closing(PeerChild.start(directory));

        assertThat(second.open(DESK, "openOrCreate", "role=CREATOR"))
                .startsWith("SegmentInUseException")
                .contains("" + first.pid());

        first.resume();
        assertThat(first.tell("count")).isEqualTo("1");
    }

    @Test
    void oneThatIsKilledWhileItCreatesLeavesNothingInTheWay() {
        PeerChild creator = closing(PeerChild.start(directory));
        creator.beginOpening(DESK, "create", HUGE);
        Watchdog.await("it to begin", () -> directory.segmentFiles().stream().anyMatch(DeathIT::isTemporary));
        creator.close();
        assertThat(directory.segmentFiles()).anyMatch(DeathIT::isTemporary).doesNotContain(DESK);

        SharedMemory memory = closing(desk(Role.PEER).create());

        assertThat(directory.segmentFiles()).noneMatch(DeathIT::isTemporary);
        assertThat(memory.verify()).isEmpty();
    }

    private static boolean isTemporary(String file) {
        return file.endsWith(".tmp");
    }

    // ------------------------------------------------------------------------------------------ two in one JVM

    @ParameterizedTest
    @ValueSource(strings = {"", PeerChild.ISOLATED})
    void twoAttachmentsOfOneJvmAreAliveUntilEachIsClosed(String classLoaders) {
        String first = classLoaders + "-first";
        String second = classLoaders + "-second";
        SharedMemory memory = closing(desk(Role.PEER).openOrCreate());
        SegmentView view = SegmentView.of(memory);
        PeerChild twins = closing(PeerChild.start(directory));
        assertThat(twins.openAs(first, DESK, "open")).isEqualTo(PeerChild.OPENED);
        assertThat(twins.openAs(second, DESK, "open")).isEqualTo(PeerChild.OPENED);
        int slotOfFirst = Integer.parseInt(twins.tell(first, "slot"));
        int slotOfSecond = Integer.parseInt(twins.tell(second, "slot"));

        // Looking at each other must not drop their locks.
        assertThat(twins.tell(first, "reap")).isEqualTo("0");
        assertThat(twins.tell(second, "reap")).isEqualTo("0");
        assertThat(memory.reap()).isZero();

        twins.tell(first, "close");
        assertThat(memory.reap()).isZero();
        assertThat(view.isFree(slotOfFirst)).isTrue();
        assertThat(view.isFree(slotOfSecond)).isFalse();
        assertThat(twins.tell(second, "count")).isEqualTo("1");

        // The slot is used again, and by the same JVM.
        assertThat(twins.openAs(first, DESK, "open")).isEqualTo(PeerChild.OPENED);
        twins.tell(second, "close");
        assertThat(memory.reap()).isZero();
        assertThat(twins.tell(first, "count")).isEqualTo("2");

        twins.close();
        Watchdog.await("both to be reaped", () -> {
            memory.reap();
            return !view.holds(twins.pid());
        });
        assertThat(memory.statistics().reaped()).isEqualTo(1);
    }

    // ------------------------------------------------------------------------------------------ locks

    @Test
    void aLockIsTakenOverFromAKilledProcess() {
        SharedMemory memory = closing(desk(Role.PEER).openOrCreate());
        SharedLock lock = memory.openOrCreate("lock", LockObject.type()).lock();
        PeerChild holder = child("open");
        assertThat(holder.tell("lock")).isEqualTo("locked");
        assertThat(lock.tryLock()).isFalse();

        holder.close();

        lock.lock(Watchdog.TIMEOUT);
        lock.unlock();
    }

    @Test
    void aLockIsNotTakenFromAStoppedProcessAndTheTimeoutNamesIt() {
        SharedMemory memory = closing(desk(Role.PEER).openOrCreate());
        SharedLock lock = memory.openOrCreate("lock", LockObject.type()).lock();
        PeerChild holder = child("open");
        assertThat(holder.tell("lock")).isEqualTo("locked");

        holder.stop();
        assertThatThrownBy(() -> lock.lock(Duration.ofMillis(300)))
                .isInstanceOf(LockTimeoutException.class)
                .hasMessageContaining("" + holder.pid());

        holder.resume();
        assertThat(holder.tell("unlock")).isEqualTo("unlocked");
        lock.lock(Watchdog.TIMEOUT);
        lock.unlock();
    }

    @Test
    void aConsumerThatExitsTakesNothingWithIt() {
        SharedMemory memory = closing(desk(Role.CREATOR).create());
        PeerChild consumer = child("open", "role=CONSUMER");
        assertThat(consumer.tell("count")).isEqualTo("1");
        consumer.tell("close");
        awaitHeard("left " + consumer.pid());
        consumer.close();

        assertThat(directory.segmentFiles()).contains(DESK);
        assertThat(hits(memory)).isEqualTo(1);
        PeerChild next = child("open", "role=CONSUMER");
        assertThat(next.tell("count")).isEqualTo("2");
        next.tell("close");
        memory.close();
        assertThat(directory.segmentFiles()).isEmpty();
    }
}
