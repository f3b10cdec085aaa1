package dev.shm.queue;

import dev.shm.memory.Memory;

/**
 * A ring for one producer at a time, its records one behind the other in units of 8 bytes. One release store of the tail publishes
 * every record before it. What is claimed and not published is nobody's: a producer that dies leaves nothing behind, but for
 * a block that it was about to send, which is named in the object's header.
 *
 * <p>The producer holds the object's tenancy; whoever gets it next begins where the tail is. All that is said to be local here is
 * the tenant's.
 */
final class DenseRing extends Ring {

    /** In a lap, the producer looks so many times (as a power of two) how far readers are. */
    private static final int LOOKS_SHIFT = 5;

    /** Local: end of what was published. */
    private long tail;

    /** Local: a record that ends before this fits behind the tail. */
    private long clear;

    private final long pendingReference;
    private final long pendingPosition;

    DenseRing(Memory memory, Geometry geometry, int index, long base, Reclaimer reclaimer) {
        super(memory, geometry, index, base, reclaimer);
        this.pendingReference = base + QueueLayout.PENDING_REFERENCE;
        this.pendingPosition = base + QueueLayout.PENDING_POSITION;
    }

    /** Begins where the last producer stopped. Caller has just become the tenant. */
    void resume() {
        tail = memory.getLongAcquire(tailAddress);
        clear = tail;
    }

    @Override
    long claim(long span) {
        long position = tail;
        return position + span <= clear ? position : look(position, span);
    }

    /** Whether a record of so many units can be claimed without a look at who reads. */
    boolean hasClear(long span) {
        return tail + span <= clear;
    }

    /** Where the next record begins if it fits before the end of the ring. */
    long next() {
        return tail;
    }

    /** What {@link #commit} does, but for the store that publishes. */
    void advance(long to) {
        tail = to;
    }

    /** Finds room, and says up to where nothing need be looked at again. */
    private long look(long position, long span) {
        long toEnd = units - index(position);
        if (span > toEnd) {
            if (!isFree(position, toEnd + span)) {
                return FULL;
            }
            memory.putLong(address(position), RecordLayout.word((int) (toEnd << unitShift), 0, RecordLayout.PADDING));
            // If this claim is given up, the next one begins before the padding again, and must see the end of the
            // ring.
            clear = position;
            return position + toEnd;
        }
        if (!hasRoom(position, span)) {
            return FULL;
        }
        long noLook = Math.min(toEnd, units >>> LOOKS_SHIFT);
        clear = Math.min(position + noLook, headSeen() + units);
        return position;
    }

    /** Names the block before it is enqueued: dead between that and the commit, the reaper frees it. */
    @Override
    void markReference(long position, long reference) {
        // Never the last block with this position: that one may be in the ring, unread.
        memory.putLongRelease(pendingReference, 0);
        memory.putLongRelease(pendingPosition, position);
        memory.putLongRelease(pendingReference, reference);
    }

    @Override
    boolean commit(long position, long span) {
        tail = position + span;
        // SYNC POINT with limit: publishes the records before.
        memory.putLongRelease(tailAddress, tail);
        return true;
    }

    @Override
    void abort(long position) {
        // It was never anybody's.
    }

    @Override
    long limit(long position) {
        // SYNC POINT with commit.
        return memory.getLongAcquire(tailAddress);
    }

    @Override
    long span(long position) {
        long word = memory.getLong(address(position));
        long span = RecordLayout.is(word, RecordLayout.PADDING)
                ? units(RecordLayout.bodyBytes(word))
                : span(RecordLayout.flags(word), RecordLayout.headerBytes(word), RecordLayout.bodyBytes(word));
        if (span <= 0 || span > units - index(position)) {
            throw damaged(position, "the word 0x" + Long.toHexString(word) + " has no possible length");
        }
        return span;
    }

    @Override
    long messageSpan(long position, long word) {
        return RecordLayout.is(word, RecordLayout.PADDING) ? 0 : span(position);
    }

    @Override
    boolean isMessage(long position) {
        return !RecordLayout.is(memory.getLong(address(position)), RecordLayout.PADDING);
    }

    @Override
    boolean refersToBlock(long position) {
        return isMessage(position) && reference(position) != 0;
    }

    @Override
    long end() {
        return memory.getLongAcquire(tailAddress);
    }
}
