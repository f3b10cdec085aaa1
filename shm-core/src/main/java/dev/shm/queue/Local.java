package dev.shm.queue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What one receiving thread uses again and again, so that a message makes no garbage. */
final class Local {

    final Windows windows;

    /** A message as it lies in the segment. */
    final Message lent = new Message();

    /** A copy of it. */
    Message message = new Message();

    /** Where the message that was taken last lies. */
    @Nullable
    SlotRing ring;

    long position;
    private final Opening opening;
    private boolean borrowed;

    Local(Opening opening) {
        this.opening = opening;
        this.windows = new Windows(opening.memory);
    }

    /** The ring of the message that was taken last. */
    SlotRing takenFrom() {
        return Objects.requireNonNull(ring, "nothing was taken");
    }

    /** Takes it for one operation; a fresh one if a handler or codec of this very thread is in the middle of another. */
    Local borrow() {
        if (borrowed) {
            return new Local(opening).borrow();
        }
        borrowed = true;
        return this;
    }

    boolean isBorrowed() {
        return borrowed;
    }

    void giveBack() {
        lent.clear();
        borrowed = false;
    }

    /** Gives the copy away. */
    Message detach() {
        Message copy = message;
        message = new Message();
        return copy;
    }

    /** Makes a copy in the Java heap, where nobody else can write. */
    void copy(Message shown) {
        byte[] body = shown.toBytes();
        byte[] header = shown.header();
        message.describe(ByteBuffer.wrap(header), 0, header.length, shown.timestamp(), shown.deliveryCount());
        message.set(ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN), 0, body.length);
    }
}
