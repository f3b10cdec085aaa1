package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.HeapAccess;
import dev.shm.Shared;
import dev.shm.SharedMemory;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.GraphChanges;
import dev.shm.testing.SegmentView;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import dev.shm.torture.BeanTortureChild.Log;
import dev.shm.value.SharedLong;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Kills processes that change one graph, wherever they are, while the others go on. What a process had written down as done in the part of the graph
 * that is its own is there, and at most the next change beside it; what all change is there wholly or not at all; and what was taken out of it goes
 * while they have it open, so there is room for all that comes.
 *
 * <p>{@code -Dshm.torture.kills=} says how many, {@code -Dshm.torture.seed=} repeats the choices of a run, though not its races.
 */
class GraphTortureIT {

    private static final int KILLS = Math.max(2, Integer.getInteger("shm.torture.kills", 300) / 15);
    /** Kills until the graph is opened alone. */
    private static final int IN_A_ROW = 8;

    private static final int SEATS = GraphTortureChild.SEATS;
    private static final int SEGMENT_BYTES = 128 << 20;

    private final long seed = Long.getLong("shm.torture.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final ChildJvm[] children = new ChildJvm[SEATS];
    private final long[] seeds = new long[SEATS];
    private final List<Log> logs = new ArrayList<>();
    private final List<Map<String, Object>> models = new ArrayList<>();
    private long hitsDone;
    private long hitsBegun;
    private TestDirectory directory;
    private SharedMemory memory;
    private SegmentView view;
    private Shared<Map<String, Object>> shared;
    private int kills;

    @BeforeEach
    void open() {
        directory = TestDirectory.create();
        memory = SharedMemory.named(GraphTortureChild.SEGMENT)
                .directory(directory.segments())
                .size(SEGMENT_BYTES)
                .slots(16)
                .create();
        view = SegmentView.of(memory);
        Map<String, Object> graph = new HashMap<>();
        graph.put(GraphTortureChild.HITS, SharedLong.type());
        graph.put(GraphTortureChild.PAIRS, Map.of());
        for (int seat = 0; seat < SEATS; seat++) {
            graph.put(GraphTortureChild.own(seat), Map.of());
            models.add(new HashMap<>());
            logs.add(Log.open(logFile(seat)));
        }
        shared = memory.share(GraphTortureChild.GRAPH, graph);
    }

    private Path logFile(int seat) {
        return directory.path().resolve("graph-log-" + seat);
    }

    @AfterEach
    void close() {
        try {
            Arrays.stream(children).filter(Objects::nonNull).forEach(ChildJvm::close);
        } finally {
            try {
                memory.close();
            } finally {
                directory.close();
            }
        }
    }

    private void start(int seat) {
        seeds[seat] = random.nextLong();
        for (int word : new int[] {Log.UPDATES_DONE, Log.HITS_BEGUN, Log.HITS_DONE}) {
            logs.get(seat).set(word, 0);
        }
        children[seat] =
                ChildJvm.start(GraphTortureChild.class, directory.segments(), logFile(seat), seat, seeds[seat]);
    }

    @Test
    void shouldHaveAllThatWasDoneAndNothingByHalvesWhereverProcessesAreKilled() {
        long started = System.nanoTime();
        try {
            while (kills < KILLS) {
                for (int seat = 0; seat < SEATS; seat++) {
                    start(seat);
                }
                int until = Math.min(KILLS, kills + IN_A_ROW);
                while (kills < until) {
                    int victim = killSomebody();
                    if (kills < until) {
                        start(victim);
                    }
                }
                endAll();
                tidy();
            }
            shared.destroy();
            shared.close();
            HeapAccess.awaitEmpty(memory);
        } catch (RuntimeException | Error e) {
            throw new AssertionError("after " + kills + " kills, with -Dshm.torture.seed=" + seed, e);
        }
        System.out.printf(
                "%d kills in %d s, seed %d%n",
                kills, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started), seed);
    }

    private int killSomebody() {
        int victim = Victims.await(random, SEATS, this::works);
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(20_000)));
        kill(victim);
        kills++;
        examine();
        return victim;
    }

    private boolean works(int seat) {
        assertThat(children[seat].isAlive()).as(children[seat]::output).isTrue();
        return logs.get(seat).get(Log.UPDATES_DONE) > 20;
    }

    /** Kills a process, and compares what is its own in the graph with what it had written down. */
    private void kill(int seat) {
        ChildJvm child = children[seat];
        child.kill();
        child.awaitEnd();
        if (random.nextBoolean()) {
            memory.reap();
        }
        Watchdog.await("the victim to be reaped", () -> !view.holds(child.pid()));
        settle(seat);
    }

    private void settle(int seat) {
        Map<String, Object> model = models.get(seat);
        long done = logs.get(seat).get(Log.UPDATES_DONE);
        for (long number = 0; number < done; number++) {
            changeModel(seat, model, number);
        }
        Object found = GraphChanges.picture(shared.get().get(GraphTortureChild.own(seat)));
        if (!found.equals(GraphChanges.picture(model))) {
            changeModel(seat, model, done);
            assertThat(found)
                    .as("what was done, or was being done, by seat %d", seat)
                    .isEqualTo(GraphChanges.picture(model));
        }
        hitsDone += logs.get(seat).get(Log.HITS_DONE);
        hitsBegun += logs.get(seat).get(Log.HITS_BEGUN);
    }

    private void changeModel(int seat, Map<String, Object> model, long number) {
        GraphChanges.changeModel(model, GraphTortureChild.seedOf(seeds[seat], number));
    }

    /** Others go on: what is seen of each collection is of one moment. */
    private void examine() {
        Map<String, List<Object>> pairs = GraphTortureChild.inner(shared.get(), GraphTortureChild.PAIRS);
        pairs.forEach((key, pair) -> {
            assertThat(pair).as(key).hasSize(2);
            assertThat(GraphChanges.picture(pair.get(0))).as(key).isEqualTo(GraphChanges.picture(pair.get(1)));
        });
        assertThat(memory.verify()).isEmpty();
    }

    private void endAll() {
        for (int seat = 0; seat < SEATS; seat++) {
            if (children[seat].isAlive()) {
                kill(seat);
            }
        }
        memory.reap();
        Watchdog.await("everybody to be reaped", () -> {
            memory.reap();
            return view.occupied().size() == 1;
        });
        examine();
        assertThat(memory.deepStatistics().tentativeBytes()).isZero();
        long counted = ((SharedLong) shared.get().get(GraphTortureChild.HITS)).get();
        assertThat(counted).as("what all counted").isBetween(hitsDone, hitsBegun);
        hitsDone = counted;
        hitsBegun = counted;
    }

    /** What was taken out goes, though this has the graph open; and when it is opened by this alone there is nothing more. */
    private void tidy() {
        long parts = GraphChanges.parts(shared.copy());
        Watchdog.awaitAsserted(() -> {
            System.gc();
            assertThat(parts()).as("parts, when nobody has what was taken out").isEqualTo(parts);
        });
        shared.close();
        shared = memory.shared(GraphTortureChild.GRAPH);
        Map<String, Object> copy = shared.copy();
        for (int seat = 0; seat < SEATS; seat++) {
            assertThat(GraphChanges.picture(copy.get(GraphTortureChild.own(seat))))
                    .isEqualTo(GraphChanges.picture(models.get(seat)));
        }
        assertThat(parts()).as("parts, once nothing is left that was taken out").isEqualTo(GraphChanges.parts(copy));
        assertThat(memory.verify()).isEmpty();
    }

    private long parts() {
        Map<String, Object> figures = memory.figures().get(0).figures();
        return (long) figures.get("collections") + (long) figures.get("liveValues");
    }
}
