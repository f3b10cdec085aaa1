package dev.shm.heap;

import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.StaleReferenceException;
import dev.shm.memory.Memory;
import dev.shm.segment.Attachment;
import dev.shm.segment.SegmentLayout;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * The heap of a segment as one process uses it. Any thread of any process may allocate, commit and free at once, and may be
 * killed at any instruction.
 *
 * <p>A block is born tentative: it belongs to this process, and goes back if the process dies. {@link #commit} makes it
 * live, alone or as part of a {@link Transaction}. {@link #free} takes a tentative or a live block. A reference is good for one
 * life of a block; using it afterwards raises {@link StaleReferenceException}.
 *
 * <p>Callers are in {@link Attachment#guarded}, so that closing, which gives back this process's tentative blocks, does not do so
 * under the hands of a thread.
 *
 * <p>Blocks up to {@link #largestSlabBlock} come from slabs. Taking one is one compare-and-set of its header, giving it back
 * another; no thread waits for another. Larger blocks are runs of pages, contiguous in one window, so that one buffer shows
 * all of it.
 */
public final class Heap {

    /** More than a block can hold: a window less the header. */
    public static final long MAX_BLOCK_BYTES = Memory.WINDOW_BYTES - BlockLayout.HEADER_BYTES;

    private static final int MAX_STRIPES = 16;
    private static final int CLAIM_RETRIES = 64;
    private static final int CACHE_LINES = 128;
    private static final int CLASSES_ABOVE = 8;
    private static final long REPAIR_INTERVAL_NANOS = 50_000_000;
    private static final long STAMP_MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;

    private final Attachment attachment;
    private final Memory memory;
    private final SegmentLayout layout;
    private final Pages pages;
    private final SizeClasses classes;
    private final HintBitmap[] partial;
    private final int owner;
    private final BooleanSupplier reapTheDead;

    /**
     * For each stripe of threads and each class, the slab it took its last block from, plus one; and the word of that slab's
     * hints where it found it. Read and written without order: any value is only a place to look first.
     */
    private final int[] currentSlab;

    private final int[] currentWord;
    private final int stripeMask;
    private final int pagesPerHintLine;

    private volatile long lastRepair = System.nanoTime() - REPAIR_INTERVAL_NANOS;

    /**
     * The heap of a segment.
     *
     * @param attachment what this process holds of it
     * @param reapTheDead called when there is no memory; true if that may have given some back
     */
    public Heap(Attachment attachment, BooleanSupplier reapTheDead) {
        this.attachment = attachment;
        this.memory = attachment.memory();
        this.layout = attachment.layout();
        this.owner = attachment.owner();
        this.reapTheDead = reapTheDead;
        this.pages = new Pages(memory, layout);
        this.classes = SizeClasses.of(layout.pageBytes(), layout.pageCount());
        this.partial = new HintBitmap[classes.count()];
        for (int i = 0; i < partial.length; i++) {
            partial[i] = new HintBitmap(memory, layout, i + 1);
        }
        int stripes = Integer.highestOneBit(
                Math.min(MAX_STRIPES, 2 * Runtime.getRuntime().availableProcessors()));
        this.stripeMask = stripes - 1;
        this.pagesPerHintLine =
                Math.max(1, CACHE_LINES / (int) Math.min(CACHE_LINES, layout.blockHints(1) - layout.blockHints(0)));
        this.currentSlab = new int[stripes * classes.count()];
        this.currentWord = new int[stripes * classes.count()];
    }

    /** Fills in the hints of a segment that has no name yet. */
    public static void initialise(Memory memory, SegmentLayout layout) {
        new HintBitmap(memory, layout, 0).setRange(0, layout.pageCount());
    }

    // ---------------------------------------------------------------------------------------------- blocks

    /** The largest block, header included, that comes from a slab. */
    public int largestSlabBlock() {
        return classes.largest();
    }

    /** The segment's memory. */
    public Memory memory() {
        return memory;
    }

    /** Process slots of the segment. */
    public int slots() {
        return layout.slotCount();
    }

    /** Bytes of payload of the largest block that there could be if everything was free. */
    public long largestBlock() {
        return Math.min(MAX_BLOCK_BYTES, (long) layout.pageCount() * layout.pageBytes() - BlockLayout.HEADER_BYTES);
    }

    /**
     * Takes a block for this process. Its payload holds whatever was there before.
     *
     * @param bytes bytes of payload
     * @param type 0 to 255, for the caller's use
     * @return the reference that the block will have for all its life
     * @throws OutOfSharedMemoryException if there is none, after reaping the dead and repairing the hints
     */
    public long allocate(long bytes, int type) {
        if (bytes < 0 || type < 0 || type > 255) {
            throw new IllegalArgumentException("bytes=" + bytes + ", type=" + type);
        }
        attachment.checkOpen();
        if (bytes > MAX_BLOCK_BYTES) {
            throw outOfMemory(bytes, "no block can be larger than " + MAX_BLOCK_BYTES + " bytes: store it in parts");
        }
        long blockBytes = bytes + BlockLayout.HEADER_BYTES;
        long reference = blockBytes <= classes.largest()
                ? allocateFromSlab((int) blockBytes, type)
                : allocateRun(blockBytes, type);
        if (reference == 0) {
            reference = allocateWithoutSlab(blockBytes, type);
        }
        if (reference == 0) {
            reference = allocateAfterRepair(blockBytes, type);
        }
        long header = BlockLayout.header(reference);
        memory.putInt(header + BlockLayout.LENGTH, (int) bytes);
        memory.putInt(header + BlockLayout.AUXILIARY, 0);
        return reference;
    }

    /** As {@link #allocate}, with a payload of zeros. */
    public long allocateCleared(long bytes, int type) {
        long reference = allocate(bytes, type);
        memory.clear(BlockLayout.payload(reference), bytes);
        return reference;
    }

    private long allocateFromSlab(int blockBytes, int type) {
        int sizeClass = classes.classOf(blockBytes);
        int place = place(sizeClass);
        int slab = currentSlab[place];
        if (slab != 0) {
            long reference = take(slab - 1, sizeClass, type, place);
            if (reference != 0) {
                return reference;
            }
        }
        long reference = takeFromPartial(sizeClass, type, place);
        if (reference != 0) {
            return reference;
        }
        int fresh = newSlab(sizeClass, pages.count() - 1);
        if (fresh >= 0) {
            reference = take(fresh, sizeClass, type, place);
            return reference != 0 ? reference : takeFromPartial(sizeClass, type, place);
        }
        return 0;
    }

    /**
     * No slab has such a block, and no run of pages is long enough for another slab: pages of its own or a somewhat larger
     * block are better than none, whichever is likely to leave less of it unused first.
     */
    private long allocateWithoutSlab(long blockBytes, int type) {
        if (blockBytes > classes.largest()) {
            return 0;
        }
        int sizeClass = classes.classOf((int) blockBytes);
        boolean mayBeRun = classes.mayBeRun(blockBytes);
        boolean runFirst = mayBeRun && blockBytes >= layout.pageBytes();
        long reference = runFirst ? allocateRun(blockBytes, type) : 0;
        int last = Math.min(classes.count() - 1, sizeClass + CLASSES_ABOVE);
        for (int larger = sizeClass + 1; larger <= last && reference == 0; larger++) {
            reference = takeFromPartial(larger, type, place(larger));
        }
        return reference == 0 && mayBeRun && !runFirst ? allocateRun(blockBytes, type) : reference;
    }

    private int place(int sizeClass) {
        int thread = (int) Thread.currentThread().getId();
        return ((thread ^ thread >>> 4) & stripeMask) * classes.count() + sizeClass;
    }

    private long takeFromPartial(int sizeClass, int type, int place) {
        HintBitmap hints = partial[sizeClass];
        for (int page = hints.previous(pages.count() - 1); page >= 0; page = hints.previous(page - 1)) {
            long reference = take(page, sizeClass, type, place);
            if (reference != 0) {
                return reference;
            }
            distrustPartial(sizeClass, page);
        }
        return 0;
    }

    /** Takes a free block of a slab, or returns 0 if it has none or is no such slab any more. */
    private long take(int page, int sizeClass, int type, int place) {
        long pageWord = pages.word(page);
        if (!isSlab(page, pageWord, sizeClass)) {
            currentSlab[place] = 0;
            return 0;
        }
        long base = pages.address(page);
        long hints = layout.blockHints(page);
        int blockBytes = classes.blockBytes(sizeClass);
        int words = classes.bitmapWords(sizeClass);
        int first = currentSlab[place] == page + 1 ? currentWord[place] : 0;
        boolean crowded = false;
        for (int i = 0; i < words; i++) {
            int word = first + i < words ? first + i : first + i - words;
            long hintWord = hints + 8L * word;
            for (long bits = memory.getLong(hintWord) & usable(sizeClass, word); bits != 0; bits &= bits - 1) {
                long bit = bits & -bits;
                int block = (word << 6) + Long.numberOfTrailingZeros(bits);
                long header = base + (long) block * blockBytes;
                long free = memory.getLongAcquire(header);
                if (pages.word(page) != pageWord) {
                    // The slab was given back. What was read as a header may be somebody's data by now.
                    return 0;
                }
                if (BlockLayout.state(free) != BlockLayout.FREE) {
                    memory.getAndAndLong(hintWord, ~bit);
                    if (BlockLayout.state(memory.getLongVolatile(header)) == BlockLayout.FREE
                            || pages.word(page) != pageWord) {
                        memory.getAndOrLong(hintWord, bit);
                    }
                    crowded = true;
                    continue;
                }
                long taken = BlockLayout.next(free, type, owner, BlockLayout.TENTATIVE);
                if (memory.compareAndSetLong(header, free, taken)) {
                    // From here on the slab stays, since it has a block in use. Dying before this hint costs nothing.
                    memory.getAndAndLong(hintWord, ~bit);
                    if (crowded) {
                        moveAway(page, sizeClass, place);
                    } else {
                        remember(place, page, word);
                    }
                    return BlockLayout.reference(header, BlockLayout.stamp(taken) + 1);
                }
                crowded = true;
            }
        }
        return 0;
    }

    private void remember(int place, int page, int word) {
        // Other threads read these: a store of what is there already would take the cache line from them.
        if (currentSlab[place] != page + 1) {
            currentSlab[place] = page + 1;
        }
        if (currentWord[place] != word) {
            currentWord[place] = word;
        }
    }

    /**
     * Somebody else, here or in another process, takes blocks from this slab at the same time. Passing its cache lines to and fro
     * costs several times what a block costs, so this place goes on elsewhere: with another slab that has free blocks,
     * or else with a new one, whose hints lie apart.
     */
    private void moveAway(int page, int sizeClass, int place) {
        int below = (page & -pagesPerHintLine) - 1;
        int other = previousUnused(below, sizeClass);
        if (other < 0) {
            other = previousUnused(pages.count() - 1, sizeClass);
        }
        if (other < 0 || isNear(page, other)) {
            other = newSlab(sizeClass, below);
        }
        if (other >= 0) {
            remember(place, other, 0);
        }
    }

    /** The last slab at or before {@code from} that has free blocks and is near none that this process takes from; or -1. */
    private int previousUnused(int from, int sizeClass) {
        HintBitmap hints = partial[sizeClass];
        int page = hints.previous(from);
        while (page >= 0 && isNearCurrent(page, sizeClass)) {
            page = hints.previous(page - 1);
        }
        return page;
    }

    private boolean isNearCurrent(int page, int sizeClass) {
        for (int place = sizeClass; place < currentSlab.length; place += classes.count()) {
            if (currentSlab[place] != 0 && isNear(currentSlab[place] - 1, page)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the hints of two slabs lie in one pair of cache lines, which processors fetch together. */
    private boolean isNear(int page, int other) {
        return (page & -pagesPerHintLine) == (other & -pagesPerHintLine);
    }

    private boolean isSlab(int page, long pageWord, int sizeClass) {
        return PageWord.sizeClass(pageWord) == sizeClass && isSlab(page, pageWord);
    }

    private boolean isSlab(int page, long pageWord) {
        return classes.isWholeSlab(pageWord, pages.count() - page);
    }

    /** The bits of a hint word that stand for blocks. */
    private long usable(int sizeClass, int word) {
        int left = classes.blocks(sizeClass) - (word << 6);
        return left >= 64 ? -1L : (1L << left) - 1;
    }

    private void distrustPartial(int sizeClass, int page) {
        partial[sizeClass].clear(page);
        if (isSlab(page, pages.word(page), sizeClass) && anyHint(sizeClass, page)) {
            partial[sizeClass].set(page);
        }
    }

    private boolean anyHint(int sizeClass, int page) {
        long hints = layout.blockHints(page);
        for (int word = 0; word < classes.bitmapWords(sizeClass); word++) {
            if ((memory.getLongVolatile(hints + 8L * word) & usable(sizeClass, word)) != 0) {
                return true;
            }
        }
        return false;
    }

    private boolean allHints(int sizeClass, int page) {
        long hints = layout.blockHints(page);
        for (int word = 0; word < classes.bitmapWords(sizeClass); word++) {
            long usable = usable(sizeClass, word);
            if ((memory.getLong(hints + 8L * word) & usable) != usable) {
                return false;
            }
        }
        return true;
    }

    /** Cuts pages at or before {@code from} into blocks; -1 if there are none. */
    private int newSlab(int sizeClass, int from) {
        int count = classes.pages(sizeClass);
        int page = pages.claimHigh(count, owner, from);
        if (page < 0) {
            return -1;
        }
        long base = pages.address(page);
        long free = BlockLayout.word(newStamp(), 0, 0, BlockLayout.FREE);
        int blockBytes = classes.blockBytes(sizeClass);
        for (int block = 0; block < classes.blocks(sizeClass); block++) {
            memory.putLong(base + (long) block * blockBytes, free);
        }
        long hints = layout.blockHints(page);
        for (int word = 0; word < classes.bitmapWords(sizeClass); word++) {
            memory.putLong(hints + 8L * word, usable(sizeClass, word));
        }
        pages.commit(page, PageWord.SLAB, sizeClass, count);
        partial[sizeClass].set(page);
        return page;
    }

    private long allocateRun(long bytes, int type) {
        int count = pages.pagesFor(bytes);
        if (count > pages.count()) {
            return 0;
        }
        int page = pages.claimLow(count, owner);
        if (page < 0) {
            return 0;
        }
        long header = pages.address(page);
        long stamp = newStamp();
        memory.putLong(header, BlockLayout.word(stamp, type, owner, BlockLayout.TENTATIVE));
        pages.commit(page, PageWord.RUN, 0, count);
        return BlockLayout.reference(header, stamp + 1);
    }

    /**
     * A base that no other cutting used, far from the others, and far from small numbers: a thread that is late with a
     * compare-and-set must not find the header that it expects in what is somebody's data by now.
     */
    private long newStamp() {
        return (memory.getAndAddLong(SegmentLayout.STAMP_SOURCE, 1) + 1) * STAMP_MULTIPLIER;
    }

    // ------------------------------------------------------------------------------------------ no memory

    private long allocateAfterRepair(long blockBytes, int type) {
        makeRoom();
        for (int attempt = 0; attempt < CLAIM_RETRIES; attempt++) {
            boolean unsettled = anyClaim();
            long reference = blockBytes <= classes.largest()
                    ? allocateFromSlab((int) blockBytes, type)
                    : allocateRun(blockBytes, type);
            if (reference == 0) {
                reference = allocateWithoutSlab(blockBytes, type);
            }
            if (reference != 0) {
                return reference;
            }
            if (!unsettled) {
                break;
            }
            // Somebody is in the middle of taking or giving back pages.
            Thread.onSpinWait();
        }
        long bytes = blockBytes - BlockLayout.HEADER_BYTES;
        throw outOfMemory(
                bytes,
                blockBytes <= classes.largest()
                        ? "every slab of that size is full and no pages are left for another"
                        : "no run of free pages is long enough");
    }

    /**
     * Makes room. To rebuild the hints every block is looked at, so that is not done again for each of many calls that find the
     * heap full; whoever reaped has done it.
     */
    private void makeRoom() {
        long now = System.nanoTime();
        if (!reapTheDead.getAsBoolean() && now - lastRepair >= REPAIR_INTERVAL_NANOS) {
            lastRepair = now;
            new HeapRepair(memory, layout).rebuildHints();
        }
        giveBackEmptySlabs();
    }

    private boolean anyClaim() {
        for (int page = 0; page < pages.count(); page++) {
            long word = pages.word(page);
            if (PageWord.state(word) == PageWord.FREEING) {
                return true;
            }
            if (PageWord.state(word) == PageWord.CLAIM) {
                int head = PageWord.head(word);
                if (head >= page || !PageWord.covers(pages.word(head), head, page)) {
                    return true;
                }
            }
        }
        return false;
    }

    private OutOfSharedMemoryException outOfMemory(long asked, String why) {
        HeapStatistics now = statistics();
        return new OutOfSharedMemoryException(
                String.format(
                        Locale.ROOT,
                        "segment '%s' has no block of %d bytes: %s. Free: %d of %d bytes, largest free block %d, "
                                + "fragmentation %.2f. Free something, or create the segment with a larger size(...).",
                        attachment.name(),
                        asked,
                        why,
                        now.freeBytes(),
                        now.heapBytes(),
                        now.largestFreeBlock(),
                        now.fragmentation()),
                asked,
                now.freeBytes(),
                now.largestFreeBlock(),
                now.fragmentation());
    }

    private void giveBackEmptySlabs() {
        for (int page = 0; page < pages.count(); page++) {
            long word = pages.word(page);
            if (isSlab(page, word) && allHints(PageWord.sizeClass(word), page)) {
                giveBackSlab(page, word);
            }
        }
    }

    // ------------------------------------------------------------------------------------------ life of a block

    /**
     * Makes a tentative block of this process live, and so everybody's.
     *
     * @throws StaleReferenceException if it is not one
     */
    public void commit(long reference) {
        change(reference, BlockLayout.TENTATIVE, BlockLayout.LIVE, 0);
    }

    /** As {@link #commit}, for a block that only a message will refer to. */
    public void enqueue(long reference) {
        change(reference, BlockLayout.TENTATIVE, BlockLayout.QUEUED, 0);
    }

    /**
     * Takes a queued block for this process.
     *
     * @return its reference from now on
     * @throws StaleReferenceException if it is not queued: somebody else took it
     */
    public long dequeue(long reference) {
        long word = change(reference, BlockLayout.QUEUED, BlockLayout.TENTATIVE, owner);
        return BlockLayout.reference(BlockLayout.header(reference), BlockLayout.stamp(word) + 1);
    }

    private long change(long reference, int from, int to, int newOwner) {
        attachment.checkOpen();
        long header = checkedHeader(reference);
        long word = memory.getLongAcquire(header);
        boolean mine = from != BlockLayout.TENTATIVE || BlockLayout.owner(word) == owner;
        if (BlockLayout.state(word) == from && mine && BlockLayout.names(reference, word)) {
            long next = BlockLayout.next(word, newOwner, to);
            if (memory.compareAndSetLong(header, word, next)) {
                return next;
            }
        }
        throw stale(reference);
    }

    /**
     * Gives back a live block, or a tentative one of this process.
     *
     * @throws StaleReferenceException if it was given back already, is in a queue, belongs to another process, or is none
     */
    public void free(long reference) {
        attachment.checkOpen();
        long header = checkedHeader(reference);
        int page = pages.pageOf(header);
        long pageWord = pages.word(page);
        int head = page;
        if (PageWord.state(pageWord) == PageWord.CLAIM) {
            head = PageWord.head(pageWord);
            if (head >= page) {
                throw stale(reference);
            }
            pageWord = pages.word(head);
        }
        if (isSlab(head, pageWord) && PageWord.covers(pageWord, head, page)) {
            freeBlock(reference, header, head, pageWord);
        } else if (PageWord.state(pageWord) == PageWord.RUN && header == pages.address(head)) {
            freeRun(reference, header, head, pageWord);
        } else {
            throw stale(reference);
        }
    }

    private void freeBlock(long reference, long header, int page, long pageWord) {
        int sizeClass = PageWord.sizeClass(pageWord);
        int block = classes.blockAt(sizeClass, header - pages.address(page));
        long word = memory.getLongAcquire(header);
        // Only if the page is still what it was can what was read be trusted as a header; and a header is never twice
        // the same.
        if (block < 0
                || pages.word(page) != pageWord
                || !mayFree(reference, word)
                || !memory.compareAndSetLong(header, word, BlockLayout.next(word, 0, 0, BlockLayout.FREE))) {
            throw stale(reference);
        }
        hintFree(page, sizeClass, block);
    }

    /** Says that a block is free; the slab may be gone by now, and then the hint is wrong and harmless. */
    private void hintFree(int page, int sizeClass, int block) {
        long hintWord = layout.blockHints(page) + 8L * (block >>> 6);
        long before = memory.getAndOrLong(hintWord, 1L << block);
        if (before == 0) {
            partial[sizeClass].set(page);
        }
        if ((before | 1L << block) == usable(sizeClass, block >>> 6)
                && !isCurrent(page, sizeClass)
                && allHints(sizeClass, page)) {
            giveBackIfSlab(page, sizeClass);
        }
    }

    private boolean isCurrent(int page, int sizeClass) {
        for (int place = sizeClass; place < currentSlab.length; place += classes.count()) {
            if (currentSlab[place] == page + 1) {
                return true;
            }
        }
        return false;
    }

    private boolean mayFree(long reference, long word) {
        int state = BlockLayout.state(word);
        return BlockLayout.names(reference, word)
                && (state == BlockLayout.LIVE || (state == BlockLayout.TENTATIVE && BlockLayout.owner(word) == owner));
    }

    private void freeRun(long reference, long header, int page, long pageWord) {
        long word = memory.getLongAcquire(header);
        // A live block becomes ours first, so that a death between the two sets leaves something a reaper finds.
        if (pages.word(page) != pageWord
                || !mayFree(reference, word)
                || !memory.compareAndSetLong(header, word, BlockLayout.next(word, owner, BlockLayout.TENTATIVE))) {
            throw stale(reference);
        }
        pages.giveBack(page, pageWord, owner);
    }

    private void giveBackIfSlab(int page, int sizeClass) {
        long pageWord = pages.word(page);
        if (!isSlab(page, pageWord, sizeClass)) {
            return;
        }
        giveBackSlab(page, pageWord);
    }

    /** Holds every block of the slab, and if that succeeds gives the pages back; otherwise lets go of them. */
    private void giveBackSlab(int page, long pageWord) {
        int sizeClass = PageWord.sizeClass(pageWord);
        int blockBytes = classes.blockBytes(sizeClass);
        long base = pages.address(page);
        int held = 0;
        for (; held < classes.blocks(sizeClass); held++) {
            long header = base + (long) held * blockBytes;
            long word = memory.getLongAcquire(header);
            if (pages.word(page) != pageWord
                    || BlockLayout.state(word) != BlockLayout.FREE
                    || !memory.compareAndSetLong(header, word, BlockLayout.next(word, owner, BlockLayout.RETIRED))) {
                break;
            }
        }
        if (held == classes.blocks(sizeClass) && pages.giveBack(page, pageWord, owner)) {
            partial[sizeClass].clear(page);
            if (isSlab(page, pages.word(page), sizeClass)) {
                partial[sizeClass].set(page);
            }
            return;
        }
        for (int block = held - 1; block >= 0; block--) {
            long header = base + (long) block * blockBytes;
            long word = memory.getLongAcquire(header);
            memory.compareAndSetLong(header, word, BlockLayout.next(word, 0, BlockLayout.FREE));
            memory.getAndOrLong(layout.blockHints(page) + 8L * (block >>> 6), 1L << block);
        }
        if (held > 0) {
            partial[sizeClass].set(page);
        }
    }

    // ---------------------------------------------------------------------------------------------- looking

    /**
     * Address of the payload, if the reference is good now: the block is live, queued, or tentative and ours.
     *
     * @throws StaleReferenceException otherwise
     */
    public long payload(long reference) {
        long header = checkedHeader(reference);
        long word = memory.getLongAcquire(header);
        int state = BlockLayout.state(word);
        if (!BlockLayout.names(reference, word)
                || !(state == BlockLayout.LIVE
                        || state == BlockLayout.QUEUED
                        || (state == BlockLayout.TENTATIVE && BlockLayout.owner(word) == owner))) {
            throw stale(reference);
        }
        return header + BlockLayout.HEADER_BYTES;
    }

    /**
     * Whether the reference is good now and its block is live. A reference never comes back: what was read between two such answers,
     * with an acquire fence before the second, was the block's.
     */
    public boolean isLive(long reference) {
        long header = BlockLayout.header(reference);
        if (pages.pageOf(header) < 0) {
            return false;
        }
        long word = memory.getLongAcquire(header);
        return BlockLayout.state(word) == BlockLayout.LIVE && BlockLayout.names(reference, word);
    }

    /** Whether the reference is good now for anybody: its block is live, queued, or tentative, whoever holds it. */
    public boolean isHeld(long reference) {
        long header = BlockLayout.header(reference);
        if (pages.pageOf(header) < 0) {
            return false;
        }
        long word = memory.getLongAcquire(header);
        int state = BlockLayout.state(word);
        return (state == BlockLayout.LIVE || state == BlockLayout.QUEUED || state == BlockLayout.TENTATIVE)
                && BlockLayout.names(reference, word);
    }

    /** Bytes of payload that were asked for. */
    public int length(long reference) {
        long payload = payload(reference);
        int length = memory.getInt(payload - BlockLayout.HEADER_BYTES + BlockLayout.LENGTH);
        if (!memory.isInOneWindow(payload, length)) {
            throw new StaleReferenceException("segment '" + attachment.name() + "': the block at " + payload
                    + " has a damaged header: length=" + length);
        }
        return length;
    }

    /** The type given when it was allocated. */
    public int type(long reference) {
        payload(reference);
        return BlockLayout.type(memory.getLongAcquire(BlockLayout.header(reference)));
    }

    /** The word that a journal expects in the header of a block in that state. */
    long expectedWord(long reference, int state) {
        attachment.checkOpen();
        long word = memory.getLongAcquire(checkedHeader(reference));
        if (BlockLayout.state(word) != state
                || !BlockLayout.names(reference, word)
                || (state == BlockLayout.TENTATIVE && BlockLayout.owner(word) != owner)) {
            throw stale(reference);
        }
        return word;
    }

    private long checkedHeader(long reference) {
        long header = BlockLayout.header(reference);
        if (pages.pageOf(header) < 0) {
            throw new StaleReferenceException("segment '" + attachment.name() + "': 0x" + Long.toHexString(reference)
                    + " is no reference into its heap");
        }
        return header;
    }

    private StaleReferenceException stale(long reference) {
        long header = BlockLayout.header(reference);
        String found = pages.isInUse(header) ? BlockLayout.stateName(memory.getLongAcquire(header)) : "not a block";
        return new StaleReferenceException("segment '" + attachment.name() + "': the reference 0x"
                + Long.toHexString(reference)
                + " is not good for this. It was freed, is held by another process, or never "
                + "was one; at its address is now: " + found);
    }

    // ------------------------------------------------------------------------------------------ statistics

    /** From the page map and the hints: quick, and right but for what others change meanwhile. */
    public HeapStatistics statistics() {
        return new HeapScan(memory, layout).fast();
    }

    /** From every block header: exact if nothing changes meanwhile. */
    public HeapStatistics deepStatistics() {
        return new HeapScan(memory, layout).deep();
    }

    Attachment attachment() {
        return attachment;
    }
}
