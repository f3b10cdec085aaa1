package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.HeapAccess;
import dev.shm.SharedMemory;
import dev.shm.collection.SharedDeque;
import dev.shm.collection.SharedList;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.SegmentView;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import dev.shm.value.SharedLong;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Kills processes that change one list and one deque, wherever they are, while the others go on, and looks after each kill whether what was
 * done is there, whether anything was done by halves, and in the end whether anything leaks.
 *
 * <p>{@code -Dshm.torture.kills=} says how many, {@code -Dshm.torture.seed=} repeats the choices of a run, though not its races.
 */
class ListTortureIT {

    private static final int KILLS = Integer.getInteger("shm.torture.kills", 300) / 3;
    private static final int SEGMENT_BYTES = 64 << 20;

    private final long seed = Long.getLong("shm.torture.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final ChildJvm[] children = new ChildJvm[ListTortureChild.SEATS];
    private final List<SharedLong> done = new ArrayList<>();
    private final long[] doneAtStart = new long[ListTortureChild.SEATS];
    private TestDirectory directory;
    private SharedMemory memory;
    private SegmentView view;
    private SharedList<Object> list;
    private SharedDeque<String> deque;
    private int kills;

    @BeforeEach
    void open() {
        directory = TestDirectory.create();
        memory = SharedMemory.named(ListTortureChild.SEGMENT)
                .directory(directory.segments())
                .size(SEGMENT_BYTES)
                .slots(16)
                .create();
        view = SegmentView.of(memory);
        list = memory.create(ListTortureChild.LIST, ListTortureChild.LIST_TYPE);
        deque = memory.create(ListTortureChild.DEQUE, ListTortureChild.DEQUE_TYPE);
        for (int seat = 0; seat < ListTortureChild.SEATS; seat++) {
            list.add(0L);
            done.add(memory.create(ListTortureChild.done(seat), SharedLong.type()));
        }
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
        doneAtStart[seat] = done.get(seat).get();
        children[seat] = ChildJvm.start(ListTortureChild.class, directory.segments(), seat, random.nextLong());
    }

    @Test
    void shouldHaveAllThatWasDoneAndNothingByHalvesWhereverProcessesAreKilled() {
        long started = System.nanoTime();
        try {
            for (int seat = 0; seat < ListTortureChild.SEATS; seat++) {
                start(seat);
            }
            while (kills < KILLS) {
                killSomebody();
            }
            takeApart();
        } catch (RuntimeException | Error e) {
            throw new AssertionError("after " + kills + " kills, with -Dshm.torture.seed=" + seed, e);
        }
        System.out.printf(
                "%d kills in %d s, seed %d%n",
                kills, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started), seed);
    }

    private void killSomebody() {
        int victim = Victims.await(random, ListTortureChild.SEATS, this::works);
        ChildJvm child = children[victim];
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(20_000)));
        child.kill();
        kills++;
        child.awaitEnd();
        if (random.nextBoolean()) {
            memory.reap();
        }
        Watchdog.await("the victim to be reaped", () -> !view.holds(child.pid()));
        // It counts in the list, and then says so.
        long counted = (long) list.get(victim);
        assertThat(counted)
                .as("the counter of the victim")
                .isBetween(done.get(victim).get(), done.get(victim).get() + 1);
        done.get(victim).set(counted);
        examine();
        start(victim);
    }

    private boolean works(int seat) {
        assertThat(children[seat].isAlive()).as(children[seat]::output).isTrue();
        return done.get(seat).get() > doneAtStart[seat] + 20;
    }

    /** Others go on: each look is at one moment. */
    private void examine() {
        List<Object> elements = list.snapshot();
        assertThat((elements.size() - ListTortureChild.SEATS) % 2)
                .as("half of a change of the list")
                .isZero();
        elements.forEach(ListTortureIT::check);
        List<String> texts = deque.snapshot();
        assertThat(texts.size() % 2).as("half of a change of the deque").isZero();
        texts.forEach(ListTortureIT::check);
        assertThat(memory.verify()).isEmpty();
    }

    private static void check(Object element) {
        if (element instanceof String text) {
            int number = Integer.parseInt(text.substring(1, text.indexOf('>')));
            assertThat(text).isEqualTo(ListTortureChild.text(number));
        } else {
            assertThat(element).isInstanceOf(Long.class);
        }
    }

    private void takeApart() {
        for (ChildJvm child : children) {
            child.close();
        }
        memory.reap();
        Watchdog.await("everybody to be reaped", () -> {
            memory.reap();
            return view.occupied().size() == 1;
        });
        examine();
        assertThat(memory.deepStatistics().tentativeBytes()).isZero();
        list.clear();
        assertThat(list).isEmpty();
        list.close();
        deque.close();
        assertThat(memory.destroy(ListTortureChild.LIST)).isTrue();
        assertThat(memory.destroy(ListTortureChild.DEQUE)).isTrue();
        for (int seat = 0; seat < ListTortureChild.SEATS; seat++) {
            done.get(seat).close();
            memory.destroy(ListTortureChild.done(seat));
        }
        HeapAccess.awaitEmpty(memory);
    }
}
