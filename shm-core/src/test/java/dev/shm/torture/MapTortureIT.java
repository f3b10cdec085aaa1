package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.HeapAccess;
import dev.shm.SharedMemory;
import dev.shm.collection.SharedMap;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.SegmentView;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Kills processes that change one map, wherever they are, and looks after each kill whether what they had written down as done is
 * there, what they had begun is there wholly or not at all, and nothing leaks.
 *
 * <p>{@code -Dshm.torture.kills=} says how many, {@code -Dshm.torture.seed=} repeats the choices of a run, though not its races.
 */
class MapTortureIT {

    private static final int KILLS = Integer.getInteger("shm.torture.kills", 300) / 3;
    private static final int SEATS = 3;
    private static final int SEGMENT_BYTES = 24 << 20;

    private final long seed = Long.getLong("shm.torture.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final List<ChildJvm> children = new ArrayList<>();
    private final List<MapLog> logs = new ArrayList<>();
    private final long[] operationsAtStart = new long[SEATS];
    private TestDirectory directory;
    private SharedMemory memory;
    private SegmentView view;
    private SharedMap<String, Object> map;
    private int kills;

    @BeforeEach
    void open() {
        directory = TestDirectory.create();
        memory = SharedMemory.named(MapTortureChild.SEGMENT)
                .directory(directory.segments())
                .size(SEGMENT_BYTES)
                .slots(16)
                .create();
        view = SegmentView.of(memory);
        map = memory.create(MapTortureChild.MAP, MapTortureChild.TYPE);
        for (int seat = 0; seat < SEATS; seat++) {
            logs.add(MapLog.open(logFile(seat)));
            children.add(null);
        }
    }

    private Path logFile(int seat) {
        return directory.path().resolve("map-log-" + seat);
    }

    @AfterEach
    void close() {
        try {
            children.stream().filter(child -> child != null).forEach(ChildJvm::close);
            memory.close();
        } finally {
            directory.close();
        }
    }

    private void start(int seat) {
        logs.get(seat).command(MapLog.RUN);
        // Until it says otherwise: nobody who pauses all waits for a JVM to start.
        logs.get(seat).idle(true);
        operationsAtStart[seat] = logs.get(seat).operations();
        children.set(
                seat,
                ChildJvm.start(MapTortureChild.class, directory.segments(), logFile(seat), seat, random.nextLong()));
    }

    @Test
    void shouldHaveAllThatWasDoneAndNothingByHalvesWhereverProcessesAreKilled() {
        long started = System.nanoTime();
        try {
            IntStream.range(0, SEATS).forEach(this::start);
            while (kills < KILLS) {
                killSomebody();
            }
            pauseAll(-1);
            examine();
            takeApart();
        } catch (RuntimeException | Error e) {
            throw new AssertionError("after " + kills + " kills, with -Dshm.torture.seed=" + seed, e);
        }
        System.out.printf(
                "%d kills in %d s, %d operations, seed %d%n",
                kills,
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started),
                logs.stream().mapToLong(MapLog::operations).sum(),
                seed);
    }

    private void killSomebody() {
        int victim = Victims.await(random, SEATS, this::works);
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(20_000)));
        ChildJvm child = children.get(victim);
        assertThat(child.isAlive()).as(child::output).isTrue();
        child.kill();
        kills++;
        child.awaitEnd();
        pauseAll(victim);
        if (random.nextBoolean()) {
            memory.reap();
        }
        Watchdog.await("the victim to be reaped", () -> !view.holds(child.pid()));
        examine();
        logs.get(victim).settle(map);
        for (int seat = 0; seat < SEATS; seat++) {
            logs.get(seat).command(MapLog.RUN);
        }
        start(victim);
    }

    private boolean works(int seat) {
        ChildJvm child = children.get(seat);
        assertThat(child.isAlive()).as(child::output).isTrue();
        return logs.get(seat).operations() > operationsAtStart[seat] + 100;
    }

    private void pauseAll(int but) {
        for (int seat = 0; seat < SEATS; seat++) {
            logs.get(seat).command(MapLog.PAUSE);
        }
        for (int seat = 0; seat < SEATS; seat++) {
            if (seat != but) {
                MapLog log = logs.get(seat);
                ChildJvm child = children.get(seat);
                Watchdog.await("a child to pause", () -> {
                    assertThat(child.isAlive()).as(child::output).isTrue();
                    return log.isIdle();
                });
            }
        }
    }

    /** Nobody changes anything. */
    private void examine() {
        assertThat(memory.verify()).isEmpty();
        Map<String, Object> content = map.snapshot();
        assertThat(map).hasSize(content.size()).isEqualTo(content);
        Map<String, Object> owned = new HashMap<>(content);
        long sum = 0;
        for (int key = 0; key < MapTortureChild.COUNTERS; key++) {
            Object count = owned.remove(MapTortureChild.counter(key));
            sum += count == null ? 0 : (long) count;
        }
        long counted = 0;
        MapLog uncertain = null;
        for (MapLog log : logs) {
            log.check(owned);
            counted += log.counted();
            uncertain = log.isCounting() ? log : uncertain;
        }
        if (uncertain == null) {
            assertThat(sum).as("sum of the counters").isEqualTo(counted);
        } else {
            // It died between its two notes: once more, or not.
            assertThat(sum).as("sum of the counters").isBetween(counted, counted + 1);
            uncertain.settleCount(sum - counted);
        }
        assertThat(owned).as("entries that nobody put").isEmpty();
        assertThat(memory.deepStatistics().tentativeBytes()).isZero();
    }

    private void takeApart() {
        children.forEach(ChildJvm::close);
        memory.reap();
        map.clear();
        assertThat(map).isEmpty();
        map.close();
        memory.destroy(MapTortureChild.MAP);
        Watchdog.await("everybody to be reaped", () -> {
            memory.reap();
            return view.occupied().size() == 1;
        });
        HeapAccess.awaitEmpty(memory);
    }
}
