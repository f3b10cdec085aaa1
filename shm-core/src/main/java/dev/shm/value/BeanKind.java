package dev.shm.value;

import dev.shm.heap.Heap;
import dev.shm.heap.ObjectKind;
import dev.shm.memory.Memory;
import dev.shm.segment.SegmentLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** Beans and records, as a process knows them that has none of their classes. */
record BeanKind(int code, String kindName) implements ObjectKind {

    static final ObjectKind BEAN = new BeanKind(22, "bean");
    static final ObjectKind RECORD = new BeanKind(23, "record");

    private static final int LOOKS = 100;
    private static final int SHOWN = 60;

    @Override
    public boolean canBeLiveValue() {
        return true;
    }

    /** They may be many: see {@link #dismantle}. */
    @Override
    public List<Long> blocks(Memory memory, long rootPayload) {
        BeanSchema.words(memory, rootPayload);
        return List.of();
    }

    /**
     * Frees the blocks of its fields, and those of a log that nobody has carried out. A reference never comes back, so what was freed before
     * is left alone.
     */
    @Override
    public void dismantle(Heap heap, Memory memory, long rootPayload) {
        LongConsumer free = reference -> {
            if (reference != 0 && heap.isLive(reference)) {
                heap.free(reference);
            }
        };
        List<BeanSchema.Stored> fields = BeanSchema.read(memory, rootPayload);
        int words = BeanSchema.words(memory, rootPayload);
        boolean[] isBlock = new boolean[words];
        for (BeanSchema.Stored field : fields) {
            if (field.isBlock()) {
                isBlock[field.word()] = true;
                free.accept(memory.getLong(rootPayload + BeanLayout.word(field.word())));
            }
        }
        long count = Math.abs(memory.getLong(rootPayload + BeanLayout.LOG_COUNT));
        for (int i = 0; i < Math.min(count, words); i++) {
            long entry = rootPayload + BeanLayout.entry(words, i);
            long word = memory.getLong(entry + BeanLayout.INDEX);
            if (word >= 0 && word < words && isBlock[(int) word]) {
                free.accept(memory.getLong(entry + BeanLayout.BEFORE));
                free.accept(memory.getLong(entry + BeanLayout.AFTER));
            }
        }
    }

    @Override
    public Map<String, Object> describe(Memory memory, SegmentLayout layout, long rootPayload) {
        List<BeanSchema.Stored> fields = BeanSchema.read(memory, rootPayload);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("fields", (long) fields.size());
        figures.put("fieldBytes", 8L * BeanSchema.words(memory, rootPayload));
        figures.put("updates", BeanLayout.version(memory.getLongAcquire(rootPayload + BeanLayout.STATE)));
        figures.put("values", values(memory, rootPayload, fields));
        return figures;
    }

    /** What is in those fields that are words of the bean itself. */
    private static Map<String, Object> values(Memory memory, long rootPayload, List<BeanSchema.Stored> fields) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (BeanSchema.Stored field : fields) {
            FieldType type = field.type();
            if (type == null || field.isBlock()) {
                continue;
            }
            long[] words = new long[field.words()];
            for (int i = 0; i < words.length; i++) {
                words[i] = memory.getLongAcquire(rootPayload + BeanLayout.word(field.word() + i));
            }
            values.put(field.name(), shown(type, words));
        }
        return values;
    }

    private static Object shown(FieldType type, long[] words) {
        Object value;
        try {
            value = type.decode(words, 0);
        } catch (RuntimeException e) {
            // It is being changed, or damaged.
            return "?";
        }
        if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return ((Number) value).longValue();
        }
        if (value instanceof byte[] bytes) {
            return "byte[" + bytes.length + "]";
        }
        String text = String.valueOf(value);
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
    }

    @Override
    public List<String> problems(Memory memory, long rootPayload, LongPredicate isLive) {
        List<BeanSchema.Stored> fields = BeanSchema.read(memory, rootPayload);
        int words = BeanSchema.words(memory, rootPayload);
        List<String> problems = new ArrayList<>();
        long count = memory.getLongAcquire(rootPayload + BeanLayout.LOG_COUNT);
        if (Math.abs(count) > words) {
            problems.add("its log says that it has " + count + " entries");
        }
        for (BeanSchema.Stored field : fields) {
            String problem = field.isBlock() ? problemOf(memory, rootPayload, field, isLive) : null;
            if (problem != null) {
                problems.add(problem);
            }
        }
        return problems;
    }

    private static @Nullable String problemOf(
            Memory memory, long rootPayload, BeanSchema.Stored field, LongPredicate isLive) {
        for (int look = 0; look < LOOKS; look++) {
            long state = memory.getLongAcquire(rootPayload + BeanLayout.STATE);
            long reference = memory.getLongAcquire(rootPayload + BeanLayout.word(field.word()));
            boolean isGood = reference == 0 || isLive.test(reference);
            if (isGood || (state & BeanLayout.APPLYING) != 0) {
                return null;
            }
            memory.acquireFence();
            if (memory.getLongAcquire(rootPayload + BeanLayout.STATE) == state
                    && memory.getLongAcquire(rootPayload + BeanLayout.word(field.word())) == reference) {
                return "the field '" + field.name() + "' has a block that is not live";
            }
        }
        return null;
    }
}
