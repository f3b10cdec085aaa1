package dev.shm.queue;

import dev.shm.heap.HeapRepair;
import dev.shm.memory.Memory;

/**
 * What a process that is gone held of a queue or topic, and what becomes of it: claims are skipped, messages it had taken are
 * committed again with one more attempt, acknowledgements that it had begun are finished, its places are free. May be
 * repeated from the start; nobody but its reaper changes what it held, and others go on meanwhile.
 *
 * <p>Blocks are only marked as the dead process's own here. The heap's step, which comes after this, frees them.
 */
final class Estate {

    static final Ring.Reclaimer NO_RECLAIMER = new Ring.Reclaimer() {
        @Override
        public long reclaim(Ring ring, long wanted) {
            return ring.head();
        }

        @Override
        public long reachable(Ring ring) {
            return ring.head();
        }
    };

    private final Memory memory;
    private final Geometry geometry;
    private final long base;
    private final int owner;

    Estate(Memory memory, long rootPayload, int owner) {
        this.memory = memory;
        this.geometry = Geometry.read(memory, rootPayload);
        this.base = Geometry.base(rootPayload);
        this.owner = owner;
    }

    void settle() {
        for (int i = 0; i < geometry.allRings(); i++) {
            if (!geometry.isDense(i)) {
                settle((SlotRing) ring(i));
            }
        }
        settleProducer();
        Cursors cursors = new Cursors(memory, geometry, base, reference -> {});
        for (int cursor = 0; cursor < cursors.count(); cursor++) {
            long state = cursors.state(cursor);
            if (Tenancy.owner(state) == owner) {
                // Whether it was told nobody knows any more; so who comes after it is.
                Departure.leave(memory, geometry, cursors, ring(0), cursor, state, false);
            }
        }
    }

    private Ring ring(int index) {
        return Ring.of(memory, geometry, index, base, owner, NO_RECLAIMER);
    }

    /** Every word that names it as the owner is one of the present: what it once owned names nobody. */
    private void settle(SlotRing ring) {
        for (long slot = 0; slot < ring.units; slot++) {
            long address = ring.controlAddress(slot);
            long word = memory.getLongAcquire(address);
            if (ControlWord.owner(word) != owner) {
                continue;
            }
            switch (ControlWord.state(word)) {
                case ControlWord.CLAIMED -> {
                    abandon(ring, slot, word);
                    memory.compareAndSetLong(address, word, ControlWord.with(word, 0, ControlWord.SKIPPED));
                }
                case ControlWord.TAKEN -> {
                    memory.compareAndSetLong(address, word, ControlWord.returned(word));
                }
                case ControlWord.FREEING -> {
                    abandon(ring, slot, word);
                    memory.compareAndSetLong(address, word, ControlWord.with(word, 0, ControlWord.DONE));
                }
                default -> {
                    // Damaged. Who reads it is told; a reaper has to come to an end, whatever it finds.
                }
            }
        }
        // Also for what it gave back itself, killed before it counted that: others might not look there again.
        memory.getAndAddLong(ring.returnsAddress, 1);
    }

    private void abandon(SlotRing ring, long slot, long word) {
        if (ControlWord.isReference(word)) {
            HeapRepair.abandon(memory, ring.reference(slot), owner);
        }
    }

    /** The one producer of a dense ring: a block that it enqueued and did not send is nobody's. */
    private void settleProducer() {
        long address = base + QueueLayout.PRODUCER;
        long word = memory.getLongAcquire(address);
        if (Tenancy.owner(word) != owner) {
            return;
        }
        long reference = memory.getLongAcquire(base + QueueLayout.PENDING_REFERENCE);
        long position = memory.getLongAcquire(base + QueueLayout.PENDING_POSITION);
        if (reference != 0 && ring(0).end() <= position) {
            HeapRepair.abandon(memory, reference, owner);
        }
        memory.compareAndSetLong(address, word, Tenancy.NOBODY);
    }
}
