package dev.shm.collection;

import dev.shm.codec.Codec;
import dev.shm.error.CodecException;
import java.io.ByteArrayOutputStream;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Keys of any type. As values of any type, but that of a list, a set or a map there is one form only, whatever its class and in whatever
 * order it gives its elements: so those that are equal are the same key in every process. They are read back as unmodifiable ones. A
 * part of the format.
 *
 * <p>A list is its elements, one behind the other, each with its tag, the number of its bytes (7 bits in a byte, the lowest first, each byte
 * but the last with its highest bit set) and the bytes; null has the tag 0 and no bytes. A set is its elements in the order of what they
 * are so, compared as unsigned bytes, each once. A map is its entries, key and value, in the order of the keys. What has no form of its own
 * is what the codec makes of it: whether that is the same for equal objects, only the codec knows.
 */
final class KeyElement extends Element<Object> {

    private static final int NULL_TAG = 0;
    private static final int LIST_TAG = 32;
    private static final int SET_TAG = 33;
    private static final int MAP_TAG = 34;

    /** As deep as {@link dev.shm.codec.KryoCodec} goes. */
    private static final int MOST_LEVELS = 256;

    private static final int FIRST_BYTES = 256;
    private static final int MOST_BYTES = 1 << 30;
    private static final int MOST_BYTES_OF_NUMBER = 5;

    private final Class<?> type;
    private final Element<Object> plain;
    private final Element<Object> lists = new Group("list", LIST_TAG);
    private final Element<Object> sets = new Group("set", SET_TAG);
    private final Element<Object> maps = new Group("map", MAP_TAG);

    /**
     * Keys of a type.
     *
     * @param type {@code Object}, or one of those for which {@link #isGroup} is true
     * @param plain what is no list, set or map
     */
    KeyElement(Class<?> type, Element<Object> plain) {
        super(
                "canonical " + (type == Object.class ? "" : type.getName() + " of ") + plain.name(),
                plain.tag(),
                Object.class,
                plain.codec());
        this.type = type;
        this.plain = plain;
    }

    /** Whether all of this type have a form of their own as keys, and none is expected to be of a class that is not known. */
    static boolean isGroup(@Nullable Class<?> type) {
        return type == List.class || type == Set.class || type == Map.class;
    }

    @Override
    Element<Object> forKeys() {
        return this;
    }

    @Override
    @SuppressWarnings("unchecked")
    Element<Object> of(Object value) {
        // Most keys are of a class that is quickly found.
        Element<?> element = NativeElements.find(value);
        if (element == null) {
            element = group(value);
        }
        return element != null ? (Element<Object>) element : plain.of(value);
    }

    private @Nullable Element<Object> group(Object value) {
        if (value instanceof List) {
            return lists;
        }
        if (value instanceof Set) {
            return sets;
        }
        return value instanceof Map ? maps : null;
    }

    @Override
    boolean accepts(Object value) {
        if (!type.isInstance(value)) {
            return false;
        }
        if (NativeElements.find(value) != null) {
            return true;
        }
        if (group(value) == null) {
            return plain.accepts(value);
        }
        try {
            content(value, 1);
            return true;
        } catch (CodecException e) {
            return false;
        }
    }

    @Override
    boolean isSteady() {
        return plain.isSteady();
    }

    @Override
    boolean isSame(Object one, Object other) {
        return plain.isSame(one, other);
    }

    @Override
    Object read(int foundTag, int bytes, long word, long word2) {
        return byTag(foundTag).read(foundTag, bytes, word, word2);
    }

    @Override
    Object read(int foundTag, byte[] bytes) {
        return byTag(foundTag).read(foundTag, bytes);
    }

    private Element<Object> byTag(int tag) {
        return switch (tag) {
            case LIST_TAG -> lists;
            case SET_TAG -> sets;
            case MAP_TAG -> maps;
            default -> plain;
        };
    }

    // ---------------------------------------------------------------------------------------------- writing

    /** The bytes of a list, a set or a map. */
    private byte[] content(Object group, int level) {
        if (level > MOST_LEVELS) {
            throw new CodecException("a key is nested more than " + MOST_LEVELS
                    + " levels deep, or contains itself. Use one that is not so deep.");
        }
        if (group instanceof Map<?, ?> map) {
            return ofMap(map, level);
        }
        Collection<byte[]> elements = group instanceof Set ? new TreeSet<>(Arrays::compareUnsigned) : new ArrayList<>();
        for (Object element : ((Collection<?>) group).toArray()) {
            elements.add(item(element, level));
        }
        ByteArrayOutputStream target = new ByteArrayOutputStream();
        elements.forEach(target::writeBytes);
        return target.toByteArray();
    }

    private byte[] ofMap(Map<?, ?> map, int level) {
        TreeMap<byte[], byte[]> entries = new TreeMap<>(Arrays::compareUnsigned);
        map.forEach((key, value) -> {
            if (entries.put(item(key, level), item(value, level)) != null) {
                throw new CodecException(
                        "a map that is a key has two keys of its own with the same bytes, of which only "
                                + "one could be kept. Use a map whose keys differ in their bytes.");
            }
        });
        ByteArrayOutputStream target = new ByteArrayOutputStream();
        entries.forEach((key, value) -> {
            target.writeBytes(key);
            target.writeBytes(value);
        });
        return target.toByteArray();
    }

    /** The bytes of an element with what is before them. */
    private byte[] item(@Nullable Object value, int level) {
        if (value == null) {
            return new byte[] {NULL_TAG, 0};
        }
        Element<Object> element = of(value);
        byte[] bytes = element instanceof Group ? content(value, level + 1) : bytes(element, value);
        ByteBuffer item = ByteBuffer.allocate(1 + MOST_BYTES_OF_NUMBER + bytes.length);
        item.put((byte) element.tag());
        int left = bytes.length;
        for (; left > 0x7F; left >>>= 7) {
            item.put((byte) (left | 0x80));
        }
        item.put((byte) left).put(bytes);
        return Arrays.copyOf(item.array(), item.position());
    }

    /** What {@link Encoded} makes of a value. */
    private static byte[] bytes(Element<Object> element, Object value) {
        int quick = element.quickBytes(value);
        if (quick >= 0) {
            long word = element.quickWord(value);
            long word2 = element.quickWord2(value);
            if (element.isQuick(word, word2)) {
                return Arrays.copyOf(Words.bytes(word, word2), quick);
            }
        }
        byte[] array = element.quickArray(value);
        return array != null ? array : bytes(element.codec(), value);
    }

    private static byte[] bytes(Codec<Object> codec, Object value) {
        for (int room = Math.max(FIRST_BYTES, codec.size(value)); ; room *= 2) {
            try {
                ByteBuffer target = ByteBuffer.allocate(room).order(ByteOrder.LITTLE_ENDIAN);
                codec.encode(value, target);
                return Arrays.copyOf(target.array(), target.position());
            } catch (BufferOverflowException e) {
                if (room > MOST_BYTES / 2) {
                    throw new CodecException("an element of a key has more than " + room + " bytes", e);
                }
            }
        }
    }

    // ---------------------------------------------------------------------------------------------- reading

    private Object read(int tag, ByteBuffer source, int level) {
        if (level > MOST_LEVELS) {
            throw damaged("it is nested more than " + MOST_LEVELS + " levels deep");
        }
        List<@Nullable Object> items = new ArrayList<>();
        while (source.hasRemaining()) {
            items.add(readItem(source, level));
        }
        if (tag == LIST_TAG) {
            return Collections.unmodifiableList(items);
        }
        if (tag == SET_TAG) {
            return Collections.unmodifiableSet(new LinkedHashSet<>(items));
        }
        if (items.size() % 2 != 0) {
            throw damaged("a key of a map in it has no value");
        }
        Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = 0; i < items.size(); i += 2) {
            map.put(items.get(i), items.get(i + 1));
        }
        return Collections.unmodifiableMap(map);
    }

    private @Nullable Object readItem(ByteBuffer source, int level) {
        int tag = source.get() & 0xFF;
        int length = 0;
        for (int shift = 0; ; shift += 7) {
            if (!source.hasRemaining() || shift == 7 * MOST_BYTES_OF_NUMBER) {
                throw damaged("it ends within an element");
            }
            byte next = source.get();
            length |= (next & 0x7F) << shift;
            if (next >= 0) {
                break;
            }
        }
        if (length < 0 || length > source.remaining()) {
            throw damaged("an element says that it has " + Integer.toUnsignedLong(length) + " bytes");
        }
        byte[] bytes = new byte[length];
        source.get(bytes);
        if (tag == NULL_TAG && length == 0) {
            return null;
        }
        Element<Object> element = byTag(tag);
        return element == plain
                ? plain.read(tag, bytes)
                : read(tag, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), level + 1);
    }

    private static CodecException damaged(String what) {
        return new CodecException("these are not the bytes of a key: " + what + ". It was damaged: remove it.");
    }

    /** Lists, sets or maps. */
    private final class Group extends Element<Object> {

        Group(String name, int tag) {
            super(name, tag, Object.class, new GroupCodec(name, tag));
        }

        @Override
        byte[] quickArray(Object value) {
            return content(value, 1);
        }
    }

    private final class GroupCodec implements Codec<Object> {

        private final String name;
        private final int tag;

        GroupCodec(String name, int tag) {
            this.name = name;
            this.tag = tag;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int size(Object value) {
            return UNKNOWN_SIZE;
        }

        @Override
        public void encode(Object value, ByteBuffer target) {
            target.put(content(value, 1));
        }

        @Override
        public Object decode(ByteBuffer source) {
            return read(tag, source, 1);
        }
    }
}
