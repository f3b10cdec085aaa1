package dev.shm.heap;

/**
 * One word for each page of the heap.
 *
 * <pre>
 *    63        46 45             22 21      12 11       4 3      0
 *   +------------+-----------------+----------+----------+--------+
 *   | generation | length or head  |  owner   |  class   | state  |
 *   +------------+-----------------+----------+----------+--------+
 * </pre>
 *
 * The generation rises each time a page is claimed, so a word that has been seen once is not seen again.
 *
 * <p>A run of pages is claimed page by page, each naming the run's first page as its head, and commits by one release store
 * of the first page's word; the other words stay as they are and are now its continuation. It is given back by one
 * compare-and-set of the first word to FREEING, then page by page from the right, the first page last.
 */
final class PageWord {

    /** Free; everything but the generation is zero, so a heap of zeros is free. */
    static final int FREE = 0;
    /** Claimed by the owner for a run that starts at the head; part of it if the head's word says so. */
    static final int CLAIM = 1;
    /** First page of a slab of {@code length} pages, cut into blocks of one class. */
    static final int SLAB = 2;
    /** First page of a block of {@code length} pages. */
    static final int RUN = 3;
    /** First page of a run of {@code length} pages that its owner is giving back. */
    static final int FREEING = 4;

    private static final int CLASS_SHIFT = 4;
    private static final int OWNER_SHIFT = 12;
    private static final int LENGTH_SHIFT = 22;
    private static final int GENERATION_SHIFT = 46;
    private static final long GENERATION_UNIT = 1L << GENERATION_SHIFT;
    private static final long GENERATION_MASK = -GENERATION_UNIT;
    private static final int LENGTH_MASK = (1 << 24) - 1;

    private PageWord() {}

    static int state(long word) {
        return (int) word & 0xF;
    }

    static int sizeClass(long word) {
        return (int) (word >>> CLASS_SHIFT) & 0xFF;
    }

    static int owner(long word) {
        return (int) (word >>> OWNER_SHIFT) & 0x3FF;
    }

    /** Pages of a SLAB, RUN or FREEING word. */
    static int length(long word) {
        return (int) (word >>> LENGTH_SHIFT) & LENGTH_MASK;
    }

    /** First page of the run that a CLAIM word belongs to. */
    static int head(long word) {
        return length(word);
    }

    private static long of(int state, int sizeClass, int owner, int lengthOrHead, long generation) {
        return generation
                | (long) lengthOrHead << LENGTH_SHIFT
                | (long) owner << OWNER_SHIFT
                | (long) sizeClass << CLASS_SHIFT
                | state;
    }

    /** The word of a free page, claimed. */
    static long claimed(long free, int owner, int head) {
        return of(CLAIM, 0, owner, head, (free & GENERATION_MASK) + GENERATION_UNIT);
    }

    /** The word of a run's first page, committed. */
    static long committed(long claim, int state, int sizeClass, int length) {
        return of(state, sizeClass, owner(claim), length, claim & GENERATION_MASK);
    }

    /** The word of a run's first page while it is given back. */
    static long freeing(long run, int owner) {
        return of(FREEING, 0, owner, length(run), run & GENERATION_MASK);
    }

    /** Any word, freed. */
    static long freed(long word) {
        return word & GENERATION_MASK;
    }

    /** Whether a word of page {@code head} makes page {@code page} part of its run. */
    static boolean covers(long headWord, int head, int page) {
        int state = state(headWord);
        return (state == SLAB || state == RUN || state == FREEING) && page - head < length(headWord);
    }

    /** For messages. */
    static String describe(long word) {
        return switch (state(word)) {
            case FREE -> "free";
            case CLAIM -> "claimed by slot " + (owner(word) - 1) + " for a run at page " + head(word);
            case SLAB -> "slab of class " + sizeClass(word) + ", pages=" + length(word);
            case RUN -> "block, pages=" + length(word);
            case FREEING -> "given back by slot " + (owner(word) - 1) + ", pages=" + length(word);
            default -> "unknown word 0x" + Long.toHexString(word);
        };
    }
}
