package dev.shm.collection;

import dev.shm.error.SegmentFormatException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.heap.Journal;
import dev.shm.heap.ObjectKind;
import dev.shm.heap.Transaction;
import dev.shm.memory.Memory;
import dev.shm.segment.SegmentLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** Graphs of collections; see {@link GraphLayout}. */
final class GraphKind implements ObjectKind {

    /** So often a part is looked at that is put elsewhere meanwhile. */
    private static final int LOOKS = 4;

    /** What is done with a part. */
    private interface Visitor {
        void visit(long index, long entry, ObjectKind kind);
    }

    @Override
    public int code() {
        return 24;
    }

    @Override
    public String kindName() {
        return "graph";
    }

    /** The chunks of the table. Parts are dismantled, since there may be any number of them. */
    @Override
    public List<Long> blocks(Memory memory, long rootPayload) {
        List<Long> chunks = new ArrayList<>();
        for (int chunk = 0; chunk < GraphLayout.CHUNKS; chunk++) {
            long reference = memory.getLongAcquire(GraphLayout.chunk(rootPayload, chunk));
            if (reference != 0) {
                chunks.add(reference);
            }
        }
        return chunks;
    }

    @Override
    public long endAddress(long rootPayload) {
        return rootPayload + GraphLayout.END;
    }

    private static void visit(Memory memory, long rootPayload, LongPredicate isLive, Visitor visitor) {
        long parts = memory.getLongAcquire(rootPayload + GraphLayout.PARTS);
        long chunk = 0;
        for (long index = 0; index < parts; index++) {
            if (GraphLayout.chunkOf(index) >= GraphLayout.CHUNKS) {
                throw new SegmentFormatException("a graph of " + parts + " parts");
            }
            long next = memory.getLong(GraphLayout.chunk(rootPayload, GraphLayout.chunkOf(index)));
            if (next != chunk && !isLive.test(next)) {
                throw new SegmentFormatException("the chunk with part " + index + " is not live");
            }
            chunk = next;
            long entry = GraphLayout.entry(chunk, index);
            int code = GraphLayout.kind(memory.getLongAcquire(entry + GraphLayout.STATE));
            ObjectKind kind = CollectionKinds.part(code);
            if (kind != null) {
                visitor.visit(index, entry, kind);
            } else if (code != 0) {
                throw new SegmentFormatException("part " + index + " is of the kind " + code);
            }
        }
    }

    /** Frees the parts. A reference never comes back, so what was freed before is left alone. */
    @Override
    public void dismantle(Heap heap, Memory memory, long rootPayload) {
        visit(memory, rootPayload, heap::isLive, (index, entry, kind) -> {
            long root = memory.getLong(entry + GraphLayout.ROOT);
            if (heap.isLive(root)) {
                freeContent(heap, memory, kind, root);
                heap.free(root);
            }
        });
    }

    private static void freeContent(Heap heap, Memory memory, ObjectKind kind, long root) {
        try {
            long payload = BlockLayout.payload(root);
            kind.dismantle(heap, memory, payload);
            for (long block : kind.blocks(memory, payload)) {
                if (heap.isLive(block)) {
                    heap.free(block);
                }
            }
        } catch (SegmentFormatException | IndexOutOfBoundsException e) {
            // It is damaged, so what else belongs to it nobody can tell. The others are freed nevertheless.
        }
    }

    /** Frees the parts that were taken out of their collections. When one goes, those in it go next. */
    @Override
    public void tidy(Heap heap, Journal journal, Memory memory, long rootPayload) {
        boolean[] any = {true};
        while (any[0]) {
            any[0] = false;
            visit(memory, rootPayload, heap::isLive, (index, entry, kind) -> {
                // Nobody has it open, so there is nobody to whom a tentative stub could belong.
                if (isOut(memory, index, entry, heap::isLive)) {
                    any[0] = true;
                    freePart(heap, journal, memory, rootPayload, index, entry, kind);
                }
            });
        }
    }

    private static boolean isOut(Memory memory, long index, long entry, LongPredicate isLive) {
        return index > 0 && !isLive.test(memory.getLong(entry + GraphLayout.STUB));
    }

    /**
     * Frees a part that nobody can come to any more. Caller holds the graph's lock, or has the graph alone.
     */
    static void freePart(
            Heap heap, Journal journal, Memory memory, long rootPayload, long index, long entry, ObjectKind kind) {
        long root = memory.getLong(entry + GraphLayout.ROOT);
        boolean live = heap.isLive(root);
        // Before anything of it goes: dying from here on leaves one that nobody takes for whole.
        memory.putLongRelease(entry + GraphLayout.STUB, GraphLayout.GOING);
        if (live) {
            freeContent(heap, memory, kind, root);
        }
        long generation = (memory.getLong(entry + GraphLayout.STATE) >>> 32) + 1;
        long detached = 0;
        try (Transaction change = journal.begin()) {
            if (live) {
                detached = change.detach(root);
            }
            change.store(entry + GraphLayout.STATE, GraphLayout.state(generation, 0));
            change.store(entry + GraphLayout.STUB, memory.getLong(rootPayload + GraphLayout.VACANT));
            change.store(rootPayload + GraphLayout.VACANT, index + 1);
            change.commit();
        }
        if (live) {
            heap.free(detached);
        }
    }

    @Override
    public Map<String, Object> describe(Memory memory, SegmentLayout layout, long rootPayload) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("collections", 0L);
        visit(memory, rootPayload, chunk -> true, (index, entry, kind) -> {
            boolean isCollection = CollectionKinds.isCollection(kind);
            count(figures, isCollection ? "collections" : "liveValues", 1);
            count(figures, plural(kind.kindName()), 1);
            if (!isCollection) {
                return;
            }
            Map<String, Object> part =
                    unlessGoing(memory, entry, kind, Map.of(), root -> describePart(memory, layout, kind, root));
            for (String counted : List.of("entries", "elements")) {
                if (part.get(counted) instanceof Long number) {
                    count(figures, counted, number);
                }
            }
        });
        return figures;
    }

    private static String plural(String name) {
        return name.endsWith("s") ? name : name + "s";
    }

    /**
     * What there is to tell of a part for one who holds nothing: while it is looked at it may go, and another come.
     *
     * @param otherwise the answer if it went
     * @param look is given the part's root; what it makes of memory that is not the part's any more counts for nothing, nor what it throws then
     */
    private static <T extends @Nullable Object> T unlessGoing(
            Memory memory, long entry, ObjectKind kind, T otherwise, LongFunction<T> look) {
        for (int i = 0; i < LOOKS; i++) {
            long state = memory.getLongAcquire(entry + GraphLayout.STATE);
            long stub = memory.getLongAcquire(entry + GraphLayout.STUB);
            if (stub == GraphLayout.GOING || GraphLayout.kind(state) != kind.code()) {
                return otherwise;
            }
            T told = otherwise;
            RuntimeException failure = null;
            try {
                told = look.apply(memory.getLong(entry + GraphLayout.ROOT));
            } catch (RuntimeException e) {
                failure = e;
            }
            // SYNC POINT with freePart, which says that it goes before anything of it does.
            memory.acquireFence();
            if (memory.getLong(entry + GraphLayout.STUB) == stub
                    && memory.getLong(entry + GraphLayout.STATE) == state) {
                if (failure != null) {
                    throw failure;
                }
                return told;
            }
        }
        return otherwise;
    }

    private static Map<String, Object> describePart(Memory memory, SegmentLayout layout, ObjectKind kind, long root) {
        try {
            return kind.describe(memory, layout, BlockLayout.payload(root));
        } catch (IndexOutOfBoundsException e) {
            // Who was freeing one that was taken out may have died in the middle of it.
            return Map.of();
        }
    }

    private static void count(Map<String, Object> figures, String what, long number) {
        figures.merge(what, number, (one, other) -> (Long) one + (Long) other);
    }

    @Override
    public List<String> problems(Memory memory, long rootPayload, LongPredicate isLive) {
        List<String> problems = new ArrayList<>();
        visit(memory, rootPayload, isLive, (index, entry, kind) -> {
            // What is in one that was taken out may be half freed.
            if (isOut(memory, index, entry, isLive)) {
                return;
            }
            String problem = unlessGoing(memory, entry, kind, "", root -> problemOf(memory, root, kind, isLive));
            if (!problem.isEmpty()) {
                problems.add("part " + index + ", a " + kind.kindName() + ": " + problem);
            }
        });
        return problems;
    }

    /** What is wrong with a part; empty if nothing is. */
    private static String problemOf(Memory memory, long root, ObjectKind kind, LongPredicate isLive) {
        if (!isLive.test(root)) {
            return "its root is not live";
        }
        long payload = BlockLayout.payload(root);
        if (!CollectionKinds.isCollection(kind)) {
            List<Long> blocks = kind.blocks(memory, payload);
            // Whoever replaces one stores the new reference before the old block goes.
            if (!blocks.stream().allMatch(isLive::test) && blocks.equals(kind.blocks(memory, payload))) {
                return "has a block that is not live";
            }
        }
        List<String> problems = kind.problems(memory, payload, isLive);
        return String.join("; ", problems);
    }
}
