package dev.shm.queue;

import static dev.shm.queue.QueueLayout.CACHE_LINE;
import static dev.shm.queue.QueueLayout.COUNTER_BYTES;
import static dev.shm.queue.QueueLayout.CURSOR_BYTES;
import static dev.shm.queue.QueueLayout.FIRST_CURSOR;
import static dev.shm.queue.QueueLayout.HEAD_SHIFT;
import static dev.shm.queue.QueueLayout.RING_HEADER_BYTES;

import dev.shm.error.SegmentFormatException;
import dev.shm.heap.BlockLayout;
import dev.shm.memory.Memory;

/**
 * What a queue or topic was created with, and so where things lie in its block.
 *
 * @param flags see {@link QueueLayout#DENSE} and so on
 * @param rings rings for messages, the one of the highest priority first
 * @param ringBytes bytes of data in each of them, a power of two
 * @param deadBytes bytes of data in the ring of dead letters, a power of two or 0
 * @param maxDeliveries after so many deliveries a message is a dead letter; 0 for never
 * @param visibilityNanos how long a consumer may keep a message; 0 for ever
 * @param evictNanos how long a subscriber may hold everybody up; 0 for ever
 * @param processes slots that have counters
 * @param cursors how many
 */
record Geometry(
        int flags,
        int rings,
        long ringBytes,
        long deadBytes,
        int maxDeliveries,
        long visibilityNanos,
        long evictNanos,
        int processes,
        int cursors) {

    static final long MIN_RING_BYTES = 1 << 16;
    static final long MAX_RING_BYTES = 1 << 29;
    static final int MAX_RINGS = 8;
    static final int MAX_CURSORS = 1024;

    private static final int SLOT_SHIFT = 6;
    private static final int DENSE_SHIFT = 3;

    boolean is(int flag) {
        return (flags & flag) != 0;
    }

    boolean hasDeadLetters() {
        return deadBytes != 0;
    }

    /** Whether that ring is dense: that of dead letters never is. */
    boolean isDense(int ring) {
        return is(QueueLayout.DENSE) && ring < rings;
    }

    int unitShift(int ring) {
        return isDense(ring) ? DENSE_SHIFT : SLOT_SHIFT;
    }

    /** All rings, that of dead letters included, which is the last. */
    int allRings() {
        return rings + (hasDeadLetters() ? 1 : 0);
    }

    long dataBytes(int ring) {
        return ring < rings ? ringBytes : deadBytes;
    }

    /** Bytes from the start of a ring to its data. */
    long dataOffset(int ring) {
        return RING_HEADER_BYTES + (controlBytes(ring) * (visibilityNanos > 0 ? 2 : 1) + CACHE_LINE - 1 & -CACHE_LINE);
    }

    /** Bytes of control words; as many of leases, if there are any, come after them. */
    long controlBytes(int ring) {
        return isDense(ring) ? 0 : dataBytes(ring) >>> SLOT_SHIFT << 3;
    }

    long cursorOffset(int cursor) {
        return FIRST_CURSOR + (long) cursor * CURSOR_BYTES;
    }

    /** The line of counters of a process slot. */
    long counterOffset(int process) {
        return cursorOffset(cursors) + (long) process * (hasDeadLetters() ? 2 * COUNTER_BYTES : COUNTER_BYTES);
    }

    /** Its line for the dead letters, if there are any. */
    long deadCounterOffset(int process) {
        return counterOffset(process) + COUNTER_BYTES;
    }

    long ringOffset(int ring) {
        long offset = counterOffset(processes);
        for (int i = 0; i < ring; i++) {
            offset += dataOffset(i) + dataBytes(i);
        }
        return offset;
    }

    long totalBytes() {
        return ringOffset(allRings());
    }

    /** Bytes to ask the heap for: its payloads start in the middle of a cache line. */
    long blockBytes() {
        return totalBytes() + CACHE_LINE;
    }

    /** Where the object starts in its block. */
    static long base(long payload) {
        return payload + CACHE_LINE - 1 & -CACHE_LINE;
    }

    /** Writes an empty object. The memory is zero. */
    void write(Memory memory, long base) {
        memory.putInt(base + QueueLayout.FLAGS, flags);
        memory.putInt(base + QueueLayout.RINGS, rings);
        memory.putLong(base + QueueLayout.RING_BYTES, ringBytes);
        memory.putLong(base + QueueLayout.DEAD_BYTES, deadBytes);
        memory.putLong(base + QueueLayout.MAX_DELIVERIES, maxDeliveries);
        memory.putLong(base + QueueLayout.VISIBILITY_NANOS, visibilityNanos);
        memory.putLong(base + QueueLayout.EVICT_NANOS, evictNanos);
        memory.putInt(base + QueueLayout.PROCESSES, processes);
        memory.putInt(base + QueueLayout.CURSORS, cursors);
        for (int ring = 0; ring < allRings(); ring++) {
            // Positions start in lap 1: the zeros in a fresh ring are words of lap 0.
            long units = dataBytes(ring) >>> unitShift(ring);
            long at = base + ringOffset(ring);
            memory.putLong(at + QueueLayout.HEAD, units << HEAD_SHIFT);
            memory.putLong(at + QueueLayout.TAIL, units);
        }
    }

    /**
     * Reads what an object was created with.
     *
     * @throws SegmentFormatException if it cannot be that
     */
    static Geometry read(Memory memory, long payload) {
        long base = base(payload);
        Geometry found = new Geometry(
                memory.getInt(base + QueueLayout.FLAGS),
                memory.getInt(base + QueueLayout.RINGS),
                memory.getLong(base + QueueLayout.RING_BYTES),
                memory.getLong(base + QueueLayout.DEAD_BYTES),
                (int) memory.getLong(base + QueueLayout.MAX_DELIVERIES),
                memory.getLong(base + QueueLayout.VISIBILITY_NANOS),
                memory.getLong(base + QueueLayout.EVICT_NANOS),
                memory.getInt(base + QueueLayout.PROCESSES),
                memory.getInt(base + QueueLayout.CURSORS));
        long length = Integer.toUnsignedLong(memory.getInt(payload - BlockLayout.HEADER_BYTES + BlockLayout.LENGTH));
        if (!found.isPossible() || found.blockBytes() > length) {
            throw new SegmentFormatException("the block at " + payload + " is damaged: it says it is a queue with "
                    + found + " in " + length + " bytes. Create the segment anew.");
        }
        return found;
    }

    private boolean isPossible() {
        return rings >= 1
                && rings <= MAX_RINGS
                && isRingSize(ringBytes)
                && (deadBytes == 0 || isRingSize(deadBytes))
                && maxDeliveries >= 0
                && maxDeliveries <= ControlWord.MAX_ATTEMPTS
                && visibilityNanos >= 0
                && evictNanos >= 0
                && processes >= 1
                && processes <= 1024
                && cursors >= 0
                && cursors <= MAX_CURSORS
                && (cursors > 0) == is(QueueLayout.BY_CURSOR);
    }

    static boolean isRingSize(long bytes) {
        return bytes >= MIN_RING_BYTES && bytes <= MAX_RING_BYTES && Long.bitCount(bytes) == 1;
    }
}
