package dev.shm.queue;

import dev.shm.error.SegmentFormatException;
import dev.shm.memory.Memory;

/** What happens to a cursor when the one who had it is gone, in whatever way. May be repeated from the start. */
final class Departure {

    private Departure() {}

    /**
     * Frees a cursor that has this state, or keeps it for one who comes back.
     *
     * @param ring the ring it reads; of a queue its records are marked
     * @param told whether its owner knows that it was put out, if it was
     */
    static void leave(
            Memory memory, Geometry geometry, Cursors cursors, Ring ring, int cursor, long state, boolean told) {
        boolean topic = geometry.is(QueueLayout.TOPIC);
        boolean kept = !topic || !cursors.name(cursor).isEmpty();
        if (Tenancy.state(state) == Tenancy.PRESENT && kept && !geometry.is(QueueLayout.LOSSY)) {
            long address = cursors.address(cursor);
            long position = cursors.position(cursor);
            long taken = memory.getLongAcquire(address + QueueLayout.TAKEN);
            if (taken > position) {
                if (topic) {
                    raiseAll(memory, address, position, taken);
                } else {
                    try {
                        raiseEach(memory, ring, address, position, taken);
                    } catch (SegmentFormatException | IndexOutOfBoundsException e) {
                        // Damaged. Who reads it next is told, so the place must be free for somebody to read it.
                    }
                }
                // What follows is not raised again if this is repeated.
                memory.putLongRelease(address + QueueLayout.TAKEN, position);
            }
            if (!topic) {
                memory.putLongRelease(address + QueueLayout.REDELIVERY, 0);
            }
        }
        if (!end(cursors, cursor, state, kept, told)) {
            // It was put out just now, or before one who did not look.
            end(cursors, cursor, Tenancy.with(state, Tenancy.EVICTED), kept, told);
        }
    }

    private static boolean end(Cursors cursors, int cursor, long state, boolean kept, boolean told) {
        return switch (Tenancy.state(state)) {
            case Tenancy.PRESENT -> cursors.change(cursor, state, kept ? Tenancy.away(state) : Tenancy.NOBODY);
            case Tenancy.EVICTED ->
                (kept && !told)
                        ? cursors.change(cursor, state, Tenancy.trace(state))
                        : cursors.free(cursor, state, Tenancy.owner(state));
            case Tenancy.ENDING -> cursors.free(cursor, state, Tenancy.owner(state));
            default -> cursors.change(cursor, state, Tenancy.NOBODY);
        };
    }

    private static void raiseAll(Memory memory, long address, long position, long taken) {
        long before = memory.getLongAcquire(address + QueueLayout.REDELIVERY);
        long until = before >>> QueueLayout.HEAD_SHIFT;
        long count = position < until ? before & (1 << QueueLayout.HEAD_SHIFT) - 1 : 0;
        long raised = Math.min(ControlWord.MAX_ATTEMPTS, count + 1);
        // One who dies sooner than the one before it must not make new again what that one had.
        memory.putLongRelease(
                address + QueueLayout.REDELIVERY, Math.max(until, taken) << QueueLayout.HEAD_SHIFT | raised);
    }

    /**
     * Raises the count of each record. It is noted first which record is to have which count, so that one who begins again
     * stores the same there and goes on behind it: a message must not become a dead letter since reapers died.
     */
    private static void raiseEach(Memory memory, Ring ring, long cursor, long position, long taken) {
        long noted = memory.getLongAcquire(cursor + QueueLayout.REDELIVERY);
        long last = noted >>> QueueLayout.HEAD_SHIFT;
        for (long at = position; at < taken; at += ring.span(at)) {
            long address = ring.address(at);
            long word = memory.getLong(address);
            if (at < last || !ring.isMessage(at) || RecordLayout.is(word, RecordLayout.ACKNOWLEDGED)) {
                continue;
            }
            long raised = at == last
                    ? RecordLayout.withAttempts(word, (int) noted & (1 << QueueLayout.HEAD_SHIFT) - 1)
                    : RecordLayout.returned(word);
            memory.putLongRelease(
                    cursor + QueueLayout.REDELIVERY, at << QueueLayout.HEAD_SHIFT | RecordLayout.attempts(raised));
            memory.putLongRelease(address, raised);
        }
    }
}
