package dev.shm.collection;

/**
 * The bytes of a list. The root starts at the first cache line of its block's payload; the spine and the chunks are blocks of their own.
 *
 * <pre>
 *   root     line 1: version, size, spine                                what readers read
 *            line 2: lock, chunks, staged, condemned, cleared and its    what only writers touch
 *   spine    references of the chunks
 *   chunk    512 cells, see CellLayout; the first one is smaller while it is the only one
 * </pre>
 *
 * The cell of an index is in the chunk {@code index / 512}. Cells behind the last element mean nothing, nor do references behind the last
 * chunk: there a writer prepares what comes next.
 */
final class ListLayout {

    /** Odd while several words that readers see are changed; every change adds two before it, or around it. Release stores. */
    static final int VERSION = 0;
    /** Elements. The commit of an appended or removed last one; a store of the journal otherwise. */
    static final int SIZE = VERSION + 8;
    /** Reference of the spine; 0 before the first chunk. A store of the journal. */
    static final int SPINE = SIZE + 8;
    /** Lock word of writers, on a line that readers do not read. */
    static final int LOCK = 64;
    /** Chunks that are there. A store of the journal. */
    static final int CHUNKS = LOCK + 8;
    /** Ledger of blocks that are live already, and belong to the list only by a change that is under way; or 0. A store of the journal. */
    static final int STAGED = CHUNKS + 8;
    /** Ledger of blocks that do not belong to it any more, and that whoever has the lock frees; or 0. A store of the journal. */
    static final int CONDEMNED = STAGED + 8;
    /** Spine of what was cleared, and that whoever has the lock frees; or 0. A store of the journal. */
    static final int CLEARED = CONDEMNED + 8;
    /** Elements of it whose blocks are not freed yet. A store of the journal. */
    static final int CLEARED_SIZE = CLEARED + 8;
    /** Chunks of it that are not freed yet. A store of the journal. */
    static final int CLEARED_CHUNKS = CLEARED_SIZE + 8;
    /** Bytes of a root. */
    static final int ROOT_BYTES = CLEARED_CHUNKS + 8;

    /** {@code 1 << CHUNK_SHIFT} cells in a chunk. */
    static final int CHUNK_SHIFT = 9;

    static final int CHUNK_CELLS = 1 << CHUNK_SHIFT;
    /** Cells of the first chunk of a new list. */
    static final int FIRST_CELLS = 8;
    /** References in the spine of a new list. */
    static final int FIRST_SPINE = 8;

    private static final int CACHE_LINE = 64;
    /** Bytes to ask the heap for: its payloads start in the middle of a cache line. */
    static final int ROOT_BLOCK_BYTES = ROOT_BYTES + CACHE_LINE;

    private ListLayout() {}

    /** Where the object starts in its block. */
    static long base(long payload) {
        return payload + CACHE_LINE - 1 & -CACHE_LINE;
    }

    /** Where the reference of a chunk is in the spine. */
    static long chunk(long spinePayload, long index) {
        return spinePayload + 8 * index;
    }

    /** Where the cell of an index is in its chunk. */
    static long cell(long chunkPayload, long index) {
        return chunkPayload + ((index & CHUNK_CELLS - 1) << CellLayout.SHIFT);
    }

    static long chunkOf(long index) {
        return index >>> CHUNK_SHIFT;
    }
}
