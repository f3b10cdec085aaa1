package dev.shm.heap;

import dev.shm.memory.Memory;
import dev.shm.segment.SegmentLayout;

/** Looks at journals without changing them. */
public final class JournalLanes {

    private final Memory memory;
    private final SegmentLayout layout;

    public JournalLanes(Memory memory, SegmentLayout layout) {
        this.memory = memory;
        this.layout = layout;
    }

    /** Whether a journal of that slot is committed and not carried out. */
    public boolean isCommitted(int slot) {
        for (int lane = 0; lane < layout.lanesPerSlot(); lane++) {
            if (memory.getLongAcquire(layout.lane(slot, lane) + JournalLayout.COUNT) != 0) {
                return true;
            }
        }
        return false;
    }
}
