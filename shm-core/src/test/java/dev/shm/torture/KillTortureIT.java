package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Kills processes wherever they are, a few hundred times, and looks after each kill whether the segment is whole, nothing
 * acknowledged is lost, nothing is left half done and nothing leaks.
 *
 * <p>{@code -Dshm.torture.kills=} says how many, {@code -Dshm.torture.seed=} repeats the choices of a run, though not its races.
 */
class KillTortureIT {

    private static final int KILLS = Integer.getInteger("shm.torture.kills", 300);
    private static final int SEATS = 4;
    private static final int SEGMENT_BYTES = 8 << 20;

    private final long seed = Long.getLong("shm.torture.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final List<Seat> seats = new ArrayList<>();
    private TestDirectory directory;
    private SharedMemory memory;
    private Examination examination;
    private int kills;

    @BeforeEach
    void open() {
        directory = TestDirectory.create();
        memory = SharedMemory.named(TortureNames.SEGMENT)
                .directory(directory.segments())
                .size(SEGMENT_BYTES)
                .slots(16)
                .create();
        IntStream.range(0, SEATS).forEach(i -> seats.add(new Seat(directory, i)));
        examination = new Examination(memory, seats);
    }

    @AfterEach
    void close() {
        try {
            seats.stream().map(Seat::child).filter(child -> child != null).forEach(ChildJvm::close);
            memory.close();
        } finally {
            directory.close();
        }
    }

    @Test
    void whereverProcessesAreKilledTheSegmentIsWholeAndNothingIsLostOrLeaked() {
        long started = System.nanoTime();
        try {
            seats.forEach(this::start);
            while (kills < KILLS) {
                killSomebody();
            }
            leaveInOrder();
            examination.takeApart();
        } catch (RuntimeException | Error e) {
            throw new AssertionError("after " + kills + " kills, with -Dshm.torture.seed=" + seed, e);
        }
        long operations = seats.stream()
                .flatMap(Seat::threads)
                .mapToLong(SeatLog.ThreadLog::completed)
                .sum();
        System.out.printf(
                "%d kills in %d s, %d operations, seed %d%n",
                kills, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started), operations, seed);
    }

    private void start(Seat seat) {
        seat.start(random.nextLong());
    }

    private void killSomebody() {
        List<Seat> victims = new ArrayList<>();
        switch (random.nextInt(10)) {
            case 0 -> victims.add(killWhileJoining());
            case 1 -> victims.add(killWhileClosing());
            case 2 -> victims.add(killWhileStopped());
            case 3, 4 -> {
                victims.add(killWhileWorking());
                // The one who would reap the first one.
                Seat next = seats.get((victims.get(0).number() + 1 + random.nextInt(SEATS - 1)) % SEATS);
                pause(0, 3_000);
                kill(next);
                victims.add(next);
            }
            default -> victims.add(killWhileWorking());
        }
        List<Seat> survivors =
                seats.stream().filter(seat -> !victims.contains(seat)).toList();
        if (random.nextInt(4) == 0) {
            examineInTheMiddleOfThings(survivors);
        }
        seats.forEach(seat -> seat.log().command(SeatLog.PAUSE));
        awaitReaped(victims);
        survivors.forEach(Seat::awaitIdle);
        examination.examineAtRest(victims);
        victims.forEach(this::start);
        survivors.forEach(seat -> seat.log().command(SeatLog.RUN));
    }

    private Seat killWhileWorking() {
        Seat victim = anyWorking();
        pause(1_000, 30_000);
        kill(victim);
        return victim;
    }

    private Seat killWhileJoining() {
        Seat victim = seats.get(random.nextInt(SEATS));
        victim.awaitPhase(SeatLog.JOINING);
        pause(0, 30_000);
        kill(victim);
        return victim;
    }

    private Seat killWhileClosing() {
        Seat victim = anyWorking();
        victim.log().command(SeatLog.LEAVE);
        victim.awaitPhase(SeatLog.CLOSING);
        pause(0, 3_000);
        if (victim.child().isAlive()) {
            kill(victim);
        }
        return victim;
    }

    /** A stopped process is not dead, until it is. */
    private Seat killWhileStopped() {
        Seat victim = anyWorking();
        ChildJvm.stop(List.of(victim.child()));
        pause(5_000, 30_000);
        memory.reap();
        assertThat(examination.holds(victim.child().pid()))
                .as("a stopped process keeps its slot")
                .isTrue();
        kill(victim);
        return victim;
    }

    private void kill(Seat victim) {
        victim.checkNotFailed();
        victim.child().kill();
        kills++;
    }

    private Seat anyWorking() {
        Seat[] found = new Seat[1];
        int first = random.nextInt(SEATS);
        Watchdog.await("a seat to work", () -> {
            for (int i = 0; i < SEATS && found[0] == null; i++) {
                Seat seat = seats.get((first + i) % SEATS);
                seat.checkNotFailed();
                found[0] = seat.phase() == SeatLog.WORKING ? seat : null;
            }
            return found[0] != null;
        });
        return found[0];
    }

    private void examineInTheMiddleOfThings(List<Seat> survivors) {
        List<ChildJvm> children = survivors.stream().map(Seat::child).toList();
        ChildJvm.stop(children);
        try {
            examination.examineInMotion();
        } finally {
            ChildJvm.resume(children);
        }
    }

    /** By this process, or by a survivor. */
    private void awaitReaped(List<Seat> victims) {
        boolean help = random.nextBoolean();
        for (Seat victim : victims) {
            victim.child().awaitEnd();
            Watchdog.await("the slot of a dead process to be reaped", () -> {
                if (help) {
                    memory.reap();
                }
                return !examination.holds(victim.child().pid());
            });
        }
    }

    private void leaveInOrder() {
        seats.forEach(seat -> seat.awaitPhase(SeatLog.WORKING));
        seats.forEach(seat -> seat.log().command(SeatLog.LEAVE));
        seats.forEach(seat -> assertThat(seat.child().awaitEnd())
                .as(() -> seat.child().output())
                .isZero());
        examination.examineAtRest(seats);
    }

    private void pause(int fromMicros, int toMicros) {
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(fromMicros + random.nextInt(toMicros - fromMicros)));
    }
}
