package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.HeapAccess;
import dev.shm.SharedMemory;
import dev.shm.SharedObject;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.SegmentView;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Kills processes that change shared objects, wherever they are, one after the other; each has a seat, in which another one is started
 * when it is dead.
 *
 * <p>{@code -Dshm.torture.kills=} says how many, {@code -Dshm.torture.seed=} repeats the choices of a run, though not its races.
 */
abstract class Torture {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    final long seed = Long.getLong("shm.torture.seed", System.nanoTime());
    final Random random = new Random(seed);
    SharedMemory memory;

    private final int seats;
    private final String segment;
    private final long bytes;
    private final List<ChildJvm> children = new ArrayList<>();
    private final long[] doneAtStart;
    private SegmentView view;
    private int killed;

    Torture(String segment, long bytes, int seats) {
        this.segment = segment;
        this.bytes = bytes;
        this.seats = seats;
        this.doneAtStart = new long[seats];
    }

    /** So many of the kills of a run that another test might make as well; one at least. */
    static int kills(int share) {
        return Math.max(1, Integer.getInteger("shm.torture.kills", 300) / share);
    }

    /** Starts a process in a seat. */
    abstract ChildJvm start(int seat, long childSeed);

    /** What a seat has done, as it says: a number that grows. */
    abstract long done(int seat);

    /** Somebody was killed, and may hold whatever it held. */
    void died(int seat) {
        // Mostly there is nothing to do before it is reaped.
    }

    /** What a victim held was given back. Examines all that can be examined, and writes down what became of what it was doing. */
    abstract void settle(int seat);

    @BeforeEach
    final void open() {
        memory = SharedMemory.named(segment)
                .directory(directory.segments())
                .size(bytes)
                .slots(16)
                .create();
        view = SegmentView.of(memory);
        prepare();
    }

    /** Creates the objects. */
    abstract void prepare();

    @AfterEach
    final void close() {
        try {
            children.forEach(ChildJvm::close);
        } finally {
            memory.close();
        }
    }

    final IntStream seats() {
        return IntStream.range(0, seats);
    }

    final Path file(String name, int seat) {
        return directory.path().resolve(name + "-log-" + seat);
    }

    final ChildJvm child(int seat) {
        ChildJvm child = children.get(seat);
        assertThat(child.isAlive()).as(child::output).isTrue();
        return child;
    }

    /** Kills so many of them, and does something in the end while those who are left go on. */
    final void kill(int kills, Runnable end) {
        long started = System.nanoTime();
        try {
            seats().forEach(seat -> children.add(sit(seat)));
            while (killed < kills) {
                killSomebody();
            }
            end.run();
        } catch (RuntimeException | Error e) {
            throw new AssertionError("after " + killed + " kills, with -Dshm.torture.seed=" + seed, e);
        }
        System.out.printf(
                "%s: %d kills in %d s, %d done, seed %d%n",
                segment,
                killed,
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started),
                seats().mapToLong(this::done).sum(),
                seed);
    }

    private ChildJvm sit(int seat) {
        doneAtStart[seat] = done(seat);
        return start(seat, random.nextLong());
    }

    private void killSomebody() {
        int victim = Victims.await(random, seats, this::works);
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(20_000)));
        ChildJvm child = child(victim);
        child.kill();
        killed++;
        child.awaitEnd();
        died(victim);
        if (random.nextBoolean()) {
            memory.reap();
        }
        Watchdog.await("the victim to be reaped", () -> !view.holds(child.pid()));
        settle(victim);
        children.set(victim, sit(victim));
    }

    private boolean works(int seat) {
        return works(seat, doneAtStart[seat]);
    }

    private boolean works(int seat, long since) {
        child(seat);
        return done(seat) > since + 20;
    }

    /** Nobody waits for the dead: everybody who is alive goes on. */
    final void awaitAllToWork() {
        long[] before = seats().mapToLong(this::done).toArray();
        Watchdog.await("everybody to go on", () -> seats().allMatch(seat -> works(seat, before[seat])));
    }

    /** Ends all of them, wherever they are. */
    final void endAll() {
        children.forEach(ChildJvm::close);
        Watchdog.await("everybody to be reaped", () -> {
            memory.reap();
            return view.occupied().size() == 1;
        });
        assertThat(memory.verify()).isEmpty();
        assertThat(memory.deepStatistics().tentativeBytes()).isZero();
    }

    /** All is gone when these are. */
    final void assertNothingLeaks(SharedObject... objects) {
        for (SharedObject object : objects) {
            object.close();
            assertThat(memory.destroy(object.name())).isTrue();
        }
        HeapAccess.awaitEmpty(memory);
    }
}
