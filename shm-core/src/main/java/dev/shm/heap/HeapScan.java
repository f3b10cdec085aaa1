package dev.shm.heap;

import dev.shm.memory.Memory;
import dev.shm.segment.SegmentLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Walks a heap to count it or to verify it. Needs no slot and stores nothing, so it also serves a tool that maps a segment for
 * reading only.
 */
public final class HeapScan {

    private final Memory memory;
    private final SegmentLayout layout;
    private final SizeClasses classes;
    private final long pageBytes;
    private final int pageCount;

    public HeapScan(Memory memory, SegmentLayout layout) {
        this.memory = memory;
        this.layout = layout;
        this.classes = SizeClasses.of(layout.pageBytes(), layout.pageCount());
        this.pageBytes = layout.pageBytes();
        this.pageCount = layout.pageCount();
    }

    /** Counts from the page map and the hints. */
    public HeapStatistics fast() {
        return new Count(false).run();
    }

    /** Counts from every block header. */
    public HeapStatistics deep() {
        return new Count(true).run();
    }

    private long word(int page) {
        return memory.getLongAcquire(layout.pageMap() + 8L * page);
    }

    private long address(int page) {
        return layout.heap() + page * pageBytes;
    }

    private boolean isWholeSlab(long word, int page) {
        return classes.isWholeSlab(word, pageCount - page);
    }

    private boolean isWholeRun(long word, int page) {
        return PageWord.length(word) >= 1
                && PageWord.length(word) <= pageCount - page
                && memory.isInOneWindow(address(page), PageWord.length(word) * pageBytes);
    }

    private int freeByHints(int page, int blocks) {
        int found = 0;
        long hints = layout.blockHints(page);
        for (int left = blocks; left > 0; left -= 64, hints += 8) {
            long bits = memory.getLong(hints) & (left >= 64 ? -1L : (1L << left) - 1);
            found += Long.bitCount(bits);
        }
        return found;
    }

    // ------------------------------------------------------------------------------------------ mapping

    /** Is shown what lies in the pages. */
    public interface Visitor {
        /** Pages that hold nothing. */
        void free(int page, int pages);

        /** A slab; {@code freeBlocks} by its hints. */
        void slab(int page, int pages, int blockBytes, int blocks, int freeBlocks);

        /** A block with pages of its own. */
        void block(int page, int pages);

        /** Pages on their way from or to being free. */
        void changing(int page, int pages);
    }

    /** Shows every page once, in order: from the page map and the hints. */
    public void visit(Visitor visitor) {
        int start = 0;
        int before = -1;
        for (int page = 0; page < pageCount; ) {
            long word = word(page);
            int state = PageWord.state(word);
            boolean slab = isWholeSlab(word, page);
            boolean block = state == PageWord.RUN && isWholeRun(word, page);
            int kind = slab || block ? -1 : state == PageWord.FREE ? PageWord.FREE : PageWord.CLAIM;
            if (kind != before) {
                show(visitor, before, start, page);
                start = page;
                before = kind;
            }
            if (slab) {
                int sizeClass = PageWord.sizeClass(word);
                int blocks = classes.blocks(sizeClass);
                visitor.slab(
                        page, PageWord.length(word), classes.blockBytes(sizeClass), blocks, freeByHints(page, blocks));
            } else if (block) {
                visitor.block(page, PageWord.length(word));
            }
            page += slab || block ? PageWord.length(word) : 1;
        }
        show(visitor, before, start, pageCount);
    }

    private static void show(Visitor visitor, int kind, int start, int end) {
        if (kind == PageWord.FREE) {
            visitor.free(start, end - start);
        } else if (kind == PageWord.CLAIM) {
            visitor.changing(start, end - start);
        }
    }

    // ------------------------------------------------------------------------------------------ counting

    private final class Count {

        private final boolean exact;
        private final int[] slabs = new int[classes.count()];
        private final long[] freeBlocks = new long[classes.count()];
        private final int[] runHistogram = new int[32];
        private final long[] usableBytes = new long[17];
        private final Map<Integer, Long> tentativeBySlot = new TreeMap<>();
        private long free;
        private long used;
        private long live;
        private long queued;
        private long tentative;
        private long meta;
        private long waste;
        private long usedBlocks;
        private int freePages;
        private int largestRun;
        private int run;
        private long largestSlabBlock;

        Count(boolean exact) {
            this.exact = exact;
        }

        HeapStatistics run() {
            for (int page = 0; page < pageCount; ) {
                page += page(page);
            }
            endRun();
            List<HeapStatistics.SizeClass> sizes = new ArrayList<>();
            for (int i = 0; i < slabs.length; i++) {
                if (slabs[i] > 0) {
                    sizes.add(new HeapStatistics.SizeClass(
                            classes.blockBytes(i), slabs[i], (long) slabs[i] * classes.blocks(i), freeBlocks[i]));
                }
            }
            return new HeapStatistics(
                    exact,
                    layout.heapBytes(),
                    free,
                    used,
                    exact ? live : -1,
                    exact ? queued : -1,
                    exact ? tentative : -1,
                    meta,
                    exact ? waste : -1,
                    usedBlocks,
                    freePages,
                    largestRun,
                    Math.max(0, Math.max(largestSlabBlock, largestRun * pageBytes) - BlockLayout.HEADER_BYTES),
                    histogram(),
                    unusable(),
                    Collections.unmodifiableList(sizes),
                    Collections.unmodifiableMap(tentativeBySlot));
        }

        private List<Integer> histogram() {
            List<Integer> counts = new ArrayList<>();
            for (int i = 0; i < 32 - Integer.numberOfLeadingZeros(largestRun); i++) {
                counts.add(runHistogram[i]);
            }
            return Collections.unmodifiableList(counts);
        }

        private List<Double> unusable() {
            List<Double> parts = new ArrayList<>();
            for (int i = 0; i < usableBytes.length && 1L << i <= pageCount; i++) {
                parts.add(free == 0 ? 0 : 1 - (double) usableBytes[i] / free);
            }
            return Collections.unmodifiableList(parts);
        }

        /** Counts what starts at a page; returns how many pages that is. */
        private int page(int page) {
            long word = word(page);
            int state = PageWord.state(word);
            if (state == PageWord.FREE) {
                if (run > 0 && (address(page) & (Memory.WINDOW_BYTES - 1)) == 0) {
                    endRun();
                }
                run++;
                return 1;
            }
            endRun();
            if (isWholeSlab(word, page)) {
                slab(page, word);
                return PageWord.length(word);
            }
            if (state == PageWord.RUN && isWholeRun(word, page)) {
                block(address(page), PageWord.length(word) * pageBytes);
                return PageWord.length(word);
            }
            used += pageBytes;
            tentative(PageWord.owner(holder(page, word)), pageBytes);
            return 1;
        }

        /** The word that says who holds a page on its way: who gives back a run holds also those pages of it that another claimed. */
        private long holder(int page, long word) {
            int head = PageWord.head(word);
            if (PageWord.state(word) == PageWord.CLAIM && head < page && PageWord.covers(word(head), head, page)) {
                return word(head);
            }
            return word;
        }

        private void endRun() {
            if (run > 0) {
                freePages += run;
                free += run * pageBytes;
                largestRun = Math.max(largestRun, run);
                runHistogram[31 - Integer.numberOfLeadingZeros(run)]++;
                for (int i = 0; i < usableBytes.length; i++) {
                    usableBytes[i] += (long) (run >>> i << i) * pageBytes;
                }
                run = 0;
            }
        }

        private void slab(int page, long word) {
            int sizeClass = PageWord.sizeClass(word);
            int blockBytes = classes.blockBytes(sizeClass);
            int blocks = classes.blocks(sizeClass);
            slabs[sizeClass]++;
            meta += PageWord.length(word) * pageBytes - (long) blocks * blockBytes;
            long freeBefore = freeBlocks[sizeClass];
            if (exact) {
                for (int block = 0; block < blocks; block++) {
                    long header = address(page) + (long) block * blockBytes;
                    int state = BlockLayout.state(memory.getLongAcquire(header));
                    if (state == BlockLayout.FREE || state == BlockLayout.RETIRED) {
                        freeBlocks[sizeClass]++;
                    } else {
                        block(header, blockBytes);
                    }
                }
            } else {
                freeBlocks[sizeClass] += freeByHints(page, blocks);
                long inUse = blocks - (freeBlocks[sizeClass] - freeBefore);
                used += inUse * blockBytes;
                usedBlocks += inUse;
            }
            long found = freeBlocks[sizeClass] - freeBefore;
            free += found * blockBytes;
            if (found > 0) {
                largestSlabBlock = Math.max(largestSlabBlock, blockBytes);
                for (int i = 0; pageBytes << i <= blockBytes; i++) {
                    usableBytes[i] += found * blockBytes;
                }
            }
        }

        private void block(long header, long bytes) {
            used += bytes;
            usedBlocks++;
            if (!exact) {
                return;
            }
            long word = memory.getLongAcquire(header);
            waste += bytes - Math.min(bytes, Integer.toUnsignedLong(memory.getInt(header + BlockLayout.LENGTH)));
            switch (BlockLayout.state(word)) {
                case BlockLayout.LIVE -> live += bytes;
                case BlockLayout.QUEUED -> queued += bytes;
                default -> tentative(BlockLayout.owner(word), bytes);
            }
        }

        private void tentative(int owner, long bytes) {
            if (exact) {
                tentative += bytes;
                tentativeBySlot.merge(owner - 1, bytes, Long::sum);
            }
        }
    }

    // ------------------------------------------------------------------------------------------ verifying

    /** Says of a slot whether its owner may hold anything. */
    public interface Holders {
        /** Whether blocks and pages may name this slot as their owner. */
        boolean mayHold(int slot);
    }

    /**
     * Finds what is wrong: words that mean nothing, pages that belong to two runs or to none, blocks held by nobody alive. Looks
     * twice at whatever another process may be changing.
     *
     * @return a sentence for each problem
     */
    public List<String> verify(Holders holders) {
        List<String> problems = new ArrayList<>();
        for (int page = 0; page < pageCount; ) {
            page += verifyPage(page, holders, problems);
        }
        return problems;
    }

    private int verifyPage(int page, Holders holders, List<String> problems) {
        long word = word(page);
        int before = problems.size();
        int length = 1;
        switch (PageWord.state(word)) {
            case PageWord.FREE -> {
                if ((word & 0x3FFF_FFFF_FFFFL) != 0) {
                    problems.add("page " + page + " is free and has an owner or a length: 0x" + Long.toHexString(word));
                }
            }
            case PageWord.CLAIM, PageWord.FREEING -> {
                // The rest of a run that is being given back still names who once claimed it, and who may be long gone.
                if (!isContinuation(page, word) && !holders.mayHold(PageWord.owner(word) - 1)) {
                    problems.add("page " + page + " is " + PageWord.describe(word) + ", which nobody living owns");
                }
            }
            case PageWord.SLAB -> {
                if (isWholeSlab(word, page)) {
                    length = PageWord.length(word);
                    verifyContinuation(page, length, problems);
                    verifySlab(page, word, holders, problems);
                } else {
                    problems.add("page " + page + " is a " + PageWord.describe(word) + ", which cannot be");
                }
            }
            case PageWord.RUN -> {
                if (isWholeRun(word, page)) {
                    length = PageWord.length(word);
                    verifyContinuation(page, length, problems);
                    verifyBlock(address(page), length * pageBytes, holders, problems, false);
                } else {
                    problems.add("page " + page + " is a " + PageWord.describe(word) + ", which cannot be");
                }
            }
            default -> problems.add("page " + page + " has an " + PageWord.describe(word));
        }
        if (problems.size() > before && word(page) != word) {
            // Somebody is at work here: what was seen may never have been at one time.
            problems.subList(before, problems.size()).clear();
            return 1;
        }
        return length;
    }

    private boolean isContinuation(int page, long word) {
        int head = PageWord.head(word);
        return PageWord.state(word) == PageWord.CLAIM && head < page && PageWord.covers(word(head), head, page);
    }

    private void verifyContinuation(int head, int length, List<String> problems) {
        for (int page = head + 1; page < head + length; page++) {
            long word = word(page);
            if (PageWord.state(word) != PageWord.CLAIM || PageWord.head(word) != head) {
                problems.add("page " + page + " should continue the run at page " + head + " and is "
                        + PageWord.describe(word));
            }
        }
    }

    private void verifySlab(int page, long word, Holders holders, List<String> problems) {
        int sizeClass = PageWord.sizeClass(word);
        for (int block = 0; block < classes.blocks(sizeClass); block++) {
            int blockBytes = classes.blockBytes(sizeClass);
            verifyBlock(address(page) + (long) block * blockBytes, blockBytes, holders, problems, true);
        }
    }

    private void verifyBlock(long header, long bytes, Holders holders, List<String> problems, boolean inSlab) {
        long word = memory.getLongAcquire(header);
        String problem = null;
        switch (BlockLayout.state(word)) {
            case BlockLayout.FREE -> {
                if (!inSlab) {
                    problem = "is free and holds pages";
                }
            }
            case BlockLayout.LIVE, BlockLayout.QUEUED -> {
                long length = Integer.toUnsignedLong(memory.getInt(header + BlockLayout.LENGTH));
                if (BlockLayout.owner(word) != 0) {
                    problem = "is " + BlockLayout.stateName(word) + " and has an owner";
                } else if (length + BlockLayout.HEADER_BYTES > bytes
                        || (!inSlab && !mayBeRun(length + BlockLayout.HEADER_BYTES, bytes))) {
                    problem = "says it has " + length + " bytes of payload in " + bytes + " bytes";
                }
            }
            case BlockLayout.TENTATIVE, BlockLayout.RETIRED -> {
                if (!holders.mayHold(BlockLayout.owner(word) - 1)) {
                    problem = "is " + BlockLayout.stateName(word) + ", which nobody living owns";
                }
            }
            default -> problem = "has an " + BlockLayout.stateName(word);
        }
        if (problem != null && memory.getLongAcquire(header) == word) {
            problems.add("the block at " + header + " " + problem);
        }
    }

    /** Whether the heap may have given pages of their own to a block, and that many. */
    private boolean mayBeRun(long blockBytes, long runBytes) {
        return classes.mayBeRun(blockBytes) && runBytes - blockBytes < pageBytes;
    }

    /** Whether the reference names a live block now. */
    public boolean isLive(long reference) {
        long header = BlockLayout.header(reference);
        if (!isBlock(header)) {
            return false;
        }
        long word = memory.getLongAcquire(header);
        return BlockLayout.state(word) == BlockLayout.LIVE && BlockLayout.names(reference, word);
    }

    /** Whether a block starts at that address, say the pages. */
    private boolean isBlock(long header) {
        long offset = header - layout.heap();
        if (offset < 0 || offset >= layout.heapBytes()) {
            return false;
        }
        int page = (int) (offset / pageBytes);
        int head = PageWord.state(word(page)) == PageWord.CLAIM ? PageWord.head(word(page)) : page;
        if (head > page) {
            return false;
        }
        long word = word(head);
        return switch (PageWord.state(word)) {
            case PageWord.RUN -> header == address(head);
            case PageWord.SLAB ->
                isWholeSlab(word, head) && classes.blockAt(PageWord.sizeClass(word), header - address(head)) >= 0;
            default -> false;
        };
    }
}
