package dev.shm.queue;

import dev.shm.error.SegmentFormatException;
import dev.shm.memory.Memory;
import java.nio.charset.StandardCharsets;
import java.util.function.LongConsumer;

/**
 * The cursors of a topic, or the one of a queue with one consumer. The slowest holds the head.
 *
 * <p>Whoever joins does so at the head: it makes its cursor visible, and then touches the head by a compare-and-set. Whoever moves
 * the head reads it before it looks at the cursors; so either it sees the new one, or its compare-and-set fails. In a topic,
 * blocks are freed before the head moves, so that a kill in between loses none; who frees them says so first, and who joins
 * begins behind them.
 */
final class Cursors implements Ring.Reclaimer {

    /** The head was moved by somebody else. */
    private static final long MOVED = -1;

    /** How often a cursor is looked at again that changes hands while it is. */
    private static final int LOOKS = 100;

    private final Memory memory;
    private final Geometry geometry;
    private final long base;
    private final LongConsumer releaser;

    /**
     * The cursors of an object.
     *
     * @param releaser frees the block that a message of a topic is in, if it is still there
     */
    Cursors(Memory memory, Geometry geometry, long base, LongConsumer releaser) {
        this.memory = memory;
        this.geometry = geometry;
        this.base = base;
        this.releaser = releaser;
    }

    int count() {
        return geometry.cursors();
    }

    long address(int cursor) {
        return base + geometry.cursorOffset(cursor);
    }

    long state(int cursor) {
        return memory.getLongAcquire(address(cursor) + QueueLayout.STATE);
    }

    boolean change(int cursor, long from, long to) {
        return memory.compareAndSetLong(address(cursor) + QueueLayout.STATE, from, to);
    }

    long position(int cursor) {
        // SYNC POINT with CursorReader.publish.
        return memory.getLongAcquire(address(cursor) + QueueLayout.POSITION);
    }

    /** What the one who has a cursor has lost. Where subscribers are put out, what is noted counts only once it was. */
    long lost(int cursor) {
        long lost = memory.getLongAcquire(address(cursor) + QueueLayout.LOST);
        return geometry.evictNanos() == 0 || Tenancy.state(state(cursor)) == Tenancy.EVICTED
                ? lost - lostBefore(cursor)
                : 0;
    }

    private long lostBefore(int cursor) {
        return memory.getLongAcquire(address(cursor) + QueueLayout.LOST_BEFORE);
    }

    /** What everybody has lost who ever had a cursor. Never less than it was. */
    long lostByAll(int cursor) {
        for (int look = 0; look < LOOKS; look++) {
            long state = state(cursor);
            int what = Tenancy.state(state);
            boolean noted = geometry.evictNanos() == 0 || what == Tenancy.EVICTED || what == Tenancy.ENDING;
            long lost = noted ? memory.getLongAcquire(address(cursor) + QueueLayout.LOST) : lostBefore(cursor);
            memory.acquireFence();
            if (geometry.evictNanos() == 0 || state(cursor) == state) {
                return lost;
            }
        }
        return lostBefore(cursor);
    }

    /**
     * Makes a cursor nobody's; what was lost there stays. Killed before the last store, if it was put out: whoever reaps that owner
     * goes on.
     *
     * @param owner who does this
     * @return false if it has not this state
     */
    boolean free(int cursor, long state, int owner) {
        int what = Tenancy.state(state);
        if (what != Tenancy.EVICTED && what != Tenancy.ENDING) {
            return change(cursor, state, Tenancy.NOBODY);
        }
        long ending = Tenancy.ending(state, owner);
        if (what == Tenancy.EVICTED && !change(cursor, state, ending)) {
            return false;
        }
        settleLost(cursor);
        return change(cursor, ending, Tenancy.NOBODY);
    }

    /** What was lost up to now is of those who had the cursor before. */
    private void settleLost(int cursor) {
        long address = address(cursor);
        memory.putLongRelease(address + QueueLayout.LOST_BEFORE, memory.getLongAcquire(address + QueueLayout.LOST));
    }

    String name(int cursor) {
        long at = address(cursor) + QueueLayout.NAME;
        byte[] bytes = new byte[1 + QueueLayout.MAX_NAME_BYTES];
        memory.getBytes(at, bytes, 0, bytes.length);
        return new String(bytes, 1, Math.min(bytes[0] & 0xFF, QueueLayout.MAX_NAME_BYTES), StandardCharsets.UTF_8);
    }

    /** How many subscribe, those that are away included. */
    int subscribers() {
        int count = 0;
        for (int cursor = 0; cursor < count(); cursor++) {
            count += holds(state(cursor)) ? 1 : 0;
        }
        return count;
    }

    /** The cursor under that name, if only as a trace; or -1. */
    int find(String name) {
        for (int cursor = 0; cursor < count(); cursor++) {
            int state = Tenancy.state(state(cursor));
            boolean has = state == Tenancy.PRESENT || state == Tenancy.AWAY || state == Tenancy.EVICTED;
            if (has && !name.isEmpty() && name.equals(name(cursor))) {
                return cursor;
            }
        }
        return -1;
    }

    /**
     * Takes a free cursor, or if there is none the trace of one that was put out, and puts it at the head, or behind everything that
     * is there. Killed before it is there: it is free again.
     *
     * @param name to be kept under, or empty
     * @param fromOldest whether it stays at the head
     * @return its number, or -1 if all are taken
     */
    int join(Ring ring, String name, int owner, int opening, boolean fromOldest) {
        int cursor = join(ring, name, owner, opening, fromOldest, false);
        return cursor < 0 ? join(ring, name, owner, opening, fromOldest, true) : cursor;
    }

    private int join(Ring ring, String name, int owner, int opening, boolean fromOldest, boolean traces) {
        for (int cursor = 0; cursor < count(); cursor++) {
            long arriving = Tenancy.word(owner, opening, Tenancy.ARRIVING);
            long state = state(cursor);
            boolean free = state == Tenancy.NOBODY
                    || (traces && Tenancy.state(state) == Tenancy.EVICTED && Tenancy.isVacated(state));
            if (!free) {
                continue;
            }
            if (state != Tenancy.NOBODY && !free(cursor, state, owner)) {
                continue;
            }
            if (!change(cursor, Tenancy.NOBODY, arriving)) {
                continue;
            }
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            long at = address(cursor);
            memory.putBytes(at + QueueLayout.NAME, new byte[] {(byte) bytes.length}, 0, 1);
            memory.putBytes(at + QueueLayout.NAME + 1, bytes, 0, bytes.length);
            if (geometry.evictNanos() == 0) {
                settleLost(cursor);
            }
            memory.putLong(at + QueueLayout.REDELIVERY, 0);
            // A head is never before one that was read earlier, so whoever sees the cursor now is held by it at most
            // too early. Until it is known to hold the head it is nothing to be kept: the head may have passed it.
            long placing = Tenancy.with(arriving, Tenancy.PLACING);
            placeAtHead(ring, at, () -> memory.putLongRelease(at + QueueLayout.STATE, placing));
            if (!fromOldest) {
                moveTo(cursor, ring.end());
            }
            // Unless it was put out already, as its owner will see.
            change(cursor, placing, Tenancy.with(arriving, Tenancy.PRESENT));
            return cursor;
        }
        return -1;
    }

    /** Moves a cursor forward. Senders of a lossy ring do so too, and may have brought it further by now. */
    private void moveTo(int cursor, long end) {
        long address = address(cursor) + QueueLayout.POSITION;
        for (long at = position(cursor); at < end; at = position(cursor)) {
            if (memory.compareAndSetLong(address, at, end)) {
                return;
            }
        }
    }

    private void placeAtHead(Ring ring, long at, Runnable show) {
        boolean shown = false;
        for (; ; ) {
            long word = memory.getLongAcquire(ring.headAddress);
            long head = word >>> QueueLayout.HEAD_SHIFT;
            memory.putLongRelease(at + QueueLayout.TAKEN, head);
            memory.putLongRelease(at + QueueLayout.POSITION, head);
            if (!shown) {
                show.run();
                shown = true;
            }
            if (touchHead(ring, word)) {
                // SYNC POINT with walk: who frees blocks from here on has seen the touch; who did before, says up to
                // where.
                long reclaimed = memory.getLongVolatile(ring.reclaimedAddress);
                if (reclaimed > head) {
                    memory.putLongRelease(at + QueueLayout.TAKEN, reclaimed);
                    memory.putLongRelease(at + QueueLayout.POSITION, reclaimed);
                }
                return;
            }
        }
    }

    /** Makes whoever has read the head before start over; false if somebody else moved or touched it. */
    private boolean touchHead(Ring ring, long word) {
        int mask = (1 << QueueLayout.HEAD_SHIFT) - 1;
        return memory.compareAndSetLong(ring.headAddress, word, (word & ~mask) | ((int) word + 1 & mask));
    }

    // ------------------------------------------------------------------------------------------ making room

    /**
     * Moves the head to the slowest cursor. In a topic it moves no further than it is wanted, and a little, so that what nobody
     * needs any more can still be read by one who joins.
     */
    @Override
    public long reclaim(Ring ring, long wanted) {
        for (; ; ) {
            long word = memory.getLongAcquire(ring.headAddress);
            long head = word >>> QueueLayout.HEAD_SHIFT;
            long slowest = slowest();
            long to = freesOnTheWay() ? walk(ring, word, Math.min(slowest, wanted + (ring.units >>> 3))) : slowest;
            if (to == MOVED) {
                continue;
            }
            if (to - head <= 0) {
                return head;
            }
            if (ring.moveHead(word, to)) {
                return to;
            }
        }
    }

    @Override
    public long reachable(Ring ring) {
        return Math.min(slowest(), ring.end());
    }

    /** Goes from the head over messages and frees their blocks; returns how far it got, or {@link #MOVED}. */
    private long walk(Ring ring, long word, long enough) {
        long at = word >>> QueueLayout.HEAD_SHIFT;
        long limit = at;
        try {
            while (at < enough) {
                if (at == limit) {
                    limit = ring.limit(at);
                    if (at == limit) {
                        break;
                    }
                }
                long next = at + ring.span(at);
                long reference = ring.isMessage(at) ? ring.reference(at) : 0;
                // Somebody else may have moved the head meanwhile, and then what was read may be anything.
                memory.acquireFence();
                if (memory.getLong(ring.headAddress) != word) {
                    return MOVED;
                }
                if (reference != 0) {
                    noteReclaimed(ring, next);
                    // Somebody may have joined meanwhile, and be reading that very block.
                    if (memory.getLongVolatile(ring.headAddress) != word) {
                        return MOVED;
                    }
                    releaser.accept(reference);
                }
                at = next;
            }
            return at;
        } catch (SegmentFormatException e) {
            if (memory.getLongAcquire(ring.headAddress) != word) {
                return MOVED;
            }
            throw e;
        }
    }

    /** Blocks of messages before this may be freed any moment, though the head does not say so yet. */
    private void noteReclaimed(Ring ring, long position) {
        for (; ; ) {
            long known = memory.getLongAcquire(ring.reclaimedAddress);
            // SYNC POINT with placeAtHead: said before the head is looked at again.
            if (known >= position || memory.compareAndSetLong(ring.reclaimedAddress, known, position)) {
                return;
            }
        }
    }

    /** Whether blocks are freed when the head passes them, since no reader does: it is one of many, or senders push it on. */
    private boolean freesOnTheWay() {
        return geometry.is(QueueLayout.TOPIC) || geometry.is(QueueLayout.LOSSY);
    }

    /** Where what may still have blocks begins. */
    long oldest(Ring ring) {
        return freesOnTheWay() ? ring.head() : position(0);
    }

    /**
     * Position of the slowest cursor; without any, there is none. Each position is read once: a cursor that was the slowest may be
     * past others by the time it is looked at again.
     */
    private long slowest() {
        long slowest = Long.MAX_VALUE;
        for (int cursor = 0; cursor < count(); cursor++) {
            if (holds(state(cursor))) {
                slowest = Math.min(slowest, position(cursor));
            }
        }
        return slowest;
    }

    /** Whether a cursor in that state holds the head. */
    private static boolean holds(long state) {
        int what = Tenancy.state(state);
        return what == Tenancy.PRESENT || what == Tenancy.AWAY || what == Tenancy.PLACING;
    }

    /** Whether a cursor that was in that state and place held the head there ever since, and what was read behind it is as it was. */
    private boolean isHeld(int cursor, long state, long position) {
        memory.acquireFence();
        return holds(state) && state(cursor) == state && position(cursor) == position;
    }

    /** Whether a cursor holds the head at a position. */
    boolean isHeldAt(int cursor, long position) {
        return isHeld(cursor, state(cursor), position);
    }

    /** The cursor that holds the head where it is, or -1. */
    int slowestCursor() {
        int found = -1;
        long slowest = 0;
        for (int cursor = 0; cursor < count(); cursor++) {
            if (holds(state(cursor))) {
                long position = position(cursor);
                if (found < 0 || position < slowest) {
                    found = cursor;
                    slowest = position;
                }
            }
        }
        return found;
    }

    /**
     * Moves the slowest cursor of a lossy ring past one record, and counts it as lost there.
     *
     * @return whether anything moved
     */
    boolean push(Ring ring) {
        int cursor = slowestCursor();
        if (cursor < 0) {
            return false;
        }
        long position = position(cursor);
        try {
            if (ring.limit(position) == position) {
                return false;
            }
            boolean message = ring.isMessage(position);
            long next = position + ring.span(position);
            // What was read of the record is right only if the cursor still holds it.
            if (memory.compareAndSetLong(address(cursor) + QueueLayout.POSITION, position, next) && message) {
                memory.getAndAddLong(address(cursor) + QueueLayout.LOST, 1);
            }
        } catch (SegmentFormatException e) {
            if (position(cursor) == position) {
                throw e;
            }
        }
        return true;
    }

    /**
     * Puts a subscriber out: from now on it holds nobody up. Of one that is away a trace is left under its name, so that who comes
     * back to it is told. Killed before the last store: nothing has happened.
     *
     * @return how many messages it loses, or -1 if it moved or left meanwhile
     */
    long evict(Ring ring, int cursor, long expectedPosition) {
        long noteAddress = address(cursor) + QueueLayout.LOST;
        // Read before the state: if somebody else puts it out meanwhile, what that one noted stays.
        long noted = memory.getLongVolatile(noteAddress);
        long state = state(cursor);
        // The same for as long as it is in that state.
        long before = lostBefore(cursor);
        long lost;
        try {
            lost = countMessages(ring, expectedPosition);
        } catch (SegmentFormatException e) {
            if (isHeld(cursor, state, expectedPosition)) {
                throw e;
            }
            return -1;
        }
        // What was counted is right only if it still holds what follows it.
        if (!isHeld(cursor, state, expectedPosition)) {
            return -1;
        }
        // First what it loses: it is told as soon as it sees that it was put out. Until then the note means nothing.
        if (!memory.compareAndSetLong(noteAddress, noted, before + lost)
                || !change(cursor, state, Tenancy.with(state, Tenancy.EVICTED))) {
            return -1;
        }
        return lost;
    }

    /** Whether a cursor that was at a position just now has something to read there. */
    boolean hasMore(Ring ring, int cursor, long position) {
        try {
            return ring.limit(position) != position;
        } catch (SegmentFormatException e) {
            if (position(cursor) == position) {
                throw e;
            }
            return false;
        }
    }

    /** Messages from a position to the end. */
    static long countMessages(Ring ring, long position) {
        long count = 0;
        long at = position;
        for (; ; ) {
            long limit = ring.limit(at);
            if (limit == at) {
                return count;
            }
            while (at < limit) {
                count += ring.isMessage(at) ? 1 : 0;
                at += ring.span(at);
            }
            if (at - position > ring.units) {
                throw ring.damaged(position, "what follows it ends at " + at);
            }
        }
    }
}
