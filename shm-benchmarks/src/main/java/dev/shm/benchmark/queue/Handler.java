package dev.shm.benchmark.queue;

/** Gets each message once, in order. */
interface Handler {

    /** The message is good until this returns. */
    void onMessage(Message message);
}
