package dev.shm.torture;

import dev.shm.testing.ChildJvm;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import dev.shm.torture.SeatLog.Block;
import dev.shm.torture.SeatLog.ThreadLog;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A place for one child after another, with the log that they share. */
final class Seat {

    private final TestDirectory directory;
    private final int number;
    private final SeatLog log;
    private ChildJvm child;

    Seat(TestDirectory directory, int number) {
        this.directory = directory;
        this.number = number;
        this.log = SeatLog.open(directory.file("seat-" + number));
    }

    void start(long seed) {
        log.phase(SeatLog.STARTING);
        log.command(SeatLog.RUN);
        child = ChildJvm.start(
                TortureChild.class, directory.segments(), directory.file("seat-" + number), number, seed);
    }

    int number() {
        return number;
    }

    SeatLog log() {
        return log;
    }

    ChildJvm child() {
        return child;
    }

    int phase() {
        return log.phase();
    }

    /** Waits until the child got that far; fails if it has failed. */
    void awaitPhase(int phase) {
        Watchdog.await("seat " + number + " to reach phase " + phase, () -> {
            checkNotFailed();
            return log.phase() >= phase;
        });
    }

    /** Fails if the child has ended and nobody killed it. */
    void checkNotFailed() {
        if (!child.isAlive() && (child.exitValue() != 0 || log.phase() < SeatLog.CLOSING)) {
            throw new AssertionError("seat " + number + " ended by itself. It said:\n" + child.output());
        }
    }

    /** Waits until the child, which has been told to pause, is between operations. */
    void awaitIdle() {
        Watchdog.await("seat " + number + " to pause", () -> {
            checkNotFailed();
            return log.isIdle();
        });
    }

    Stream<ThreadLog> threads() {
        return IntStream.range(0, SeatLog.THREADS).mapToObj(log::thread);
    }

    Stream<Block> blocks() {
        return threads()
                .flatMap(thread -> IntStream.range(0, SeatLog.BLOCKS)
                        .mapToObj(thread::block)
                        .filter(block -> block.state() != SeatLog.NO_BLOCK));
    }
}
