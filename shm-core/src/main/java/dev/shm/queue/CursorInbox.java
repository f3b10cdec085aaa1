package dev.shm.queue;

import dev.shm.codec.Codec;
import dev.shm.error.SegmentClosedException;
import dev.shm.error.SegmentFormatException;
import dev.shm.error.SubscriptionEvictedException;
import dev.shm.memory.Memory;
import dev.shm.memory.Strip;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Receives by a cursor: the one consumer of a queue, or a subscriber of a topic. Threads take turns by a lock in the Java heap; in the
 * segment it is stores of the cursor's own words and nothing else.
 *
 * <p>Before a message is handed out, the cursor says so; after it was acknowledged, and all before it, the position moves on. Killed
 * in between: everything from the position on is delivered again, and what had been handed out has its count raised. In a
 * queue, a message that is acknowledged before an earlier one is marked in its record, so it is not delivered again; a topic's
 * record belongs to all, so there acknowledgements count in order.
 *
 * <p>In a lossy ring senders move the position too, so here it is moved by compare-and-set: a message is copied first, and if the
 * position still holds it then, the copy is good and the message acknowledged.
 */
final class CursorInbox<T> extends Inbox<T> {

    private static final long NOTHING = -1;

    /** Units of a record whose lines are kept though it came alone: for less, who waits for an answer would wait for that too. */
    private static final int WORTH_KEEPING = 16;

    private final Memory memory;
    private final Ring ring;
    private final int cursor;
    private final boolean topic;
    private final boolean lossy;
    private final boolean evictable;

    /** Whether nobody but this consumer may change what it has been handed out. */
    private final boolean sole;

    private final long positionAddress;
    private final long takenAddress;
    private final long mine;

    /** All of the object, if the ring is dense; and in it */
    private final @Nullable Strip strip;

    /** the ring's tail, */
    private final int tail;

    /** its data, */
    private final int data;

    /** what of a position is its index there, */
    private final long mask;

    /** and the end of what this cursor handed out. */
    private final int taken;

    private final Local local;
    private final ReentrantLock lock = new ReentrantLock();
    private final Positions lent = new Positions();
    private final Positions returned = new Positions();
    private final Map<Long, Integer> releases = new HashMap<>();

    private volatile boolean shut;
    private boolean attached;

    /** Whether somebody here has been told that this subscriber was put out. */
    private boolean told;

    private final Pace pace = new Pace();

    /** Bytes of payload received by the operation that is going on. */
    private long bytes;

    /** Whether a message with a block was passed in a lossy ring, where whoever moves the head frees it. */
    private boolean passedBlock;

    private long next;
    private long limit;
    private long published;
    private long redeliveredUntil;
    private int redeliveries;
    /** The same as {@code next} and whether anything is in {@code returned}, for those without the lock. */
    private volatile long nextSeen;

    private volatile boolean returnedSeen;

    /**
     * Receives by a cursor.
     *
     * @param number by which the cursor is taken already, or 0 if it is to be taken when it is used first
     */
    CursorInbox(Opening opening, Codec<T> codec, Outbox<T> outbox, Waiter room, int cursor, int number) {
        super(opening, codec, outbox, room);
        this.memory = opening.memory;
        this.ring = opening.rings[0];
        this.cursor = cursor;
        this.topic = opening.geometry.is(QueueLayout.TOPIC);
        this.evictable = opening.geometry.evictNanos() > 0;
        this.lossy = opening.geometry.is(QueueLayout.LOSSY);
        this.sole = !topic && !lossy && !evictable;
        this.positionAddress = opening.cursors.address(cursor) + QueueLayout.POSITION;
        this.takenAddress = opening.cursors.address(cursor) + QueueLayout.TAKEN;
        this.mine = Tenancy.word(opening.owner, number == 0 ? opening.number : number, Tenancy.PRESENT);
        this.strip = ring instanceof DenseRing ? opening.strip : null;
        this.tail = (int) (ring.tailAddress - opening.base);
        this.data = (int) (ring.dataAddress() - opening.base);
        this.mask = ring.mask();
        this.taken = (int) (takenAddress - opening.base);
        this.local = new Local(opening, new Presence());
        this.nextSeen = opening.cursors.position(cursor);
        if (number != 0) {
            begin();
        }
    }

    private void begin() {
        next = opening.cursors.position(cursor);
        limit = next;
        published = next;
        nextSeen = next;
        long redelivery = memory.getLongAcquire(opening.cursors.address(cursor) + QueueLayout.REDELIVERY);
        redeliveredUntil = redelivery >>> QueueLayout.HEAD_SHIFT;
        redeliveries = (int) redelivery & (1 << QueueLayout.HEAD_SHIFT) - 1;
        attached = true;
    }

    private void enter() {
        if (isInside()) {
            throw new IllegalStateException("a handler or codec must not receive from '" + opening.handle.name()
                    + "', which has just handed it a message, nor end a delivery of it. Do so when it has returned.");
        }
        lock.lock();
        boolean entered = false;
        try {
            opening.checkOpen();
            if (shut) {
                throw new SegmentClosedException("'" + opening.handle.name() + "' is closed");
            }
            attach();
            bytes = 0;
            entered = true;
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            if (!entered) {
                lock.unlock();
            }
        }
    }

    private void attach() {
        long state = opening.cursors.state(cursor);
        if (attached && state == mine) {
            return;
        }
        if (attached) {
            throw evicted();
        }
        if (state == mine) {
            // Taken by a call that failed right after that, for want of memory as a rule.
            begin();
            return;
        }
        if (Tenancy.state(state) != Tenancy.AWAY || !opening.cursors.change(cursor, state, mine)) {
            throw Outbox.taken(opening, opening.cursors.state(cursor), "was created for a single consumer");
        }
        begin();
    }

    private SubscriptionEvictedException evicted() {
        long lost = opening.cursors.lost(cursor);
        told = true;
        return new SubscriptionEvictedException(
                "this subscriber of '" + opening.handle.name()
                        + "' held the others up for longer than the topic allows and " + "was put out; it lost " + lost
                        + " messages. Close it and subscribe again.",
                lost);
    }

    @Override
    boolean hasNews() {
        if (shut || !opening.attachment.isOpen()) {
            return true;
        }
        if (attached && opening.cursors.state(cursor) != mine) {
            return true;
        }
        long from = lossy || !attached ? opening.cursors.position(cursor) : nextSeen;
        if (returnedSeen) {
            return true;
        }
        // Padding and what was skipped or acknowledged before is no news; who looks closer moves past it.
        return ring.limit(from) > from;
    }

    // ------------------------------------------------------------------------------------------ taking

    /** Takes the next message and shows it; its position, or {@link #NOTHING}. Caller has the lock. */
    private long take(Message message, Windows windows) {
        if (lossy) {
            return takeAndAcknowledge(message, windows);
        }
        if (!evictable) {
            return takeHeld(message, windows);
        }
        try {
            return takeHeld(message, windows);
        } catch (SegmentFormatException | IndexOutOfBoundsException e) {
            // What was read may be anything once this subscriber holds nobody up any more.
            checkPresent();
            throw e;
        }
    }

    private void checkPresent() {
        memory.acquireFence();
        if (evictable && opening.cursors.state(cursor) != mine) {
            throw evicted();
        }
    }

    private long takeHeld(Message message, Windows windows) {
        for (; ; ) {
            boolean again = !returned.isEmpty();
            long position = again ? returned.first() : takeNext();
            if (position == NOTHING) {
                return NOTHING;
            }
            boolean there = false;
            boolean buried = false;
            try {
                int attempts = attempts(position);
                there = opening.show(message, windows, ring, position, attempts);
                if (there && copies && !copy(message)) {
                    throw evicted();
                }
                buried = there && isDead(attempts) && bury(copies ? local.message : message);
                if (there && attempts > 0 && !buried) {
                    opening.count(Counter.REDELIVERED, 1);
                }
            } catch (RuntimeException | Error e) {
                if (!there && isDamage(e)) {
                    // Who has been told of that once goes on behind it.
                    pass(position, again);
                    if (e instanceof SegmentFormatException damage) {
                        throw evictedOr(damage);
                    }
                } else if (!again) {
                    // Nobody got it, for want of memory as a rule. So it is still the next one.
                    next = position;
                }
                throw e;
            }
            pass(position, again);
            if (!there) {
                // Acknowledged, by one who was killed before it could say so.
                checkPresent();
            } else if (buried) {
                settleBuried(position);
            } else {
                return position;
            }
        }
    }

    /** If this fails, for want of memory as a rule, the message comes again: otherwise its block would be nobody's. */
    private void settleBuried(long position) {
        boolean settled = false;
        try {
            settle(position);
            settled = true;
        } finally {
            if (!settled) {
                giveBack(position);
            }
        }
    }

    private void pass(long position, boolean again) {
        if (again) {
            returned.remove(position);
            returnedSeen = !returned.isEmpty();
        }
    }

    /** Next record that is a message, from what has never been handed out by this opening. */
    private long takeNext() {
        for (; ; ) {
            if (next == limit) {
                limit = ring.limit(next);
                if (next == limit) {
                    nextSeen = next;
                    return NOTHING;
                }
            }
            long position = next;
            long after = position + ring.span(position);
            if (after > limit || limit - position > ring.units) {
                throw evictedOr(ring.damaged(position, "it ends at " + after + ", and all messages at " + limit));
            }
            boolean waiting = isWaiting(position);
            checkPresent();
            if (waiting) {
                // Killed from here on: the reaper knows that this one was handed out.
                memory.putLongRelease(takenAddress, after);
                next = after;
                return position;
            }
            next = after;
        }
    }

    /** Who was put out reads what others write. */
    private RuntimeException evictedOr(SegmentFormatException e) {
        return opening.cursors.state(cursor) == mine ? e : evicted();
    }

    private int attempts(long position) {
        if (!topic) {
            return RecordLayout.attempts(memory.getLong(ring.address(position)));
        }
        int before = position < redeliveredUntil ? redeliveries : 0;
        return releases.isEmpty() ? before : before + releases.getOrDefault(position, 0);
    }

    /** Copies what is shown; false if this subscriber was put out meanwhile, and the copy may be anything. */
    private boolean copy(Message message) {
        if (opening.cursors.state(cursor) != mine) {
            return false;
        }
        local.copy(message);
        memory.acquireFence();
        return opening.cursors.state(cursor) == mine;
    }

    private long takeAndAcknowledge(Message message, Windows windows) {
        for (; ; ) {
            long position = opening.cursors.position(cursor);
            if (ring.limit(position) == position) {
                return NOTHING;
            }
            try {
                long after = position + ring.span(position);
                boolean is = ring.isMessage(position);
                boolean block = false;
                if (is) {
                    block = RecordLayout.is(memory.getLong(ring.address(position)), RecordLayout.BY_REFERENCE);
                    is = opening.show(message, windows, ring, position, 0);
                    if (isAt(position) && is) {
                        local.copy(message);
                    }
                }
                if (memory.compareAndSetLong(positionAddress, position, after) && is) {
                    passedBlock |= block;
                    return position;
                }
            } catch (SegmentFormatException | IndexOutOfBoundsException e) {
                if (isAt(position)) {
                    throw e;
                }
            }
        }
    }

    private boolean isAt(long position) {
        memory.acquireFence();
        return opening.cursors.position(cursor) == position;
    }

    // ------------------------------------------------------------------------------------------ acknowledging

    /** A message is done with: frees its block, and if it is not the first one under way, marks it. */
    private void settle(long position) {
        if (topic) {
            releases.remove(position);
            return;
        }
        long reference = ring.reference(position);
        if (reference != 0) {
            opening.free(reference);
        }
        if (floor() <= position && !(lent.isEmpty() && returned.isEmpty())) {
            long address = ring.address(position);
            memory.putLongRelease(address, RecordLayout.acknowledged(memory.getLong(address)));
        }
    }

    /** Before this everything is done with. */
    private long floor() {
        long floor = next;
        if (!lent.isEmpty()) {
            floor = Math.min(floor, lent.first());
        }
        if (!returned.isEmpty()) {
            floor = Math.min(floor, returned.first());
        }
        return floor;
    }

    private void publish() {
        long floor = floor();
        nextSeen = next;
        if (floor != published && !lossy) {
            // SYNC POINT with Cursors.position: what was read is read.
            memory.putLongRelease(positionAddress, floor);
            published = floor;
        }
    }

    private void publishAndTell(boolean large) {
        publish();
        if (passedBlock) {
            passedBlock = false;
            opening.cursors.reclaim(ring, opening.cursors.position(cursor));
        } else if (large && topic) {
            opening.cursors.reclaim(ring, published);
        }
        room.tell();
    }

    @Override
    int drain(MessageHandler handler, int most) {
        // Racy where two threads take turns: then it looks closer for nothing.
        if (attached && !isInside() && !hasNews()) {
            return 0;
        }
        enter();
        int count = 0;
        boolean large = false;
        long position = NOTHING;
        Message message = local.lent;
        try {
            while (count < most) {
                if (mayGoQuickly()) {
                    count += strip != null
                            ? drainDense(strip, handler, most - count, message)
                            : drainQuickly(handler, most - count, message);
                    if (count == most) {
                        break;
                    }
                }
                position = take(message, local.windows);
                if (position == NOTHING) {
                    break;
                }
                int length = message.length();
                handler.onMessage(copies ? local.message : message);
                bytes += length;
                if (!lossy) {
                    large |= ring.reference(position) != 0;
                    settle(position);
                }
                position = NOTHING;
                count++;
                publishIfFar(large);
            }
            return count;
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            try {
                if (position != NOTHING) {
                    giveBack(position);
                }
            } finally {
                message.clear();
                finish(count, large);
            }
        }
    }

    private boolean mayGoQuickly() {
        return !copies && lent.isEmpty() && returned.isEmpty() && releases.isEmpty();
    }

    /** Reads messages for as long as there is nothing unusual about them. */
    private int drainQuickly(MessageHandler handler, int most, Message message) {
        ByteBuffer view = local.windows.of(ring.dataAddress());
        long before = bytes;
        int count = 0;
        long looked = next;
        while (count < most) {
            if (next == limit) {
                if (count > 0) {
                    pace.beforeNextLook((next - looked) << ring.unitShift);
                }
                limit = ring.limit(next);
                if (count > 0) {
                    pace.looked(next != limit);
                }
                looked = next;
                if (next == limit) {
                    break;
                }
            }
            long position = next;
            long address = ring.address(position);
            long word = memory.getLong(address);
            long span = ring.messageSpan(position, word);
            if (span == 0
                    || limit - position > ring.units
                    || RecordLayout.bodyBytes(word) < 0
                    || !RecordLayout.isUsual(word)
                    || position < redeliveredUntil
                    || position + span > limit
                    || RecordLayout.bytes(word) > span << ring.unitShift) {
                // Whoever looks closer also sees what is wrong, if anything is.
                break;
            }
            // Killed from here on: the reaper knows that this one was handed out.
            memory.putLongRelease(takenAddress, position + span);
            int index = Windows.index(address);
            message.set(view, index, word, view, index + RecordLayout.bodyOffset(word), 0);
            boolean handled = false;
            next = position + span;
            try {
                handler.onMessage(message);
                handled = true;
            } finally {
                if (!handled) {
                    failed(position, count, before);
                }
            }
            if (sole && opening.strip != null) {
                int at = (int) (address - opening.base);
                local.lines.keep(opening.strip, at, at + (int) (span << ring.unitShift), message.wasReadAsAWhole());
            }
            count++;
            bytes += RecordLayout.bodyBytes(word);
            publishIfFar(false);
        }
        return count;
    }

    /** As {@link #drainQuickly} in a dense ring, where it matters most: a message is two loads and a store. */
    private int drainDense(Strip dense, MessageHandler handler, int most, Message message) {
        message.begin(dense.bytes());
        long before = bytes;
        int count = 0;
        long position = next;
        long looked = position;
        while (count < most) {
            if (position == limit) {
                if (count > 0) {
                    pace.beforeNextLook((position - looked) << ring.unitShift);
                }
                limit = dense.getLongAcquire(tail);
                if (count > 0) {
                    pace.looked(position != limit);
                }
                looked = position;
                // Where that is too far on, somebody writes who should not, and whoever looks closer says so.
                if (position == limit || limit - position > ring.units) {
                    break;
                }
            }
            int at = data + ((int) (position & mask) << 3);
            long word = dense.getLong(at);
            int length = RecordLayout.bodyBytes(word);
            long end = position + ((RecordLayout.bodyOffset(word) + length + 7L) >>> 3);
            if (!RecordLayout.isUsual(word) || length < 0 || end > limit || position < redeliveredUntil) {
                break;
            }
            // Killed from here on: the reaper knows that this one was handed out.
            dense.putLongRelease(taken, end);
            message.show(at, word);
            next = end;
            boolean handled = false;
            try {
                handler.onMessage(message);
                handled = true;
            } finally {
                if (!handled) {
                    failed(position, count, before);
                }
            }
            if (sole && (count > 0 || end - position >= WORTH_KEEPING)) {
                local.lines.keep(dense, at, at + (int) ((end - position) << 3), message.wasReadAsAWhole());
            }
            count++;
            bytes += length;
            position = end;
            publishIfFar(false);
        }
        return count;
    }

    /** A handler threw at a message: counts those before it, of which whoever called does not learn. */
    private void failed(long position, int count, long bytesBefore) {
        giveBack(position);
        countReceived(count, bytes - bytesBefore);
        bytes = bytesBefore;
    }

    private void countReceived(long messages, long bytes) {
        if (topic) {
            opening.count(Counter.RECEIVED, messages);
            opening.count(Counter.BYTES, bytes);
        } else {
            // Only the one consumer counts these, and a store does not wait for those before it.
            opening.set(Counter.RECEIVED, opening.get(Counter.RECEIVED) + messages);
            opening.set(Counter.BYTES, opening.get(Counter.BYTES) + bytes);
        }
    }

    private void publishIfFar(boolean large) {
        if (next - published > ring.units >>> 3) {
            publishAndTell(large);
        }
    }

    private void finish(int count, boolean large) {
        try {
            publishAndTell(large);
            if (count > 0) {
                countReceived(count, bytes);
            }
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            lock.unlock();
        }
    }

    private void giveBack(long position) {
        if (lossy) {
            return;
        }
        // First of all, so that whatever fails it is not lost.
        returned.add(position);
        returnedSeen = true;
        if (topic) {
            releases.merge(position, 1, Integer::sum);
        } else {
            long address = ring.address(position);
            memory.putLongRelease(address, RecordLayout.returned(memory.getLong(address)));
        }
    }

    @Override
    @Nullable
    T poll() {
        enter();
        int count = 0;
        boolean large = false;
        Message message = local.lent;
        long position = NOTHING;
        try {
            position = take(message, local.windows);
            if (position == NOTHING) {
                return null;
            }
            T value = decode(copies ? local.message : message);
            bytes = message.length();
            if (!lossy) {
                // Otherwise the record is the senders' by now, and its block was noted when it was taken.
                large = ring.reference(position) != 0;
                settle(position);
            }
            long done = position;
            position = NOTHING;
            if (sole && !large) {
                opening.keepLines(local.lines, ring, done);
            }
            count = 1;
            return value;
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            try {
                if (position != NOTHING) {
                    giveBack(position);
                }
            } finally {
                finish(count, large);
            }
        }
    }

    @Override
    @Nullable
    Delivery<T> receive() {
        enter();
        long position = NOTHING;
        try {
            position = take(local.lent, local.windows);
            if (position == NOTHING) {
                publish();
                return null;
            }
            // What is lent is read later and by any thread, so nothing of this one's goes with it.
            Message message = copies ? local.detach() : local.lent;
            Delivery<T> delivery = new Delivery<>(this, message, copies, ring, position, 0);
            if (!lossy) {
                lent.add(position);
            } else {
                countReceived(1, message.length());
            }
            position = NOTHING;
            if (lossy) {
                publishAndTell(false);
            } else {
                publish();
            }
            return delivery;
        } catch (InternalError e) {
            throw opening.handle.failed(e);
        } finally {
            try {
                if (position != NOTHING) {
                    giveBack(position);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    @Override
    void acknowledge(Delivery<T> delivery) {
        end(delivery, true);
    }

    @Override
    void release(Delivery<T> delivery) {
        end(delivery, false);
    }

    private void end(Delivery<T> delivery, boolean acknowledged) {
        if (lossy) {
            return;
        }
        enter();
        int count = 0;
        boolean large = false;
        try {
            long position = delivery.position;
            if (!lent.remove(position)) {
                throw leaseLost(delivery.deliveryCount());
            }
            boolean ended = false;
            try {
                if (acknowledged) {
                    bytes = delivery.length();
                    large = ring.reference(position) != 0;
                    settle(position);
                } else {
                    giveBack(position);
                }
                ended = true;
            } finally {
                if (ended || returned.contains(position)) {
                    delivery.gone = true;
                } else {
                    // For want of memory as a rule: it is still lent.
                    lent.add(position);
                }
            }
            if (!acknowledged) {
                outbox.tellOfMessages();
            } else {
                count = 1;
                if (sole && !large) {
                    opening.keepLines(local.lines, ring, position);
                }
            }
        } finally {
            finish(count, large);
        }
    }

    // ------------------------------------------------------------------------------------------ looking

    @Override
    List<Entry<T>> entries(int most) {
        List<Entry<T>> entries = new ArrayList<>();
        enter();
        try {
            for (int i = 0; i < returned.size() && entries.size() < most; i++) {
                look(returned.get(i), entries);
            }
            long at = lossy ? opening.cursors.position(cursor) : next;
            for (long end = ring.limit(at); at < end && entries.size() < most; end = at == end ? ring.limit(at) : end) {
                try {
                    long after = at + ring.span(at);
                    if (isWaiting(at)) {
                        look(at, entries);
                    }
                    at = after;
                } catch (SegmentFormatException | IndexOutOfBoundsException e) {
                    if (!lossy || opening.cursors.position(cursor) <= at) {
                        throw e;
                    }
                    at = opening.cursors.position(cursor);
                    end = ring.limit(at);
                }
            }
            return entries;
        } finally {
            lock.unlock();
        }
    }

    private boolean isWaiting(long position) {
        return ring.isMessage(position)
                && (topic || !RecordLayout.is(memory.getLong(ring.address(position)), RecordLayout.ACKNOWLEDGED));
    }

    private void look(long position, List<Entry<T>> entries) {
        Message message = new Message();
        if (opening.show(message, local.windows, ring, position, 0) && holds(position)) {
            local.copy(message);
            if (holds(position)) {
                entries.add(new Entry<>(decode(local.message), ring, position, 0));
            }
        }
    }

    /** Whether what is at a position is still there: only senders of a lossy ring take it away. */
    private boolean holds(long position) {
        memory.acquireFence();
        return !lossy || opening.cursors.position(cursor) <= position;
    }

    @Override
    boolean remove(Entry<T> entry) {
        if (lossy || topic) {
            throw new UnsupportedOperationException("only the oldest message can be taken from here: use poll()");
        }
        enter();
        int count = 0;
        try {
            long position = entry.position();
            boolean waits = returned.contains(position) || (position >= next && isWaiting(position));
            if (!waits) {
                return false;
            }
            long reference = ring.reference(position);
            if (reference != 0) {
                opening.free(reference);
            }
            long address = ring.address(position);
            bytes = RecordLayout.bodyBytes(memory.getLong(address));
            memory.putLongRelease(address, RecordLayout.acknowledged(memory.getLong(address)));
            returned.remove(position);
            returnedSeen = !returned.isEmpty();
            // Nobody might ever look again, and senders wait for the room.
            long first = next;
            while (first < ring.limit(first) && !isWaiting(first)) {
                first += ring.span(first);
            }
            limit = Math.max(limit, first);
            next = first;
            count = 1;
            return true;
        } finally {
            finish(count, false);
        }
    }

    @Override
    int size(int most) {
        enter();
        try {
            int count = returned.size();
            long at = lossy ? opening.cursors.position(cursor) : next;
            for (long end = ring.limit(at); at < end && count < most; end = at == end ? ring.limit(at) : end) {
                count += isWaiting(at) ? 1 : 0;
                at += ring.span(at);
            }
            return count;
        } catch (SegmentFormatException e) {
            if (lossy) {
                return 0;
            }
            throw e;
        } finally {
            lock.unlock();
        }
    }

    /** Messages lost to this subscriber. */
    long lost() {
        return opening.cursors.lost(cursor);
    }

    int cursor() {
        return cursor;
    }

    /** Where the next message that was not handed out will be. */
    long position() {
        return lossy ? opening.cursors.position(cursor) : nextSeen;
    }

    @Override
    boolean isInside() {
        return lock.isHeldByCurrentThread();
    }

    @Override
    void shut() {
        lock.lock();
        try {
            shut = true;
            boolean mustLeave = opening.attachment.isOpen() && (attached || opening.cursors.state(cursor) == mine);
            if (mustLeave) {
                if (!attached) {
                    begin();
                }
                attached = false;
                for (int i = 0; i < lent.size(); i++) {
                    giveBack(lent.get(i));
                }
                lent.clear();
                publish();
                if (!topic && !lossy) {
                    // What was given back has its count raised already, and is not to be raised once more.
                    memory.putLongRelease(takenAddress, published);
                }
                Departure.leave(memory, opening.geometry, opening.cursors, ring, cursor, mine, told);
            }
        } finally {
            lock.unlock();
        }
    }
}
