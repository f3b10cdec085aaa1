package dev.shm.collection;

import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentFormatException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.heap.HeapStatistics;
import dev.shm.heap.ObjectHandle;
import dev.shm.memory.Memory;
import dev.shm.memory.Strip;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The cells of a list, as one opening of it sees them: a spine of chunks, a lock for writers, a version for readers. See {@link
 * ListLayout} for the bytes.
 *
 * <p>A reader looks without the lock and looks at the version before and after, as in {@link ShardedTable}. No cell ever moves under a reader's
 * eyes: a writer that has to move many makes other chunks, where nobody sees them, and exchanges them by the journal.
 *
 * <p>Where one word is all that readers see of a change, the one store of it is the commit. Before it, and before a cell is used again that
 * was an element's once, the version is raised: so who read at any earlier moment finds out.
 */
final class ListTable {

    private static final int OPTIMISTIC_TRIES = 32;
    private static final int COPY_TRIES = 4;
    /** So many cells are moved in place: they fit into one journal. More are copied. */
    private static final int FEW_CELLS = 14;

    /** Words of the root by their numbers. */
    private static final int VERSION = ListLayout.VERSION / Long.BYTES;

    private static final int SIZE = ListLayout.SIZE / Long.BYTES;
    private static final int SPINE = ListLayout.SPINE / Long.BYTES;

    private static final int FEW_BLOCKS = 6;
    private static final int FEW_CHUNKS = 8;
    private static final int CHUNKS_AT_ONCE = 30;
    private static final int BLOCKS_AT_ONCE = 30;
    /** A list has indices of {@code int}. */
    static final long MOST = Integer.MAX_VALUE;

    /** A spine and its bytes. True for as long as there is such a spine, since a reference never comes back. */
    private static final class View {
        final long reference;
        final Strip strip;

        View(long reference, Strip strip) {
            this.reference = reference;
            this.strip = strip;
        }
    }

    private final ObjectHandle handle;
    private final Memory memory;
    private final Heap heap;
    private final long base;
    private final Strip root;
    private final Element<?> elements;
    private final ChangeLock lock;
    private final BlockChange change;

    /** The spine as this opening saw it last. Any value is only a place to look first. */
    private @Nullable View view;

    /**
     * An opening of a list.
     *
     * @param elements how to read what copies hold
     */
    ListTable(ObjectHandle handle, Element<?> elements) {
        this.handle = handle;
        this.elements = elements;
        this.memory = handle.memory();
        this.heap = handle.heap();
        long payload = handle.payload();
        this.base = ListLayout.base(payload);
        this.root = memory.strip(base, ListLayout.ROOT_BYTES);
        this.change = new BlockChange(
                handle,
                CollectionKinds.LIST.code(),
                base + ListLayout.VERSION,
                base + ListLayout.STAGED,
                base + ListLayout.CONDEMNED);
        this.lock = new ChangeLock(handle, handle.lock((int) (base + ListLayout.LOCK - payload)), change);
        lock.open();
    }

    static long allocate(Heap heap) {
        return heap.allocateCleared(ListLayout.ROOT_BLOCK_BYTES, CollectionKinds.LIST.code());
    }

    void close() {
        lock.close();
    }

    Heap heap() {
        return heap;
    }

    // ---------------------------------------------------------------------------------------------- reading

    long size() {
        handle.quickPayload();
        return root.getLongAcquire(ListLayout.SIZE);
    }

    <E> @Nullable E get(long index, Element<E> elements) {
        handle.quickPayload();
        for (int i = 0; i < OPTIMISTIC_TRIES; i++) {
            // SYNC POINT with the stores of the version: the fence makes this read an acquire.
            long version = root.getLongAt(VERSION);
            memory.acquireFence();
            if ((version & 1) != 0) {
                Thread.onSpinWait();
                continue;
            }
            long size;
            long control = CellLayout.NULL;
            long word = 0;
            try {
                size = root.getLongAt(SIZE);
                if (index >= 0 && index < size) {
                    long cell = ListLayout.cell(BlockLayout.payload(chunk(ListLayout.chunkOf(index))), index);
                    control = memory.getLong(cell + CellLayout.CONTROL);
                    word = memory.getLong(cell + CellLayout.WORD);
                }
            } catch (IndexOutOfBoundsException e) {
                checkChanged(version, e);
                continue;
            }
            memory.acquireFence();
            if (root.getLongAt(VERSION) != version) {
                continue;
            }
            if (index < 0 || index >= size) {
                throw outOfBounds(index, size);
            }
            if (!CellLayout.isBlock(control)) {
                return inline(control, word, elements);
            }
            byte[] bytes = ElementBlock.copy(heap, word, CellLayout.length(control), this::damaged);
            if (bytes != null) {
                try {
                    return elements.read(CellLayout.tag(control), bytes);
                } catch (PartGone e) {
                    // Taken out since, so another is here by now; if this is no damage.
                    Thread.onSpinWait();
                }
            }
        }
        return lock.locked(() -> {
            checkIndex(index, root.getLong(ListLayout.SIZE));
            long cell = cell(index);
            return read(memory.getLong(cell + CellLayout.CONTROL), memory.getLong(cell + CellLayout.WORD), elements);
        });
    }

    static <E> @Nullable E inline(long control, long word, Element<E> elements) {
        return control == CellLayout.NULL
                ? null
                : elements.read(CellLayout.tag(control), CellLayout.bytes(control), word, CellLayout.rest(control));
    }

    /** Under the lock: the element of a cell. */
    <E> @Nullable E read(long control, long word, Element<E> elements) {
        if (!CellLayout.isBlock(control)) {
            return inline(control, word, elements);
        }
        byte[] bytes = ElementBlock.copy(heap, word, CellLayout.length(control), this::damaged);
        if (bytes == null) {
            throw damaged("the block of an element is not live");
        }
        return elements.read(CellLayout.tag(control), bytes);
    }

    /** Reference of a chunk. Without the lock it may be anything, if the version has changed. */
    private long chunk(long index) {
        long spine = root.getLongAt(SPINE);
        View seen = view;
        if (seen == null || seen.reference != spine) {
            seen = look(spine);
            view = seen;
        }
        return seen.strip.getLongAt((int) index);
    }

    private View look(long spine) {
        if (spine == 0 || !heap.isLive(spine)) {
            throw new IndexOutOfBoundsException("the spine is not live");
        }
        int length = memory.getInt(BlockLayout.header(spine) + BlockLayout.LENGTH);
        memory.acquireFence();
        if (!heap.isLive(spine)) {
            throw new IndexOutOfBoundsException("the spine is not live");
        }
        return new View(spine, memory.strip(BlockLayout.payload(spine), length));
    }

    /** An address outside the segment is the fault of a change meanwhile, or else of damage. */
    private void checkChanged(long version, IndexOutOfBoundsException e) {
        memory.acquireFence();
        if (root.getLongAcquire(ListLayout.VERSION) == version) {
            throw damaged(e);
        }
    }

    SegmentFormatException damaged(String what) {
        return new SegmentFormatException(
                "'" + handle.name() + "' is damaged: " + what + ". Destroy it and fill it again.");
    }

    private SegmentFormatException damaged(IndexOutOfBoundsException e) {
        SegmentFormatException damaged = damaged("it refers to what is outside the segment");
        damaged.initCause(e);
        return damaged;
    }

    private static void checkIndex(long index, long size) {
        if (index < 0 || index >= size) {
            throw outOfBounds(index, size);
        }
    }

    private static IndexOutOfBoundsException outOfBounds(long index, long size) {
        return new IndexOutOfBoundsException("index " + index + " of a list of " + size + " elements");
    }

    /**
     * Elements from an index on, as they were at one moment.
     *
     * @param most cells at most
     * @param mostBytes whoever has elements of more bytes in blocks comes after them is left out, but not the first
     */
    CellCopy copy(long from, long most, long mostBytes) {
        handle.payload();
        for (int i = 0; i < COPY_TRIES; i++) {
            long version = root.getLongAcquire(ListLayout.VERSION);
            if ((version & 1) != 0) {
                Thread.onSpinWait();
                continue;
            }
            try {
                CellCopy copy = tryCopy(from, most, mostBytes, version, false);
                if (copy != null) {
                    return copy;
                }
            } catch (IndexOutOfBoundsException e) {
                checkChanged(version, e);
            }
        }
        return lock.locked(() -> {
            try {
                CellCopy copy = tryCopy(from, most, mostBytes, root.getLongAcquire(ListLayout.VERSION), true);
                if (copy == null) {
                    throw damaged("the block of an element is not live");
                }
                return copy;
            } catch (IndexOutOfBoundsException e) {
                throw damaged(e);
            }
        });
    }

    /** The version as it is: what is read later is of this moment, if it is still this one then. Odd during a change. */
    long version() {
        return root.getLongAcquire(ListLayout.VERSION);
    }

    /** Whether what was read up to now is of that version. */
    boolean isOf(long version) {
        return (version & 1) == 0 && isUnchanged(version);
    }

    /** As {@link #copy}, if the version is still that one; else null. */
    @Nullable
    CellCopy copyOf(long version, long from, long most, long mostBytes) {
        if ((version & 1) != 0) {
            return null;
        }
        try {
            return tryCopy(from, most, mostBytes, version, false);
        } catch (IndexOutOfBoundsException e) {
            checkChanged(version, e);
            return null;
        }
    }

    private @Nullable CellCopy tryCopy(long from, long most, long mostBytes, long version, boolean locked) {
        long size = root.getLong(ListLayout.SIZE);
        long end = Math.min(size, from + most);
        if (size < 0 || size > MOST) {
            throw new IndexOutOfBoundsException("a size of " + size);
        }
        if (from >= end) {
            return isUnchanged(version) ? CellCopy.EMPTY : null;
        }
        // At first no more than there is room for: while the version is not known to be the same, the size may be
        // anything.
        long[] words = new long[2 * (int) Math.min(end - from, ListLayout.CHUNK_CELLS)];
        int count = 0;
        for (long index = from; index < end; ) {
            long chunkEnd = Math.min(end, (ListLayout.chunkOf(index) + 1) << ListLayout.CHUNK_SHIFT);
            long cell = ListLayout.cell(BlockLayout.payload(chunk(ListLayout.chunkOf(index))), index);
            int cells = (int) (chunkEnd - index);
            if (2 * (count + cells) > words.length) {
                words = Arrays.copyOf(words, (int) Math.min(2 * (end - from), 2L * words.length + 2L * cells));
            }
            for (int i = 0; i < 2 * cells; i++) {
                words[2 * count + i] = memory.getLong(cell + 8L * i);
            }
            count += cells;
            index = chunkEnd;
        }
        if (!isUnchanged(version)) {
            return null;
        }
        return CellCopy.of(words, count, null, mostBytes, heap, elements, locked, this::damaged);
    }

    private boolean isUnchanged(long version) {
        memory.acquireFence();
        return root.getLongAcquire(ListLayout.VERSION) == version;
    }

    // ---------------------------------------------------------------------------------------------- the lock

    /** Runs a change under the lock. */
    <T extends @Nullable Object> T changing(Supplier<T> action) {
        return lock.changing(this::check, this::finishClearing, action);
    }

    /** Under the lock: runs a function of the user, which must not change the list. */
    <T extends @Nullable Object> T compute(Supplier<T> function) {
        return lock.compute(function);
    }

    /** Before anything is stored: the spine is one, and as long as is said. */
    private void check() {
        long chunks = root.getLong(ListLayout.CHUNKS);
        long spine = root.getLong(ListLayout.SPINE);
        long size = root.getLong(ListLayout.SIZE);
        boolean sound;
        if (spine == 0) {
            sound = chunks == 0 && size == 0;
        } else {
            sound = chunks >= 0
                    && heap.isLive(spine)
                    && spineCapacity(spine) >= chunks
                    && size >= 0
                    && size <= capacity();
        }
        if (!sound) {
            throw damaged(
                    "it says that it has " + size + " elements in " + chunks + " chunks, and has no room for them");
        }
    }

    private long spineCapacity(long spine) {
        return spine == 0 ? 0 : heap.length(spine) / 8;
    }

    private long capacity() {
        long chunks = root.getLong(ListLayout.CHUNKS);
        return chunks == 1 ? heap.length(liveChunk(0)) / CellLayout.BYTES : chunks << ListLayout.CHUNK_SHIFT;
    }

    /** Under the lock: reference of a chunk that is there. */
    private long liveChunk(long index) {
        long chunk;
        try {
            chunk = chunk(index);
        } catch (IndexOutOfBoundsException e) {
            throw damaged(e);
        }
        if (!heap.isLive(chunk)) {
            throw damaged("chunk " + index + " is not live");
        }
        return chunk;
    }

    /** Under the lock: address of the cell of an index, which there is room for. */
    private long cell(long index) {
        long chunk = liveChunk(ListLayout.chunkOf(index));
        long payload = BlockLayout.payload(chunk);
        long cell = ListLayout.cell(payload, index);
        if (cell + CellLayout.BYTES > payload + heap.length(chunk)) {
            throw damaged("chunk " + ListLayout.chunkOf(index) + " is too short");
        }
        return cell;
    }

    /** Under the lock. */
    long control(long index) {
        return memory.getLong(cell(index) + CellLayout.CONTROL);
    }

    /** Under the lock. */
    long word(long index) {
        return memory.getLong(cell(index) + CellLayout.WORD);
    }

    /** Under the lock: elements that are there. */
    long lockedSize() {
        return root.getLong(ListLayout.SIZE);
    }

    void checkRange(long from, long to) {
        long size = lockedSize();
        if (from < 0 || to > size || from > to) {
            throw new IndexOutOfBoundsException("from " + from + " to " + to + " of a list of " + size + " elements");
        }
    }

    // ---------------------------------------------------------------------------------------------- room

    /** Under the lock: makes room for so many cells. Nothing that a reader can see changes but where it is. */
    void ensureCapacity(long cells) {
        if (cells <= capacity()) {
            return;
        }
        if (cells > MOST) {
            HeapStatistics now = heap.statistics();
            throw new OutOfSharedMemoryException(
                    "'" + handle.name() + "' cannot have more than " + MOST + " elements. Use several.",
                    cells,
                    now.freeBytes(),
                    now.largestFreeBlock(),
                    now.fragmentation());
        }
        long chunks = root.getLong(ListLayout.CHUNKS);
        if (chunks <= 1 && (chunks == 0 || capacity() < ListLayout.CHUNK_CELLS)) {
            enlargeFirst(chunks, cells);
        }
        if (cells > capacity()) {
            addChunks(ListLayout.chunkOf(cells - 1) + 1);
        }
    }

    /** Makes the first chunk, or a larger one in its place. */
    private void enlargeFirst(long chunks, long cells) {
        long before = capacity();
        long wanted = Math.max(ListLayout.FIRST_CELLS, 2 * before);
        while (wanted < Math.min(cells, ListLayout.CHUNK_CELLS)) {
            wanted *= 2;
        }
        change.begin();
        long fresh = heap.allocate(wanted * CellLayout.BYTES, CollectionKinds.LIST.code());
        change.publish(fresh);
        if (before > 0) {
            long old = liveChunk(0);
            memory.copy(BlockLayout.payload(old), BlockLayout.payload(fresh), before * CellLayout.BYTES);
            change.detach(old);
        }
        long spine = root.getLong(ListLayout.SPINE);
        if (spine == 0) {
            spine = heap.allocate(8L * ListLayout.FIRST_SPINE, CollectionKinds.LIST.code());
            change.publish(spine);
            memory.putLong(ListLayout.chunk(BlockLayout.payload(spine), 0), fresh);
            change.store(base + ListLayout.SPINE, spine);
        } else {
            change.store(ListLayout.chunk(BlockLayout.payload(spine), 0), fresh);
        }
        if (chunks == 0) {
            change.store(base + ListLayout.CHUNKS, 1);
        }
        change.commit(true);
    }

    private void addChunks(long wanted) {
        change.begin();
        long chunks = root.getLong(ListLayout.CHUNKS);
        long spine = root.getLong(ListLayout.SPINE);
        boolean grows = wanted > spineCapacity(spine);
        long target = spine;
        if (grows) {
            target = newSpine(Math.max(wanted, Math.min(2 * wanted, ListLayout.chunkOf(MOST) + 1)), chunks);
        }
        if (!grows) {
            // Where the references come, others may have been that somebody still looks at.
            bump();
        }
        long payload = BlockLayout.payload(target);
        for (long index = chunks; index < wanted; index++) {
            long chunk = heap.allocate((long) ListLayout.CHUNK_CELLS * CellLayout.BYTES, CollectionKinds.LIST.code());
            change.publish(chunk);
            memory.putLongRelease(ListLayout.chunk(payload, index), chunk);
        }
        change.store(base + ListLayout.CHUNKS, wanted);
        change.commit(grows);
    }

    /** A spine with the references of the one that is there, which goes when it comes. */
    private long newSpine(long capacity, long chunks) {
        long old = root.getLong(ListLayout.SPINE);
        long fresh = heap.allocate(8 * capacity, CollectionKinds.LIST.code());
        change.publish(fresh);
        memory.copy(BlockLayout.payload(old), BlockLayout.payload(fresh), 8 * chunks);
        change.detach(old);
        change.store(base + ListLayout.SPINE, fresh);
        return fresh;
    }

    /** Under the lock: gives back chunks behind the last element, but one. */
    private void trim() {
        for (; ; ) {
            long needed = ListLayout.chunkOf(lockedSize() + ListLayout.CHUNK_CELLS - 1) + 1;
            long chunks = root.getLong(ListLayout.CHUNKS);
            if (chunks <= needed) {
                return;
            }
            long left = Math.max(needed, chunks - CHUNKS_AT_ONCE);
            change.begin();
            for (long index = left; index < chunks; index++) {
                change.detach(liveChunk(index));
            }
            change.store(base + ListLayout.CHUNKS, left);
            change.commit(false);
        }
    }

    /** Under the lock, before what readers see changes by one store, and before what they saw once is used again. */
    private void bump() {
        root.putLongRelease(ListLayout.VERSION, root.getLong(ListLayout.VERSION) + 2);
    }

    // ---------------------------------------------------------------------------------------------- writing

    /** Under the lock: adds an element at the end. */
    void append(Encoded element) {
        long size = lockedSize();
        ensureCapacity(size + 1);
        long cell = cell(size);
        bump();
        memory.putLongRelease(cell + CellLayout.CONTROL, element.control());
        memory.putLongRelease(cell + CellLayout.WORD, element.word());
        if (element.block() == 0) {
            root.putLongRelease(ListLayout.SIZE, size + 1);
        } else {
            change.begin();
            change.publish(element.block());
            element.published();
            change.store(base + ListLayout.SIZE, size + 1);
            change.commit(false);
        }
    }

    /** Under the lock: gives a cell another element. */
    void replace(long index, Encoded element) {
        long cell = cell(index);
        long control = memory.getLong(cell + CellLayout.CONTROL);
        long word = memory.getLong(cell + CellLayout.WORD);
        long newControl = element.control();
        long newWord = element.word();
        if (!CellLayout.isBlock(control) && !element.isBlock() && (control == newControl || word == newWord)) {
            // The one store is the commit: a reader sees the element before or the one after.
            bump();
            if (control != newControl) {
                memory.putLongRelease(cell + CellLayout.CONTROL, newControl);
            } else if (word != newWord) {
                memory.putLongRelease(cell + CellLayout.WORD, newWord);
            }
            return;
        }
        change.begin();
        if (element.block() != 0) {
            change.publish(element.block());
            element.published();
        }
        change.store(cell + CellLayout.CONTROL, newControl);
        change.store(cell + CellLayout.WORD, newWord);
        if (CellLayout.isBlock(control)) {
            change.detach(word);
        }
        change.commit(true);
    }

    /** Under the lock: two cells exchange their elements. */
    void swap(long one, long other) {
        checkIndex(one, lockedSize());
        checkIndex(other, lockedSize());
        if (one == other) {
            return;
        }
        long cell = cell(one);
        long otherCell = cell(other);
        change.begin();
        change.store(cell + CellLayout.CONTROL, memory.getLong(otherCell + CellLayout.CONTROL));
        change.store(cell + CellLayout.WORD, memory.getLong(otherCell + CellLayout.WORD));
        change.store(otherCell + CellLayout.CONTROL, memory.getLong(cell + CellLayout.CONTROL));
        change.store(otherCell + CellLayout.WORD, memory.getLong(cell + CellLayout.WORD));
        change.commit(true);
    }

    /** Under the lock: puts cells in the place of those from one index to another, whose blocks go. */
    void splice(long from, long to, Cells cells) {
        splice(from, to, cells, () -> {
            for (long index = from; index < to; index++) {
                detachBlock(index);
            }
        });
    }

    /** Under the lock, while a change is being put together: its block goes, if it has one. */
    void detachBlock(long index) {
        long cell = cell(index);
        if (CellLayout.isBlock(memory.getLong(cell + CellLayout.CONTROL))) {
            change.detach(memory.getLong(cell + CellLayout.WORD));
        }
    }

    /**
     * Under the lock: puts cells in the place of those from one index to another.
     *
     * @param detaching tells the blocks that go
     */
    void splice(long from, long to, Cells cells, Runnable detaching) {
        int count = cells.count();
        long size = lockedSize();
        long newSize = size - (to - from) + count;
        if (from == to && count == 0) {
            return;
        }
        if (newSize == 0) {
            clear();
            return;
        }
        ensureCapacity(newSize);
        change.begin();
        cells.moveBlocksTo(change);
        detaching.run();
        if (newSize != size) {
            change.store(base + ListLayout.SIZE, newSize);
        }
        long end = count == to - from ? to : Math.max(size, newSize);
        if (from == size) {
            bump();
            for (int i = 0; i < count; i++) {
                long cell = cell(from + i);
                memory.putLongRelease(cell + CellLayout.CONTROL, cells.control(i));
                memory.putLongRelease(cell + CellLayout.WORD, cells.word(i));
            }
        } else if (from == newSize) {
            // The last ones go, and nothing else.
        } else if (Math.min(end, newSize) - from <= FEW_CELLS && change.blocks() <= FEW_BLOCKS) {
            moveInPlace(from, to, Math.min(end, newSize), cells);
        } else {
            copyChunks(from, to, Math.min(end, newSize), cells);
        }
        change.commit(true);
        if (newSize < size) {
            trim();
        }
    }

    private void moveInPlace(long from, long to, long end, Cells cells) {
        int count = cells.count();
        for (long index = from; index < end; index++) {
            long cell = cell(index);
            long control;
            long word;
            if (index < from + count) {
                control = cells.control((int) (index - from));
                word = cells.word((int) (index - from));
            } else {
                long source = cell(index - count - from + to);
                control = memory.getLong(source + CellLayout.CONTROL);
                word = memory.getLong(source + CellLayout.WORD);
            }
            if (memory.getLong(cell + CellLayout.CONTROL) != control) {
                change.store(cell + CellLayout.CONTROL, control);
            }
            if (memory.getLong(cell + CellLayout.WORD) != word) {
                change.store(cell + CellLayout.WORD, word);
            }
        }
    }

    /** Makes other chunks for the cells from one index to another. */
    private void copyChunks(long from, long to, long end, Cells cells) {
        long first = ListLayout.chunkOf(from);
        long last = ListLayout.chunkOf(end - 1);
        long newEnd = lockedSize() - (to - from) + cells.count();
        long spine = root.getLong(ListLayout.SPINE);
        boolean inPlace = last - first < FEW_CHUNKS;
        long[] fresh = new long[(int) (last - first) + 1];
        for (long index = first; index <= last; index++) {
            long old = liveChunk(index);
            int bytes = heap.length(old);
            long chunk = heap.allocate(bytes, CollectionKinds.LIST.code());
            change.publish(chunk);
            change.detach(old);
            fresh[(int) (index - first)] = chunk;
            long start = index << ListLayout.CHUNK_SHIFT;
            fill(chunk, start, Math.min(newEnd, start + bytes / CellLayout.BYTES), from, to, cells);
        }
        long target = inPlace ? spine : newSpine(spineCapacity(spine), root.getLong(ListLayout.CHUNKS));
        long payload = BlockLayout.payload(target);
        for (int i = 0; i < fresh.length; i++) {
            if (inPlace) {
                change.store(ListLayout.chunk(payload, first + i), fresh[i]);
            } else {
                memory.putLong(ListLayout.chunk(payload, first + i), fresh[i]);
            }
        }
    }

    /** Fills a new chunk with the cells that it will have. */
    private void fill(long chunk, long start, long end, long from, long to, Cells cells) {
        long payload = BlockLayout.payload(chunk);
        long before = Math.min(end, from);
        if (start < before) {
            copyCells(start, ListLayout.cell(payload, start), before - start);
        }
        long middle = Math.min(end, from + cells.count());
        for (long index = Math.max(start, from); index < middle; index++) {
            long cell = ListLayout.cell(payload, index);
            memory.putLong(cell + CellLayout.CONTROL, cells.control((int) (index - from)));
            memory.putLong(cell + CellLayout.WORD, cells.word((int) (index - from)));
        }
        long rest = Math.max(start, from + cells.count());
        if (rest < end) {
            copyCells(rest - from - cells.count() + to, ListLayout.cell(payload, rest), end - rest);
        }
    }

    /** Copies cells that are there, out of as many chunks as they are in. */
    private void copyCells(long source, long target, long count) {
        long at = source;
        for (long left = count; left > 0; ) {
            long run = Math.min(left, ListLayout.CHUNK_CELLS - (at & ListLayout.CHUNK_CELLS - 1));
            cell(at + run - 1);
            memory.copy(cell(at), target + (count - left) * CellLayout.BYTES, run * CellLayout.BYTES);
            at += run;
            left -= run;
        }
    }

    /** Under the lock: removes the last element. */
    void removeLast() {
        long last = lockedSize() - 1;
        long cell = cell(last);
        if (CellLayout.isBlock(memory.getLong(cell + CellLayout.CONTROL))) {
            change.begin();
            change.store(base + ListLayout.SIZE, last);
            change.detach(memory.getLong(cell + CellLayout.WORD));
            change.commit(true);
        } else {
            bump();
            root.putLongRelease(ListLayout.SIZE, last);
        }
        trim();
    }

    /** Under the lock: removes all. Needs no memory. The chunks are set aside at once, and then whoever has the lock frees them. */
    void clear() {
        long spine = root.getLong(ListLayout.SPINE);
        if (spine == 0) {
            return;
        }
        change.begin();
        change.store(base + ListLayout.CLEARED, spine);
        change.store(base + ListLayout.CLEARED_SIZE, lockedSize());
        change.store(base + ListLayout.CLEARED_CHUNKS, root.getLong(ListLayout.CHUNKS));
        change.store(base + ListLayout.SPINE, 0);
        change.store(base + ListLayout.SIZE, 0);
        change.store(base + ListLayout.CHUNKS, 0);
        change.commit(true);
        finishClearing();
    }

    /** Under the lock: frees what a cleared list had, some blocks at a time. A death in between leaves the rest to the next one. */
    private void finishClearing() {
        long spine = root.getLong(ListLayout.CLEARED);
        if (spine == 0) {
            return;
        }
        long payload = BlockLayout.payload(spine);
        if (!heap.isLive(spine)) {
            throw damaged("what was cleared is not live");
        }
        for (long size = root.getLong(ListLayout.CLEARED_SIZE); size > 0; ) {
            change.begin();
            while (size > 0 && change.blocks() < BLOCKS_AT_ONCE) {
                size--;
                long chunk = memory.getLong(ListLayout.chunk(payload, ListLayout.chunkOf(size)));
                long cell = ListLayout.cell(BlockLayout.payload(chunk), size);
                if (CellLayout.isBlock(memory.getLong(cell + CellLayout.CONTROL))) {
                    change.detach(memory.getLong(cell + CellLayout.WORD));
                }
            }
            if (change.blocks() > 0) {
                change.store(base + ListLayout.CLEARED_SIZE, size);
                change.commit(false);
            }
        }
        for (long chunks = root.getLong(ListLayout.CLEARED_CHUNKS); chunks > 0; ) {
            change.begin();
            while (chunks > 0 && change.blocks() < CHUNKS_AT_ONCE) {
                change.detach(memory.getLong(ListLayout.chunk(payload, --chunks)));
            }
            // From now on no cell is looked at.
            change.store(base + ListLayout.CLEARED_SIZE, 0);
            change.store(base + ListLayout.CLEARED_CHUNKS, chunks);
            change.commit(false);
        }
        change.begin();
        change.detach(spine);
        change.store(base + ListLayout.CLEARED, 0);
        change.commit(false);
    }
}
