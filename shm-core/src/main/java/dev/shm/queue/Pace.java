package dev.shm.queue;

/**
 * Keeps a consumer off the heels of its producers: one that looks as soon as a message is there takes from the producer the very cache
 * line that it is writing, again and again, which takes longer than the message. So where it was worth while before, it lets the
 * producers get ahead for a microsecond or two before it looks again. Where that came to nothing, as between a question and its
 * answer, it is tried more and more rarely. One thread at a time uses it.
 */
final class Pace {

    private static final int PAUSES = 100;

    /** Who has read so much since it last looked is not on anybody's heels. */
    private static final long FAR_BYTES = 16 << 10;

    /** So often, as a power of two, it is left out at most. */
    private static final int RAREST = 10;

    private int failures;
    private int leftOut;
    private boolean paused;

    /**
     * Before a second look.
     *
     * @param bytes what was read since the first
     */
    void beforeNextLook(long bytes) {
        if (bytes >= FAR_BYTES) {
            paused = false;
        } else if (leftOut > 0) {
            leftOut--;
            paused = false;
        } else {
            paused = true;
            for (int i = 0; i < PAUSES; i++) {
                Thread.onSpinWait();
            }
        }
    }

    /** What the second look came to. */
    void looked(boolean found) {
        if (found) {
            failures = 0;
            leftOut = 0;
        } else if (paused) {
            failures = Math.min(failures + 1, RAREST);
            leftOut = 1 << failures;
        }
    }
}
