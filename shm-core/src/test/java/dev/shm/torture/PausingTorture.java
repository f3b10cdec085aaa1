package dev.shm.torture;

import dev.shm.testing.ChildJvm;
import dev.shm.testing.Watchdog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** One in which all who are alive pause after each kill, so that what they did can be compared with what is there. */
abstract class PausingTorture<L extends TortureLog> extends Torture {

    final List<L> logs = new ArrayList<>();

    private final Class<?> child;
    private final Function<Path, L> opening;

    /** Whose children are told the directory of segments, their log, their seat and a seed. */
    PausingTorture(String segment, long bytes, int seats, Class<?> child, Function<Path, L> opening) {
        super(segment, bytes, seats);
        this.child = child;
        this.opening = opening;
    }

    /** Nobody changes anything, and the victim of this seat is reaped; or it is the end, and nobody is dead: -1. */
    abstract void examine(int victim);

    @Override
    void prepare() {
        seats().forEach(seat -> logs.add(opening.apply(file("pausing", seat))));
    }

    @Override
    final ChildJvm start(int seat, long childSeed) {
        logs.get(seat).starting();
        return ChildJvm.start(child, directory.segments(), file("pausing", seat), seat, childSeed);
    }

    @Override
    final long done(int seat) {
        return logs.get(seat).operations();
    }

    @Override
    final void died(int seat) {
        pauseAll(seat);
    }

    @Override
    final void settle(int seat) {
        examine(seat);
        logs.forEach(TortureLog::resume);
    }

    /** Has everybody pause, looks, and ends them. */
    final void examineAndEnd() {
        awaitAllToWork();
        pauseAll(-1);
        examine(-1);
        endAll();
    }

    private void pauseAll(int but) {
        logs.forEach(TortureLog::pause);
        seats().filter(seat -> seat != but)
                .forEach(seat -> Watchdog.await("a child to pause", () -> {
                    child(seat);
                    return logs.get(seat).isIdle();
                }));
    }
}
