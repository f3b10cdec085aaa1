package dev.shm.queue;

import dev.shm.heap.Heap;
import dev.shm.heap.HeapRepair;
import dev.shm.heap.ObjectKind;
import dev.shm.memory.Memory;
import dev.shm.segment.SegmentLayout;
import dev.shm.segment.Slots;
import java.util.List;
import java.util.Map;

/** The kinds of objects in this package. For {@link java.util.ServiceLoader}. */
public final class QueueKinds implements ObjectKind.Provider {

    static final ObjectKind QUEUE = new Messages(5, "queue");
    static final ObjectKind TOPIC = new Messages(6, "topic");

    /** For {@link java.util.ServiceLoader}. */
    public QueueKinds() {}

    @Override
    public List<ObjectKind> kinds() {
        return List.of(QUEUE, TOPIC);
    }

    private record Messages(int code, String kindName) implements ObjectKind {

        /** A queue is one block. Those of its messages come and go without a lock; they are queued, not live. */
        @Override
        public List<Long> blocks(Memory memory, long rootPayload) {
            Geometry.read(memory, rootPayload);
            return List.of();
        }

        @Override
        public Map<String, Object> describe(Memory memory, SegmentLayout layout, long rootPayload) {
            Slots slots = new Slots(memory, layout);
            return new Figures(memory, rootPayload, slot -> slot < slots.count() ? slots.peer(slot) : null).describe();
        }

        @Override
        public Map<String, Object> counters(Memory memory, SegmentLayout layout, long rootPayload) {
            return new Figures(memory, rootPayload, slot -> null).counters();
        }

        @Override
        public void leave(Memory memory, long rootPayload, int owner) {
            new Estate(memory, rootPayload, owner).settle();
        }

        /** What cannot be reached in a ring that is damaged stays queued until the segment ends. */
        @Override
        public void dismantle(Heap heap, Memory memory, long rootPayload) {
            Geometry geometry = Geometry.read(memory, rootPayload);
            long base = Geometry.base(rootPayload);
            for (int i = 0; i < geometry.allRings(); i++) {
                Ring ring = Ring.of(memory, geometry, i, base, 0, Estate.NO_RECLAIMER);
                long from = geometry.is(QueueLayout.BY_CURSOR) && i < geometry.rings()
                        ? new Cursors(memory, geometry, base, reference -> {}).oldest(ring)
                        : ring.head();
                Walk.over(ring, from, reference -> {
                    if (HeapRepair.isQueued(memory, reference)) {
                        heap.free(heap.dequeue(reference));
                    }
                });
            }
        }
    }
}
