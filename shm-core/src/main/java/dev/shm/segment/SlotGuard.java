package dev.shm.segment;

import dev.shm.error.TooManyPeersException;
import dev.shm.segment.FileLocks.HeldLock;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's word on who is alive in a segment: one locked file for each slot.
 *
 * <p>A slot whose owner is an attachment of this JVM, perhaps from another class loader, is never probed: opening its file here
 * would end its lock.
 */
final class SlotGuard implements Liveness {

    private final SegmentDirectory directory;
    private final String name;
    private final UUID uuid;
    private final FileLocks locks;
    private final Slots slots;
    private final Reaper reaper;

    SlotGuard(SegmentDirectory directory, String name, UUID uuid, FileLocks locks, Slots slots, Reaper reaper) {
        this.directory = directory;
        this.name = name;
        this.uuid = uuid;
        this.locks = locks;
        this.slots = slots;
        this.reaper = reaper;
    }

    /** A slot that was taken, with the lock that says that its owner lives. */
    record Seat(int slot, int generation, HeldLock lock) {}

    /**
     * Takes a free slot, after reaping the dead if there is none. The caller holds the role lock.
     *
     * @throws TooManyPeersException if every slot has a living owner
     */
    Seat join(int role, String application, long nowMillis) {
        return locks.exclusively(() -> {
            Seat seat = tryJoin(role, application, nowMillis);
            if (seat == null && reapAllDead() > 0) {
                seat = tryJoin(role, application, nowMillis);
            }
            if (seat == null) {
                throw new TooManyPeersException("segment '" + name + "' has " + slots.count()
                        + " process slots and each has a living owner. Close one, or create the segment with more "
                        + "slots(...).");
            }
            return seat;
        });
    }

    private @Nullable Seat tryJoin(int role, String application, long nowMillis) {
        for (int slot = 0; slot < slots.count(); slot++) {
            if (!slots.isFree(slot)) {
                continue;
            }
            // Inside `exclusively` and with a free word, no attachment of this JVM can hold this file.
            HeldLock lock = locks.lockFreeSlot(file(slot));
            if (lock == null) {
                continue;
            }
            int generation = slots.join(slot, ProcessIdentity.current(), role, application, nowMillis);
            if (generation >= 0) {
                return new Seat(slot, generation, lock);
            }
            lock.close();
        }
        return null;
    }

    /** Gives the own slot back: the same steps as for a dead one. */
    void leave(Seat seat) {
        locks.exclusively(() -> {
            reaper.reap(seat.slot(), SlotLayout.LEFT);
            seat.lock().close();
            return null;
        });
    }

    /**
     * Whether the slot has an owner that is alive, without reaping one that is not. A slot that is being reaped has none,
     * though its file is locked: by the reaper.
     */
    boolean isAlive(int slot) {
        return locks.exclusively(() -> {
            Peer peer = slots.peer(slot);
            if (peer == null || peer.state() == SlotLayout.ZOMBIE) {
                return false;
            }
            return isOurs(peer) || locks.isHeld(file(slot));
        });
    }

    /** Whether the slot was taken by this JVM: then its file must not be opened. */
    private static boolean isOurs(Peer peer) {
        return peer.process().equals(ProcessIdentity.current());
    }

    /**
     * Whether the slot was taken by this JVM and is held by it no more: its attachment was abandoned, since the segment had
     * failed.
     */
    boolean isAbandonedHere(int slot) {
        return locks.exclusively(() -> {
            Peer peer = slots.peer(slot);
            return peer != null && isOurs(peer) && !FileLocks.isOpenHere(file(slot));
        });
    }

    private Path file(int slot) {
        return directory.slotLock(name, uuid, slot);
    }

    @Override
    public boolean reapIfDead(int slot) {
        return locks.exclusively(() -> {
            Peer peer = slots.peer(slot);
            if (peer == null || isOurs(peer)) {
                return false;
            }
            try (HeldLock lock = locks.lockDeadSlot(file(slot))) {
                return lock != null && reaper.reap(slot, SlotLayout.DIED);
            }
        });
    }

    @Override
    public int reapAllDead() {
        int reaped = 0;
        for (int slot = 0; slot < slots.count(); slot++) {
            if (reapIfDead(slot)) {
                reaped++;
            }
        }
        return reaped;
    }
}
