package dev.shm.heap;

import dev.shm.segment.SegmentLayout;
import org.jspecify.annotations.Nullable;

/**
 * Which sizes slabs are cut into, and how. Block sizes, header included, rise by 16 from 32 to 128 and then in four steps for
 * each doubling, so that at most a fifth of a block is unused, up to eight pages or 2 MiB. A slab is nothing but blocks: its
 * hints lie elsewhere, so that a thread that is late with a hint can never write into what has become somebody's data.
 *
 * <p>The number of pages in a slab is the smallest that leaves little of it unused. The table depends on the layout only, so every
 * process computes the same one.
 */
final class SizeClasses {

    static final int MIN_BLOCK_BYTES = 32;
    private static final int LINEAR_LIMIT = 128;
    private static final int LINEAR_COUNT = (LINEAR_LIMIT - MIN_BLOCK_BYTES) / 16 + 1;
    private static final int STEPS = 4;
    private static final int MAX_CLASSES = SegmentLayout.BITMAPS - 1;
    private static final int MAX_PAGES_PER_SLAB = 32;
    private static final int RECIPROCAL_SHIFT = 40;

    /** The last that was computed: most processes have segments of one size, and look at their heaps again and again. */
    private static @Nullable SizeClasses last;

    private final long pageBytes;
    private final int pageCount;
    private final int count;
    private final int largest;
    private final int[] blockBytes;
    private final int[] pages;
    private final int[] blocks;
    private final long[] reciprocal;

    /** Of a segment with that many pages of that size. */
    static SizeClasses of(long pageBytes, int pageCount) {
        // All fields are final, so whoever sees it sees it whole; another thread may compute the same once more.
        SizeClasses known = last;
        if (known == null || known.pageBytes != pageBytes || known.pageCount != pageCount) {
            known = new SizeClasses(pageBytes, pageCount);
            last = known;
        }
        return known;
    }

    private SizeClasses(long pageBytes, int pageCount) {
        this.pageBytes = pageBytes;
        this.pageCount = pageCount;
        int[] sizes = new int[MAX_CLASSES];
        int classes = 0;
        int pagesAllowed = Math.max(1, Math.min(MAX_PAGES_PER_SLAB, pageCount / 4));
        for (int i = 0; i < MAX_CLASSES; i++) {
            long bytes = sizeOf(i);
            if (bytes > 8 * pageBytes || bytes > pagesAllowed * pageBytes) {
                break;
            }
            sizes[classes++] = (int) bytes;
        }
        count = classes;
        blockBytes = sizes;
        largest = sizes[classes - 1];
        pages = new int[classes];
        blocks = new int[classes];
        reciprocal = new long[classes];
        for (int i = 0; i < classes; i++) {
            choosePages(i, pageBytes, pagesAllowed);
            reciprocal[i] = ((1L << RECIPROCAL_SHIFT) + sizes[i] - 1) / sizes[i];
        }
    }

    private static long sizeOf(int index) {
        if (index < LINEAR_COUNT) {
            return MIN_BLOCK_BYTES + 16L * index;
        }
        int step = index - LINEAR_COUNT;
        long base = (long) LINEAR_LIMIT << (step / STEPS);
        return base + base / STEPS * (step % STEPS + 1);
    }

    /** The fewest pages that hold eight blocks with a sixteenth unused or less, or else those with the least unused. */
    private void choosePages(int index, long pageBytes, int pagesAllowed) {
        double best = 2;
        for (int n = 1; n <= pagesAllowed; n++) {
            long bytes = n * pageBytes;
            int fit = (int) (bytes / blockBytes[index]);
            if (fit == 0) {
                continue;
            }
            double unused = 1 - (double) fit * blockBytes[index] / bytes;
            if (unused < best - 0.01) {
                best = unused;
                pages[index] = n;
                blocks[index] = fit;
            }
            if (fit >= 8 && unused <= 1.0 / 16) {
                return;
            }
        }
    }

    int count() {
        return count;
    }

    /** Blocks above this size are runs of pages. */
    int largest() {
        return largest;
    }

    /** The class of blocks of that many bytes, header included; at most {@link #largest}. */
    int classOf(int bytes) {
        if (bytes <= LINEAR_LIMIT) {
            return bytes <= MIN_BLOCK_BYTES ? 0 : (bytes - MIN_BLOCK_BYTES + 15) >>> 4;
        }
        int doubling = 31 - Integer.numberOfLeadingZeros(bytes - 1);
        int shift = doubling - 2;
        return LINEAR_COUNT + (doubling - 7) * STEPS + ((bytes - 1) >>> shift) - STEPS;
    }

    int blockBytes(int index) {
        return blockBytes[index];
    }

    /** Pages of a slab. */
    int pages(int index) {
        return pages[index];
    }

    /**
     * Whether a block may have pages of its own: it is larger than any slab's, or its slabs need several pages and there may
     * have been no run of these. Where a slab needs one page only, one page is a slab.
     */
    boolean mayBeRun(long bytes) {
        return bytes > largest || pages[classOf((int) bytes)] > 1;
    }

    /** Blocks in a slab. */
    int blocks(int index) {
        return blocks[index];
    }

    /** Whether a page word says that a slab starts here, and it is one of ours that fits into the pages that are left. */
    boolean isWholeSlab(long pageWord, int pagesLeft) {
        int index = PageWord.sizeClass(pageWord);
        return PageWord.state(pageWord) == PageWord.SLAB
                && index < count
                && PageWord.length(pageWord) == pages[index]
                && pages[index] <= pagesLeft;
    }

    /** Words of a slab's hint bitmap. */
    int bitmapWords(int index) {
        return (blocks[index] + 63) >>> 6;
    }

    /** Which block starts at that offset from the start of the slab, or -1 if none does. */
    int blockAt(int index, long offset) {
        // Division by multiplication: exact for multiples, and for anything else the product differs.
        int block = (int) ((offset * reciprocal[index]) >>> RECIPROCAL_SHIFT);
        return block < blocks[index] && (long) block * blockBytes[index] == offset ? block : -1;
    }
}
