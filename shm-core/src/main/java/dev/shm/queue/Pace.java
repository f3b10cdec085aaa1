package dev.shm.queue;

/**
 * Keeps a consumer off the heels of its producers. One that has read everything and looks again at once takes the line away into
 * which the next message is being written, and does so for every single message, which costs both sides more than the message. So
 * while messages stream in, it lets the producers get ahead for some microseconds before it looks again. Where the second look finds
 * nothing, as between a question and its answer, none is delayed. One thread at a time uses it.
 */
final class Pace {

    private static final int PAUSES = 100;

    /** Who has read so much since it last looked is not on anybody's heels. */
    private static final long FAR_BYTES = 16 << 10;

    private boolean streaming;

    /**
     * Before a second look.
     *
     * @param bytes what was read since the first
     */
    void beforeNextLook(long bytes) {
        if (streaming && bytes < FAR_BYTES) {
            for (int i = 0; i < PAUSES; i++) {
                Thread.onSpinWait();
            }
        }
    }

    /** What the second look came to. */
    void looked(boolean found) {
        streaming = found;
    }
}
