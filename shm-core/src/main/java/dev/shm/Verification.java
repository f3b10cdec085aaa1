package dev.shm;

import dev.shm.heap.BlockLayout;
import dev.shm.heap.HeapScan;
import dev.shm.heap.HeapStatistics;
import dev.shm.heap.JournalLanes;
import dev.shm.heap.ObjectKind;
import dev.shm.heap.ObjectKinds;
import dev.shm.memory.Memory;
import dev.shm.segment.Directory;
import dev.shm.segment.DirectoryEntry;
import dev.shm.segment.SegmentHeader;
import dev.shm.segment.SegmentLayout;
import dev.shm.segment.SegmentState;
import dev.shm.segment.Slots;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Walks a whole segment. Stores nothing, so it also works on one that is mapped for reading only. */
final class Verification {

    private Verification() {}

    static List<String> verify(Memory memory, SegmentLayout layout) {
        List<String> problems = new ArrayList<>();
        SegmentState state = SegmentHeader.state(memory);
        if (state == SegmentState.FAILED || state == SegmentState.UNKNOWN) {
            problems.add("the segment's state is " + state);
        }
        Slots slots = new Slots(memory, layout);
        HeapScan scan = new HeapScan(memory, layout);
        problems.addAll(scan.verify(slot -> slot >= 0 && slot < slots.count() && !slots.isFree(slot)));
        JournalLanes lanes = new JournalLanes(memory, layout);
        for (int slot = 0; slot < slots.count(); slot++) {
            if (slots.isFree(slot) && lanes.isCommitted(slot) && slots.isFree(slot)) {
                problems.add("slot " + slot + " is free and has a journal that was committed and not carried out");
            }
        }
        verifyDirectory(new Directory(memory, layout), memory, scan, problems);
        HeapStatistics count = scan.deep();
        if (count.freeBytes() + count.usedBytes() + count.metaBytes() != count.heapBytes()) {
            problems.add("free + used + meta is not the heap: " + count);
        }
        return problems;
    }

    private static void verifyDirectory(Directory directory, Memory memory, HeapScan scan, List<String> problems) {
        Set<String> names = new HashSet<>();
        for (DirectoryEntry entry : directory.entries()) {
            String problem = null;
            if (entry.isReady() && !names.add(entry.name())) {
                problem = "has a name that another has too";
            } else if (!scan.isLive(entry.reference())) {
                problem = "refers to a block that is not live";
            } else {
                ObjectKind kind = ObjectKinds.of(entry.kind());
                if (kind == null) {
                    problem = "is of a kind that this version does not know: " + entry.kind();
                } else if (!kind.blocks(memory, BlockLayout.payload(entry.reference())).stream()
                        .allMatch(scan::isLive)) {
                    problem = "has a block that is not live";
                }
            }
            if (problem != null && directory.word(entry.index()) == entry.word()) {
                problems.add("the object '" + entry.name() + "' (entry " + entry.index() + ") " + problem);
            }
        }
    }
}
