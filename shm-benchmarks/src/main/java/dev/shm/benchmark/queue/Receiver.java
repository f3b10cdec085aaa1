package dev.shm.benchmark.queue;

/** One consumer's end of a queue; used by one thread. */
interface Receiver {

    /**
     * Hands over the messages that are there, at most {@code limit}. A transport whose channel blocks may block here while there
     * is none.
     *
     * @return how many
     */
    int poll(Handler handler, int limit);

    /**
     * Waits for a message the way that is asked for, one of {@link Transport#waits()}, and then does as {@link #poll}. A transport that
     * can block overrides this. It may return 0, and is then called again.
     */
    default int receive(Handler handler, int limit, Waiting waiting) {
        return waiting.await(this, handler, limit);
    }
}
