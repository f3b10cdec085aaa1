package dev.shm.collection;

import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectKind;
import dev.shm.heap.ObjectKinds;
import dev.shm.memory.Memory;
import dev.shm.segment.SegmentLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** The kinds of objects in this package. For {@link java.util.ServiceLoader}. */
public final class CollectionKinds implements ObjectKind.Provider {

    static final ObjectKind MAP = new Tables(7, "map", MapLayout.MAP_ENTRY_BYTES);
    static final ObjectKind SET = new Tables(8, "set", MapLayout.SET_ENTRY_BYTES);
    static final ObjectKind LIST = new Lists();
    static final ObjectKind DEQUE = new Deques();

    private static final List<ObjectKind> PARTS = List.of(MAP, SET, LIST, DEQUE);

    static final ObjectKind GRAPH = new GraphKind();

    static final ObjectKind LOCKS = new Tables(12, "locks", MapLayout.MAP_ENTRY_BYTES);

    /** For {@link java.util.ServiceLoader}. */
    public CollectionKinds() {}

    @Override
    public List<ObjectKind> kinds() {
        return List.of(MAP, SET, LIST, DEQUE, LOCKS, GRAPH, FrozenKind.MAP, FrozenKind.SET);
    }

    /** The kind of a part of a graph, or null. */
    static @Nullable ObjectKind part(int code) {
        for (ObjectKind kind : PARTS) {
            if (kind.code() == code) {
                return kind;
            }
        }
        ObjectKind other = ObjectKinds.of(code);
        return other != null && other.canBeLiveValue() ? other : null;
    }

    /** Whether a part of a graph is a collection, and not a single live value. */
    static boolean isCollection(ObjectKind part) {
        return PARTS.contains(part);
    }

    /** What stands on a {@link ShardedTable}. */
    private record Tables(int code, String kindName, int entryBytes) implements ObjectKind {

        /** The tables: those of the shards, and those that are being cleared. */
        @Override
        public List<Long> blocks(Memory memory, long rootPayload) {
            List<Long> tables = new ArrayList<>();
            for (int i = 0; i < MapLayout.SHARD_COUNT; i++) {
                long shard = MapLayout.shard(MapLayout.base(rootPayload), i);
                addIfAny(tables, memory.getLongAcquire(shard + MapLayout.TABLE));
                addIfAny(tables, memory.getLongAcquire(shard + MapLayout.CONDEMNED));
            }
            return tables;
        }

        /** Frees the blocks of keys and values. A reference never comes back, so what was freed before is left alone. */
        @Override
        public void dismantle(Heap heap, Memory memory, long rootPayload) {
            for (int i = 0; i < MapLayout.SHARD_COUNT; i++) {
                long shard = MapLayout.shard(MapLayout.base(rootPayload), i);
                freeBlocks(
                        heap, memory, memory.getLong(shard + MapLayout.TABLE), memory.getLong(shard + MapLayout.SHIFT));
                freeBlocks(
                        heap,
                        memory,
                        memory.getLong(shard + MapLayout.CONDEMNED),
                        memory.getLong(shard + MapLayout.CONDEMNED_SHIFT));
            }
        }

        private void freeBlocks(Heap heap, Memory memory, long table, long shift) {
            if (table == 0 || !heap.isLive(table) || shift < 0 || shift > MapLayout.MAX_SHIFT) {
                return;
            }
            long[] blocks = new long[2 * MapLayout.GROUP];
            for (int group = 0; group < 1 << shift; group++) {
                int count = ShardedTable.blocksOf(memory, table, (int) shift, group, entryBytes, blocks);
                for (int i = 0; i < count; i++) {
                    if (heap.isLive(blocks[i])) {
                        heap.free(blocks[i]);
                    }
                }
            }
        }

        @Override
        public Map<String, Object> describe(Memory memory, SegmentLayout layout, long rootPayload) {
            long entries = 0;
            long capacity = 0;
            long removed = 0;
            long tableBytes = 0;
            for (int i = 0; i < MapLayout.SHARD_COUNT; i++) {
                long shard = MapLayout.shard(MapLayout.base(rootPayload), i);
                long size = memory.getLongAcquire(shard + MapLayout.SIZE);
                entries += size;
                removed += Math.max(0, memory.getLongAcquire(shard + MapLayout.USED) - size);
                long shift = memory.getLongAcquire(shard + MapLayout.SHIFT);
                if (memory.getLongAcquire(shard + MapLayout.TABLE) != 0 && shift >= 0 && shift <= MapLayout.MAX_SHIFT) {
                    capacity += MapLayout.mostUsed((int) shift);
                    tableBytes += MapLayout.tableBytes((int) shift, entryBytes);
                }
            }
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("entries", entries);
            figures.put("roomBeforeGrowth", Math.max(0, capacity - entries - removed));
            figures.put("removedPlaces", removed);
            figures.put("tableBytes", tableBytes);
            return figures;
        }

        @Override
        public List<String> problems(Memory memory, long rootPayload, LongPredicate isLive) {
            List<String> problems = new ArrayList<>();
            for (int i = 0; i < MapLayout.SHARD_COUNT; i++) {
                String problem = problemOf(memory, MapLayout.shard(MapLayout.base(rootPayload), i), isLive);
                if (problem != null) {
                    problems.add("shard " + i + ": " + problem);
                }
            }
            return problems;
        }

        private @Nullable String problemOf(Memory memory, long shard, LongPredicate isLive) {
            return Looks.problem(memory, shard + MapLayout.VERSION, () -> look(memory, shard, isLive));
        }

        private @Nullable String look(Memory memory, long shard, LongPredicate isLive) {
            long table = memory.getLong(shard + MapLayout.TABLE);
            long shift = memory.getLong(shard + MapLayout.SHIFT);
            long size = memory.getLong(shard + MapLayout.SIZE);
            long used = memory.getLong(shard + MapLayout.USED);
            if (table == 0) {
                return size == 0 && used == 0 ? null : "it has no table, and " + size + " entries";
            }
            if (shift < 0 || shift > MapLayout.MAX_SHIFT) {
                return "its table has the shift " + shift;
            }
            long[] blocks = new long[2 * MapLayout.GROUP];
            long there = 0;
            long never = 0;
            for (int group = 0; group < 1 << shift; group++) {
                long control = memory.getLong(MapLayout.control(table, group));
                there += Long.bitCount(Control.full(control));
                never += Long.bitCount(Control.empty(control));
                int count = ShardedTable.blocksOf(memory, table, (int) shift, group, entryBytes, blocks);
                for (int i = 0; i < count; i++) {
                    if (!isLive.test(blocks[i])) {
                        return "an entry of group " + group + " has a block that is not live";
                    }
                }
            }
            if (there != size || MapLayout.GROUP * (1L << shift) - never != used) {
                return "it says that it has " + size + " entries and has used " + used + " places; its table has "
                        + there + " and " + (MapLayout.GROUP * (1L << shift) - never);
            }
            return null;
        }
    }

    /** What stands on a {@link ListTable}. */
    private record Lists() implements ObjectKind {

        @Override
        public int code() {
            return 9;
        }

        @Override
        public String kindName() {
            return "list";
        }

        /** The spines and ledgers. Chunks are dismantled, since there may be any number of them. */
        @Override
        public List<Long> blocks(Memory memory, long rootPayload) {
            long base = ListLayout.base(rootPayload);
            List<Long> blocks = new ArrayList<>();
            addIfAny(blocks, memory.getLongAcquire(base + ListLayout.SPINE));
            addIfAny(blocks, memory.getLongAcquire(base + ListLayout.CLEARED));
            addIfAny(blocks, memory.getLongAcquire(base + ListLayout.STAGED));
            addIfAny(blocks, memory.getLongAcquire(base + ListLayout.CONDEMNED));
            return blocks;
        }

        @Override
        public void dismantle(Heap heap, Memory memory, long rootPayload) {
            long base = ListLayout.base(rootPayload);
            freeChunks(
                    heap,
                    memory,
                    memory.getLong(base + ListLayout.SPINE),
                    memory.getLong(base + ListLayout.CHUNKS),
                    memory.getLong(base + ListLayout.SIZE));
            freeChunks(
                    heap,
                    memory,
                    memory.getLong(base + ListLayout.CLEARED),
                    memory.getLong(base + ListLayout.CLEARED_CHUNKS),
                    memory.getLong(base + ListLayout.CLEARED_SIZE));
            BlockChange.dismantle(heap, memory, base + ListLayout.STAGED);
            BlockChange.dismantle(heap, memory, base + ListLayout.CONDEMNED);
        }

        private static void freeChunks(Heap heap, Memory memory, long spine, long chunks, long size) {
            if (spine == 0 || !heap.isLive(spine)) {
                return;
            }
            long count = Math.min(chunks, heap.length(spine) / 8);
            for (long index = 0; index < count; index++) {
                long chunk = memory.getLong(ListLayout.chunk(BlockLayout.payload(spine), index));
                if (!heap.isLive(chunk)) {
                    continue;
                }
                long cells = Math.min(heap.length(chunk) / CellLayout.BYTES, size - (index << ListLayout.CHUNK_SHIFT));
                for (long i = 0; i < cells; i++) {
                    long cell = ListLayout.cell(BlockLayout.payload(chunk), i);
                    long word = memory.getLong(cell + CellLayout.WORD);
                    if (CellLayout.isBlock(memory.getLong(cell + CellLayout.CONTROL)) && heap.isLive(word)) {
                        heap.free(word);
                    }
                }
                heap.free(chunk);
            }
        }

        @Override
        public Map<String, Object> describe(Memory memory, SegmentLayout layout, long rootPayload) {
            long base = ListLayout.base(rootPayload);
            long size = memory.getLongAcquire(base + ListLayout.SIZE);
            long chunks = memory.getLongAcquire(base + ListLayout.CHUNKS);
            long spine = memory.getLongAcquire(base + ListLayout.SPINE);
            long bytes = 0;
            if (chunks == 1 && spine != 0) {
                long chunk = memory.getLong(ListLayout.chunk(BlockLayout.payload(spine), 0));
                bytes = memory.getInt(BlockLayout.header(chunk) + BlockLayout.LENGTH);
            } else {
                bytes = chunks * ListLayout.CHUNK_CELLS * CellLayout.BYTES;
            }
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("elements", size);
            figures.put("roomBeforeGrowth", Math.max(0, bytes / CellLayout.BYTES - size));
            figures.put("chunks", chunks);
            figures.put("chunkBytes", bytes);
            return figures;
        }

        @Override
        public List<String> problems(Memory memory, long rootPayload, LongPredicate isLive) {
            long base = ListLayout.base(rootPayload);
            String problem = Looks.problem(memory, base + ListLayout.VERSION, () -> look(memory, base, isLive));
            return problem == null ? List.of() : List.of(problem);
        }

        private static @Nullable String look(Memory memory, long base, LongPredicate isLive) {
            long size = memory.getLong(base + ListLayout.SIZE);
            long spine = memory.getLong(base + ListLayout.SPINE);
            long chunks = memory.getLong(base + ListLayout.CHUNKS);
            if (spine == 0) {
                return size == 0 ? null : "it has no chunks, and " + size + " elements";
            }
            if (!isLive.test(spine)) {
                return "its spine is not live";
            }
            for (long index = 0; index << ListLayout.CHUNK_SHIFT < size; index++) {
                long chunk = memory.getLong(ListLayout.chunk(BlockLayout.payload(spine), index));
                if (index >= chunks || !isLive.test(chunk)) {
                    return "its chunk " + index + " is not live";
                }
                long cells = Math.min(ListLayout.CHUNK_CELLS, size - (index << ListLayout.CHUNK_SHIFT));
                if (cells * CellLayout.BYTES > memory.getInt(BlockLayout.header(chunk) + BlockLayout.LENGTH)) {
                    return "its chunk " + index + " is shorter than its elements";
                }
                for (long i = 0; i < cells; i++) {
                    long cell = ListLayout.cell(BlockLayout.payload(chunk), i);
                    if (CellLayout.isBlock(memory.getLong(cell + CellLayout.CONTROL))
                            && !isLive.test(memory.getLong(cell + CellLayout.WORD))) {
                        return "element " + ((index << ListLayout.CHUNK_SHIFT) + i) + " has a block that is not live";
                    }
                }
            }
            return null;
        }
    }

    /** What stands on a {@link DequeTable}. */
    private record Deques() implements ObjectKind {

        @Override
        public int code() {
            return 10;
        }

        @Override
        public String kindName() {
            return "deque";
        }

        @Override
        public List<Long> blocks(Memory memory, long rootPayload) {
            long base = DequeLayout.base(rootPayload);
            List<Long> blocks = new ArrayList<>();
            long ring = memory.getLongAcquire(base + DequeLayout.RING);
            addIfAny(blocks, ring);
            long cleared = memory.getLongAcquire(base + DequeLayout.CLEARED);
            addIfAny(blocks, cleared == ring ? 0 : cleared);
            addIfAny(blocks, memory.getLongAcquire(base + DequeLayout.STAGED));
            addIfAny(blocks, memory.getLongAcquire(base + DequeLayout.CONDEMNED));
            return blocks;
        }

        @Override
        public void dismantle(Heap heap, Memory memory, long rootPayload) {
            long base = DequeLayout.base(rootPayload);
            freeBlocks(
                    heap,
                    memory,
                    base,
                    memory.getLong(base + DequeLayout.RING),
                    memory.getLong(base + DequeLayout.HEAD),
                    memory.getLong(base + DequeLayout.TAIL));
            freeBlocks(
                    heap,
                    memory,
                    base,
                    memory.getLong(base + DequeLayout.CLEARED),
                    memory.getLong(base + DequeLayout.CLEARED_HEAD),
                    memory.getLong(base + DequeLayout.CLEARED_TAIL));
            BlockChange.dismantle(heap, memory, base + DequeLayout.STAGED);
            BlockChange.dismantle(heap, memory, base + DequeLayout.CONDEMNED);
        }

        private static void freeBlocks(Heap heap, Memory memory, long base, long ring, long head, long tail) {
            long slotBytes = memory.getLong(base + DequeLayout.SLOT_BYTES);
            if (ring == 0 || !heap.isLive(ring) || slotBytes < CellLayout.BYTES) {
                return;
            }
            long slots = heap.length(ring) / slotBytes;
            for (long i = 0; i < Math.min(slots, tail - head); i++) {
                long slot = DequeLayout.slot(BlockLayout.payload(ring), head + i, slots, slotBytes);
                long word = memory.getLong(slot + CellLayout.WORD);
                if (CellLayout.isBlock(memory.getLong(slot + CellLayout.CONTROL)) && heap.isLive(word)) {
                    heap.free(word);
                }
            }
        }

        @Override
        public Map<String, Object> describe(Memory memory, SegmentLayout layout, long rootPayload) {
            long base = DequeLayout.base(rootPayload);
            long head = memory.getLongAcquire(base + DequeLayout.HEAD);
            long size = memory.getLongAcquire(base + DequeLayout.TAIL) - head;
            long ring = memory.getLongAcquire(base + DequeLayout.RING);
            long most = memory.getLong(base + DequeLayout.MAX_LENGTH);
            long flags = memory.getLong(base + DequeLayout.FLAGS);
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("elements", size);
            if (most > 0) {
                figures.put("maxLength", most);
                figures.put("whenFull", (flags & DequeLayout.EVICTING) != 0 ? "evict" : "block");
            }
            figures.put(
                    "ringBytes", ring == 0 ? 0L : (long) memory.getInt(BlockLayout.header(ring) + BlockLayout.LENGTH));
            return figures;
        }

        @Override
        public List<String> problems(Memory memory, long rootPayload, LongPredicate isLive) {
            long base = DequeLayout.base(rootPayload);
            String problem = Looks.problem(memory, base + DequeLayout.VERSION, () -> look(memory, base, isLive));
            return problem == null ? List.of() : List.of(problem);
        }

        private static @Nullable String look(Memory memory, long base, LongPredicate isLive) {
            long head = memory.getLong(base + DequeLayout.HEAD);
            long size = memory.getLong(base + DequeLayout.TAIL) - head;
            long ring = memory.getLong(base + DequeLayout.RING);
            long slotBytes = memory.getLong(base + DequeLayout.SLOT_BYTES);
            if (slotBytes < CellLayout.BYTES) {
                return "it has slots of " + slotBytes + " bytes";
            }
            if (ring == 0) {
                return size == 0 ? null : "it has no ring, and " + size + " elements";
            }
            if (!isLive.test(ring)) {
                return "its ring is not live";
            }
            long slots = memory.getInt(BlockLayout.header(ring) + BlockLayout.LENGTH) / slotBytes;
            if (size < 0 || size > slots) {
                return "it says that it has " + size + " elements, and has " + slots + " slots";
            }
            for (long i = 0; i < size; i++) {
                long slot = DequeLayout.slot(BlockLayout.payload(ring), head + i, slots, slotBytes);
                if (CellLayout.isBlock(memory.getLong(slot + CellLayout.CONTROL))
                        && !isLive.test(memory.getLong(slot + CellLayout.WORD))) {
                    return "element " + i + " has a block that is not live";
                }
            }
            return null;
        }
    }

    private static void addIfAny(List<Long> references, long reference) {
        if (reference != 0) {
            references.add(reference);
        }
    }
}
