package dev.shm.value;

import dev.shm.error.SegmentFormatException;
import dev.shm.heap.BlockLayout;
import dev.shm.memory.Memory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of a bean, each with its place: sorted by their names, one after the other. */
final class BeanSchema {

    /**
     * A field as a schema in a segment tells of it.
     *
     * @param word its first word
     * @param isBlock whether that refers to a block
     * @param description storage and type, as text
     * @param type null if this version does not know it
     */
    record Stored(
            String name,
            int word,
            int words,
            boolean isBlock,
            String description,
            @Nullable FieldType type) {}

    private final List<BeanField> fields;
    private final Map<String, Integer> places = new LinkedHashMap<>();
    private final int words;
    private final byte[] text;

    BeanSchema(List<BeanField> fields) {
        this.fields =
                fields.stream().sorted(Comparator.comparing(BeanField::name)).toList();
        StringBuilder lines = new StringBuilder();
        int next = 0;
        for (BeanField field : this.fields) {
            places.put(field.name(), next);
            next += field.type().words();
            lines.append(field.name())
                    .append(' ')
                    .append(field.storage())
                    .append(' ')
                    .append(field.type())
                    .append('\n');
        }
        if (next > BeanLayout.MAX_WORDS) {
            throw new IllegalArgumentException("its fields need " + next * 8L + " bytes, and there can be "
                    + BeanLayout.MAX_WORDS * 8L + ". Have large texts in blocks, by leaving @MaxBytes away");
        }
        this.words = next;
        this.text = lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    List<BeanField> fields() {
        return fields;
    }

    /** The first word of a field. */
    int word(String field) {
        return places.getOrDefault(field, -1);
    }

    int words() {
        return words;
    }

    byte[] text() {
        return text.clone();
    }

    /** For each word the field that begins there. */
    @Nullable
    BeanField[] byWord() {
        @Nullable BeanField[] byWord = new @Nullable BeanField[words];
        for (BeanField field : fields) {
            byWord[word(field.name())] = field;
        }
        return byWord;
    }

    /**
     * Reads the schema of a bean in a segment.
     *
     * @throws SegmentFormatException if it is damaged
     */
    static List<Stored> read(Memory memory, long payload) {
        int words = words(memory, payload);
        byte[] bytes = new byte[memory.getInt(payload + BeanLayout.SCHEMA_BYTES)];
        memory.getBytes(payload + BeanLayout.schema(words), bytes, 0, bytes.length);
        List<Stored> stored = new ArrayList<>();
        int next = 0;
        for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n", -1)) {
            String[] parts = line.split(" ", 3);
            if (line.isEmpty()) {
                continue;
            }
            if (parts.length != 3 || !parts[1].matches("([1-9][0-9]{0,4}|b)a?")) {
                throw damaged("its schema has the line '" + line + "'");
            }
            boolean isAtomic = parts[1].endsWith("a");
            String storage = isAtomic ? parts[1].substring(0, parts[1].length() - 1) : parts[1];
            boolean isBlock = storage.equals("b");
            int size = isBlock ? 1 : Integer.parseInt(storage);
            FieldType type = FieldType.named(parts[2]);
            boolean isKnown = type != null && type.words() == size && type.isBlock() == isBlock;
            String description = (isAtomic ? "atomic " : "") + parts[2];
            stored.add(new Stored(parts[0], next, size, isBlock, description, isKnown ? type : null));
            next += size;
        }
        if (next != words) {
            throw damaged("it has " + words + " words, and its fields need " + next);
        }
        return stored;
    }

    /** Words of the fields of a bean in a segment. */
    static int words(Memory memory, long payload) {
        int length = memory.getInt(payload - BlockLayout.HEADER_BYTES + BlockLayout.LENGTH);
        int words = memory.getInt(payload + BeanLayout.WORDS);
        int schemaBytes = memory.getInt(payload + BeanLayout.SCHEMA_BYTES);
        if (words < 0
                || words > BeanLayout.MAX_WORDS
                || schemaBytes < 0
                || schemaBytes > length
                || BeanLayout.bytes(words, schemaBytes) != length) {
            throw damaged("it says that it has " + words + " words and a schema of " + schemaBytes + " bytes, and has "
                    + length + " bytes in all");
        }
        return words;
    }

    static SegmentFormatException damaged(String what) {
        return new SegmentFormatException("a bean is damaged: " + what + ". Destroy it and create it again.");
    }

    /** What is different between this and the schema in a segment, in words; null if nothing is. */
    @Nullable
    String difference(List<Stored> there) {
        Map<String, String> here = new LinkedHashMap<>();
        fields.forEach(field -> here.put(field.name(), field.describe()));
        List<String> missing = new ArrayList<>();
        List<String> retyped = new ArrayList<>();
        for (Stored field : there) {
            String type = here.remove(field.name());
            if (type == null) {
                missing.add("'" + field.name() + "' (" + field.description() + ")");
            } else if (!type.equals(field.description())) {
                retyped.add("'" + field.name() + "' (" + field.description() + " there, " + type + " here)");
            }
        }
        List<String> added = new ArrayList<>();
        here.forEach((name, type) -> added.add("'" + name + "' (" + type + ")"));
        List<String> all = new ArrayList<>();
        addTo(all, "missing here", missing);
        addTo(all, "added here", added);
        addTo(all, "of another type", retyped);
        return all.isEmpty() ? null : String.join("; ", all);
    }

    private static void addTo(List<String> all, String what, List<String> fields) {
        if (!fields.isEmpty()) {
            all.add(what + ": " + String.join(", ", fields));
        }
    }
}
