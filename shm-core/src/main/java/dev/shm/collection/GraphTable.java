package dev.shm.collection;

import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentFormatException;
import dev.shm.error.StaleReferenceException;
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

/**
 * The parts of a graph, as one opening of it sees them. See {@link GraphLayout} for the bytes.
 *
 * <p>Parts come one by one, each by a journal, and none goes while anybody has the graph open: so who looks one up needs no lock.
 */
final class GraphTable {

    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);
    private static final long MOST = ((1L << GraphLayout.CHUNKS) - 1) << 5;

    private final ObjectHandle handle;
    private final Memory memory;
    private final Heap heap;
    private final long base;
    private final SharedLock lock;

    GraphTable(ObjectHandle handle) {
        this.handle = handle;
        this.memory = handle.memory();
        this.heap = handle.heap();
        this.base = handle.payload();
        this.lock = handle.lock(GraphLayout.LOCK);
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
     * refers to it yet.
     *
     * @return which part it is
     */
    long add(ObjectKind kind, long root) {
        List<Long> blocks = kind.blocks(memory, BlockLayout.payload(root));
        boolean added = false;
        try {
            lock.lock(LOCK_TIMEOUT);
            try {
                long part = addLocked(kind.code(), root, blocks);
                added = true;
                return part;
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
            fresh = heap.allocateCleared(GraphLayout.chunkBytes(chunk), CollectionKinds.GRAPH.code());
            reference = fresh;
        }
        boolean done = false;
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
            if (!done && fresh != 0) {
                heap.free(fresh);
            }
        }
    }

    private long entry(long chunkReference, long index) {
        if (!heap.isHeld(chunkReference)
                || heap.length(chunkReference) != GraphLayout.chunkBytes(GraphLayout.chunkOf(index))) {
            throw damaged("the chunk with part " + index + " is no block of its length");
        }
        return GraphLayout.entry(chunkReference, index);
    }

    /** Address of the entry of a part. */
    private long entry(long part) {
        long index = GraphLayout.index(part);
        if (index >= memory.getLongAcquire(base + GraphLayout.PARTS) || index >= MOST) {
            throw stale(part);
        }
        long entry = entry(memory.getLong(GraphLayout.chunk(base, GraphLayout.chunkOf(index))), index);
        long state = memory.getLongAcquire(entry + GraphLayout.STATE);
        if (GraphLayout.kind(state) == 0 || !GraphLayout.isOf(part, state)) {
            throw stale(part);
        }
        return entry;
    }

    /** The code of a part's kind. */
    int kind(long part) {
        return GraphLayout.kind(memory.getLong(entry(part) + GraphLayout.STATE));
    }

    /** Reference of a part's root. */
    long root(long part) {
        return memory.getLong(entry(part) + GraphLayout.ROOT);
    }

    /**
     * A part is about to be put into a collection of the graph, where this stub, tentative as yet, says so.
     *
     * @throws IllegalArgumentException if it is in one already
     */
    void own(long part, long stub) {
        if (GraphLayout.index(part) == 0) {
            throw new IllegalArgumentException("'" + handle.name()
                    + "': the outermost collection of a graph cannot be put into it. Put a copy of it.");
        }
        lock.lock(LOCK_TIMEOUT);
        try {
            long entry = entry(part);
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

    private StaleReferenceException stale(long part) {
        return new StaleReferenceException("'" + handle.name() + "' has no part " + GraphLayout.index(part)
                + " any more, or never had. Get it from the graph again.");
    }
}
