package dev.shm.queue;

/** Reads messages where they lie. */
@FunctionalInterface
public interface MessageHandler {

    /**
     * Reads one message. When this returns, the message is acknowledged; if it throws, it comes back and will be delivered
     * again, and the exception goes to whoever called {@code drain}.
     *
     * @param message good only until this returns
     */
    void onMessage(Message message);
}
