package dev.shm.collection;

import dev.shm.heap.Heap;
import dev.shm.heap.ObjectKind;
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

    static final ObjectKind LOCKS = new Tables(12, "locks", MapLayout.MAP_ENTRY_BYTES);

    /** For {@link java.util.ServiceLoader}. */
    public CollectionKinds() {}

    @Override
    public List<ObjectKind> kinds() {
        return List.of(MAP, SET, LOCKS);
    }

    /** What stands on a {@link ShardedTable}. */
    private record Tables(int code, String kindName, int entryBytes) implements ObjectKind {

        private static final int LOOKS = 100;

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

        private static void addIfAny(List<Long> references, long reference) {
            if (reference != 0) {
                references.add(reference);
            }
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
            for (int look = 0; look < LOOKS; look++) {
                long version = memory.getLongAcquire(shard + MapLayout.VERSION);
                if ((version & 1) != 0) {
                    // Half carried out. Whoever does it, or reaps who did, will finish it.
                    Thread.onSpinWait();
                    continue;
                }
                String problem;
                try {
                    problem = look(memory, shard, isLive);
                } catch (IndexOutOfBoundsException e) {
                    problem = "it refers to what is outside the segment";
                }
                memory.acquireFence();
                if (problem == null || memory.getLongAcquire(shard + MapLayout.VERSION) == version) {
                    return problem;
                }
            }
            return null;
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
}
