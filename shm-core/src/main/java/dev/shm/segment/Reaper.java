package dev.shm.segment;

import dev.shm.error.SegmentFailedException;
import dev.shm.memory.Memory;
import java.util.List;

/**
 * Gives back what the owner of a slot held. Whoever reaps holds the slot's file lock, so no two do it at once, and a
 * reaper that dies passes that right on with the lock. Every step may be repeated from the start.
 *
 * <p>The order is the argument. Committed journals are carried out first; only then does the slot become a zombie, which
 * frees all its locks in one store, since a lock word names slot and generation and a waiter may take it from a zombie.
 * What the dead owned in the heap is given back after that, and the slot last.
 */
public final class Reaper {

    /** What one floor does for a slot whose owner is gone. It must be idempotent, and must not wait for a shared lock. */
    public interface Step {
        /**
         * Gives back what the owner of the slot held.
         *
         * @param slot whose
         * @param owner what the owner bits of words hold for it
         */
        void reap(int slot, int owner);
    }

    private final Memory memory;
    private final Slots slots;
    private final List<Step> whileLocksAreHeld;
    private final List<Step> afterwards;

    /**
     * A reaper for one segment.
     *
     * @param whileLocksAreHeld steps that finish what the dead had committed
     * @param afterwards steps that give back what it had not
     */
    public Reaper(Memory memory, Slots slots, List<Step> whileLocksAreHeld, List<Step> afterwards) {
        this.memory = memory;
        this.slots = slots;
        this.whileLocksAreHeld = List.copyOf(whileLocksAreHeld);
        this.afterwards = List.copyOf(afterwards);
    }

    /**
     * Reaps a slot. Caller holds its file lock.
     *
     * @param how {@link SlotLayout#LEFT} or {@link SlotLayout#DIED}
     * @return whether there was anything to reap
     */
    public boolean reap(int slot, int how) {
        if (slots.isFree(slot)) {
            return false;
        }
        int owner = slot + 1;
        try {
            whileLocksAreHeld.forEach(step -> step.reap(slot, owner));
        } catch (SegmentFailedException e) {
            // What was committed cannot be carried out, and nobody may go on with half of it.
            memory.putLongRelease(SegmentLayout.STATE, SegmentState.FAILED.code());
            throw e;
        }
        slots.zombie(slot);
        afterwards.forEach(step -> step.reap(slot, owner));
        if (how == SlotLayout.DIED) {
            memory.getAndAddLong(SegmentLayout.REAPED, 1);
        }
        slots.free(slot, how);
        return true;
    }
}
