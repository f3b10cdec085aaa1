package dev.shm.collection;

import java.util.concurrent.TimeUnit;

/** Lets tests in other packages at what wakes those who wait for elements or for room. */
public final class BellAccess {

    private BellAccess() {}

    /** From now on whoever waits in this process sleeps until somebody rings, and does not look for itself. */
    public static void trustRings() {
        Bell.longestParkNanos = TimeUnit.DAYS.toNanos(1);
    }
}
