package dev.shm.collection;

import dev.shm.heap.ObjectHandle;
import dev.shm.memory.Memory;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongUnaryOperator;

/**
 * Which parts of a graph this process holds, by whatever openings of it: for each of them its bit is set, see {@link GraphLayout}. A part is held
 * for as long as somebody in this process has the {@link ObjectHandle} of it, which all have that touch its memory; the collector of this JVM
 * says when nobody has. Any thread may use this, and may have the graph's lock.
 */
final class PartHolders {

    /** One handle of a part. Kept until the handle is gone. */
    static final class Hold extends WeakReference<ObjectHandle> {

        final LiveGraph of;
        final long part;

        Hold(ObjectHandle handle, LiveGraph of, long part, ReferenceQueue<ObjectHandle> dropped) {
            super(handle, dropped);
            this.of = of;
            this.part = part;
        }
    }

    private final Memory memory;
    private final long bit;

    private final ReferenceQueue<ObjectHandle> dropped = new ReferenceQueue<>();
    /** How often each part is held, by its number. Guarded by this, and so are this process's bits. */
    private final Map<Long, Integer> counts = new HashMap<>();
    /** Guarded by this. */
    final Set<Hold> holds = new HashSet<>();
    /** Openings that use this. Guarded by this attachment's map of them. */
    private int users;

    private PartHolders(ObjectHandle handle) {
        this.memory = handle.memory();
        this.bit = 1L << handle.attachment().slot();
    }

    /** Those of the graph that a handle opens: the same for all openings of it by this process. */
    static PartHolders of(ObjectHandle handle) {
        return all(handle).compute(handle.reference(), (graph, known) -> {
            PartHolders holders = known != null ? known : new PartHolders(handle);
            holders.users++;
            return holders;
        });
    }

    /** An opening is closed. */
    void leave(ObjectHandle handle) {
        all(handle)
                .computeIfPresent(handle.reference(), (graph, known) -> known == this && --users == 0 ? null : known);
    }

    private static ConcurrentHashMap<Long, PartHolders> all(ObjectHandle handle) {
        return handle.attachment().common(PartHolders.class, ConcurrentHashMap::new);
    }

    /**
     * From now on a part is held: nobody frees it that does not free it already. It is up to the caller to look whether somebody does.
     *
     * @param word address of the word with this process's bit for it
     */
    synchronized void enter(long index, long word) {
        if (counts.merge(index, 1, Integer::sum) == 1) {
            memory.getAndOrLong(word, bit);
        }
    }

    /** Takes back one {@link #enter}. */
    synchronized void exit(long index, long word) {
        if (counts.merge(index, -1, (held, one) -> held == 1 ? null : held - 1) == null) {
            memory.getAndAndLong(word, ~bit);
        }
    }

    /** What was entered is held for as long as anybody has its handle. */
    synchronized void keep(LiveGraph of, ObjectHandle handle) {
        holds.add(new Hold(handle, of, handle.part(), dropped));
    }

    /**
     * Gives back what nobody has any more.
     *
     * @param words gives the address of the word with this process's bit for a part
     * @return the numbers of those parts
     */
    List<Long> drop(LongUnaryOperator words) {
        List<Long> indices = new ArrayList<>();
        for (Reference<?> gone = dropped.poll(); gone != null; gone = dropped.poll()) {
            Hold hold = (Hold) gone;
            hold.of.forget(hold.part);
            long index = GraphLayout.index(hold.part);
            synchronized (this) {
                holds.remove(hold);
                exit(index, words.applyAsLong(index));
            }
            indices.add(index);
        }
        return indices;
    }

    /** Clears a bit that an earlier owner of this process's slot has left, or an earlier opening. */
    void tidy(long index, long word) {
        if ((memory.getLongAcquire(word) & bit) != 0) {
            tidyHeld(index, word);
        }
    }

    private synchronized void tidyHeld(long index, long word) {
        if (!counts.containsKey(index)) {
            memory.getAndAndLong(word, ~bit);
        }
    }

    /** The handles that an opening has. Nobody but the collector may have some of them any more. */
    synchronized List<ObjectHandle> handles(LiveGraph of) {
        List<ObjectHandle> handles = new ArrayList<>();
        for (Hold hold : holds) {
            ObjectHandle handle = hold.of == of ? hold.get() : null;
            if (handle != null) {
                handles.add(handle);
            }
        }
        return handles;
    }

    /** The numbers of the parts that are held, those included that the collector is about to tell of. */
    synchronized List<Long> indices() {
        return new ArrayList<>(counts.keySet());
    }
}
