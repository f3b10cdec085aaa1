package dev.shm.collection;

import dev.shm.SharedType;
import dev.shm.heap.ObjectKind;
import dev.shm.memory.Memory;
import dev.shm.segment.SegmentLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** Frozen maps and sets, each of which is one block; see {@link FrozenLayout}. */
record FrozenKind(int code, String kindName) implements ObjectKind {

    static final ObjectKind MAP = new FrozenKind(15, "frozen map");
    static final ObjectKind SET = new FrozenKind(16, "frozen set");

    private static final int MOST_PROBLEMS = 10;

    /** What to throw where a type without content should create an object. */
    static IllegalArgumentException noContent(SharedType<?> type) {
        return new IllegalArgumentException(
                "a " + type + " cannot be created without what is to be in it. Use holding(...), or open.");
    }

    @Override
    public List<Long> blocks(Memory memory, long rootPayload) {
        return List.of();
    }

    private FrozenLayout.Shape shape(Memory memory, long rootPayload) {
        return FrozenLayout.Shape.read(kindName, memory, rootPayload);
    }

    @Override
    public Map<String, Object> describe(Memory memory, SegmentLayout layout, long rootPayload) {
        FrozenLayout.Shape shape = shape(memory, rootPayload);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("entries", (long) shape.size());
        figures.put("tableBytes", shape.totalBytes() - shape.dataBytes());
        figures.put("dataBytes", shape.dataBytes());
        return figures;
    }

    @Override
    public List<String> problems(Memory memory, long rootPayload, LongPredicate isLive) {
        FrozenLayout.Shape shape = shape(memory, rootPayload);
        long base = MapLayout.base(rootPayload);
        List<String> problems = new ArrayList<>();
        if (shape.hasValues() != (code == MAP.code())) {
            problems.add("its flags say that it is a " + (shape.hasValues() ? "map" : "set"));
        }
        for (int i = 0; i < shape.size() && problems.size() < MOST_PROBLEMS; i++) {
            long entry = base + shape.entry(i);
            long meta = memory.getLong(entry + MapLayout.META);
            String problem = problemOf(memory, shape, MapLayout.keyMeta(meta), entry + MapLayout.KEY);
            if (problem == null && shape.hasValues()) {
                problem = problemOf(memory, shape, MapLayout.valueMeta(meta), entry + MapLayout.VALUE);
            }
            if (problem != null) {
                problems.add("entry " + i + ": " + problem);
            }
        }
        String problem = problemOfIndex(memory, base, shape);
        if (problem != null) {
            problems.add(problem);
        }
        return problems;
    }

    private static @Nullable String problemOf(Memory memory, FrozenLayout.Shape shape, int elementMeta, long words) {
        if (!MapLayout.isBlock(elementMeta)) {
            int bytes = MapLayout.bytes(elementMeta);
            return bytes <= MapLayout.INLINE_BYTES ? null : "an element of " + bytes + " bytes lies in two words";
        }
        int length = MapLayout.blockLength(memory.getLong(FrozenLayout.second(words)));
        return shape.isInData(memory.getLong(words), length)
                ? null
                : "an element of " + Integer.toUnsignedLong(length) + " bytes lies outside of it";
    }

    /** Whether each entry is found by its hash, once. */
    private static @Nullable String problemOfIndex(Memory memory, long base, FrozenLayout.Shape shape) {
        int mask = shape.mask();
        BitSet seen = new BitSet();
        for (int at = 0; at <= mask; at++) {
            long word = memory.getLong(base + FrozenLayout.INDEX + 8L * at);
            if (word == 0) {
                continue;
            }
            int number = FrozenLayout.entry(word);
            if (Integer.compareUnsigned(number, shape.size()) >= 0 || seen.get(number)) {
                return "word " + at + " of its index names the entry " + number + " of " + shape.size()
                        + ", which is not there, or twice";
            }
            seen.set(number);
            long meta = memory.getLong(base + shape.entry(number) + MapLayout.META);
            if (FrozenLayout.word(meta, number) != word) {
                return "word " + at + " of its index has another hash than the entry " + number;
            }
            for (int place = FrozenLayout.place(meta, mask); place != at; place = place + 1 & mask) {
                if (memory.getLong(base + FrozenLayout.INDEX + 8L * place) == 0) {
                    return "the entry " + number + " is not found by its hash";
                }
            }
        }
        return seen.cardinality() == shape.size()
                ? null
                : "its index has " + seen.cardinality() + " entries of " + shape.size();
    }
}
