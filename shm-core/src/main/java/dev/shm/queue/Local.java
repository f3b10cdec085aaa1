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

    final SlotRing.Taken taken = new SlotRing.Taken();

    /** Where the message that was taken last lies. */
    @Nullable
    SlotRing ring;

    private boolean borrowed;

    Local(Opening opening) {
        this.windows = new Windows(opening.memory);
    }

    /** The ring of the message that was taken last. */
    SlotRing takenFrom() {
        return Objects.requireNonNull(ring, "nothing was taken");
    }

    /** The message to show with, or a fresh one if a handler of this very thread is reading it. */
    Message borrow() {
        if (borrowed) {
            return new Message();
        }
        borrowed = true;
        return lent;
    }

    void giveBack(Message message) {
        message.clear();
        if (message == lent) {
            borrowed = false;
        }
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
