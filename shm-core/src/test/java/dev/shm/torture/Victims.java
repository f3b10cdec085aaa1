package dev.shm.torture;

import dev.shm.testing.Watchdog;
import java.util.Random;
import java.util.function.IntPredicate;

/** Chooses whom to kill next. */
final class Victims {

    private Victims() {}

    /**
     * Waits until some seat works, and returns it: the first from a random one on. Whoever was started last needs not be waited
     * for while others work, so a JVM starts while the next kill is made.
     *
     * @param works whether a seat has worked since it was last started; fails if its process has ended by itself
     */
    static int await(Random random, int seats, IntPredicate works) {
        int first = random.nextInt(seats);
        int[] found = {-1};
        Watchdog.await("a child to work", () -> {
            for (int i = 0; i < seats && found[0] < 0; i++) {
                int seat = (first + i) % seats;
                if (works.test(seat)) {
                    found[0] = seat;
                }
            }
            return found[0] >= 0;
        });
        return found[0];
    }
}
