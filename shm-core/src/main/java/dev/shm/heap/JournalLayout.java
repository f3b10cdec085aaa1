package dev.shm.heap;

import dev.shm.segment.SegmentLayout;

/**
 * A redo journal: a lane of 1,024 bytes, several for each process slot, so that several threads of a process can each have
 * one. The count is the commit: its release store publishes the entries, and from then on they will be carried out, by their
 * owner or by whoever reaps it.
 */
final class JournalLayout {

    /** Number of committed entries; 0 when the lane is idle. Release stores of the owner, or of its reaper. */
    static final int COUNT = 0;
    /** First entry. */
    static final int ENTRIES = 64;
    /** Bytes of an entry. */
    static final int ENTRY_BYTES = 24;
    /** Entries in a lane. */
    static final int CAPACITY = (SegmentLayout.LANE_BYTES - ENTRIES) / ENTRY_BYTES;

    /** {@code kind:4 | address:60}. */
    static final int TARGET = 0;
    /** The word that a {@link #BLOCK} entry expects; what a {@link #STORE} entry replaces, for people who look. */
    static final int BEFORE = 8;
    /** The word to put there. */
    static final int AFTER = 16;

    /** Store a word that only the holder of a lock may change. Doing it again does no harm. */
    static final int STORE = 1;
    /** Change a block header, if it is still what it was: its word never comes back, so this happens once. */
    static final int BLOCK = 2;

    private static final int KIND_SHIFT = 60;

    private JournalLayout() {}

    static long target(int kind, long address) {
        return (long) kind << KIND_SHIFT | address;
    }

    static int kind(long target) {
        return (int) (target >>> KIND_SHIFT);
    }

    static long address(long target) {
        return target & (1L << KIND_SHIFT) - 1;
    }
}
