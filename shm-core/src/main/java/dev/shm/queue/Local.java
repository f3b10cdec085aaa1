package dev.shm.queue;

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
    private boolean borrowed;

    final Presence.Mark mark;

    /**
     * What a thread needs.
     *
     * @param presence where the thread marks that it is in the middle of something
     */
    Local(Opening opening, Presence presence) {
        this.windows = new Windows(opening.memory);
        this.mark = presence.newMark();
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
        message.copy(shown);
    }
}
