package dev.shm.integration.support;

import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.error.CodecException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.history.MessageHistory;
import org.springframework.integration.support.MutableMessage;
import org.springframework.integration.support.context.NamedComponent;
import org.springframework.util.MimeType;

/**
 * How values of headers are written: a byte that says what it is, and the value. Numbers have their full width, the lowest byte
 * first; lengths and counts are varints. What a type's byte is, is a part of the format: a new one gets the next number.
 */
final class HeaderFormat {

    private static final int NULL = 0;
    private static final int STRING = 1;
    private static final int INTEGER = 2;
    private static final int LONG = 3;
    private static final int TRUE = 4;
    private static final int FALSE = 5;
    private static final int DOUBLE = 6;
    private static final int BYTES = 7;
    private static final int UNIQUE_ID = 8;
    private static final int FLOAT = 9;
    private static final int SHORT = 10;
    private static final int BYTE = 11;
    private static final int CHARACTER = 12;
    private static final int INSTANT = 13;
    private static final int DATE = 14;
    private static final int DURATION = 15;
    private static final int BIG_DECIMAL = 16;
    private static final int BIG_INTEGER = 17;
    private static final int ADDRESS = 18;
    private static final int MIME_TYPE = 19;
    private static final int LIST = 20;
    private static final int SET = 21;
    private static final int MAP = 22;
    private static final int HISTORY = 23;
    private static final int LOCAL_DATE = 24;
    private static final int LOCAL_DATE_TIME = 25;
    private static final int OFFSET_DATE_TIME = 26;
    private static final int ZONED_DATE_TIME = 27;
    private static final int BY_CODEC = 28;

    /** Lists in lists, and maps in maps. */
    private static final int MAX_DEPTH = 32;

    private static final Codec<String> STRINGS = Codecs.string();

    private final @Nullable Codec<Object> codec;

    /** A format that writes values of other types with that codec, or refuses them if there is none. */
    HeaderFormat(@Nullable Codec<Object> codec) {
        this.codec = codec;
    }

    // ------------------------------------------------------------------------------------------ what it is

    private static int type(Object value) {
        if (value instanceof String) {
            return STRING;
        }
        if (value instanceof Number) {
            return number(value);
        }
        if (value instanceof Boolean flag) {
            return flag ? TRUE : FALSE;
        }
        if (value instanceof byte[]) {
            return BYTES;
        }
        if (value instanceof UUID) {
            return UNIQUE_ID;
        }
        return rarer(value);
    }

    private static int number(Object value) {
        if (value instanceof Integer) {
            return INTEGER;
        }
        if (value instanceof Long) {
            return LONG;
        }
        if (value instanceof Double) {
            return DOUBLE;
        }
        if (value instanceof Float) {
            return FLOAT;
        }
        if (value instanceof Short) {
            return SHORT;
        }
        if (value instanceof Byte) {
            return BYTE;
        }
        // Subclasses may be anything.
        Class<?> type = value.getClass();
        return type == BigDecimal.class ? BIG_DECIMAL : type == BigInteger.class ? BIG_INTEGER : BY_CODEC;
    }

    private static int rarer(Object value) {
        if (value instanceof MessageHistory) {
            return HISTORY;
        }
        if (value instanceof Character) {
            return CHARACTER;
        }
        if (value instanceof Instant) {
            return INSTANT;
        }
        if (value.getClass() == Date.class) {
            return DATE;
        }
        if (value instanceof Duration) {
            return DURATION;
        }
        if (value instanceof URI) {
            return ADDRESS;
        }
        if (value instanceof MimeType) {
            return MIME_TYPE;
        }
        if (value instanceof List) {
            return LIST;
        }
        if (value instanceof Set) {
            return SET;
        }
        if (value instanceof Map) {
            return MAP;
        }
        if (value instanceof LocalDate) {
            return LOCAL_DATE;
        }
        if (value instanceof LocalDateTime) {
            return LOCAL_DATE_TIME;
        }
        if (value instanceof OffsetDateTime) {
            return OFFSET_DATE_TIME;
        }
        return value instanceof ZonedDateTime ? ZONED_DATE_TIME : BY_CODEC;
    }

    // ------------------------------------------------------------------------------------------ how much it takes

    /** Bytes of a header, or {@link Codec#UNKNOWN_SIZE}. */
    int size(String name, Object value) {
        int size = size(name, value, 0);
        if (size < 0) {
            return size;
        }
        return Math.addExact(size, HeaderNames.code(name) == HeaderNames.WRITTEN_OUT ? 1 + stringSize(name) : 1);
    }

    private int size(String name, @Nullable Object value, int depth) {
        if (value == null) {
            return 1;
        }
        return switch (type(value)) {
            case TRUE, FALSE -> 1;
            case BYTE -> 2;
            case SHORT, CHARACTER -> 3;
            case INTEGER, FLOAT -> 5;
            case LONG, DOUBLE, DATE, LOCAL_DATE -> 9;
            case INSTANT, DURATION -> 13;
            case UNIQUE_ID -> 17;
            case BYTES -> 1 + lengthAnd(((byte[]) value).length);
            case BIG_INTEGER -> 1 + lengthAnd(((BigInteger) value).bitLength() / 8 + 1);
            case LIST, SET -> collectionSize(name, (Collection<?>) value, depth);
            case MAP -> mapSize(name, (Map<?, ?>) value, depth);
            case HISTORY -> historySize((MessageHistory) value);
            case BY_CODEC -> byCodecSize(name, value);
            default -> Math.addExact(1, stringSize(text(value)));
        };
    }

    private int collectionSize(String name, Collection<?> values, int depth) {
        checkDepth(name, depth);
        int size = 1 + varintSize(values.size());
        for (Object value : values) {
            int one = size(name, value, depth + 1);
            if (one < 0) {
                return one;
            }
            size = Math.addExact(size, one);
        }
        return size;
    }

    private int mapSize(String name, Map<?, ?> values, int depth) {
        checkDepth(name, depth);
        int size = 1 + varintSize(values.size());
        for (Map.Entry<?, ?> entry : values.entrySet()) {
            int key = size(name, entry.getKey(), depth + 1);
            int value = size(name, entry.getValue(), depth + 1);
            if (key < 0 || value < 0) {
                return Codec.UNKNOWN_SIZE;
            }
            size = Math.addExact(size, Math.addExact(key, value));
        }
        return size;
    }

    private static int historySize(MessageHistory history) {
        int size = 1 + varintSize(history.size());
        for (Properties component : history) {
            size += stringSize(property(component, MessageHistory.NAME_PROPERTY))
                    + stringSize(property(component, MessageHistory.TYPE_PROPERTY))
                    + stringSize(property(component, MessageHistory.TIMESTAMP_PROPERTY));
        }
        return size;
    }

    private int byCodecSize(String name, Object value) {
        int size = codecFor(name, value).size(value);
        return size < 0 ? size : Math.addExact(size, 1 + Integer.BYTES);
    }

    private Codec<Object> codecFor(String name, Object value) {
        if (codec == null) {
            throw new CodecException("The header '" + name + "' is a "
                    + value.getClass().getName() + ", which headers in shared memory cannot have. Leave it out, "
                    + "ShmMessageMapper.builder().headers(\"!" + name
                    + "\", \"*\"), send something simpler, or give a codec for such values, headerCodec(...).");
        }
        return codec;
    }

    private static void checkDepth(String name, int depth) {
        if (depth >= MAX_DEPTH) {
            throw new CodecException("The header '" + name + "' is nested more than " + MAX_DEPTH
                    + " levels deep, or contains itself. Send something simpler.");
        }
    }

    private static int stringSize(String value) {
        return lengthAnd(STRINGS.size(value));
    }

    private static int lengthAnd(int length) {
        return Math.addExact(varintSize(length), length);
    }

    static int varintSize(int value) {
        return (Integer.SIZE - Integer.numberOfLeadingZeros(value | 1) + 6) / 7;
    }

    private static String property(Properties component, String key) {
        return component.getProperty(key, "");
    }

    /** What is written of a value that is written as a text. */
    private static String text(Object value) {
        return value.toString();
    }

    // ------------------------------------------------------------------------------------------ writing

    /** Writes a header. */
    void write(String name, Object value, ByteBuffer target) {
        int code = HeaderNames.code(name);
        target.put((byte) code);
        if (code == HeaderNames.WRITTEN_OUT) {
            writeString(name, target);
        }
        write(name, value, target, 0);
    }

    @SuppressWarnings("JavaUtilDate") // Others have it in their headers.
    private void write(String name, @Nullable Object value, ByteBuffer target, int depth) {
        if (value == null) {
            target.put((byte) NULL);
            return;
        }
        int type = type(value);
        target.put((byte) type);
        switch (type) {
            case TRUE, FALSE -> {
                // The type says it all.
            }
            case INTEGER -> target.putInt((Integer) value);
            case LONG -> target.putLong((Long) value);
            case DOUBLE -> target.putDouble((Double) value);
            case FLOAT -> target.putFloat((Float) value);
            case SHORT -> target.putShort((Short) value);
            case BYTE -> target.put((Byte) value);
            case CHARACTER -> target.putChar((Character) value);
            case BYTES -> writeBytes((byte[]) value, target);
            case UNIQUE_ID -> {
                UUID id = (UUID) value;
                target.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
            }
            case INSTANT -> {
                Instant instant = (Instant) value;
                target.putLong(instant.getEpochSecond()).putInt(instant.getNano());
            }
            case DURATION -> {
                Duration duration = (Duration) value;
                target.putLong(duration.getSeconds()).putInt(duration.getNano());
            }
            case DATE -> target.putLong(((Date) value).getTime());
            case LOCAL_DATE -> target.putLong(((LocalDate) value).toEpochDay());
            case BIG_INTEGER -> writeBytes(((BigInteger) value).toByteArray(), target);
            case LIST, SET -> writeCollection(name, (Collection<?>) value, target, depth);
            case MAP -> writeMap(name, (Map<?, ?>) value, target, depth);
            case HISTORY -> writeHistory((MessageHistory) value, target);
            case BY_CODEC -> writeByCodec(name, value, target);
            default -> writeString(text(value), target);
        }
    }

    private void writeCollection(String name, Collection<?> values, ByteBuffer target, int depth) {
        checkDepth(name, depth);
        writeVarint(values.size(), target);
        for (Object value : values) {
            write(name, value, target, depth + 1);
        }
    }

    private void writeMap(String name, Map<?, ?> values, ByteBuffer target, int depth) {
        checkDepth(name, depth);
        writeVarint(values.size(), target);
        for (Map.Entry<?, ?> entry : values.entrySet()) {
            write(name, entry.getKey(), target, depth + 1);
            write(name, entry.getValue(), target, depth + 1);
        }
    }

    private static void writeHistory(MessageHistory history, ByteBuffer target) {
        writeVarint(history.size(), target);
        for (Properties component : history) {
            writeString(property(component, MessageHistory.NAME_PROPERTY), target);
            writeString(property(component, MessageHistory.TYPE_PROPERTY), target);
            writeString(property(component, MessageHistory.TIMESTAMP_PROPERTY), target);
        }
    }

    private void writeByCodec(String name, Object value, ByteBuffer target) {
        int at = target.position();
        target.putInt(0);
        codecFor(name, value).encode(value, target);
        target.putInt(at, target.position() - at - Integer.BYTES);
    }

    private static void writeString(String value, ByteBuffer target) {
        writeVarint(STRINGS.size(value), target);
        STRINGS.encode(value, target);
    }

    private static void writeBytes(byte[] bytes, ByteBuffer target) {
        writeVarint(bytes.length, target);
        target.put(bytes);
    }

    private static void writeVarint(int value, ByteBuffer target) {
        int rest = value;
        while ((rest & ~0x7F) != 0) {
            target.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        target.put((byte) rest);
    }

    // ------------------------------------------------------------------------------------------ reading

    /**
     * Whether the next bytes are headers that can be read later and by anybody, since nothing can be wrong with them: their values are
     * numbers, bytes, and strings of ASCII. Not if an id or a time stamp is among them; who has one is compared with others by it.
     */
    static boolean canWait(ByteBuffer source, int length) {
        if (source.order() != ByteOrder.LITTLE_ENDIAN) {
            return false;
        }
        int at = source.position();
        int end = at + length;
        while (at < end) {
            int code = source.get(at++);
            if (code == HeaderNames.WRITTEN_OUT) {
                at = afterText(source, at, end);
            } else if (!HeaderNames.isKnown(code) || HeaderNames.isOfMessage(code)) {
                return false;
            }
            at = at < 0 ? at : afterValue(source, at, end);
            if (at < 0) {
                return false;
            }
        }
        return at == end;
    }

    /** Index behind a value, or -1 if there may be something wrong with it. */
    private static int afterValue(ByteBuffer source, int from, int end) {
        if (from >= end) {
            return -1;
        }
        int at = from + 1;
        int size = switch (source.get(from)) {
            case NULL, TRUE, FALSE -> 0;
            case BYTE -> Byte.BYTES;
            case SHORT, CHARACTER -> Short.BYTES;
            case INTEGER, FLOAT -> Integer.BYTES;
            case LONG, DOUBLE, DATE -> Long.BYTES;
            case UNIQUE_ID -> 2 * Long.BYTES;
            case STRING -> {
                int after = afterText(source, at, end);
                yield after < 0 ? after : after - at;
            }
            default -> -1;
        };
        return size < 0 || size > end - at ? -1 : at + size;
    }

    /** Index behind a text of ASCII with a length in one byte, or -1 if it is another. */
    private static int afterText(ByteBuffer source, int from, int end) {
        if (from >= end) {
            return -1;
        }
        int length = source.get(from);
        int at = from + 1;
        int after = at + length;
        if (length < 0 || after > end) {
            return -1;
        }
        int bits = 0;
        for (; at < after; at++) {
            bits |= source.get(at);
        }
        return bits < 0 ? -1 : after;
    }

    /** Reads all headers up to the source's limit. */
    void readAll(ByteBuffer source, Map<String, Object> target) {
        int end = source.limit();
        while (source.hasRemaining()) {
            int code = source.get() & 0xFF;
            String name = code == HeaderNames.WRITTEN_OUT ? readString(source, end) : HeaderNames.name(code);
            if (name == null) {
                throw damaged("a header has the name number " + code
                        + ", which this version does not know. Run the same version everywhere");
            }
            Object value = read(source, end, 0);
            if (value != null) {
                target.put(name, value);
            }
        }
    }

    @SuppressWarnings("JavaUtilDate") // Others have it in their headers.
    private @Nullable Object read(ByteBuffer source, int end, int depth) {
        int type = source.get() & 0xFF;
        return switch (type) {
            case NULL -> null;
            case STRING -> readString(source, end);
            case INTEGER -> source.getInt();
            case LONG -> source.getLong();
            case TRUE -> true;
            case FALSE -> false;
            case DOUBLE -> source.getDouble();
            case BYTES -> readBytes(source);
            case UNIQUE_ID -> new UUID(source.getLong(), source.getLong());
            case FLOAT -> source.getFloat();
            case SHORT -> source.getShort();
            case BYTE -> source.get();
            case CHARACTER -> source.getChar();
            case INSTANT -> Instant.ofEpochSecond(source.getLong(), source.getInt());
            case DATE -> new Date(source.getLong());
            case DURATION -> Duration.ofSeconds(source.getLong(), source.getInt());
            case BIG_DECIMAL -> new BigDecimal(readString(source, end));
            case BIG_INTEGER -> new BigInteger(readBytes(source));
            case ADDRESS -> URI.create(readString(source, end));
            case MIME_TYPE -> MimeType.valueOf(readString(source, end));
            case LIST -> readCollection(source, end, depth, new ArrayList<>());
            case SET -> readCollection(source, end, depth, new LinkedHashSet<>());
            case MAP -> readMap(source, end, depth);
            case HISTORY -> readHistory(source, end);
            case LOCAL_DATE -> LocalDate.ofEpochDay(source.getLong());
            case LOCAL_DATE_TIME -> LocalDateTime.parse(readString(source, end));
            case OFFSET_DATE_TIME -> OffsetDateTime.parse(readString(source, end));
            case ZONED_DATE_TIME -> ZonedDateTime.parse(readString(source, end));
            case BY_CODEC -> readByCodec(source, end);
            default ->
                throw damaged("a header is of the type number " + type
                        + ", which this version does not know. Run the same version everywhere");
        };
    }

    private Collection<Object> readCollection(
            ByteBuffer source, int end, int depth, Collection<@Nullable Object> values) {
        checkDepth("?", depth);
        int count = readCount(source);
        for (int i = 0; i < count; i++) {
            values.add(read(source, end, depth + 1));
        }
        return values;
    }

    private Map<Object, Object> readMap(ByteBuffer source, int end, int depth) {
        checkDepth("?", depth);
        Map<@Nullable Object, @Nullable Object> values = new LinkedHashMap<>();
        int count = readCount(source);
        for (int i = 0; i < count; i++) {
            Object key = read(source, end, depth + 1);
            values.put(key, read(source, end, depth + 1));
        }
        return values;
    }

    private static @Nullable MessageHistory readHistory(ByteBuffer source, int end) {
        // The framework makes a history only by writing it, component by component.
        MutableMessage<String> carrier = new MutableMessage<>("");
        int count = readCount(source);
        for (int i = 0; i < count; i++) {
            String name = readString(source, end);
            String type = readString(source, end);
            String timestamp = readString(source, end);
            MessageHistory.write(carrier, new Component(name, type));
            MessageHistory history = MessageHistory.read(carrier);
            if (history == null) {
                throw damaged("a component of the history has no name");
            }
            Properties component = history.get(history.size() - 1);
            component.setProperty(MessageHistory.TIMESTAMP_PROPERTY, timestamp);
        }
        return MessageHistory.read(carrier);
    }

    /** A component that a message has been through, in whatever process. */
    private record Component(String getComponentName, String getComponentType) implements NamedComponent {}

    private Object readByCodec(ByteBuffer source, int end) {
        if (codec == null) {
            throw damaged("a header was written by a codec for headers, and this process has none: "
                    + "give the same headerCodec(...) everywhere");
        }
        int length = source.getInt();
        limit(source, length);
        try {
            return codec.decode(source);
        } finally {
            source.limit(end);
        }
    }

    private static String readString(ByteBuffer source, int end) {
        limit(source, readVarint(source));
        try {
            return STRINGS.decode(source);
        } finally {
            source.limit(end);
        }
    }

    private static byte[] readBytes(ByteBuffer source) {
        int length = readVarint(source);
        if (length < 0 || length > source.remaining()) {
            throw tooLong(source, length);
        }
        byte[] bytes = new byte[length];
        source.get(bytes);
        return bytes;
    }

    private static void limit(ByteBuffer source, int length) {
        if (length < 0 || length > source.remaining()) {
            throw tooLong(source, length);
        }
        source.limit(source.position() + length);
    }

    /** Each element takes a byte at least, so a count beyond the bytes left is damage. */
    private static int readCount(ByteBuffer source) {
        int count = readVarint(source);
        if (count < 0 || count > source.remaining()) {
            throw tooLong(source, count);
        }
        return count;
    }

    private static int readVarint(ByteBuffer source) {
        int value = 0;
        for (int shift = 0; shift < Integer.SIZE; shift += 7) {
            int next = source.get();
            value |= (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw damaged("a length has more than five bytes");
    }

    private static CodecException tooLong(ByteBuffer source, int length) {
        return damaged(
                "a length of " + Integer.toUnsignedString(length) + " where " + source.remaining() + " bytes are left");
    }

    static CodecException damaged(String what) {
        return new CodecException("The headers of a message cannot be read: " + what + ".");
    }
}
