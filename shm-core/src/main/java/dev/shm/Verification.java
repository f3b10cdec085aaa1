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
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Walks a whole segment. Stores nothing, so it also works on one that is mapped for reading only. */
final class Verification {

    /** An object that changes faster than this is in use, and well. */
    private static final int LOOKS = 100;

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
        BooleanSupplier unfinished = () -> isAnyUnfinished(slots, lanes);
        verifyDirectory(new Directory(memory, layout), memory, scan, unfinished, problems);
        HeapStatistics count = scan.deep();
        if (count.freeBytes() + count.usedBytes() + count.metaBytes() != count.heapBytes()) {
            problems.add("free + used + meta is not the heap: " + count);
        }
        return problems;
    }

    /** Whether a change that the owner of the slot has committed is not carried out in full yet. */
    static boolean isUnfinished(Memory memory, SegmentLayout layout, int slot) {
        return new JournalLanes(memory, layout).isCommitted(slot);
    }

    private static boolean isAnyUnfinished(Slots slots, JournalLanes lanes) {
        for (int slot = 0; slot < slots.count(); slot++) {
            if (lanes.isCommitted(slot)) {
                return true;
            }
        }
        return false;
    }

    private static void verifyDirectory(
            Directory directory, Memory memory, HeapScan scan, BooleanSupplier unfinished, List<String> problems) {
        Set<String> names = new HashSet<>();
        for (DirectoryEntry entry : directory.entries()) {
            String problem = entry.isReady() && !names.add(entry.name())
                    ? "has a name that another has too"
                    : problemOf(entry, memory, scan, unfinished);
            if (problem != null && directory.word(entry.index()) == entry.word()) {
                problems.add("the object '" + entry.name() + "' (entry " + entry.index() + ") " + problem);
            }
        }
    }

    private static @Nullable String problemInside(ObjectKind kind, DirectoryEntry entry, Memory memory, HeapScan scan) {
        try {
            List<String> problems = kind.problems(memory, BlockLayout.payload(entry.reference()), scan::isLive);
            return problems.isEmpty() ? null : String.join("; ", problems);
        } catch (RuntimeException e) {
            return "cannot be walked: " + e.getMessage();
        }
    }

    private static @Nullable String problemOf(
            DirectoryEntry entry, Memory memory, HeapScan scan, BooleanSupplier unfinished) {
        ObjectKind kind = ObjectKinds.of(entry.kind());
        if (kind == null) {
            return "is of a kind that this version does not know: " + entry.kind();
        }
        List<Long> before = null;
        for (int look = 0; look < LOOKS; look++) {
            // A change that is half carried out shows blocks that are not live yet, or not any more.
            boolean settled = !unfinished.getAsBoolean();
            List<Long> blocks = List.of();
            String problem = null;
            try {
                if (!scan.isLive(entry.reference())) {
                    problem = "refers to a block that is not live";
                } else {
                    blocks = kind.blocks(memory, BlockLayout.payload(entry.reference()));
                    if (!blocks.stream().allMatch(scan::isLive)) {
                        problem = "has a block that is not live";
                    }
                }
            } catch (RuntimeException e) {
                problem = "cannot be walked: " + e.getMessage();
            }
            if (problem == null) {
                return entry.isReady() ? problemInside(kind, entry, memory, scan) : null;
            }
            // It may have been given other blocks since it was asked for them; then these are others. References never
            // come back.
            if (settled && !unfinished.getAsBoolean() && blocks.equals(before)) {
                return problem;
            }
            before = blocks;
            Thread.onSpinWait();
        }
        return null;
    }
}
