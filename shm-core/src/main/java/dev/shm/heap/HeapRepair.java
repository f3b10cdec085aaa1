package dev.shm.heap;

import dev.shm.memory.Memory;
import dev.shm.segment.Reaper;
import dev.shm.segment.SegmentLayout;

/**
 * Gives back what a dead process held in the heap, and makes the hints agree with the truth. Needs no slot: whatever it claims
 * on the way it claims in the name of the dead, so that the next reaper finds it if this one dies too.
 *
 * <p>Others may go on allocating and freeing meanwhile.
 */
public final class HeapRepair {

    private final Memory memory;
    private final SegmentLayout layout;
    private final Pages pages;
    private final SizeClasses classes;

    public HeapRepair(Memory memory, SegmentLayout layout) {
        this.memory = memory;
        this.layout = layout;
        this.pages = new Pages(memory, layout);
        this.classes = SizeClasses.of(layout.pageBytes(), layout.pageCount());
    }

    /** Gives back the pages and blocks that a dead process held and nobody else can reach. */
    public Reaper.Step reaper() {
        return (slot, dead) -> {
            pages.reap(dead);
            pages.rebuildHints();
            repairBlocks(dead);
        };
    }

    /** Whether the reference names a queued block now. Only for what was written as a reference. */
    public static boolean isQueued(Memory memory, long reference) {
        long header = BlockLayout.header(reference);
        if (header <= 0 || header > memory.size() - BlockLayout.HEADER_BYTES) {
            return false;
        }
        long word = memory.getLongAcquire(header);
        return BlockLayout.state(word) == BlockLayout.QUEUED && BlockLayout.names(reference, word);
    }

    /**
     * Makes a queued block, which only a dead process could have freed, that process's own: whoever reaps it frees it then. Does
     * nothing if the reference does not name a queued block.
     */
    public static void abandon(Memory memory, long reference, int dead) {
        if (isQueued(memory, reference)) {
            long header = BlockLayout.header(reference);
            long word = memory.getLongAcquire(header);
            if (BlockLayout.state(word) == BlockLayout.QUEUED && BlockLayout.names(reference, word)) {
                memory.compareAndSetLong(header, word, BlockLayout.next(word, dead, BlockLayout.TENTATIVE));
            }
        }
    }

    /** Makes every hint agree with the truth. */
    public void rebuildHints() {
        pages.rebuildHints();
        repairBlocks(0);
    }

    /** Looks at every block: those of a dead owner are freed, and every free one is hinted. */
    private void repairBlocks(int dead) {
        for (int page = 0; page < pages.count(); page++) {
            long pageWord = pages.word(page);
            int state = PageWord.state(pageWord);
            if (classes.isWholeSlab(pageWord, pages.count() - page)) {
                repairSlab(page, pageWord, dead);
            } else if (state == PageWord.RUN && dead != 0) {
                long word = memory.getLongAcquire(pages.address(page));
                if (isHeldBy(word, dead)) {
                    pages.giveBack(page, pageWord, dead);
                }
            }
        }
    }

    private void repairSlab(int page, long pageWord, int dead) {
        int sizeClass = PageWord.sizeClass(pageWord);
        int blockBytes = classes.blockBytes(sizeClass);
        long base = pages.address(page);
        long hints = layout.blockHints(page);
        boolean anyFree = false;
        for (int block = 0; block < classes.blocks(sizeClass); block++) {
            long header = base + (long) block * blockBytes;
            long word = memory.getLongAcquire(header);
            if (dead != 0 && isHeldBy(word, dead)) {
                if (pages.word(page) != pageWord) {
                    return;
                }
                memory.compareAndSetLong(header, word, BlockLayout.next(word, 0, 0, BlockLayout.FREE));
            } else if (BlockLayout.state(word) != BlockLayout.FREE) {
                continue;
            }
            anyFree = true;
            long hintWord = hints + 8L * (block >>> 6);
            if ((memory.getLong(hintWord) & 1L << block) == 0) {
                memory.getAndOrLong(hintWord, 1L << block);
            }
        }
        if (anyFree) {
            new HintBitmap(memory, layout, sizeClass + 1).set(page);
        }
    }

    private static boolean isHeldBy(long word, int dead) {
        int state = BlockLayout.state(word);
        return BlockLayout.owner(word) == dead && (state == BlockLayout.TENTATIVE || state == BlockLayout.RETIRED);
    }
}
