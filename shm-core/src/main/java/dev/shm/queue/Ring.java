package dev.shm.queue;

import dev.shm.error.SegmentFormatException;
import dev.shm.memory.Memory;

/**
 * A ring of records as one process sees it. Positions count units from the beginning of time; the unit at position {@code p}
 * lies at {@code p % units}. Records never wrap: what does not fit before the end of the ring is preceded by padding.
 */
abstract sealed class Ring permits SlotRing, DenseRing {

    /** What {@link #claim} returns when there is no room. */
    static final long FULL = -1;

    /** A message takes at most this part of the ring, so that padding can never make one impossible. */
    private static final int LARGEST_PART = 2;

    final Memory memory;
    final long units;
    final int unitShift;
    final long headAddress;
    final long tailAddress;
    final long returnsAddress;
    final long reclaimedAddress;

    private final long highWaterAddress;
    private final long mask;
    private final long data;
    private final Reclaimer reclaimer;

    /** A head that was once right: what is free by it is free. */
    private volatile long headSeen;

    private volatile long highWaterSeen;

    /** Before this all had been read when somebody last looked, though the head need not say so. */
    private volatile long readSeen;

    /** Moves the head on, over what nobody reads any more. */
    interface Reclaimer {
        /**
         * Moves the head.
         *
         * @param wanted where somebody would like to have it
         * @return where it is now
         */
        long reclaim(Ring ring, long wanted);

        /** How far it could be moved now. Changes nothing. */
        long reachable(Ring ring);
    }

    Ring(Memory memory, Geometry geometry, int index, long base, Reclaimer reclaimer) {
        this.memory = memory;
        this.reclaimer = reclaimer;
        this.unitShift = geometry.unitShift(index);
        this.units = geometry.dataBytes(index) >>> unitShift;
        this.mask = units - 1;
        long start = base + geometry.ringOffset(index);
        this.headAddress = start + QueueLayout.HEAD;
        this.tailAddress = start + QueueLayout.TAIL;
        this.returnsAddress = start + QueueLayout.RETURNS;
        this.reclaimedAddress = start + QueueLayout.RECLAIMED;
        this.highWaterAddress = start + QueueLayout.HIGH_WATER;
        this.data = start + geometry.dataOffset(index);
        this.headSeen = head();
    }

    static Ring of(Memory memory, Geometry geometry, int index, long base, int owner, Reclaimer reclaimer) {
        return geometry.isDense(index)
                ? new DenseRing(memory, geometry, index, base, reclaimer)
                : new SlotRing(memory, geometry, index, base, owner, reclaimer);
    }

    // ------------------------------------------------------------------------------------------ where things lie

    /** Address of the record at a position. */
    final long address(long position) {
        return data + ((position & mask) << unitShift);
    }

    final int index(long position) {
        return (int) (position & mask);
    }

    final long dataAddress() {
        return data;
    }

    /** What of a position is its index. */
    final long mask() {
        return mask;
    }

    final long bytes() {
        return units << unitShift;
    }

    /** Units that a record covers. One that is by reference takes room for its body too, so the ring bounds what is under way. */
    final long span(int flags, int headerBytes, int bodyBytes) {
        long bytes = RecordLayout.bytes(flags, headerBytes, bodyBytes);
        if ((flags & RecordLayout.BY_REFERENCE) != 0) {
            bytes = Math.max(bytes, Math.min(largest(), Integer.toUnsignedLong(bodyBytes)));
        }
        return (bytes + (1L << unitShift) - 1) >>> unitShift;
    }

    /** Most bytes that one record may cover. */
    long largest() {
        return bytes() / LARGEST_PART;
    }

    final long units(long bytes) {
        return (bytes + (1L << unitShift) - 1) >>> unitShift;
    }

    // ------------------------------------------------------------------------------------------ writing

    /**
     * Reserves room for a record.
     *
     * @return its position, or {@link #FULL}
     */
    abstract long claim(long span);

    /** Says that the record at a position, claimed by this process, holds a reference. Before the block is enqueued. */
    abstract void markReference(long position, long reference);

    /**
     * Makes a record everybody's.
     *
     * @return false if the claim is not this process's any more: the segment was closed meanwhile
     */
    abstract boolean commit(long position, long span);

    /** Gives a claim up. */
    abstract void abort(long position);

    // ------------------------------------------------------------------------------------------ reading

    /** End of the records that can be read from a position on: the position itself if there is none yet. */
    abstract long limit(long position);

    /** Units to the next record. The position is before a {@link #limit}. */
    abstract long span(long position);

    /**
     * As {@link #span}, for one who has read the record's word.
     *
     * @return 0 if there is no message
     */
    abstract long messageSpan(long position, long word);

    /** Whether there is a message, rather than nothing. The position is before a {@link #limit}. */
    abstract boolean isMessage(long position);

    /** Whether the record at a position holds a reference that was written, whatever has become of the message. */
    abstract boolean refersToBlock(long position);

    /** The block that holds the message at a position, or 0 if the record itself does. */
    final long reference(long position) {
        long address = address(position);
        long word = memory.getLong(address);
        return RecordLayout.is(word, RecordLayout.BY_REFERENCE)
                ? memory.getLong(address + RecordLayout.bodyOffset(word))
                : 0;
    }

    /** Position behind the last record, roughly. */
    abstract long end();

    // ------------------------------------------------------------------------------------------ head

    /** Everything before it may be overwritten. */
    final long head() {
        // SYNC POINT with moveHead.
        return memory.getLongAcquire(headAddress) >>> QueueLayout.HEAD_SHIFT;
    }

    /** Whether so many units from a position on are free; if not yet, moves the head first. */
    final boolean hasRoom(long position, long span) {
        if (!isFree(position, span)) {
            return false;
        }
        if (position + span - Math.max(headSeen, readSeen) > highWaterSeen + (units >>> 4)) {
            noteUse(position + span);
        }
        return true;
    }

    /** As {@link #hasRoom}, for padding: it does not count as use. */
    final boolean isFree(long position, long span) {
        if (position + span - headSeen > units) {
            headSeen = head();
            if (position + span - headSeen > units) {
                headSeen = reclaimer.reclaim(this, position + span - units);
                if (position + span - headSeen > units) {
                    // Here nobody is in a hurry, so of a full ring it is known exactly.
                    if (position - headSeen > highWaterSeen) {
                        noteUse(position);
                    }
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether a record would find room now. Changes nothing, and any thread may ask. */
    final boolean wouldFit(long span) {
        long end = end();
        long toEnd = units - index(end);
        long need = span > toEnd ? toEnd + span : span;
        return end + need - Math.max(head(), reachable()) <= units;
    }

    /** How far the head could be moved now. Changes nothing. */
    final long reachable() {
        return reclaimer.reachable(this);
    }

    /** Moves the head as far as it goes; whether it moved. */
    final boolean reclaim() {
        long before = head();
        return reclaimer.reclaim(this, end()) > before;
    }

    /** A head that is not later than the true one. */
    final long headSeen() {
        return headSeen;
    }

    final long refreshHead() {
        long head = head();
        headSeen = head;
        return head;
    }

    /** Moves the head, unless somebody else moved or touched it since the word was read. */
    final boolean moveHead(long word, long position) {
        // SYNC POINT with head: what was read before by those who let go of it is not written by others before.
        return memory.compareAndSetLong(
                headAddress, word, position << QueueLayout.HEAD_SHIFT | (word & ((1 << QueueLayout.HEAD_SHIFT) - 1)));
    }

    /** The head is moved only when somebody needs room, so it is asked how far it could be. */
    private void noteUse(long end) {
        long read = Math.max(head(), reachable());
        readSeen = read;
        long used = end - read;
        for (; ; ) {
            long known = memory.getLongAcquire(highWaterAddress);
            if (used <= known || memory.compareAndSetLong(highWaterAddress, known, used)) {
                highWaterSeen = Math.max(used, known);
                return;
            }
        }
    }

    /** Most bytes that were ever in use, to within a tenth of the ring. */
    final long highWaterBytes() {
        return memory.getLongAcquire(highWaterAddress) << unitShift;
    }

    final SegmentFormatException damaged(long position, String what) {
        return new SegmentFormatException("a ring is damaged at position " + position + ": " + what
                + ". Somebody wrote into the segment who should not; create it anew.");
    }
}
