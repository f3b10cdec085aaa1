package dev.shm.heap;

import dev.shm.memory.Memory;
import dev.shm.segment.SegmentLayout;

/**
 * The page tier: runs of pages, claimed, committed and given back without a lock. Runs for single blocks come from low
 * addresses, runs for slabs from high ones, each from the shortest free run that has enough.
 */
final class Pages {

    private static final int MIN_LONG_RUN = 256;
    private static final int LONG_RUN_SHIFT = 5;

    private final Memory memory;
    private final SegmentLayout layout;
    private final HintBitmap free;
    private final int count;
    private final int shift;

    Pages(Memory memory, SegmentLayout layout) {
        this.memory = memory;
        this.layout = layout;
        this.free = new HintBitmap(memory, layout, 0);
        this.count = layout.pageCount();
        this.shift = layout.pageShift();
    }

    int count() {
        return count;
    }

    /** A page's word; pairs with the release store in {@link #commit}. */
    long word(int page) {
        return memory.getLongAcquire(wordAddress(page));
    }

    private long wordAddress(int page) {
        return layout.pageMap() + 8L * page;
    }

    long address(int page) {
        return layout.heap() + ((long) page << shift);
    }

    /** The page that an address of the heap lies in, or -1. */
    int pageOf(long address) {
        long offset = address - layout.heap();
        return offset >= 0 && offset >>> shift < count ? (int) (offset >>> shift) : -1;
    }

    int pagesFor(long bytes) {
        return (int) ((bytes + (1L << shift) - 1) >>> shift);
    }

    /**
     * Claims pages from the shortest free run that has that many, the lowest of equals.
     *
     * @return its first page, or -1 if none was found
     */
    int claimLow(int pages, int owner) {
        int start = bestLow(pages);
        while (start >= 0 && claim(start, pages, owner) >= 0) {
            start = bestLow(pages);
        }
        return start;
    }

    /** As {@link #claimLow}, from the highest of equals at or before {@code from}, and from the end of it. */
    int claimHigh(int pages, int owner, int from) {
        int start = bestHigh(pages, from);
        while (start >= 0 && claim(start, pages, owner) >= 0) {
            start = bestHigh(pages, from);
        }
        return start;
    }

    // Best fit: first fit was seen to leave a third of what is free in runs too short to use, in a nearly full heap.
    // A free run that crosses windows counts as two. A claim that fails has cleared a wrong hint, or met somebody who
    // makes progress; so looking again comes to an end. A long run ends the search: low runs and high slabs have their
    // holes before it, and a heap that still has one need not save the last hole beyond.

    private int longRun(int pages) {
        return Math.max(pages + 1, Math.max(MIN_LONG_RUN, count >>> LONG_RUN_SHIFT));
    }

    private int bestLow(int pages) {
        int best = -1;
        int enough = longRun(pages);
        int bestLength = enough;
        for (int start = nextSet(0); start >= 0 && start <= count - pages; ) {
            int end = nextClear(start, Math.min(Math.min(count, firstOfNextWindow(start)), start + enough));
            int length = end - start;
            if (length == pages || (length == enough && best < 0)) {
                return start;
            }
            if (length == enough) {
                return best;
            }
            if (length > pages && length < bestLength) {
                best = start;
                bestLength = length;
            }
            start = nextSet(end);
        }
        return best;
    }

    private int bestHigh(int pages, int from) {
        int best = -1;
        int enough = longRun(pages);
        int bestLength = enough;
        for (int last = free.previous(from); last >= pages - 1; ) {
            int start = previousClear(last, Math.max(Math.max(0, firstOfWindow(last)), last + 1 - enough)) + 1;
            int length = last - start + 1;
            if (length == pages || (length == enough && best < 0)) {
                return last - pages + 1;
            }
            if (length == enough) {
                return best;
            }
            if (length > pages && length < bestLength) {
                best = last - pages + 1;
                bestLength = length;
            }
            last = free.previous(start - 1);
        }
        return best;
    }

    /** The first page of a page's window; negative in the first window of the heap. */
    private int firstOfWindow(int page) {
        long first = address(page) >>> Memory.WINDOW_SHIFT << Memory.WINDOW_SHIFT;
        return (int) ((first - layout.heap()) >> shift);
    }

    private int firstOfNextWindow(int page) {
        long next = ((address(page) >>> Memory.WINDOW_SHIFT) + 1) << Memory.WINDOW_SHIFT;
        return (int) ((next - layout.heap()) >>> shift);
    }

    private int nextSet(int from) {
        int word = from >>> 6;
        if (word >= free.words()) {
            return -1;
        }
        long bits = free.word(word) & -1L << from;
        while (bits == 0) {
            word = free.nextWord(word + 1);
            if (word >= free.words()) {
                return -1;
            }
            bits = free.word(word);
        }
        return (word << 6) + Long.numberOfTrailingZeros(bits);
    }

    private int nextClear(int from, int limit) {
        for (int bit = from; bit < limit; bit = (bit | 63) + 1) {
            long clear = ~free.word(bit >>> 6) & -1L << bit;
            if (clear != 0) {
                return Math.min(limit, (bit & ~63) + Long.numberOfTrailingZeros(clear));
            }
        }
        return limit;
    }

    private int previousClear(int from, int limit) {
        for (int bit = from; bit >= limit; bit = (bit & ~63) - 1) {
            long clear = ~free.word(bit >>> 6) & -1L >>> (63 - (bit & 63));
            if (clear != 0) {
                return Math.max(limit - 1, (bit & ~63) + 63 - Long.numberOfLeadingZeros(clear));
            }
        }
        return limit - 1;
    }

    /** Claims each page in turn, or none: returns -1, or the page that was not free. */
    private int claim(int start, int pages, int owner) {
        for (int page = start; page < start + pages; page++) {
            long word = word(page);
            if (PageWord.state(word) != PageWord.FREE
                    || !memory.compareAndSetLong(wordAddress(page), word, PageWord.claimed(word, owner, start))) {
                unclaim(start, page);
                distrust(page);
                return page;
            }
        }
        free.clearRange(start, pages);
        return -1;
    }

    /** Undoes a claim of {@code [start, end)}. A death in here leaves claims that no committed run covers, for the reaper. */
    void unclaim(int start, int end) {
        for (int page = end - 1; page >= start; page--) {
            memory.putLongRelease(wordAddress(page), PageWord.freed(memory.getLong(wordAddress(page))));
        }
        if (end > start) {
            free.setRange(start, end - start);
        }
    }

    /** The hint said free and the truth did not. */
    private void distrust(int page) {
        free.clear(page);
        if (PageWord.state(word(page)) == PageWord.FREE) {
            free.set(page);
        }
    }

    /** Makes a claimed run what it was claimed for. Publishes everything stored in it; pairs with {@link #word}. */
    void commit(int start, int state, int sizeClass, int pages) {
        memory.putLongRelease(
                wordAddress(start), PageWord.committed(memory.getLong(wordAddress(start)), state, sizeClass, pages));
    }

    /**
     * Gives back a run whose first page has that word. The compare-and-set decides who does; the rest is only carried out.
     *
     * @return false if somebody else does, or did
     */
    boolean giveBack(int start, long word, int owner) {
        long freeing = PageWord.freeing(word, owner);
        if (!memory.compareAndSetLong(wordAddress(start), word, freeing)) {
            return false;
        }
        finishGivingBack(start, freeing);
        return true;
    }

    private void finishGivingBack(int start, long freeing) {
        // No more than there are, should the word be damaged.
        int pages = Math.min(PageWord.length(freeing), count - start);
        for (int page = start + pages - 1; page > start; page--) {
            long word = memory.getLong(wordAddress(page));
            // After a death in here some are free already. Nobody else can have claimed a page for this head meanwhile.
            if (PageWord.state(word) == PageWord.CLAIM && PageWord.head(word) == start) {
                memory.putLongRelease(wordAddress(page), PageWord.freed(word));
            }
        }
        memory.putLongRelease(wordAddress(start), PageWord.freed(freeing));
        free.setRange(start, pages);
    }

    /** Gives back what a dead owner had claimed and not committed, and finishes what it was giving back. */
    void reap(int dead) {
        for (int page = 0; page < count; page++) {
            long word = word(page);
            if (PageWord.owner(word) != dead) {
                continue;
            }
            if (PageWord.state(word) == PageWord.FREEING) {
                finishGivingBack(page, word);
            } else if (PageWord.state(word) == PageWord.CLAIM && !isCovered(page, PageWord.head(word))) {
                // Read before its head's word: if the run was committed and given back in between, the set fails.
                memory.compareAndSetLong(wordAddress(page), word, PageWord.freed(word));
                free.set(page);
            }
        }
    }

    private boolean isCovered(int page, int head) {
        return head < page && PageWord.covers(word(head), head, page);
    }

    /** Sets the bits of free pages and clears those of others. */
    void rebuildHints() {
        for (int page = 0; page < count; page++) {
            if (PageWord.state(word(page)) == PageWord.FREE) {
                free.set(page);
            } else if (free.isSet(page)) {
                distrust(page);
            }
        }
    }

    /** Whether an address may hold a block header now: it lies in a page in use. */
    boolean isInUse(long header) {
        int page = pageOf(header);
        if (page < 0) {
            return false;
        }
        long word = word(page);
        if (PageWord.state(word) == PageWord.CLAIM) {
            int head = PageWord.head(word);
            return head < page && PageWord.covers(word(head), head, page);
        }
        return PageWord.state(word) == PageWord.SLAB || PageWord.state(word) == PageWord.RUN;
    }
}
