package dev.shm.collection;

/**
 * The bytes of a deque. The root starts at the first cache line of its block's payload; the ring is a block of its own.
 *
 * <pre>
 *   root     line 1: version, head, tail, ring | most elements, bytes of a slot, flags   what readers read
 *            line 2: lock, staged, condemned, cleared and its ends                       what only writers touch
 *            line 3: who sleeps until there is an element
 *            line 4: who sleeps until there is room
 *   ring     slots: a cell each (see CellLayout), or a control word and room for an item
 * </pre>
 *
 * Elements have positions, from the head up to the tail; both may be negative. A position is in the slot {@code position mod slots}. What
 * lies in the other slots means nothing: there a writer prepares what comes.
 */
final class DequeLayout {

    /** Odd while several words that readers see are changed; every change adds two before it, or around it. Release stores. */
    static final int VERSION = 0;
    /** Position of the first element. The commit of what comes or goes there; a store of the journal otherwise. */
    static final int HEAD = VERSION + 8;
    /** Position behind the last element. The commit of what comes or goes there; a store of the journal otherwise. */
    static final int TAIL = HEAD + 8;
    /** Reference of the ring; 0 before the first element. A store of the journal. */
    static final int RING = TAIL + 8;
    /** Elements at most; 0 for any number. Written before the object has a name. */
    static final int MAX_LENGTH = RING + 8;
    /** Bytes of a slot. Written before the object has a name. */
    static final int SLOT_BYTES = MAX_LENGTH + 8;
    /** {@link #EVICTING}, {@link #FIXED}. Written before the object has a name. */
    static final int FLAGS = SLOT_BYTES + 8;

    /** Lock word of writers. */
    static final int LOCK = 64;
    /** Ledger of blocks that belong to the deque only by a change that is under way; or 0. A store of the journal. */
    static final int STAGED = LOCK + 8;
    /** Ledger of blocks that whoever has the lock frees; or 0. A store of the journal. */
    static final int CONDEMNED = STAGED + 8;
    /**
     * Ring of elements that were removed, whose blocks whoever has the lock frees, and then the ring if it is not {@link #RING}; or 0.
     * A store of the journal.
     */
    static final int CLEARED = CONDEMNED + 8;
    /** The first of these elements whose block is not freed yet. A store of the journal. */
    static final int CLEARED_HEAD = CLEARED + 8;
    /** Position behind the last of them. A store of the journal. */
    static final int CLEARED_TAIL = CLEARED_HEAD + 8;

    /** Bits of the processes that sleep until there is an element: set by who goes to sleep, taken by who adds. */
    static final int TAKERS = 128;
    /** Bits of the processes that sleep until there is room: set by who goes to sleep, taken by who removes. */
    static final int PUTTERS = 192;
    /** Bytes of a root. */
    static final int ROOT_BYTES = 256;

    /** Flag: where there is no room for an element, one goes at the other end. */
    static final int EVICTING = 1;
    /** Flag: elements lie in their slots, whatever their size. */
    static final int FIXED = 2;

    /** Slots of the first ring of a deque that grows. */
    static final int FIRST_SLOTS = 8;

    private static final int CACHE_LINE = 64;
    /** Bytes to ask the heap for: its payloads start in the middle of a cache line. */
    static final int ROOT_BLOCK_BYTES = ROOT_BYTES + CACHE_LINE;

    private DequeLayout() {}

    /** Where the object starts in its block. */
    static long base(long payload) {
        return payload + CACHE_LINE - 1 & -CACHE_LINE;
    }

    /** Bytes of a slot that holds items of up to so many bytes: the control word, and whole words. */
    static long slotBytes(long itemBytes) {
        return CellLayout.WORD + Math.max(8, itemBytes + 7 & -8);
    }

    static long slot(long ringPayload, long position, long slots, long slotBytes) {
        return ringPayload + Math.floorMod(position, slots) * slotBytes;
    }
}
