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

    final SlotRing.Taken taken = new SlotRing.Taken();

    /** Where the message that was taken last lies. */
    @Nullable
    SlotRing ring;

    final Pace pace = new Pace();

    final Lines lines;

    /** Bytes of payload that were just read. */
    long bytes;

    /** Stored, so that the JIT compiler does not leave out the reads. */
    long fetched;

    private final Opening opening;
    private boolean borrowed;

    private final Presence presence;
    final Presence.Mark mark;

    /**
     * What a thread needs.
     *
     * @param presence where the thread marks that it is in the middle of something
     */
    Local(Opening opening, Presence presence) {
        this.opening = opening;
        this.presence = presence;
        this.windows = new Windows(opening.memory);
        this.mark = presence.newMark();
        this.lines = new Lines(opening.rings[0].bytes());
    }

    /** The ring of the message that was taken last. */
    SlotRing takenFrom() {
        return Objects.requireNonNull(ring, "nothing was taken");
    }

    /** Takes it for one operation; a fresh one if a handler or codec of this very thread is in the middle of another. */
    Local borrow() {
        if (borrowed) {
            return new Local(opening, presence).borrow();
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
        message.copy(shown);
    }
}
