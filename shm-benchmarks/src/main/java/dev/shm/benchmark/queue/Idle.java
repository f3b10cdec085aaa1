package dev.shm.benchmark.queue;

/** What a spinning side does when it finds nothing. */
final class Idle {

    private static final int PAUSES = 32;
    private static final int LOOKS = 64;

    private Idle() {}

    /**
     * Lets the other side write its line in peace before the next look, and lets it run when there are more processes than
     * processors. Now and then it does so anyway: the other side may wait for this very processor.
     */
    static void gently(boolean crowded, int looks) {
        for (int i = 0; i < PAUSES; i++) {
            Thread.onSpinWait();
        }
        if (crowded || looks % LOOKS == 0) {
            Thread.yield();
        }
    }

    /** For those who wait for one message and nothing else. */
    static void closely(int looks) {
        if (looks % (LOOKS * PAUSES) == 0) {
            Thread.yield();
        } else {
            Thread.onSpinWait();
        }
    }
}
