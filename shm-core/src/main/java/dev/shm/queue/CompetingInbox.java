package dev.shm.queue;

import dev.shm.codec.Codec;
import dev.shm.error.SegmentFormatException;
import dev.shm.memory.Strip;
import java.util.ArrayList;
import java.util.List;
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
    private final Presence presence = new Presence();
    private final SlotRing.Leases[] leases;
    private final PerThread<Local> locals;
    private final boolean revocable;

    /** All of the object, if there is only one ring, and what is lent stays lent. */
    private final @Nullable Strip strip;

    private int turn;
    private int looks;

    /** What this opening has lent; another of this process may go on when it is closed. */
    private final Loans lent = new Loans();

    /** Receives from the rings given, the first of them first. */
    CompetingInbox(Opening opening, Codec<T> codec, Outbox<T> outbox, Waiter room, SlotRing[] rings) {
        super(opening, codec, outbox, room);
        this.rings = rings;
        this.revocable = opening.geometry.visibilityNanos() > 0;
        this.locals = new PerThread<>(() -> new Local(opening, presence));
        this.strip = rings.length == 1 && !copies ? opening.strip : null;
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

    /** Whether the one who took the record has had it for too long. Begins the lease if the taker has not come to that yet. */
    private boolean isLeaseOver(SlotRing ring, long position, long word) {
        long address = ring.leaseAddress(position);
        long lease = opening.memory.getLongAcquire(address);
        int attempts = ControlWord.attempts(word);
        if (!Lease.isFor(lease, ring.lap(position), attempts)) {
            opening.memory.compareAndSetLong(
                    address, lease, Lease.begin(ring.lap(position), attempts, System.nanoTime()));
            return false;
        }
        return Lease.age(lease, System.nanoTime()) >= opening.geometry.visibilityNanos();
    }

    // ------------------------------------------------------------------------------------------ taking

    /** Takes a message and shows it; the word by which it was taken, or 0. Caller is inside. */
    private long take(Local local, Message message, Windows windows) {
        // Racy: it matters only that each is first now and then.
        if (rings.length > 1 && ++turn % TURN_OF_ANOTHER == 0) {
            int first = 1 + Math.floorMod(turn / TURN_OF_ANOTHER, rings.length - 1);
            long word = take(first, local, message, windows);
            if (word != 0) {
                return word;
            }
        }
        for (int i = 0; i < rings.length; i++) {
            long word = take(i, local, message, windows);
            if (word != 0) {
                return word;
            }
        }
        return 0;
    }

    private long take(int index, Local local, Message message, Windows windows) {
        SlotRing ring = rings[index];
        while (ring.take(leases[index], revocable && ++looks % LOOK_FOR_KEPT == 0, local.taken)) {
            long position = local.taken.position;
            long word = local.taken.word;
            int attempts = ControlWord.attempts(word);
            boolean shown = false;
            boolean buried = false;
            try {
                if (revocable) {
                    opening.memory.putLongRelease(
                            ring.leaseAddress(position), Lease.begin(ring.lap(position), attempts, System.nanoTime()));
                }
                shown = show(ring, position, word, local, message, windows);
                if (!shown) {
                    continue;
                }
                buried = isDead(attempts) && ring != deadRing() && bury(copies ? local.message : message);
                if (attempts > 0 && !buried) {
                    opening.count(Counter.REDELIVERED, 1);
                }
            } catch (RuntimeException | Error e) {
                // What is damaged stays ours, so that others go on behind it.
                if (shown || !isDamage(e)) {
                    putBack(ring, position, word);
                }
                throw e;
            }
            if (buried) {
                if (endOrPutBack(ring, position, word)) {
                    ring.advance();
                    room.tell();
                }
                continue;
            }
            local.ring = ring;
            return word;
        }
        return 0;
    }

    /**
     * Shows what was taken; if it can be taken away, makes a copy.
     *
     * @return false if it was taken away meanwhile
     */
    private boolean show(SlotRing ring, long position, long word, Local local, Message message, Windows windows) {
        boolean shown;
        try {
            shown = opening.show(message, windows, ring, position, ControlWord.attempts(word));
            if (copies && shown && ring.isStill(position, word)) {
                local.copy(message);
            }
        } catch (SegmentFormatException | IndexOutOfBoundsException e) {
            if (ring.isStill(position, word)) {
                throw e;
            }
            return false;
        }
        // A producer may have written there since: what was read, and copied, is good only if the record is still the
        // same.
        if (copies && !ring.isStill(position, word)) {
            return false;
        }
        if (!shown) {
            throw ring.damaged(position, "it refers to a block that is not there");
        }
        return true;
    }

    private void putBack(SlotRing ring, long position, long word) {
        putBack(outbox, ring, position, word);
    }

    private static void putBack(Outbox<?> outbox, SlotRing ring, long position, long word) {
        ring.giveBack(position, word);
        outbox.tellOfMessages();
    }

    private @Nullable Ring deadRing() {
        return opening.geometry.hasDeadLetters() ? opening.deadRing() : null;
    }

    // ------------------------------------------------------------------------------------------ ending

    private void keepLines(Local local, SlotRing ring, long position, long word) {
        if (!revocable && !ControlWord.isReference(word)) {
            opening.keepLines(local.lines, ring, position);
        }
    }

    private boolean end(SlotRing ring, long position, long word) {
        return end(opening, ring, position, word);
    }

    private boolean endOrPutBack(SlotRing ring, long position, long word) {
        return endOrPutBack(opening, outbox, ring, position, word);
    }

    /** As {@link #end}. If that fails, for want of memory as a rule, the message comes again: nobody else would ever end it. */
    static boolean endOrPutBack(Opening opening, Outbox<?> outbox, SlotRing ring, long position, long word) {
        boolean tried = false;
        try {
            boolean ended = end(opening, ring, position, word);
            tried = true;
            return ended;
        } finally {
            if (!tried) {
                putBack(outbox, ring, position, word);
            }
        }
    }

    /** Acknowledges a record that was taken with this word; false if it is somebody else's by now. */
    private static boolean end(Opening opening, SlotRing ring, long position, long word) {
        if (!ControlWord.isReference(word)) {
            if (opening.geometry.visibilityNanos() > 0) {
                return ring.acknowledge(position, word);
            }
            // Nobody else changes what is taken while its taker is alive and in here.
            ring.done(position, word);
            return true;
        }
        // Nobody can take it back from here on, neither a consumer nor a reaper.
        long reference = ring.reference(position);
        if (!ring.beginFreeing(position, word)) {
            return false;
        }
        boolean freed = false;
        try {
            opening.free(reference);
            freed = true;
        } finally {
            if (!freed) {
                // Once more, since nobody else does it while this process lives.
                opening.free(reference);
            }
            ring.endFreeing(position);
        }
        return true;
    }

    @Override
    int drain(MessageHandler handler, int limit) {
        if (!hasNews()) {
            return 0;
        }
        Local mine = locals.get();
        opening.enter(presence, mine.mark);
        Local local = mine.borrow();
        int count = 0;
        long bytes = 0;
        long seen = 0;
        boolean again = false;
        Message message = local.lent;
        try {
            while (count < limit) {
                if (strip != null) {
                    int quickly = drainQuickly(strip, handler, limit - count, local);
                    count += quickly;
                    bytes += local.bytes;
                    if (again && quickly > 0) {
                        again = false;
                        local.pace.looked(true);
                    }
                    if (count == limit) {
                        break;
                    }
                }
                long word = take(local, message, local.windows);
                if (again) {
                    local.pace.looked(word != 0);
                }
                if (word == 0) {
                    if (again || count == 0) {
                        break;
                    }
                    local.pace.beforeNextLook(bytes - seen);
                    seen = bytes;
                    again = true;
                    continue;
                }
                again = false;
                SlotRing ring = local.takenFrom();
                long position = local.taken.position;
                int length = message.length();
                boolean handled = false;
                try {
                    handler.onMessage(copies ? local.message : message);
                    handled = true;
                } finally {
                    if (!handled) {
                        putBack(ring, position, word);
                    }
                }
                if (!endOrPutBack(ring, position, word)) {
                    continue;
                }
                count++;
                bytes += length;
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
            finish(mine, count, bytes);
        }
    }

    /** Reads messages for as long as there is nothing unusual about them; leaves their bytes in {@code local}. */
    private int drainQuickly(Strip whole, MessageHandler handler, int most, Local local) {
        SlotRing ring = rings[0];
        local.bytes = 0;
        long position = ring.takeFrom();
        if (position < 0) {
            return 0;
        }
        int control = (int) (ring.controlAddress(0) - opening.base);
        int data = (int) (ring.dataAddress() - opening.base);
        long mask = ring.mask();
        int owner = ring.owner();
        Message message = local.lent;
        message.begin(whole.bytes());
        int count = 0;
        long bytes = 0;
        long fetchAt = position;
        while (count < most) {
            int index = (int) (position & mask);
            int at = control + (index << 3);
            long word = whole.getLongAcquire(at);
            if (!ControlWord.isFresh(word, ring.lap(position))) {
                break;
            }
            if (position >= fetchAt) {
                local.fetched = fetch(whole, control, data, index, ring.lap(position));
                fetchAt = (position | SlotRing.LINE_MASK) + 1;
            }
            int record = data + (index << ring.unitShift);
            long recordWord = whole.getLong(record);
            int length = RecordLayout.bodyBytes(recordWord);
            int span = ControlWord.span(word);
            if (!RecordLayout.isUsual(recordWord)
                    || length < 0
                    || span > mask + 1 - index
                    || RecordLayout.bytes(recordWord) > (long) span << ring.unitShift) {
                // Somebody else may have taken it by now, and what was read be anything. Whoever takes it sees what is
                // wrong.
                break;
            }
            long mine = ControlWord.with(word, owner, ControlWord.TAKEN);
            // Dead from here on: the reaper commits it again, with one more attempt.
            if (!whole.compareAndSetLong(at, word, mine)) {
                break;
            }
            position += span;
            message.show(record, recordWord);
            boolean done = false;
            try {
                handler.onMessage(message);
                local.lines.keep(whole, record, record + (span << ring.unitShift), message.wasReadAsAWhole());
                // Nobody else changes what is taken while its taker is alive and in here.
                // SYNC POINT with SlotRing.word: what was read is read.
                whole.putLongRelease(at, ControlWord.with(word, 0, ControlWord.DONE));
                done = true;
            } finally {
                if (!done) {
                    ring.giveBack(position - span, mine);
                    outbox.tellOfMessages();
                    countReceived(count, bytes);
                }
            }
            count++;
            bytes += length;
            if ((count & 63) == 0) {
                ring.tookUntil(position);
                ring.advance();
                room.tell();
            }
        }
        if (count > 0) {
            ring.tookUntil(position);
        }
        local.bytes = bytes;
        return count;
    }

    /**
     * Reads the first word of the messages after one, as far as their control words are in the same line. So all their lines
     * come at once from the processor that wrote them; later each would only be asked for after the compare-and-set that takes
     * the message before it. With messages of 32 bytes that takes half the time.
     *
     * @return what was read, which means nothing; somebody has to want it
     */
    private long fetch(Strip whole, int control, int data, int index, long lap) {
        long read = 0;
        for (int next = index + 1; (next & SlotRing.LINE_MASK) != 0; next++) {
            if (!ControlWord.isFresh(whole.getLong(control + (next << 3)), lap)) {
                break;
            }
            read ^= whole.getLong(data + (next << rings[0].unitShift));
        }
        return read;
    }

    private void countReceived(long messages, long bytes) {
        opening.count(Counter.RECEIVED, messages);
        opening.count(Counter.BYTES, bytes);
    }

    private void finish(Local local, int count, long bytes) {
        try {
            if (count > 0) {
                countReceived(count, bytes);
                for (SlotRing ring : rings) {
                    ring.advance();
                }
                room.tell();
            }
        } finally {
            presence.leave(local.mark);
        }
    }

    @Override
    @Nullable
    T poll() {
        Local mine = locals.get();
        opening.enter(presence, mine.mark);
        Local local = mine.borrow();
        int count = 0;
        long bytes = 0;
        Message message = local.lent;
        try {
            for (; ; ) {
                long word = take(local, message, local.windows);
                if (word == 0) {
                    return null;
                }
                SlotRing ring = local.takenFrom();
                long position = local.taken.position;
                int length = message.length();
                boolean tried = false;
                boolean ended;
                T value;
                try {
                    value = decode(copies ? local.message : message);
                    keepLines(local, ring, position, word);
                    ended = end(ring, position, word);
                    tried = true;
                } finally {
                    if (!tried) {
                        putBack(ring, position, word);
                    }
                }
                if (ended) {
                    count = 1;
                    bytes = length;
                    return value;
                }
            }
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            local.giveBack();
            finish(mine, count, bytes);
        }
    }

    @Override
    @Nullable
    Delivery<T> receive() {
        Local mine = locals.get();
        opening.enter(presence, mine.mark);
        Local local = mine.borrow();
        long word = 0;
        try {
            word = take(local, local.lent, local.windows);
            if (word == 0) {
                return null;
            }
            // What is lent is read later and by any thread, so nothing of this one's goes with it.
            Delivery<T> delivery = new Delivery<>(
                    this, copies ? local.detach() : local.lent, copies, local.takenFrom(), local.taken.position, word);
            lent.add(delivery);
            word = 0;
            return delivery;
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            if (word != 0) {
                putBack(local.takenFrom(), local.taken.position, word);
            }
            local.giveBack();
            presence.leave(mine.mark);
        }
    }

    @Override
    void acknowledge(Delivery<T> delivery) {
        SlotRing ring = ringOf(delivery);
        Local local = locals.get();
        opening.enter(presence, local.mark);
        int count = 0;
        long bytes = 0;
        try {
            keepLines(local, ring, delivery.position, delivery.word);
            boolean ended = end(ring, delivery.position, delivery.word);
            // If that failed, for want of memory as a rule, it is still lent.
            delivery.gone = true;
            lent.remove(delivery);
            if (!ended) {
                throw leaseLost(delivery.deliveryCount());
            }
            count = 1;
            bytes = delivery.length();
        } finally {
            finish(local, count, bytes);
        }
    }

    @Override
    void release(Delivery<T> delivery) {
        SlotRing ring = ringOf(delivery);
        Local local = locals.get();
        opening.enter(presence, local.mark);
        try {
            boolean given = ring.giveBack(delivery.position, delivery.word);
            delivery.gone = true;
            lent.remove(delivery);
            if (!given) {
                throw leaseLost(delivery.deliveryCount());
            }
            outbox.tellOfMessages();
        } finally {
            presence.leave(local.mark);
        }
    }

    // ------------------------------------------------------------------------------------------ looking

    @Override
    List<Entry<T>> entries(int limit) {
        List<Entry<T>> entries = new ArrayList<>();
        Local mine = locals.get();
        opening.enter(presence, mine.mark);
        Local local = mine.borrow();
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
            presence.leave(mine.mark);
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
        Local local = locals.get();
        opening.enter(presence, local.mark);
        int count = 0;
        long bytes = 0;
        try {
            int length = RecordLayout.bodyBytes(opening.memory.getLong(ring.address(entry.position())));
            long taken = ring.takeThis(entry.position(), entry.word());
            if (taken == 0 || !endOrPutBack(ring, entry.position(), taken)) {
                return false;
            }
            count = 1;
            bytes = length;
            return true;
        } finally {
            finish(local, count, bytes);
        }
    }

    @Override
    int size(int most) {
        Local local = locals.get();
        opening.enter(presence, local.mark);
        try {
            int[] count = {0};
            for (SlotRing ring : rings) {
                if (count[0] < most) {
                    ring.forEachCommitted((position, word) -> ++count[0] < most);
                }
            }
            return count[0];
        } finally {
            presence.leave(local.mark);
        }
    }

    private static SlotRing ringOf(Delivery<?> delivery) {
        return (SlotRing) delivery.ring;
    }

    @Override
    boolean isInside() {
        return locals.get().isBorrowed();
    }

    @Override
    void shut() {
        presence.shut(locals.get().mark);
        if (opening.attachment.isOpen()) {
            lent.forEach(delivery -> ringOf(delivery).giveBack(delivery.position, delivery.word));
            outbox.tellOfMessages();
        }
        lent.clear();
    }
}
