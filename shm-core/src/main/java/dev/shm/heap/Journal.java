package dev.shm.heap;

import dev.shm.error.SegmentFailedException;
import dev.shm.memory.Memory;
import dev.shm.segment.Attachment;
import dev.shm.segment.SegmentLayout;
import dev.shm.segment.SegmentState;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Changes several words at once, however the process ends: all of them, or none.
 *
 * <p>Callers are in {@link Attachment#guarded}. The words changed are guarded by shared locks that the caller holds, or are
 * headers of blocks. A death before {@link Transaction#commit} changes nothing, and the reaper frees what was allocated. A
 * death after it leaves a committed journal, which the reaper carries out before anybody can take the locks.
 */
public final class Journal {

    private final Attachment attachment;
    private final Memory memory;
    private final Heap heap;
    private final JournalReplay replay;
    private final ArrayBlockingQueue<Transaction> idle;

    public Journal(Attachment attachment, Heap heap) {
        this.attachment = attachment;
        this.memory = attachment.memory();
        SegmentLayout layout = attachment.layout();
        this.heap = heap;
        this.replay = new JournalReplay(memory, layout);
        this.idle = new ArrayBlockingQueue<>(layout.lanesPerSlot());
        for (int lane = 0; lane < layout.lanesPerSlot(); lane++) {
            idle.add(new Transaction(this, layout.lane(attachment.slot(), lane)));
        }
    }

    /**
     * Begins a change. Waits, briefly, if every lane of this process is in use. The transaction must be closed by the thread
     * that began it, and must not wait for anything while it is open.
     */
    public Transaction begin() {
        attachment.checkOpen();
        boolean interrupted = false;
        try {
            for (; ; ) {
                try {
                    return idle.take().begin();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    void end(Transaction transaction) {
        idle.add(transaction);
    }

    Heap heap() {
        return heap;
    }

    Memory memory() {
        return memory;
    }

    /** Carries out what was committed to a lane of this process. */
    void redo(long lane) {
        replay.redo(lane);
    }

    /** A committed change could not be carried out: nobody may go on with half of it. */
    SegmentFailedException failed(String what, Throwable cause) {
        if (cause instanceof InternalError error) {
            // The file was truncated: there is nothing that could be marked, and the others find out as this did.
            return attachment.failed(error);
        }
        SegmentFailedException failure = new SegmentFailedException(
                "segment '" + attachment.name() + "' has failed: " + what + ". Stop its processes and remove it.",
                cause);
        attachment.end(failure);
        memory.putLongRelease(SegmentLayout.STATE, SegmentState.FAILED.code());
        return failure;
    }
}
