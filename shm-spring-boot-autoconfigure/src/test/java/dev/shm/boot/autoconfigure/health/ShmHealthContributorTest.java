package dev.shm.boot.autoconfigure.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.shm.Role;
import dev.shm.SharedMemory;
import dev.shm.SharedMemoryManager;
import dev.shm.boot.autoconfigure.health.ShmHealthProperties.CreatorLost;
import dev.shm.boot.autoconfigure.testing.PeerChild;
import dev.shm.boot.autoconfigure.testing.Segment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributors;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.util.unit.DataSize;

class ShmHealthContributorTest {

    @TempDir
    private Path directory;

    private SharedMemoryManager manager;

    @BeforeEach
    void start() {
        manager = SharedMemoryManager.start();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private ShmHealthContributor contributor(DataSize threshold, CreatorLost creatorLost) {
        return new ShmHealthContributor(Segment.of(manager), new ShmHealthProperties(threshold, creatorLost));
    }

    private ShmHealthContributor contributor() {
        return contributor(DataSize.ofBytes(0), CreatorLost.DOWN);
    }

    private static Health health(ShmHealthContributor contributor, String segment) {
        return ((HealthIndicator) contributor.getContributor(segment)).health();
    }

    @Test
    void shouldBeUpAndTellWhoIsAttachedAndWhatIsFree() {
        SharedMemory desk = manager.create(Segment.in(directory, "desk"));
        Health health = health(contributor(), "desk");
        assertThat(health.getStatus()).isEqualTo(Status.UP);
        assertThat(health.getDetails())
                .containsEntry("size", desk.size())
                .containsEntry("role", "peer")
                .containsEntry("free", desk.statistics().freeBytes())
                .containsEntry("used", 0L)
                .doesNotContainKeys("threshold", "creator")
                .containsEntry(
                        "peers",
                        List.of(Map.of("pid", ProcessHandle.current().pid(), "application", "test", "role", "peer")));
    }

    @Test
    void shouldFollowSegmentsThatComeAndGo() {
        ShmHealthContributor contributor = contributor();
        assertThat(contributor.stream()).isEmpty();
        assertThat(contributor.getContributor("desk")).isNull();
        SharedMemory desk = manager.create(Segment.in(directory, "desk"));
        manager.create(Segment.in(directory, "lamp"));
        assertThat(contributor.stream())
                .extracting(HealthContributors.Entry::name)
                .containsExactly("desk", "lamp");
        desk.close();
        assertThat(contributor.stream())
                .extracting(HealthContributors.Entry::name)
                .containsExactly("lamp");
    }

    @Test
    void shouldBeDownWhenLessIsFreeThanAskedFor() {
        SharedMemory desk = manager.create(Segment.in(directory, "desk"));
        long free = desk.statistics().freeBytes();
        Health down = health(contributor(DataSize.ofBytes(free + 1), CreatorLost.DOWN), "desk");
        assertThat(down.getStatus()).isEqualTo(Status.DOWN);
        assertThat(down.getDetails()).containsEntry("threshold", free + 1).containsEntry("free", free);
        assertThat(health(contributor(DataSize.ofBytes(free), CreatorLost.DOWN), "desk")
                        .getStatus())
                .isEqualTo(Status.UP);
    }

    @Test
    void shouldRefuseANegativeThreshold() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> contributor(DataSize.ofBytes(-1), CreatorLost.DOWN))
                .withMessageContaining("management.health.shm.free-threshold")
                .withMessageContaining("0B");
    }

    @Test
    void shouldBeDownWhenTheSegmentHasEndedUntilItIsOpenedAgain() {
        SharedMemory creator = Segment.in(directory, "desk")
                .role(Role.CREATOR)
                .closeGrace(Duration.ZERO)
                .create();
        SharedMemory desk = manager.open(Segment.in(directory, "desk").role(Role.CONSUMER));
        assertThat(health(contributor(), "desk").getStatus()).isEqualTo(Status.UP);
        creator.close();
        await().until(() -> !desk.isOpen());
        Health ended = health(contributor(), "desk");
        assertThat(ended.getStatus()).isEqualTo(Status.DOWN);
        assertThat(ended.getDetails().get("error")).asString().contains("ended by its creator");
        try (SharedMemory successor =
                Segment.in(directory, "desk").role(Role.CREATOR).create()) {
            SharedMemory again = manager.open(Segment.in(directory, "desk").role(Role.CONSUMER));
            assertThat(health(contributor(), "desk").getStatus()).isEqualTo(Status.UP);
            assertThat(again.uuid()).isEqualTo(successor.uuid());
            assertThat(contributor().stream()).hasSize(1);
        }
    }

    @Test
    void shouldBeDownWhenTheFileWasTruncated() {
        SharedMemory desk = manager.create(Segment.in(directory, "desk"));
        Segment.truncate(desk);
        await().untilAsserted(() -> {
            Health health = health(contributor(), "desk");
            assertThat(health.getStatus()).isEqualTo(Status.DOWN);
            assertThat(health.getDetails().get("error")).asString().contains("truncated");
        });
    }

    @Test
    void shouldBeDownOrUpAsToldWhenTheCreatorIsKilled() {
        try (PeerChild child = PeerChild.start(directory, "desk", Role.CREATOR)) {
            SharedMemory desk = manager.open(Segment.in(directory, "desk").role(Role.CONSUMER));
            assertThat(health(contributor(), "desk").getStatus()).isEqualTo(Status.UP);
            child.kill();
            await().until(desk::isCreatorLost);
            Health health = health(contributor(), "desk");
            assertThat(health.getStatus()).isEqualTo(Status.DOWN);
            assertThat(health.getDetails()).containsEntry("creator", "lost").containsKey("free");
            Health mild = health(contributor(DataSize.ofBytes(0), CreatorLost.UP), "desk");
            assertThat(mild.getStatus()).isEqualTo(Status.UP);
            assertThat(mild.getDetails()).containsEntry("creator", "lost");
        }
    }
}
