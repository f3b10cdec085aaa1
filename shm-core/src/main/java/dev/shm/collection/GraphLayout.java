package dev.shm.collection;

import dev.shm.heap.BlockLayout;

/**
 * A graph of collections: a table of its parts, each of which is the root of a map, set, list or deque, or of a live value of another
 * package: a bean, an array, a counter. The root has up to {@link #CHUNKS}
 * chunks of entries, each twice as long as the one before, so an entry never moves.
 *
 * <p>Part 0 is the outermost collection. Every other one lies in a place of a collection of the same graph, where a block says which part it
 * is: its stub. The stub comes and goes with the place as the block of any large element does. So a part belongs
 * to the graph as long as its stub is live, and no change of a collection needs to know that.
 */
final class GraphLayout {

    /** Not 0 once the graph was destroyed. Stored by the journal of who destroys it; read before every use. */
    static final int END = 0;
    /** Lock of who changes the table. */
    static final int LOCK = END + 8;
    /** Entries that were ever used. Stored by the journal. */
    static final int PARTS = LOCK + 8;
    /** The first vacant entry, plus one; 0 if there is none. Stored by the journal. */
    static final int VACANT = PARTS + 8;
    /** References of the chunks. Stored by the journal. */
    static final int FIRST_CHUNK = VACANT + 8;
    /** Chunks at most: 33 million parts. */
    static final int CHUNKS = 20;
    /** Bytes of the root. */
    static final int ROOT_BYTES = FIRST_CHUNK + CHUNKS * 8;

    /** word of an entry: {@code generation:32 | kind:32}; the kind is 0 if the entry is vacant. Stored by the journal, last. */
    static final int STATE = 0;
    /** word of an entry: reference of the part's root. */
    static final int ROOT = STATE + 8;
    /**
     * word of an entry: reference of the stub; of a vacant entry the next vacant one, plus one. Stored by who is about to put the part
     * somewhere, under the lock, while the stub is tentative.
     */
    static final int STUB = ROOT + 8;

    static final int ENTRY_BYTES = STUB + 8;

    /** word of a stub: {@code generation:32 | index:32}. */
    static final int STUB_PART = 0;
    /** word of a stub: reference of the part's root. */
    static final int STUB_ROOT = STUB_PART + 8;
    /** word of a stub: address of the graph's root. */
    static final int STUB_GRAPH = STUB_ROOT + 8;
    /**
     * Bytes of a stub: too long to lie in any cell or entry. That of a live value which is no collection is longer: behind this is the description
     * of its type, in UTF-8, since who opens a bean needs to know its interface.
     */
    static final int STUB_BYTES = STUB_GRAPH + 8;

    private static final int FIRST_SHIFT = 5;

    private GraphLayout() {}

    static int chunkOf(long index) {
        return 63 - Long.numberOfLeadingZeros((index >>> FIRST_SHIFT) + 1);
    }

    static long chunk(long rootPayload, int chunk) {
        return rootPayload + FIRST_CHUNK + 8L * chunk;
    }

    static long chunkBytes(int chunk) {
        return (long) ENTRY_BYTES << (FIRST_SHIFT + chunk);
    }

    /** Address of an entry in its chunk. */
    static long entry(long chunkReference, long index) {
        long before = ((1L << chunkOf(index)) - 1) << FIRST_SHIFT;
        return BlockLayout.payload(chunkReference) + (index - before) * ENTRY_BYTES;
    }

    static long state(long generation, int kind) {
        return generation << 32 | kind;
    }

    static int kind(long state) {
        return (int) state;
    }

    static long part(long state, long index) {
        return (state & 0xFFFF_FFFF_0000_0000L) | index;
    }

    static long index(long part) {
        return part & 0xFFFF_FFFFL;
    }

    static boolean isOf(long part, long state) {
        return part >>> 32 == state >>> 32;
    }
}
