package dev.shm.collection;

import dev.shm.heap.BlockLayout;

/**
 * A graph of collections: a table of its parts, each of which is the root of a map, set, list or deque, or of a live value of another
 * package: a bean, an array, a counter. The root has up to {@link #CHUNKS}
 * chunks of entries, each twice as long as the one before, so an entry never moves.
 *
 * <p>Part 0 is the outermost collection. Every other one lies in a place of a collection of the same graph, where a block says which part it
 * is: its stub. The stub comes and goes with the place as the block of any large element does. So a part belongs
 * to the graph as long as its stub is live, and no change of a collection needs to know that. A part whose stub is not live is out: it goes
 * when no process that has the graph open holds it.
 *
 * <p>Each process has a bit for each part. It sets its bit before it believes what a stub says, and has it set for as long as anything in it
 * could touch the part's memory. Bits of processes that do not have the graph open mean nothing, and a bit that is set without need only keeps a
 * part that could go.
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
     * somewhere, under the lock, while the stub is tentative; and by who is about to free it: {@link #GOING}.
     */
    static final int STUB = ROOT + 8;

    static final int ENTRY_BYTES = STUB + 8;

    /** In the place of a stub: what is in this part may be half freed, and whoever comes goes on with that. No reference is 1. */
    static final long GOING = 1;

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

    /** A chunk has its entries, and behind them for each entry a bit for each process slot, in whole words. */
    static long chunkBytes(int chunk, int slots) {
        return (long) (ENTRY_BYTES + 8 * holderWords(slots)) << (FIRST_SHIFT + chunk);
    }

    /** Words with the bits of those who hold a part. */
    static int holderWords(int slots) {
        return (slots + 63) >>> 6;
    }

    /** Address of an entry in its chunk. */
    static long entry(long chunkReference, long index) {
        return BlockLayout.payload(chunkReference) + inChunk(index) * ENTRY_BYTES;
    }

    /**
     * Address of the first word with the bits of those who hold a part. Each bit is set and cleared by its process, atomically, and read by who
     * would free the part, under the lock.
     */
    static long holders(long chunkReference, long index, int slots) {
        return BlockLayout.payload(chunkReference)
                + ((long) ENTRY_BYTES << (FIRST_SHIFT + chunkOf(index)))
                + inChunk(index) * 8 * holderWords(slots);
    }

    private static long inChunk(long index) {
        return index - (((1L << chunkOf(index)) - 1) << FIRST_SHIFT);
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
