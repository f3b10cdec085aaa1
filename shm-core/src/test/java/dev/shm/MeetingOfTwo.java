package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.function.Supplier;

/** Two processes that do something at the same time, in a world of their own. Made anew for each run. */
abstract class MeetingOfTwo {

    final World world;
    final World.Process first;
    final World.Process second;

    MeetingOfTwo(long bytes) {
        world = World.again(bytes);
        first = world.process(0);
        second = world.process(1);
    }

    abstract void first();

    abstract void second();

    /** What must be true however they met. */
    void check() {}

    /** Lets them meet with every single switch, and with so many pairs, triples and quadruples of switches. */
    static void meet(Supplier<? extends MeetingOfTwo> meeting, int randomSchedules) {
        meet(meeting, 1, randomSchedules);
    }

    /** As {@link #meet(Supplier, int)}, with one of so many single switches: for those who mostly wait for each other. */
    static void meet(Supplier<? extends MeetingOfTwo> meeting, int stride, int randomSchedules) {
        Interleaving.explore(switches -> meeting.get().run(switches), stride, Integer.MAX_VALUE, randomSchedules);
    }

    final int run(Set<Integer> switches) {
        Interleaving interleaving = new Interleaving(switches);
        interleaving.add(this::first);
        interleaving.add(this::second);
        first.memory.beforeAccess(() -> interleaving.beforeAccess(0));
        second.memory.beforeAccess(() -> interleaving.beforeAccess(1));
        try {
            int accesses = interleaving.run();
            first.memory.beforeAccess(() -> {});
            second.memory.beforeAccess(() -> {});
            check();
            assertThat(world.problems()).isEmpty();
            assertThat(world.count().tentativeBytes()).isZero();
            return accesses;
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("with switches before the accesses " + switches, e);
        }
    }
}
