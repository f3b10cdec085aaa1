package dev.shm.queue;

import dev.shm.error.LeaseLostException;
import dev.shm.error.SegmentClosedException;
import dev.shm.error.SubscriptionEvictedException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A message that this process has and has not acknowledged. If the process dies, or closes the queue, the message is delivered
 * again, to whoever receives then.
 *
 * <p>Any thread may end it, once: by {@link #ack}, or by {@link #release}, which {@link #close} does for one that was not acknowledged.
 */
public final class Delivery<T> implements AutoCloseable {

    private static final int LENT = 0;
    private static final int ACKNOWLEDGED = 1;
    private static final int RELEASED = 2;

    private final Inbox<T> inbox;
    private final Message message;
    final @Nullable Ring ring;
    final long position;
    final long word;
    private final AtomicInteger state = new AtomicInteger();
    private @Nullable T payload;

    Delivery(Inbox<T> inbox, Message message, @Nullable Ring ring, long position, long word) {
        this.inbox = inbox;
        this.message = message;
        this.ring = ring;
        this.position = position;
        this.word = word;
    }

    /**
     * The payload. Decoded when it is asked for the first time, which must be before the delivery ends.
     *
     * @throws dev.shm.error.CodecException if it cannot be decoded
     */
    public T payload() {
        T decoded = payload;
        if (decoded == null) {
            decoded = inbox.decode(message());
            payload = decoded;
        }
        return decoded;
    }

    /**
     * The message where it lies, to be read without decoding.
     *
     * @throws IllegalStateException if the delivery has ended
     */
    public Message message() {
        checkLent("read");
        inbox.opening.checkOpen();
        return message;
    }

    /** How often the message has been delivered, this time included. */
    public int deliveryCount() {
        return message.deliveryCount();
    }

    /** Bytes of payload. */
    int length() {
        return message.length();
    }

    /** When it was sent, in milliseconds since 1970; 0 if its sender does not stamp. */
    public long timestamp() {
        return message.timestamp();
    }

    /** A copy of its header. */
    public byte[] header() {
        return message().header();
    }

    /**
     * Acknowledges the message: it is not delivered again. A large one is freed.
     *
     * @throws IllegalStateException if it was acknowledged or released before
     * @throws LeaseLostException if it belongs to another consumer by now
     */
    public void ack() {
        end(ACKNOWLEDGED, "acknowledge", inbox::acknowledge);
    }

    /**
     * Gives the message back: it is delivered again, to whoever receives next, with its count raised. In a topic, to this
     * subscription.
     *
     * @throws IllegalStateException if it was acknowledged or released before
     * @throws LeaseLostException if it belongs to another consumer by now
     */
    public void release() {
        end(RELEASED, "release", inbox::release);
    }

    /** Releases the message, unless the delivery has ended; never throws for one that was lost meanwhile. */
    @Override
    public void close() {
        if (state.get() == LENT) {
            try {
                release();
            } catch (LeaseLostException | SegmentClosedException | SubscriptionEvictedException e) {
                // It has gone back already.
            }
        }
    }

    private void end(int to, String what, Consumer<Delivery<T>> how) {
        if (!state.compareAndSet(LENT, to)) {
            checkLent(what);
        }
        try {
            how.accept(this);
        } catch (IllegalStateException e) {
            // Not here and now: it is still lent.
            state.set(LENT);
            throw e;
        }
    }

    private void checkLent(String what) {
        int now = state.get();
        if (now != LENT) {
            throw new IllegalStateException("cannot " + what + " a message that was "
                    + (now == ACKNOWLEDGED ? "acknowledged" : "released")
                    + " already. End a delivery once, and read it before that.");
        }
    }
}
