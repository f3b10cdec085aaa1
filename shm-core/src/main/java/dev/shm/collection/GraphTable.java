package dev.shm.collection;

import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentFormatException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.heap.HeapStatistics;
import dev.shm.heap.ObjectHandle;
import dev.shm.heap.ObjectKind;
import dev.shm.heap.SharedLock;
import dev.shm.heap.Transaction;
import dev.shm.memory.Memory;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a graph, as one opening of it sees them. See {@link GraphLayout} for the bytes.
 *
 * <p>Parts come one by one, each by a journal, and go when they are out and nobody holds them. So who looks one up needs no lock, and first {@linkplain
 * #hold holds} it. Who would free one looks under the lock whether it is out, and then who holds it; who holds one sets the bit, and then looks
 * whether it is out. So one of them sees the other; and if both do, the lock decides.
 */
final class GraphTable {

    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);
    private static final long MOST = ((1L << GraphLayout.CHUNKS) - 1) << 5;

    private final ObjectHandle handle;
    private final Memory memory;
    private final Heap heap;
    private final long base;
    private final SharedLock lock;
    final PartHolders holders;
    private final int slots;
    /** Which word of a part's bits has that of this process. */
    private final int ownWord;
    /** Where to look next for parts that are out. Guarded by this. */
    private long cursor;
    /** So many entries are looked at before this has seen all since it last found one. Guarded by this. */
    private long toLookAt;
    /** Guarded by this. */
    private long freed;
    /** Guarded by this. */
    private boolean closed;

    GraphTable(ObjectHandle handle) {
        this.handle = handle;
        this.memory = handle.memory();
        this.heap = handle.heap();
        this.base = handle.payload();
        this.lock = handle.lock(GraphLayout.LOCK);
        this.slots = heap.slots();
        this.ownWord = handle.attachment().slot() >>> 6;
        this.holders = PartHolders.of(handle);
    }

    static long allocate(Heap heap) {
        return heap.allocateCleared(GraphLayout.ROOT_BYTES, CollectionKinds.GRAPH.code());
    }

    /** Address of the graph's root. */
    long base() {
        return base;
    }

    /**
     * Makes a new part of what has a root in a tentative block, which belongs to this from now on, with the blocks that its kind names. Nothing
     * refers to it yet. It is {@linkplain #hold held} as long as somebody has the handle.
     *
     * @param of who opens it
     */
    ObjectHandle add(LiveGraph of, ObjectKind kind, long root) {
        List<Long> blocks = kind.blocks(memory, BlockLayout.payload(root));
        boolean added = false;
        try {
            lock.lock(LOCK_TIMEOUT);
            try {
                long part = addLocked(kind.code(), root, blocks);
                added = true;
                ObjectHandle opened = handle.part(part, root);
                holders.keep(of, opened);
                return opened;
            } finally {
                lock.unlock();
            }
        } finally {
            if (!added && handle.attachment().isOpen()) {
                blocks.forEach(heap::free);
                heap.free(root);
            }
        }
    }

    private long addLocked(int kind, long root, List<Long> blocks) {
        long vacant = memory.getLong(base + GraphLayout.VACANT);
        long index = vacant != 0 ? vacant - 1 : memory.getLong(base + GraphLayout.PARTS);
        if (index < 0 || index >= MOST) {
            HeapStatistics now = heap.statistics();
            throw new OutOfSharedMemoryException(
                    "'" + handle.name() + "' cannot have more than " + MOST + " parts. Share it in parts.",
                    index,
                    now.freeBytes(),
                    now.largestFreeBlock(),
                    now.fragmentation());
        }
        int chunk = GraphLayout.chunkOf(index);
        long chunkAddress = GraphLayout.chunk(base, chunk);
        long reference = memory.getLong(chunkAddress);
        long fresh = 0;
        if (reference == 0) {
            fresh = heap.allocateCleared(GraphLayout.chunkBytes(chunk, slots), CollectionKinds.GRAPH.code());
            reference = fresh;
        }
        boolean done = false;
        long word = GraphLayout.holders(reference, index, slots) + 8L * ownWord;
        holders.enter(index, word);
        try {
            long entry = entry(reference, index);
            long state = memory.getLong(entry + GraphLayout.STATE);
            long next = memory.getLong(entry + GraphLayout.STUB);
            if (GraphLayout.kind(state) != 0) {
                throw damaged("part " + index + " is vacant, and is a part");
            }
            try (Transaction change = handle.journal().begin()) {
                if (fresh != 0) {
                    change.publish(fresh);
                    change.store(chunkAddress, fresh);
                }
                change.publish(root);
                for (long block : blocks) {
                    change.publish(block);
                }
                change.store(entry + GraphLayout.ROOT, root);
                change.store(entry + GraphLayout.STUB, 0);
                change.store(entry + GraphLayout.STATE, state | kind);
                if (vacant != 0) {
                    change.store(base + GraphLayout.VACANT, next);
                } else {
                    change.store(base + GraphLayout.PARTS, index + 1);
                }
                done = true;
                change.commit();
            }
            return GraphLayout.part(state, index);
        } finally {
            if (!done) {
                holders.exit(index, word);
            }
            if (!done && fresh != 0) {
                heap.free(fresh);
            }
        }
    }

    private long entry(long chunkReference, long index) {
        if (!heap.isHeld(chunkReference)
                || heap.length(chunkReference) != GraphLayout.chunkBytes(GraphLayout.chunkOf(index), slots)) {
            throw damaged("the chunk with part " + index + " is no block of its length");
        }
        return GraphLayout.entry(chunkReference, index);
    }

    /**
     * Address of the entry of a part.
     *
     * @throws PartGone if it is not there any more
     */
    private long entry(long part) {
        long index = GraphLayout.index(part);
        if (index >= memory.getLongAcquire(base + GraphLayout.PARTS) || index >= MOST) {
            throw gone(part);
        }
        long entry = entry(chunk(index), index);
        if (!isIn(part, entry)) {
            throw gone(part);
        }
        return entry;
    }

    private long chunk(long index) {
        return memory.getLong(GraphLayout.chunk(base, GraphLayout.chunkOf(index)));
    }

    private boolean isIn(long part, long entry) {
        long state = memory.getLongAcquire(entry + GraphLayout.STATE);
        return GraphLayout.kind(state) != 0 && GraphLayout.isOf(part, state);
    }

    /** Address of the word with this process's bit for a part. */
    private long ownWord(long index) {
        return GraphLayout.holders(chunk(index), index, slots) + 8L * ownWord;
    }

    /** The code of the kind of a part that is held. */
    int kind(long part) {
        return GraphLayout.kind(memory.getLong(entry(part) + GraphLayout.STATE));
    }

    /** Reference of the root of a part that is held. */
    long root(long part) {
        return memory.getLong(entry(part) + GraphLayout.ROOT);
    }

    /**
     * A handle of a part that a stub tells of. The part stays as long as somebody has the handle.
     *
     * @param root what the stub says that its root is
     * @return null if that is another one
     * @throws PartGone if it is not there any more
     */
    @Nullable
    ObjectHandle hold(LiveGraph of, long part, long root) {
        long entry = entry(part);
        long index = GraphLayout.index(part);
        if (index == 0) {
            // The outermost one goes with the graph.
            return memory.getLong(entry + GraphLayout.ROOT) == root ? handle.part(part, root) : null;
        }
        long word = ownWord(index);
        boolean held = false;
        holders.enter(index, word);
        try {
            // SYNC POINT with collect: either this sees that the part is out, or that sees the bit.
            memory.fullFence();
            if (!isPlaced(part, entry)) {
                checkNotGoing(part, entry);
            }
            if (memory.getLong(entry + GraphLayout.ROOT) != root) {
                return null;
            }
            ObjectHandle opened = handle.part(part, root);
            holders.keep(of, opened);
            held = true;
            return opened;
        } finally {
            if (!held) {
                holders.exit(index, word);
            }
        }
    }

    /** Whether the stub of a part is live. First the stub, since a later part in the same entry has another stub, and is found out then. */
    private boolean isPlaced(long part, long entry) {
        if (!heap.isLive(memory.getLongAcquire(entry + GraphLayout.STUB))) {
            return false;
        }
        memory.acquireFence();
        return isIn(part, entry);
    }

    private void checkNotGoing(long part, long entry) {
        lock.lock(LOCK_TIMEOUT);
        try {
            if (!isIn(part, entry) || memory.getLong(entry + GraphLayout.STUB) == GraphLayout.GOING) {
                throw gone(part);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * A part is about to be put into a collection of the graph, where this stub, tentative as yet, says so.
     *
     * @throws IllegalArgumentException if it is in one already
     * @throws PartGone if it is none any more: the caller had nothing that holds it
     */
    void own(long part, long stub) {
        if (GraphLayout.index(part) == 0) {
            throw new IllegalArgumentException("'" + handle.name()
                    + "': the outermost collection of a graph cannot be put into it. Put a copy of it.");
        }
        lock.lock(LOCK_TIMEOUT);
        try {
            long entry = entry(part);
            if (memory.getLong(entry + GraphLayout.STUB) == GraphLayout.GOING) {
                throw gone(part);
            }
            if (heap.isHeld(memory.getLong(entry + GraphLayout.STUB))) {
                throw new IllegalArgumentException("'" + handle.name()
                        + "': what is live has one place in a graph, and this has its place. What you change in it need not be "
                        + "put back. To have it elsewhere take it out first, or put a copy of it.");
            }
            // Before it can be seen in the collection: a live stub is always known here. Dying now leaves a stub that
            // is
            // nobody's.
            memory.putLongRelease(entry + GraphLayout.STUB, stub);
        } finally {
            lock.unlock();
        }
    }

    SegmentFormatException damaged(String what) {
        return new SegmentFormatException(
                "'" + handle.name() + "' is damaged: " + what + ". Destroy it and share it again.");
    }

    private PartGone gone(long part) {
        return new PartGone("'" + handle.name() + "' has no part " + GraphLayout.index(part)
                + " any more, or never had. Get it from the graph again.");
    }

    // ---------------------------------------------------------------------------------------------- giving back

    /** No handle of a part is used any more: nothing is looked for from here any more. */
    void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        holders.leave(handle);
    }

    /** The handles of parts that somebody has by this opening. */
    List<ObjectHandle> handles(LiveGraph of) {
        return holders.handles(of);
    }

    /**
     * Frees parts that are out and that nobody holds: those that this process held until just now, and those among the next so many entries. Where
     * one was found all are looked at, as long as there are any, since what was in it is out then; if the time is up, the next call goes on.
     *
     * @param nanos that it may take, or little more
     * @param patient whether to wait for the lock
     * @return how many it freed
     */
    synchronized long collect(long entries, long nanos, boolean patient) {
        if (closed || memory.getLongAcquire(base + GraphLayout.END) != 0) {
            return 0;
        }
        long before = freed;
        for (long index : holders.drop(this::ownWord)) {
            collect(index, patient);
        }
        long parts = memory.getLongAcquire(base + GraphLayout.PARTS);
        toLookAt = Math.min(Math.max(entries, toLookAt), parts - 1);
        for (long deadline = System.nanoTime() + nanos; toLookAt > 0; toLookAt--) {
            cursor = cursor + 1 < parts ? cursor + 1 : 1;
            if (collect(cursor, patient)) {
                toLookAt = parts;
            }
            if ((cursor & 0xFF) == 0 && System.nanoTime() - deadline >= 0) {
                break;
            }
        }
        return freed - before;
    }

    private boolean collect(long index, boolean patient) {
        long chunk = chunk(index);
        long entry = entry(chunk, index);
        holders.tidy(index, ownWord(index));
        if (!canGo(index, chunk, entry)) {
            return false;
        }
        if (patient) {
            lock.lock(LOCK_TIMEOUT);
        } else if (!lock.tryLock()) {
            return false;
        }
        try {
            ObjectKind kind = CollectionKinds.part(GraphLayout.kind(memory.getLongAcquire(entry + GraphLayout.STATE)));
            if (kind == null || !canGo(index, chunk, entry)) {
                return false;
            }
            GraphKind.freePart(heap, handle.journal(), memory, base, index, entry, kind);
            freed++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether any part is out that this process holds, and that nobody in it may have any more once its collector has looked. */
    boolean mayGo() {
        for (long index : holders.indices()) {
            if (index != 0 && !heap.isHeld(memory.getLong(entry(chunk(index), index) + GraphLayout.STUB))) {
                return true;
            }
        }
        return false;
    }

    /** Whether a part is out, and nobody holds it. Sure only under the lock. */
    private boolean canGo(long index, long chunk, long entry) {
        if (GraphLayout.kind(memory.getLongAcquire(entry + GraphLayout.STATE)) == 0) {
            return false;
        }
        long stub = memory.getLongAcquire(entry + GraphLayout.STUB);
        if (stub == GraphLayout.GOING) {
            return true;
        }
        // One that is tentative belongs to somebody who is about to put the part somewhere, or who died, and then it is
        // freed.
        if (heap.isHeld(stub)) {
            return false;
        }
        // SYNC POINT with hold.
        memory.fullFence();
        long first = GraphLayout.holders(chunk, index, slots);
        for (int word = 0; word < GraphLayout.holderWords(slots); word++) {
            if ((memory.getLongVolatile(first + 8L * word) & handle.openers(word)) != 0) {
                return false;
            }
        }
        return true;
    }
}
