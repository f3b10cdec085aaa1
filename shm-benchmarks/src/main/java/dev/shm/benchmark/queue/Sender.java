package dev.shm.benchmark.queue;

/** One producer's end of a queue; used by one thread. */
interface Sender {

    /**
     * Sends a message of {@code payload.length} bytes, whose first eight are the sequence and whose others are those of the payload.
     *
     * @return false if there is no room now, and then nothing was sent
     */
    boolean offer(long sequence, byte[] payload);

    /** Lets go of what a transport has gathered to send it at once. */
    default void flush() {}
}
