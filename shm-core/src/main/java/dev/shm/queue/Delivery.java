package dev.shm.queue;

import dev.shm.error.LeaseLostException;
import dev.shm.error.SegmentClosedException;
import dev.shm.error.SubscriptionEvictedException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
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

    // An object of its own for the state would be a good part of what a message costs.
    @SuppressWarnings("rawtypes")
    private static final AtomicIntegerFieldUpdater<Delivery> STATE =
            AtomicIntegerFieldUpdater.newUpdater(Delivery.class, "state");

    private final Inbox<T> inbox;
    final Ring ring;
    final long position;
    final long word;
    private final long timestamp;
    private final int length;
    private final short deliveryCount;
    private volatile int state;

    /** It has ended, whatever fails after that. Set by its inbox. */
    volatile boolean gone;

    /** A copy, or a view that somebody has asked for: most are decoded through the view of the thread that does it. */
    private volatile @Nullable Message message;

    private @Nullable T payload;

    // Of Loans, and guarded by it.
    byte stripe;

    @Nullable
    Delivery<?> older;

    @Nullable
    Delivery<?> newer;

    /**
     * What was just taken.
     *
     * @param taken the message
     * @param keeps whether that is a copy, for this delivery alone; a view shows something else soon
     */
    Delivery(Inbox<T> inbox, Message taken, boolean keeps, Ring ring, long position, long word) {
        this.inbox = inbox;
        this.ring = ring;
        this.position = position;
        this.word = word;
        this.timestamp = taken.timestamp();
        this.length = taken.length();
        this.deliveryCount = (short) Math.min(Short.MAX_VALUE, taken.deliveryCount());
        this.message = keeps ? taken : null;
    }

    /**
     * The payload. Decoded when it is asked for the first time, which must be before the delivery ends.
     *
     * @throws dev.shm.error.CodecException if it cannot be decoded
     */
    public T payload() {
        T decoded = payload;
        if (decoded == null) {
            checkReadable();
            Message known = message;
            decoded = known != null ? inbox.decode(known) : inbox.decode(this);
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
        checkReadable();
        Message known = message;
        if (known == null) {
            known = inbox.view(this);
            message = known;
        }
        return known;
    }

    private void checkReadable() {
        checkLent("read");
        inbox.opening.checkOpen();
    }

    /** How often the message has been delivered, this time included. */
    public int deliveryCount() {
        return deliveryCount;
    }

    /** Bytes of payload. */
    int length() {
        return length;
    }

    /** When it was sent, in milliseconds since 1970; 0 if its sender does not stamp. */
    public long timestamp() {
        return timestamp;
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
        end(ACKNOWLEDGED, "acknowledge");
    }

    /**
     * Gives the message back: it is delivered again, to whoever receives next, with its count raised. In a topic, to this
     * subscription.
     *
     * @throws IllegalStateException if it was acknowledged or released before
     * @throws LeaseLostException if it belongs to another consumer by now
     */
    public void release() {
        end(RELEASED, "release");
    }

    /** Releases the message, unless the delivery has ended; never throws for one that was lost meanwhile. */
    @Override
    public void close() {
        if (state == LENT) {
            try {
                release();
            } catch (LeaseLostException | SegmentClosedException | SubscriptionEvictedException e) {
                // It has gone back already.
            }
        }
    }

    private void end(int to, String what) {
        if (!STATE.compareAndSet(this, LENT, to)) {
            checkLent(what);
        }
        try {
            if (to == ACKNOWLEDGED) {
                inbox.acknowledge(this);
            } else {
                inbox.release(this);
            }
        } catch (InternalError e) {
            throw inbox.opening.handle.failed(e);
        } catch (IllegalStateException | Error e) {
            // Not here and now, or not enough memory.
            if (!gone) {
                state = LENT;
            }
            throw e;
        }
    }

    private void checkLent(String what) {
        int now = state;
        if (now != LENT) {
            throw new IllegalStateException("cannot " + what + " a message that was "
                    + (now == ACKNOWLEDGED ? "acknowledged" : "released")
                    + " already. End a delivery once, and read it before that.");
        }
    }
}
