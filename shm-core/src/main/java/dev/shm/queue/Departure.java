package dev.shm.queue;

import dev.shm.memory.Memory;

/** What happens to a cursor when the one who had it is gone, in whatever way. May be repeated from the start. */
final class Departure {

    private Departure() {}

    /**
     * Frees a cursor that has this state, or keeps it for one who comes back.
     *
     * @param ring the ring it reads; of a queue its records are marked
     */
    static void leave(Memory memory, Geometry geometry, Cursors cursors, Ring ring, int cursor, long state) {
        if (Tenancy.state(state) != Tenancy.PRESENT) {
            cursors.change(cursor, state, Tenancy.NOBODY);
            return;
        }
        boolean topic = geometry.is(QueueLayout.TOPIC);
        // Killed while joining, after the cursor was shown and before the head was touched: somebody may have moved the
        // head
        // over it, and then it never came to be.
        boolean kept = !topic || (!cursors.name(cursor).isEmpty() && cursors.holdsHead(ring, cursor));
        if (kept && !geometry.is(QueueLayout.LOSSY)) {
            long address = cursors.address(cursor);
            long position = cursors.position(cursor);
            long taken = memory.getLongAcquire(address + QueueLayout.TAKEN);
            if (taken > position) {
                if (topic) {
                    raiseAll(memory, address, position, taken);
                } else {
                    raiseEach(memory, ring, position, taken);
                }
                // What follows is not raised again if this is repeated.
                memory.putLongRelease(address + QueueLayout.TAKEN, position);
            }
        }
        cursors.change(cursor, state, kept ? Tenancy.word(0, 0, Tenancy.AWAY) : Tenancy.NOBODY);
    }

    private static void raiseAll(Memory memory, long address, long position, long taken) {
        long before = memory.getLongAcquire(address + QueueLayout.REDELIVERY);
        long count = position < before >>> QueueLayout.HEAD_SHIFT ? before & (1 << QueueLayout.HEAD_SHIFT) - 1 : 0;
        long raised = Math.min(ControlWord.MAX_ATTEMPTS, count + 1);
        memory.putLongRelease(address + QueueLayout.REDELIVERY, taken << QueueLayout.HEAD_SHIFT | raised);
    }

    private static void raiseEach(Memory memory, Ring ring, long position, long taken) {
        for (long at = position; at < taken; at += ring.span(at)) {
            long address = ring.address(at);
            long word = memory.getLong(address);
            if (ring.isMessage(at) && !RecordLayout.is(word, RecordLayout.ACKNOWLEDGED)) {
                memory.putLongRelease(address, RecordLayout.returned(word));
            }
        }
    }
}
