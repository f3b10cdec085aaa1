package dev.shm.queue;

import dev.shm.codec.Codec;
import dev.shm.error.SegmentFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Receives where consumers compete: each record is taken by a compare-and-set in its control word, and ended by another store there.
 *
 * <p>Killed with a record taken: the reaper commits it again, with one more attempt. Killed while freeing the block of one that was
 * acknowledged: the reaper finishes that, so it is not delivered again.
 */
final class CompetingInbox<T> extends Inbox<T> {

    static final SlotRing.Leases NO_LEASES = (position, word) -> false;

    /** How often another priority than the highest comes first, each in its turn, so that none is starved. */
    private static final int TURN_OF_ANOTHER = 32;

    /** How often to look from the head on for what somebody has kept for too long, though there are new messages. */
    private static final int LOOK_FOR_KEPT = 32;

    private final SlotRing[] rings;
    private final Presence presence = new Presence.Crowd();
    private final SlotRing.Leases[] leases;
    private final ThreadLocal<Local> locals;
    private final boolean revocable;
    private int turn;
    private int looks;

    /** What this opening has lent; another of this process may go on when it is closed. */
    private final Set<Delivery<T>> lent = ConcurrentHashMap.newKeySet();

    /** Receives from the rings given, the first of them first. */
    CompetingInbox(Opening opening, Codec<T> codec, Outbox<T> outbox, Waiter room, SlotRing[] rings) {
        super(opening, codec, outbox, room);
        this.rings = rings;
        this.revocable = opening.geometry.visibilityNanos() > 0;
        this.locals = ThreadLocal.withInitial(() -> new Local(opening));
        this.leases = new SlotRing.Leases[rings.length];
        for (int i = 0; i < rings.length; i++) {
            SlotRing ring = rings[i];
            leases[i] = revocable ? (position, word) -> isLeaseOver(ring, position, word) : NO_LEASES;
        }
    }

    @Override
    boolean hasNews() {
        if (presence.isShut() || !opening.attachment.isOpen()) {
            return true;
        }
        for (int i = 0; i < rings.length; i++) {
            if (rings[i].hasMessage(leases[i])) {
                return true;
            }
        }
        return false;
    }

    // ------------------------------------------------------------------------------------------ leases

    private long leaseAddress(SlotRing ring, long position) {
        long address = ring.address(position);
        return address + RecordLayout.leaseOffset(RecordLayout.flags(opening.memory.getLong(address)));
    }

    /** Whether the one who took the record has had it for too long. Begins the lease if the taker has not come to that yet. */
    private boolean isLeaseOver(SlotRing ring, long position, long word) {
        long record = opening.memory.getLong(ring.address(position));
        if (!RecordLayout.is(record, RecordLayout.LEASED)) {
            return false;
        }
        long address = leaseAddress(ring, position);
        long lease = opening.memory.getLongAcquire(address);
        // Somebody may have overwritten the record since its word was read.
        if (ring.word(position) != word) {
            return false;
        }
        int attempts = ControlWord.attempts(word);
        if (Lease.attempts(lease) != attempts) {
            opening.memory.compareAndSetLong(address, lease, Lease.begin(attempts, System.nanoTime()));
            return false;
        }
        return Lease.age(lease, System.nanoTime()) >= opening.geometry.visibilityNanos();
    }

    // ------------------------------------------------------------------------------------------ taking

    /** Takes a message and shows it; the word by which it was taken, or 0. Caller is inside. */
    private long take(Local local, Message message) {
        // Racy: it matters only that each is first now and then.
        if (rings.length > 1 && ++turn % TURN_OF_ANOTHER == 0) {
            int first = 1 + Math.floorMod(turn / TURN_OF_ANOTHER, rings.length - 1);
            long word = take(first, local, message);
            if (word != 0) {
                return word;
            }
        }
        for (int i = 0; i < rings.length; i++) {
            long word = take(i, local, message);
            if (word != 0) {
                return word;
            }
        }
        return 0;
    }

    private long take(int index, Local local, Message message) {
        SlotRing ring = rings[index];
        for (; ; ) {
            long position = ring.take(leases[index], revocable && ++looks % LOOK_FOR_KEPT == 0);
            if (position == SlotRing.EMPTY) {
                return 0;
            }
            long word = ring.takenWord(position);
            int attempts = ControlWord.attempts(word);
            if (revocable) {
                opening.memory.putLongRelease(leaseAddress(ring, position), Lease.begin(attempts, System.nanoTime()));
            }
            try {
                if (!opening.show(message, local.windows, ring, position, attempts)) {
                    throw ring.damaged(position, "it refers to a block that is not there");
                }
            } catch (SegmentFormatException e) {
                if (copies && ring.word(position) != word) {
                    // Not damaged: it was taken away and overwritten.
                    continue;
                }
                throw e;
            }
            if (copies) {
                if (ring.word(position) != word) {
                    continue;
                }
                local.copy(message);
            }
            if (isDead(attempts) && ring != deadRing() && bury(copies ? local.message : message)) {
                if (end(ring, position, word)) {
                    ring.advance();
                    room.tell();
                }
                continue;
            }
            if (attempts > 0) {
                opening.count(Counter.REDELIVERED, 1);
            }
            local.ring = ring;
            local.position = position;
            return word;
        }
    }

    private @Nullable Ring deadRing() {
        return opening.geometry.hasDeadLetters() ? opening.deadRing() : null;
    }

    // ------------------------------------------------------------------------------------------ ending

    private boolean end(SlotRing ring, long position, long word) {
        return end(opening, ring, position, word);
    }

    /** Acknowledges a record that was taken with this word; false if it is somebody else's by now. */
    static boolean end(Opening opening, SlotRing ring, long position, long word) {
        if (!ControlWord.isReference(word)) {
            return ring.acknowledge(position, word);
        }
        // Nobody can take it back from here on, neither a consumer nor a reaper.
        long reference = ring.reference(position);
        if (!ring.beginFreeing(position, word)) {
            return false;
        }
        opening.free(reference);
        ring.endFreeing(position);
        return true;
    }

    @Override
    int drain(MessageHandler handler, int limit) {
        opening.enter(presence);
        int count = 0;
        Local local = locals.get().borrow();
        Message message = local.lent;
        try {
            while (count < limit) {
                long word = take(local, message);
                if (word == 0) {
                    break;
                }
                SlotRing ring = local.takenFrom();
                long position = local.position;
                boolean handled = false;
                try {
                    handler.onMessage(copies ? local.message : message);
                    handled = true;
                } finally {
                    if (!handled) {
                        ring.giveBack(position, word);
                        outbox.tellOfMessages();
                    }
                }
                if (!end(ring, position, word)) {
                    continue;
                }
                count++;
                if ((count & 63) == 0) {
                    ring.advance();
                    room.tell();
                }
            }
            return count;
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            local.giveBack();
            finish(count);
        }
    }

    private void finish(int count) {
        try {
            if (count > 0) {
                opening.count(Counter.RECEIVED, count);
                for (SlotRing ring : rings) {
                    ring.advance();
                }
                room.tell();
            }
        } finally {
            presence.leave();
        }
    }

    @Override
    @Nullable
    T poll() {
        opening.enter(presence);
        int count = 0;
        Local local = locals.get().borrow();
        Message message = local.lent;
        try {
            for (; ; ) {
                long word = take(local, message);
                if (word == 0) {
                    return null;
                }
                SlotRing ring = local.takenFrom();
                long position = local.position;
                boolean decoded = false;
                T value;
                try {
                    value = decode(copies ? local.message : message);
                    decoded = true;
                } finally {
                    if (!decoded) {
                        ring.giveBack(position, word);
                        outbox.tellOfMessages();
                    }
                }
                if (end(ring, position, word)) {
                    count = 1;
                    return value;
                }
            }
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            local.giveBack();
            finish(count);
        }
    }

    @Override
    @Nullable
    Delivery<T> receive() {
        opening.enter(presence);
        try {
            // What is lent is read later and by any thread, so nothing of it is shared.
            Local local = new Local(opening);
            long word = take(local, local.lent);
            if (word == 0) {
                return null;
            }
            Delivery<T> delivery =
                    new Delivery<>(this, copies ? local.message : local.lent, local.ring, local.position, word);
            lent.add(delivery);
            return delivery;
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            presence.leave();
        }
    }

    @Override
    void acknowledge(Delivery<T> delivery) {
        SlotRing ring = ringOf(delivery);
        opening.enter(presence);
        int count = 0;
        try {
            lent.remove(delivery);
            if (!end(ring, delivery.position, delivery.word)) {
                throw leaseLost(delivery.deliveryCount());
            }
            count = 1;
        } finally {
            finish(count);
        }
    }

    @Override
    void release(Delivery<T> delivery) {
        SlotRing ring = ringOf(delivery);
        opening.enter(presence);
        try {
            lent.remove(delivery);
            if (!ring.giveBack(delivery.position, delivery.word)) {
                throw leaseLost(delivery.deliveryCount());
            }
            outbox.tellOfMessages();
        } finally {
            presence.leave();
        }
    }

    // ------------------------------------------------------------------------------------------ looking

    @Override
    List<Entry<T>> entries(int limit) {
        List<Entry<T>> entries = new ArrayList<>();
        opening.enter(presence);
        Local local = locals.get().borrow();
        Message message = local.lent;
        try {
            for (SlotRing ring : rings) {
                ring.forEachCommitted((position, word) -> {
                    T value = look(ring, position, word, local, message);
                    if (value != null) {
                        entries.add(new Entry<>(value, ring, position, word));
                    }
                    return entries.size() < limit;
                });
            }
            return entries;
        } finally {
            local.giveBack();
            presence.leave();
        }
    }

    /** Copies a message that others may take meanwhile; null if somebody did. */
    private @Nullable T look(SlotRing ring, long position, long word, Local local, Message message) {
        try {
            boolean there = opening.show(message, local.windows, ring, position, ControlWord.attempts(word));
            // Only if it is still there is its length the message's.
            if (!there || !ring.isStill(position, word)) {
                return null;
            }
        } catch (SegmentFormatException e) {
            if (!ring.isStill(position, word)) {
                return null;
            }
            throw e;
        }
        local.copy(message);
        return ring.isStill(position, word) ? decode(local.message) : null;
    }

    @Override
    boolean remove(Entry<T> entry) {
        SlotRing ring = (SlotRing) entry.ring();
        opening.enter(presence);
        int count = 0;
        try {
            long taken = ring.takeThis(entry.position(), entry.word());
            if (taken == 0 || !end(ring, entry.position(), taken)) {
                return false;
            }
            count = 1;
            return true;
        } finally {
            finish(count);
        }
    }

    @Override
    int size(int most) {
        opening.enter(presence);
        try {
            int[] count = {0};
            for (SlotRing ring : rings) {
                if (count[0] < most) {
                    ring.forEachCommitted((position, word) -> ++count[0] < most);
                }
            }
            return count[0];
        } finally {
            presence.leave();
        }
    }

    private SlotRing ringOf(Delivery<T> delivery) {
        return (SlotRing) Objects.requireNonNull(delivery.ring);
    }

    @Override
    boolean isInside() {
        return locals.get().isBorrowed();
    }

    @Override
    void shut() {
        presence.shut();
        if (opening.attachment.isOpen()) {
            lent.forEach(delivery -> ringOf(delivery).giveBack(delivery.position, delivery.word));
            lent.clear();
            outbox.tellOfMessages();
        }
    }
}
