package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.HeapAccess;
import dev.shm.SharedMemory;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.SegmentView;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import dev.shm.torture.BeanTortureChild.Content;
import dev.shm.torture.BeanTortureChild.Ledger;
import dev.shm.torture.BeanTortureChild.Log;
import dev.shm.value.SharedBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Kills processes that change one bean, wherever they are. What they had written down as done is there, what they had begun is there
 * wholly or not at all, and nobody is left waiting. The others go on all the while.
 *
 * <p>{@code -Dshm.torture.kills=} says how many, {@code -Dshm.torture.seed=} repeats the choices of a run, though not its races.
 */
class BeanTortureIT {

    private static final int KILLS = Math.max(1, Integer.getInteger("shm.torture.kills", 300) / 6);
    private static final int SEATS = BeanTortureChild.SEATS;

    private final long seed = Long.getLong("shm.torture.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final ChildJvm[] children = new ChildJvm[SEATS];
    private final List<Log> logs = new ArrayList<>();
    private final long[] doneAtStart = new long[SEATS];
    private TestDirectory directory;
    private SharedMemory memory;
    private SegmentView view;
    private SharedBean<Ledger> ledger;

    @BeforeEach
    void open() {
        directory = TestDirectory.create();
        memory = SharedMemory.named(BeanTortureChild.SEGMENT)
                .directory(directory.segments())
                .size(4 << 20)
                .slots(16)
                .create();
        view = SegmentView.of(memory);
        ledger = memory.create(BeanTortureChild.BEAN, SharedBean.of(Ledger.class));
        for (int seat = 0; seat < SEATS; seat++) {
            logs.add(Log.open(logFile(seat)));
        }
    }

    private Path logFile(int seat) {
        return directory.path().resolve("bean-log-" + seat);
    }

    @AfterEach
    void close() {
        try {
            for (ChildJvm child : children) {
                if (child != null) {
                    child.close();
                }
            }
            memory.close();
        } finally {
            directory.close();
        }
    }

    private void start(int seat) {
        doneAtStart[seat] = logs.get(seat).get(Log.UPDATES_DONE);
        children[seat] =
                ChildJvm.start(BeanTortureChild.class, directory.segments(), logFile(seat), seat, random.nextLong());
    }

    @Test
    void shouldHaveEveryUpdateWhollyOrNotAtAllWhereverProcessesAreKilled() {
        int kills = 0;
        try {
            for (int seat = 0; seat < SEATS; seat++) {
                start(seat);
            }
            while (kills < KILLS) {
                int victim = Victims.await(random, SEATS, this::works);
                ChildJvm child = children[victim];
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(20_000)));
                child.kill();
                kills++;
                child.awaitEnd();
                // Its lock may still be that of the dead: this waits for nothing but the reaper.
                ledger.snapshot(Content.class).check();
                if (random.nextBoolean()) {
                    memory.reap();
                }
                Watchdog.await("the victim to be reaped", () -> !view.holds(child.pid()));
                settle(victim);
                start(victim);
            }
            for (ChildJvm child : children) {
                child.close();
            }
            memory.reap();
            Watchdog.await("everybody to be reaped", () -> {
                memory.reap();
                return view.occupied().size() == 1;
            });
            examine();
        } catch (RuntimeException | Error e) {
            throw new AssertionError("after " + kills + " kills, with -Dshm.torture.seed=" + seed, e);
        }
    }

    private boolean works(int seat) {
        assertThat(children[seat].isAlive()).as(children[seat]::output).isTrue();
        return logs.get(seat).get(Log.UPDATES_DONE) > doneAtStart[seat] + 20;
    }

    /** What the victim had begun is done, or not: from now on its log says which. */
    private void settle(int seat) {
        Log log = logs.get(seat);
        Content content = ledger.snapshot(Content.class);
        content.check();
        long number = content.seat(seat).number();
        assertThat(number).isBetween(log.get(Log.UPDATES_DONE), log.get(Log.UPDATES_BEGUN));
        log.set(Log.UPDATES_BEGUN, number);
        log.set(Log.UPDATES_DONE, number);
    }

    /** Nobody changes anything. */
    private void examine() {
        for (int seat = 0; seat < SEATS; seat++) {
            settle(seat);
        }
        long hits = ledger.get().getHits();
        assertThat(hits)
                .isBetween(
                        logs.stream().mapToLong(log -> log.get(Log.HITS_DONE)).sum(),
                        logs.stream().mapToLong(log -> log.get(Log.HITS_BEGUN)).sum());
        ledger.update(bean -> bean.setTotal(bean.getTotal()));
        assertThat(memory.verify()).isEmpty();
        assertThat(memory.deepStatistics().tentativeBytes()).isZero();
        ledger.close();
        memory.destroy(BeanTortureChild.BEAN);
        HeapAccess.awaitEmpty(memory);
    }
}
