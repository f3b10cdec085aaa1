package dev.shm.collection;

import dev.shm.error.SegmentFormatException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import dev.shm.memory.Memory;
import dev.shm.memory.Strip;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The slots of a deque, as one opening of it sees them: a ring, a lock for writers, a version for readers. See {@link DequeLayout} for the
 * bytes. Who reads, and how what one store changes is committed, is as in {@link ListTable}.
 */
final class DequeTable {

    private static final int OPTIMISTIC_TRIES = 32;
    private static final int COPY_TRIES = 4;
    private static final int BLOCKS_AT_ONCE = 30;

    /** A ring and how many slots it has. True for as long as there is such a ring, since a reference never comes back. */
    private record Ring(long reference, long payload, long slots) {}

    /** Elements that were there at one moment, and where the first of them was. */
    record Copied(long start, CellCopy cells) {}

    private final ObjectHandle handle;
    private final Memory memory;
    private final Heap heap;
    private final long base;
    private final Strip root;
    private final Element<?> elements;
    private final ChangeLock lock;
    private final BlockChange change;
    private final long maxLength;
    private final long slotBytes;
    private final boolean evicting;
    private final boolean fixed;

    private @Nullable Ring seen;

    /**
     * An opening of a deque.
     *
     * @param elements how to read what copies hold
     */
    DequeTable(ObjectHandle handle, Element<?> elements) {
        this.handle = handle;
        this.elements = elements;
        this.memory = handle.memory();
        this.heap = handle.heap();
        long payload = handle.payload();
        this.base = DequeLayout.base(payload);
        this.root = memory.strip(base, DequeLayout.ROOT_BYTES);
        this.change = new BlockChange(
                handle,
                CollectionKinds.DEQUE.code(),
                base + DequeLayout.VERSION,
                base + DequeLayout.STAGED,
                base + DequeLayout.CONDEMNED);
        this.lock = new ChangeLock(handle, handle.lock((int) (base + DequeLayout.LOCK - payload)), change);
        this.maxLength = root.getLong(DequeLayout.MAX_LENGTH);
        this.slotBytes = root.getLong(DequeLayout.SLOT_BYTES);
        long flags = root.getLong(DequeLayout.FLAGS);
        this.evicting = (flags & DequeLayout.EVICTING) != 0;
        this.fixed = (flags & DequeLayout.FIXED) != 0;
        if (maxLength < 0 || slotBytes < CellLayout.BYTES || slotBytes > heap.largestBlock()) {
            throw damaged("it has slots of " + slotBytes + " bytes, and at most " + maxLength + " of them");
        }
        lock.open();
    }

    static long allocate(Heap heap, int maxLength, boolean evicting, int itemBytes) {
        int type = CollectionKinds.DEQUE.code();
        long reference = heap.allocateCleared(DequeLayout.ROOT_BLOCK_BYTES, type);
        long base = DequeLayout.base(BlockLayout.payload(reference));
        Memory memory = heap.memory();
        long slotBytes = itemBytes == 0 ? CellLayout.BYTES : DequeLayout.slotBytes(itemBytes);
        memory.putLong(base + DequeLayout.MAX_LENGTH, maxLength);
        memory.putLong(base + DequeLayout.SLOT_BYTES, slotBytes);
        memory.putLong(
                base + DequeLayout.FLAGS,
                (evicting ? DequeLayout.EVICTING : 0) | (itemBytes > 0 ? DequeLayout.FIXED : 0));
        return reference;
    }

    void close() {
        lock.close();
    }

    boolean isFixed() {
        return fixed;
    }

    /** Bytes that an element may have, where they are fixed. */
    long itemBytes() {
        return slotBytes - CellLayout.WORD;
    }

    long maxLength() {
        return maxLength;
    }

    boolean isEvicting() {
        return evicting;
    }

    // ---------------------------------------------------------------------------------------------- reading

    long size() {
        handle.payload();
        for (int i = 0; ; i++) {
            long version = root.getLongAcquire(DequeLayout.VERSION);
            long head = root.getLongAcquire(DequeLayout.HEAD);
            long tail = root.getLongAcquire(DequeLayout.TAIL);
            if ((version & 1) == 0 && isUnchanged(version)) {
                return tail - head;
            }
            if (i == OPTIMISTIC_TRIES) {
                return lock.locked(this::lockedSize);
            }
            Thread.onSpinWait();
        }
    }

    /** Quick, and right if it is asked again. */
    boolean mayHaveElements() {
        handle.payload();
        return root.getLongAcquire(DequeLayout.HEAD) != root.getLongAcquire(DequeLayout.TAIL);
    }

    /** Quick, and right if it is asked again. */
    boolean mayHaveRoom() {
        handle.payload();
        return maxLength == 0
                || evicting
                || root.getLongAcquire(DequeLayout.TAIL) - root.getLongAcquire(DequeLayout.HEAD) < maxLength;
    }

    private boolean isUnchanged(long version) {
        memory.acquireFence();
        return root.getLongAcquire(DequeLayout.VERSION) == version;
    }

    /**
     * Elements between two positions, as they were at one moment.
     *
     * @param most elements at most
     * @param fromEnd whether the last ones of them, else the first ones
     * @param mostBytes of elements in blocks, of which there is one at least; counted from the first one
     */
    Copied copy(long from, long to, long most, boolean fromEnd, long mostBytes) {
        handle.payload();
        for (int i = 0; i < COPY_TRIES; i++) {
            long version = root.getLongAcquire(DequeLayout.VERSION);
            if ((version & 1) != 0) {
                Thread.onSpinWait();
                continue;
            }
            try {
                Copied copy = tryCopy(from, to, most, fromEnd, mostBytes, version, false);
                if (copy != null) {
                    return copy;
                }
            } catch (IndexOutOfBoundsException e) {
                memory.acquireFence();
                if (root.getLongAcquire(DequeLayout.VERSION) == version) {
                    throw damaged(e);
                }
            }
        }
        return lock.locked(() -> {
            try {
                Copied copy =
                        tryCopy(from, to, most, fromEnd, mostBytes, root.getLongAcquire(DequeLayout.VERSION), true);
                if (copy == null) {
                    throw damaged("the block of an element is not live");
                }
                return copy;
            } catch (IndexOutOfBoundsException e) {
                throw damaged(e);
            }
        });
    }

    private @Nullable Copied tryCopy(
            long from, long to, long most, boolean fromEnd, long mostBytes, long version, boolean locked) {
        long start = Math.max(from, root.getLong(DequeLayout.HEAD));
        long end = Math.min(to, root.getLong(DequeLayout.TAIL));
        if (start >= end) {
            return isUnchanged(version) ? new Copied(start, CellCopy.EMPTY) : null;
        }
        if (end - start > most) {
            if (fromEnd) {
                start = end - most;
            } else {
                end = start + most;
            }
        }
        Ring ring = ring();
        if (end - start > ring.slots()) {
            throw new IndexOutOfBoundsException("more elements than slots");
        }
        int count = (int) (end - start);
        long[] words = new long[2 * count];
        byte[][] slots = null;
        for (int i = 0; i < count; i++) {
            long slot = slot(ring, start + i);
            long control = memory.getLong(slot + CellLayout.CONTROL);
            words[2 * i] = control;
            words[2 * i + 1] = memory.getLong(slot + CellLayout.WORD);
            if (CellLayout.isInSlot(control)) {
                if (slots == null) {
                    slots = new byte[count][];
                }
                slots[i] = inSlot(slot, control);
            }
        }
        if (!isUnchanged(version)) {
            return null;
        }
        CellCopy cells = CellCopy.of(words, count, slots, mostBytes, heap, elements, locked, this::damaged);
        return cells == null ? null : new Copied(start, cells);
    }

    /** The bytes of an element that lies in its slot. */
    private byte[] inSlot(long slot, long control) {
        int length = CellLayout.length(control);
        if (length < 0 || length > itemBytes()) {
            throw new IndexOutOfBoundsException("an element of " + length + " bytes");
        }
        byte[] bytes = new byte[length];
        memory.getBytes(slot + CellLayout.WORD, bytes, 0, length);
        return bytes;
    }

    private Ring ring() {
        long reference = root.getLong(DequeLayout.RING);
        Ring ring = seen;
        if (ring == null || ring.reference() != reference) {
            if (reference == 0 || !heap.isLive(reference)) {
                throw new IndexOutOfBoundsException("the ring is not live");
            }
            long slots = memory.getInt(BlockLayout.header(reference) + BlockLayout.LENGTH) / slotBytes;
            memory.acquireFence();
            if (!heap.isLive(reference) || slots < 1) {
                throw new IndexOutOfBoundsException("the ring is not live, or has no slots");
            }
            ring = new Ring(reference, BlockLayout.payload(reference), slots);
            seen = ring;
        }
        return ring;
    }

    private long slot(Ring ring, long position) {
        return DequeLayout.slot(ring.payload(), position, ring.slots(), slotBytes);
    }

    private SegmentFormatException damaged(String what) {
        return new SegmentFormatException(
                "'" + handle.name() + "' is damaged: " + what + ". Destroy it and fill it again.");
    }

    private SegmentFormatException damaged(IndexOutOfBoundsException e) {
        SegmentFormatException damaged = damaged("it refers to what is not there: " + e.getMessage());
        damaged.initCause(e);
        return damaged;
    }

    // ---------------------------------------------------------------------------------------------- the lock

    /** Runs a change under the lock. */
    <T extends @Nullable Object> T changing(Supplier<T> action) {
        return lock.changing(this::check, this::finishClearing, action);
    }

    /** Under the lock: runs a function of the user, which must not change the deque. */
    <T extends @Nullable Object> T compute(Supplier<T> function) {
        return lock.compute(function);
    }

    /** Before anything is stored: the ring is one, and long enough. */
    private void check() {
        long size = lockedSize();
        long ring = root.getLong(DequeLayout.RING);
        long slots = ring == 0 || !heap.isLive(ring) ? 0 : heap.length(ring) / slotBytes;
        if (size < 0 || size > slots || (ring != 0 && slots == 0)) {
            throw damaged("it says that it has " + size + " elements, and has no room for them");
        }
    }

    /** Under the lock. */
    long lockedSize() {
        return root.getLong(DequeLayout.TAIL) - root.getLong(DequeLayout.HEAD);
    }

    /** Under the lock: position of the first element. */
    long head() {
        return root.getLong(DequeLayout.HEAD);
    }

    /** Under the lock: position behind the last element. */
    long tail() {
        return root.getLong(DequeLayout.TAIL);
    }

    /** Under the lock: address of the slot of a position. */
    private long slot(long position) {
        return slot(ring(), position);
    }

    /**
     * Under the lock: whether a position has the element that was copied from it.
     *
     * @param bytes those of one that lies in its slot: its word is only the first of them
     */
    boolean holds(long position, long control, long word, byte @Nullable [] bytes) {
        if (position < head() || position >= tail()) {
            return false;
        }
        long slot = slot(position);
        if (memory.getLong(slot + CellLayout.CONTROL) != control || memory.getLong(slot + CellLayout.WORD) != word) {
            return false;
        }
        if (!CellLayout.isInSlot(control)) {
            return true;
        }
        try {
            return Arrays.equals(inSlot(slot, control), bytes);
        } catch (IndexOutOfBoundsException e) {
            throw damaged(e);
        }
    }

    /** Under the lock: the element at a position. */
    <E> E read(long position, Element<E> elements) {
        long slot = slot(position);
        long control = memory.getLong(slot + CellLayout.CONTROL);
        long word = memory.getLong(slot + CellLayout.WORD);
        if (CellLayout.isInSlot(control)) {
            try {
                return elements.read(CellLayout.tag(control), inSlot(slot, control));
            } catch (IndexOutOfBoundsException e) {
                throw damaged(e);
            }
        }
        if (!CellLayout.isBlock(control)) {
            return elements.read(CellLayout.tag(control), CellLayout.bytes(control), word, CellLayout.rest(control));
        }
        byte[] bytes = ElementBlock.copy(heap, word, CellLayout.length(control), this::damaged);
        if (bytes == null) {
            throw damaged("the block of an element is not live");
        }
        return elements.read(CellLayout.tag(control), bytes);
    }

    // ---------------------------------------------------------------------------------------------- writing

    /** Under the lock, before what readers see changes by one store, and before what they saw once is used again. */
    private void bump() {
        root.putLongRelease(DequeLayout.VERSION, root.getLong(DequeLayout.VERSION) + 2);
    }

    private long slots() {
        long ring = root.getLong(DequeLayout.RING);
        return ring == 0 ? 0 : heap.length(ring) / slotBytes;
    }

    /** Under the lock: has a ring of so many slots. Nothing that a reader can see changes but where it is. */
    void ensureSlots(long wanted) {
        long slots = slots();
        if (slots >= wanted) {
            return;
        }
        long target = Math.max(wanted, Math.max(DequeLayout.FIRST_SLOTS, 2 * slots));
        if (maxLength > 0) {
            // One more: a new one is written before an old one goes.
            target = fixed ? maxLength + 1 : Math.min(target, maxLength + 1);
        }
        change.begin();
        long fresh = heap.allocate(target * slotBytes, CollectionKinds.DEQUE.code());
        change.publish(fresh);
        Ring to = new Ring(fresh, BlockLayout.payload(fresh), target);
        for (long position = head(); position < tail(); position++) {
            memory.copy(slot(position), slot(to, position), slotBytes);
        }
        change.store(base + DequeLayout.RING, fresh);
        if (slots > 0) {
            change.detach(root.getLong(DequeLayout.RING));
        }
        change.commit(true);
    }

    /** Under the lock: adds an element at one end; false if there is no room. */
    boolean add(boolean first, Encoded element) {
        long size = lockedSize();
        boolean full = maxLength > 0 && size >= maxLength;
        if (full && !evicting) {
            return false;
        }
        ensureSlots(size + 1);
        long head = head();
        long tail = tail();
        long slot = slot(first ? head - 1 : tail);
        bump();
        if (fixed && element.isBlock()) {
            write(
                    slot,
                    CellLayout.control(element.tag(), CellLayout.IN_SLOT, element.length()),
                    0,
                    element.bytes(),
                    element.length());
        } else {
            write(slot, element.control(), element.word(), null, 0);
        }
        int end = first ? DequeLayout.HEAD : DequeLayout.TAIL;
        long position = first ? head - 1 : tail + 1;
        if (!full && element.block() == 0) {
            root.putLongRelease(end, position);
            return true;
        }
        change.begin();
        if (element.block() != 0) {
            change.publish(element.block());
            element.published();
        }
        change.store(base + end, position);
        if (full) {
            change.store(base + (first ? DequeLayout.TAIL : DequeLayout.HEAD), first ? tail - 1 : head + 1);
            detachBlock(first ? tail - 1 : head);
        }
        change.commit(full);
        return true;
    }

    /** Writes a slot that means nothing yet. Somebody may still look at what was there, and must find another version then. */
    private void write(long slot, long control, long word, byte @Nullable [] bytes, int length) {
        memory.putLongRelease(slot + CellLayout.CONTROL, control);
        if (bytes == null) {
            memory.putLongRelease(slot + CellLayout.WORD, word);
            return;
        }
        for (int at = 0; at < length; at += 8) {
            long eight = 0;
            for (int i = 7; i >= 0; i--) {
                eight = eight << 8 | (at + i < length ? bytes[at + i] & 0xFF : 0);
            }
            memory.putLongRelease(slot + CellLayout.WORD + at, eight);
        }
    }

    private void detachBlock(long position) {
        long slot = slot(position);
        if (CellLayout.isBlock(memory.getLong(slot + CellLayout.CONTROL))) {
            change.detach(memory.getLong(slot + CellLayout.WORD));
        }
    }

    /** Under the lock: removes some elements at one end. Needs no memory for as many as {@link #BLOCKS_AT_ONCE}. */
    void remove(boolean first, int count) {
        long head = head();
        long tail = tail();
        change.begin();
        for (int i = 0; i < count; i++) {
            detachBlock(first ? head + i : tail - 1 - i);
        }
        int end = first ? DequeLayout.HEAD : DequeLayout.TAIL;
        long position = first ? head + count : tail - count;
        if (change.blocks() == 0) {
            bump();
            root.putLongRelease(end, position);
        } else {
            change.store(base + end, position);
            change.commit(true);
        }
    }

    /** Under the lock: removes as many from the front, all at once. Needs no memory, however many they are. */
    void removeFirst(long count) {
        if (fixed || count <= BLOCKS_AT_ONCE) {
            remove(true, (int) count);
        } else if (count == lockedSize()) {
            clear();
        } else {
            change.begin();
            setAside(head() + count);
            change.store(base + DequeLayout.HEAD, head() + count);
            change.commit(true);
            finishClearing();
        }
    }

    /** The change sets aside the elements before a position, whose blocks are then freed by whoever has the lock. */
    private void setAside(long end) {
        change.store(base + DequeLayout.CLEARED, root.getLong(DequeLayout.RING));
        change.store(base + DequeLayout.CLEARED_HEAD, head());
        change.store(base + DequeLayout.CLEARED_TAIL, end);
    }

    /** Under the lock: adds many at one end, each at the very end in its turn; those that are too many go at the other end. */
    void addAll(boolean first, Cells cells) {
        int count = cells.count();
        long size = lockedSize();
        long evicted = maxLength == 0 ? 0 : Math.max(0, size + count - maxLength);
        if (count == 0) {
            return;
        }
        if (maxLength == 0) {
            ensureSlots(size + count);
        } else {
            ensureSlots(Math.min(size + count, maxLength + 1));
        }
        long head = head();
        long tail = tail();
        change.begin();
        cells.moveBlocksTo(change);
        for (long i = 0; i < evicted; i++) {
            detachBlock(first ? tail - 1 - i : head + i);
        }
        long newHead = first ? head - count : head + evicted;
        long newTail = first ? tail - evicted : tail + count;
        Ring target;
        if (slots() >= size + count) {
            target = ring();
            bump();
        } else {
            target = otherRing();
            for (long position = Math.max(head, newHead); position < Math.min(tail, newTail); position++) {
                memory.copy(slot(position), slot(target, position), slotBytes);
            }
        }
        for (int i = 0; i < count; i++) {
            byte[] inSlot = cells.slot(i);
            write(
                    slot(target, first ? head - 1 - i : tail + i),
                    cells.control(i),
                    cells.word(i),
                    inSlot,
                    inSlot == null ? 0 : inSlot.length);
        }
        change.store(base + DequeLayout.HEAD, newHead);
        change.store(base + DequeLayout.TAIL, newTail);
        change.commit(true);
    }

    /** A ring that takes the place of the one that is there. */
    private Ring otherRing() {
        Ring old = ring();
        long fresh = heap.allocate(old.slots() * slotBytes, CollectionKinds.DEQUE.code());
        change.publish(fresh);
        change.store(base + DequeLayout.RING, fresh);
        change.detach(old.reference());
        return new Ring(fresh, BlockLayout.payload(fresh), old.slots());
    }

    /** Under the lock: takes out elements wherever they are; bit 0 is the first one's. Those behind them move up. */
    void removeAll(BitSet going) {
        long head = head();
        long tail = tail();
        change.begin();
        going.stream().forEach(index -> detachBlock(head + index));
        Ring target = otherRing();
        long to = head;
        for (long position = head; position < tail; position++) {
            if (!going.get((int) (position - head))) {
                memory.copy(slot(position), slot(target, to++), slotBytes);
            }
        }
        change.store(base + DequeLayout.TAIL, to);
        change.commit(true);
    }

    /** Under the lock: moves as many from the end to the front; or, if negative, the other way. */
    void rotate(long by) {
        long size = lockedSize();
        long right = size == 0 ? 0 : Math.floorMod(by, size);
        if (right == 0) {
            return;
        }
        long head = head();
        long tail = tail();
        boolean toFront = right <= size - right;
        long moved = toFront ? right : size - right;
        long shift = toFront ? -moved : moved;
        change.begin();
        if (slots() >= size + moved) {
            bump();
            for (long i = 0; i < moved; i++) {
                long source = slot(toFront ? tail - 1 - i : head + i);
                long target = slot(toFront ? head - 1 - i : tail + i);
                for (long at = 0; at < slotBytes; at += 8) {
                    memory.putLongRelease(target + at, memory.getLong(source + at));
                }
            }
        } else {
            Ring target = otherRing();
            for (long i = 0; i < size; i++) {
                memory.copy(slot(head + i), slot(target, head + shift + Math.floorMod(i + right, size)), slotBytes);
            }
        }
        change.store(base + DequeLayout.HEAD, head + shift);
        change.store(base + DequeLayout.TAIL, tail + shift);
        change.commit(true);
    }

    /** Under the lock: removes all. Needs no memory. The ring is set aside at once, and then whoever has the lock frees it. */
    void clear() {
        if (root.getLong(DequeLayout.RING) == 0) {
            return;
        }
        if (fixed) {
            bump();
            root.putLongRelease(DequeLayout.HEAD, tail());
            return;
        }
        change.begin();
        setAside(tail());
        change.store(base + DequeLayout.RING, 0);
        change.store(base + DequeLayout.HEAD, 0);
        change.store(base + DequeLayout.TAIL, 0);
        change.commit(true);
        finishClearing();
    }

    /**
     * Under the lock: frees what was set aside, some blocks at a time, and the ring if the deque has another one or none. A death in
     * between leaves the rest to the next one, who does this before anything else, so no slot is used again before its block is freed.
     */
    private void finishClearing() {
        long reference = root.getLong(DequeLayout.CLEARED);
        if (reference == 0) {
            return;
        }
        long slots = heap.isLive(reference) ? heap.length(reference) / slotBytes : 0;
        long tail = root.getLong(DequeLayout.CLEARED_TAIL);
        long first = root.getLong(DequeLayout.CLEARED_HEAD);
        if (slots < 1 || tail - first < 0 || tail - first > slots) {
            throw damaged("it says that " + (tail - first) + " elements are to be freed in a ring of " + slots);
        }
        Ring ring = new Ring(reference, BlockLayout.payload(reference), slots);
        for (long head = first; head < tail; ) {
            change.begin();
            while (head < tail && change.blocks() < BLOCKS_AT_ONCE) {
                long slot = slot(ring, head++);
                if (CellLayout.isBlock(memory.getLong(slot + CellLayout.CONTROL))) {
                    change.detach(memory.getLong(slot + CellLayout.WORD));
                }
            }
            if (change.blocks() > 0) {
                change.store(base + DequeLayout.CLEARED_HEAD, head);
                change.commit(false);
            }
        }
        change.begin();
        if (reference != root.getLong(DequeLayout.RING)) {
            change.detach(reference);
        }
        change.store(base + DequeLayout.CLEARED, 0);
        change.commit(false);
    }
}
