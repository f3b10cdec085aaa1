package dev.shm.heap;

import dev.shm.error.SegmentFailedException;
import dev.shm.memory.Memory;
import dev.shm.segment.Reaper;
import dev.shm.segment.SegmentLayout;

/** Carries out committed journals: those of this process, and those that a dead one left. */
public final class JournalReplay {

    private final Memory memory;
    private final SegmentLayout layout;
    private final Pages pages;

    public JournalReplay(Memory memory, SegmentLayout layout) {
        this.memory = memory;
        this.layout = layout;
        this.pages = new Pages(memory, layout);
    }

    /** Carries out what a dead process had committed. */
    public Reaper.Step reaper() {
        return (slot, dead) -> {
            for (int lane = 0; lane < layout.lanesPerSlot(); lane++) {
                redo(layout.lane(slot, lane));
            }
        };
    }

    /** Carries out a committed lane, and makes it idle. May be repeated from the start. */
    void redo(long lane) {
        // SYNC POINT with Transaction.commit: whoever sees the count sees the entries.
        long count = memory.getLongAcquire(lane + JournalLayout.COUNT);
        if (count == 0) {
            return;
        }
        if (count < 0 || count > JournalLayout.CAPACITY) {
            throw damaged("says it has " + count + " entries");
        }
        for (int i = 0; i < count; i++) {
            apply(lane + JournalLayout.ENTRIES + (long) i * JournalLayout.ENTRY_BYTES);
        }
        memory.putLongRelease(lane + JournalLayout.COUNT, 0);
    }

    private void apply(long entry) {
        long target = memory.getLong(entry + JournalLayout.TARGET);
        long address = JournalLayout.address(target);
        long after = memory.getLong(entry + JournalLayout.AFTER);
        if (address < SegmentLayout.HEADER_BYTES || address > layout.segmentBytes() - 8 || (address & 7) != 0) {
            throw damaged("names the address " + address);
        }
        switch (JournalLayout.kind(target)) {
            case JournalLayout.STORE -> memory.putLongRelease(address, after);
            case JournalLayout.BLOCK -> {
                // Done before and reused since: the word differs, or the page is no longer cut into blocks.
                if (pages.isInUse(address)) {
                    memory.compareAndSetLong(address, memory.getLong(entry + JournalLayout.BEFORE), after);
                }
            }
            default -> throw damaged("has an entry of kind " + JournalLayout.kind(target));
        }
    }

    private static SegmentFailedException damaged(String what) {
        return new SegmentFailedException(
                "a journal " + what + ": the segment is damaged. Stop its processes and remove it.");
    }
}
