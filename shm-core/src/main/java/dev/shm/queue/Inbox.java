package dev.shm.queue;

import dev.shm.codec.Codec;
import dev.shm.error.CodecException;
import dev.shm.error.LeaseLostException;
import dev.shm.error.SegmentFormatException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Receives: finds messages, lends them out, acknowledges. Any thread may use it. */
abstract class Inbox<T> {

    final Opening opening;
    final Codec<T> codec;
    final Waiter room;

    /** For moving what was delivered too often. */
    final Outbox<T> outbox;

    /** Whether what is lent may be overwritten meanwhile, and so is copied before anybody trusts it. */
    final boolean copies;

    private final PerThread<Reader> readers;

    /** Through what one thread reads what is lent. */
    private static final class Reader {

        final Windows windows;
        final Message message = new Message();
        boolean reading;

        Reader(Opening opening) {
            this.windows = new Windows(opening.memory);
        }
    }

    Inbox(Opening opening, Codec<T> codec, Outbox<T> outbox, Waiter room) {
        this.opening = opening;
        this.codec = codec;
        this.outbox = outbox;
        this.room = room;
        this.copies = opening.geometry.visibilityNanos() > 0
                || opening.geometry.evictNanos() > 0
                || opening.geometry.is(QueueLayout.LOSSY);
        this.readers = new PerThread<>(() -> new Reader(opening));
    }

    /** Whether there is something to receive, or this is closed. Any thread may ask; changes nothing. */
    abstract boolean hasNews();

    /** Reads up to so many messages in place; returns how many. */
    abstract int drain(MessageHandler handler, int limit);

    /** Takes, decodes and acknowledges one message; null if there is none. */
    abstract @Nullable T poll();

    /** Lends one message; null if there is none. */
    abstract @Nullable Delivery<T> receive();

    /**
     * Acknowledges a delivery.
     *
     * @throws LeaseLostException if the message belongs to somebody else by now
     */
    abstract void acknowledge(Delivery<T> delivery);

    /** Gives a delivery back. */
    abstract void release(Delivery<T> delivery);

    /** Copies of the messages that are there and nobody has, oldest first, up to so many; each as good as the moment it was made. */
    abstract List<Entry<T>> entries(int limit);

    /** Takes that very message out, if nobody did meanwhile. */
    abstract boolean remove(Entry<T> entry);

    /** How many messages are there that nobody has; counts up to so many. */
    abstract int size(int most);

    /** A message that was looked at. */
    record Entry<T>(T value, Ring ring, long position, long word) {}

    /** Whether the calling thread is in the middle of receiving: in a handler, or in the codec. */
    abstract boolean isInside();

    /** Lets nobody receive any more, waits until nobody does, and gives back what was lent. */
    abstract void shut();

    /** Decodes what is lent where it lies. */
    final T decode(Delivery<T> delivery) {
        Reader reader = readers.get();
        if (reader.reading) {
            // The codec of this very thread reads another one.
            return decode(view(delivery));
        }
        reader.reading = true;
        try {
            show(delivery, reader.message, reader.windows);
            return decode(reader.message);
        } finally {
            reader.message.clear();
            reader.reading = false;
        }
    }

    /** A view of what is lent. Any thread reads it, so nothing of it is shared. */
    final Message view(Delivery<T> delivery) {
        Message message = new Message();
        show(delivery, message, new Windows(opening.memory));
        return message;
    }

    private void show(Delivery<T> delivery, Message message, Windows windows) {
        if (!opening.show(message, windows, delivery.ring, delivery.position, delivery.deliveryCount() - 1)) {
            // What is lent keeps its block until it ends, here or by closing.
            opening.checkOpen();
            throw leaseLost(delivery.deliveryCount());
        }
    }

    final T decode(Message message) {
        T value = message.decode(codec);
        if (value == null) {
            throw new CodecException("the codec '" + codec.name()
                    + "' decoded a message to null, which would look as if there was none. Mend its decode(...).");
        }
        return value;
    }

    /** Whether what is wrong is the message itself, so that it would be again. */
    static boolean isDamage(Throwable e) {
        return e instanceof SegmentFormatException || e instanceof IndexOutOfBoundsException;
    }

    /** Whether a message has come back so often that it is a dead letter. */
    final boolean isDead(int attempts) {
        return opening.geometry.maxDeliveries() > 0 && attempts >= opening.geometry.maxDeliveries();
    }

    final boolean bury(Message message) {
        if (!outbox.bury(message)) {
            return false;
        }
        opening.count(Counter.DEAD_LETTERED, 1);
        return true;
    }

    final LeaseLostException leaseLost(int deliveryCount) {
        return new LeaseLostException(
                "the message from '" + opening.handle.name() + "' (delivery " + deliveryCount
                        + ") does not belong to this consumer any more: it kept it for longer than the visibility time-out, "
                        + "and it went to another. Acknowledge sooner, or create the queue with a longer visibilityTimeout(...).");
    }
}
