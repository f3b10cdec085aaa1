package dev.shm.queue;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Receives, and waits while there is nothing: what a queue and a subscription do alike. Any thread may use it. */
final class Intake<T> {

    private final Inbox<T> inbox;
    private final Waiter messages;

    Intake(Inbox<T> inbox, Waiter messages) {
        this.inbox = inbox;
        this.messages = messages;
    }

    @Nullable
    T poll(long deadline) throws InterruptedException {
        checkInterrupt();
        for (; ; ) {
            T message = inbox.poll();
            if (message != null || !messages.await(inbox::hasNews, deadline)) {
                return message;
            }
        }
    }

    T take() throws InterruptedException {
        for (; ; ) {
            T message = poll(Waiter.deadline(Long.MAX_VALUE));
            if (message != null) {
                return message;
            }
        }
    }

    @Nullable
    Delivery<T> receive(long deadline) throws InterruptedException {
        checkInterrupt();
        for (; ; ) {
            Delivery<T> delivery = inbox.receive();
            if (delivery != null || !messages.await(inbox::hasNews, deadline)) {
                return delivery;
            }
        }
    }

    int drain(MessageHandler handler, int limit) {
        Objects.requireNonNull(handler, "handler");
        if (limit < 0) {
            throw new IllegalArgumentException("limit must not be negative: limit=" + limit);
        }
        return inbox.drain(handler, limit);
    }

    int drain(MessageHandler handler, int limit, long deadline) throws InterruptedException {
        checkInterrupt();
        for (; ; ) {
            int count = drain(handler, limit);
            if (count > 0 || limit == 0 || !messages.await(inbox::hasNews, deadline)) {
                return count;
            }
        }
    }

    private static void checkInterrupt() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }
}
