package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.OnStale;
import dev.shm.Role;
import dev.shm.SharedMemory;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import dev.shm.value.SharedLong;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Kills processes that do nothing but create, join, adopt, leave and remove segments. Properties as in {@link KillTortureIT}; a
 * third as many kills.
 */
class LifecycleTortureIT {

    private static final int KILLS = Integer.getInteger("shm.torture.kills", 300) / 3;
    private static final int SEATS = 3;

    private final long seed = Long.getLong("shm.torture.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final TestDirectory directory = TestDirectory.create();
    private final List<Runner> runners = new ArrayList<>();
    private int kills;

    @AfterEach
    void close() {
        try {
            runners.forEach(runner -> runner.child.close());
        } finally {
            directory.close();
        }
    }

    @Test
    void whereverProcessesAreKilledTheNextOnesComeInAndTheLastOneLeavesNothingBehind() {
        long started = System.nanoTime();
        try {
            IntStream.range(0, SEATS).forEach(i -> runners.add(new Runner(directory.file("runner-" + i))));
            while (kills < KILLS) {
                Runner victim = runners.get(random.nextInt(SEATS));
                victim.awaitProgress();
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(20_000)));
                if (random.nextInt(5) == 0) {
                    runners.forEach(Runner::awaitProgress);
                    runners.forEach(Runner::kill);
                    examine();
                    runners.forEach(Runner::start);
                } else {
                    victim.kill();
                    victim.start();
                }
            }
            runners.forEach(Runner::kill);
            examine();
        } catch (RuntimeException | Error e) {
            throw new AssertionError("after " + kills + " kills, with -Dshm.torture.seed=" + seed, e);
        }
        System.out.printf(
                "%d kills in %d s, seed %d%n",
                kills, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started), seed);
    }

    /** All are dead: goes on with what they left, and ends it. */
    private void examine() {
        examine(segment(LifecycleChild.OF_PEERS, Role.PEER));
        examine(segment(LifecycleChild.OF_A_CREATOR, Role.CREATOR));
        assertThat(directory.segmentFiles()).isEmpty();
    }

    private void examine(SharedMemory.Builder segment) {
        try (SharedMemory memory = segment.openOrCreate()) {
            memory.reap();
            assertThat(memory.verify()).isEmpty();
            assertThat(memory.peers()).hasSize(1);
            try (SharedLong hits = memory.openOrCreate("hits", SharedLong.type())) {
                assertThat(hits.get()).isNotNegative();
            }
            assertThat(memory.deepStatistics().usedBlocks())
                    .isEqualTo(memory.objects().size());
        }
    }

    private SharedMemory.Builder segment(String name, Role role) {
        return SharedMemory.named(name)
                .directory(directory.segments())
                .size(LifecycleChild.SIZE)
                .role(role)
                .onStale(random.nextBoolean() ? OnStale.ADOPT : OnStale.RECREATE)
                .closeGrace(Duration.ZERO);
    }

    private final class Runner {

        private final Path file;
        private final SeatLog.ThreadLog log;
        private ChildJvm child;

        Runner(Path file) {
            this.file = file;
            this.log = SeatLog.open(file).thread(0);
            start();
        }

        void start() {
            child = ChildJvm.start(LifecycleChild.class, directory.segments(), file, random.nextLong());
        }

        /** Nobody is kept from coming and going by those who died. */
        void awaitProgress() {
            long from = log.completed();
            Watchdog.await("a process to come and go", () -> {
                checkAlive();
                return log.completed() > from;
            });
        }

        private void checkAlive() {
            if (!child.isAlive()) {
                throw new AssertionError("it ended by itself. It said:\n" + child.output());
            }
        }

        void kill() {
            checkAlive();
            child.close();
            kills++;
        }
    }
}
