package dev.shm.collection;

import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.codec.KryoCodec;
import dev.shm.error.CodecException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The types that need no codec of the user's. Of each value there is one form only, so that equal values have equal bytes. Their tags
 * and bytes are a part of the format: new ones get new tags.
 */
final class NativeElements {

    private static final int ANY_TAG = 0;
    private static final int ENUM_TAG = 28;

    private static final List<Element<?>> ALL = new ArrayList<>();
    private static final Map<Class<?>, Element<?>> BY_TYPE = new HashMap<>();
    private static final @Nullable Element<?>[] BY_TAG = new Element<?>[256];
    private static final Map<Class<?>, Class<?>> BOXES = Map.of(
            long.class, Long.class,
            int.class, Integer.class,
            short.class, Short.class,
            byte.class, Byte.class,
            char.class, Character.class,
            boolean.class, Boolean.class,
            float.class, Float.class,
            double.class, Double.class);

    static final Element<String> STRING = new StringElement();
    /** Values of any type that has a form of its own, and no others. */
    static final Element<Object> ANY = new AnyElement("any", null);

    static {
        add(STRING);
        add(new BytesElement());
        add(new LongElement());
        add(new IntElement());
        add(new ShortElement());
        add(new ByteElement());
        add(new CharElement());
        add(new BooleanElement());
        add(new FloatElement());
        add(new DoubleElement());
        add(new UuidElement());
        add(new Element<>(
                "biginteger",
                12,
                BigInteger.class,
                form("biginteger", NativeElements::writeBig, source -> new BigInteger(rest(source)))));
        add(new Element<>(
                "bigdecimal",
                13,
                BigDecimal.class,
                form(
                        "bigdecimal",
                        (value, target) -> writeBig(value.unscaledValue(), target.putInt(value.scale())),
                        source -> {
                            int scale = source.getInt();
                            return new BigDecimal(new BigInteger(rest(source)), scale);
                        })));
        add(new Element<>(
                "instant",
                14,
                Instant.class,
                form(
                        "instant",
                        (value, target) ->
                                target.putLong(value.getEpochSecond()).putInt(value.getNano()),
                        source -> Instant.ofEpochSecond(source.getLong(), source.getInt()))));
        add(new Element<>(
                "localdate",
                15,
                LocalDate.class,
                form(
                        "localdate",
                        (value, target) -> target.putLong(value.toEpochDay()),
                        source -> LocalDate.ofEpochDay(source.getLong()))));
        add(new Element<>(
                "localtime",
                16,
                LocalTime.class,
                form(
                        "localtime",
                        (value, target) -> target.putLong(value.toNanoOfDay()),
                        source -> LocalTime.ofNanoOfDay(source.getLong()))));
        add(new Element<>(
                "localdatetime",
                17,
                LocalDateTime.class,
                form("localdatetime", NativeElements::writeDateTime, NativeElements::readDateTime)));
        add(new Element<>(
                "offsetdatetime",
                18,
                OffsetDateTime.class,
                form(
                        "offsetdatetime",
                        (value, target) -> {
                            writeDateTime(value.toLocalDateTime(), target);
                            target.putInt(value.getOffset().getTotalSeconds());
                        },
                        source ->
                                OffsetDateTime.of(readDateTime(source), ZoneOffset.ofTotalSeconds(source.getInt())))));
        add(new Element<>(
                "offsettime",
                19,
                OffsetTime.class,
                form(
                        "offsettime",
                        (value, target) -> target.putLong(value.toLocalTime().toNanoOfDay())
                                .putInt(value.getOffset().getTotalSeconds()),
                        source -> OffsetTime.of(
                                LocalTime.ofNanoOfDay(source.getLong()), ZoneOffset.ofTotalSeconds(source.getInt())))));
        // With its offset, since an hour is there twice when the clocks go back.
        add(new Element<>(
                "zoneddatetime",
                20,
                ZonedDateTime.class,
                form(
                        "zoneddatetime",
                        (value, target) -> {
                            writeDateTime(value.toLocalDateTime(), target);
                            target.putInt(value.getOffset().getTotalSeconds());
                            target.put(value.getZone().getId().getBytes(StandardCharsets.UTF_8));
                        },
                        source -> ZonedDateTime.ofInstant(
                                readDateTime(source),
                                ZoneOffset.ofTotalSeconds(source.getInt()),
                                ZoneId.of(text(source))))));
        add(new Element<>(
                "duration",
                21,
                Duration.class,
                form(
                        "duration",
                        (value, target) -> target.putLong(value.getSeconds()).putInt(value.getNano()),
                        source -> Duration.ofSeconds(source.getLong(), source.getInt()))));
        add(new Element<>(
                "period",
                22,
                Period.class,
                form(
                        "period",
                        (value, target) -> target.putInt(value.getYears())
                                .putInt(value.getMonths())
                                .putInt(value.getDays()),
                        source -> Period.of(source.getInt(), source.getInt(), source.getInt()))));
        add(new Element<>(
                "year",
                23,
                Year.class,
                form("year", (value, target) -> target.putInt(value.getValue()), source -> Year.of(source.getInt()))));
        add(new Element<>(
                "yearmonth",
                24,
                YearMonth.class,
                form(
                        "yearmonth",
                        (value, target) -> target.putInt(value.getYear()).put((byte) value.getMonthValue()),
                        source -> YearMonth.of(source.getInt(), source.get()))));
        add(new Element<>(
                "monthday",
                25,
                MonthDay.class,
                form(
                        "monthday",
                        (value, target) ->
                                target.put((byte) value.getMonthValue()).put((byte) value.getDayOfMonth()),
                        source -> MonthDay.of(source.get(), source.get()))));
        add(
                new Element<>(
                        "zoneid",
                        26,
                        ZoneId.class,
                        form(
                                "zoneid",
                                (value, target) -> target.put(value.getId().getBytes(StandardCharsets.UTF_8)),
                                source -> ZoneId.of(text(source)))) {
                    /** {@link ZoneOffset} is one, and the rest are of classes inside the JDK. */
                    @Override
                    boolean accepts(Object value) {
                        return value instanceof ZoneId;
                    }
                });
        add(new Element<>(
                "zoneoffset",
                27,
                ZoneOffset.class,
                form(
                        "zoneoffset",
                        (value, target) -> target.putInt(value.getTotalSeconds()),
                        source -> ZoneOffset.ofTotalSeconds(source.getInt()))));
        // 28 is every enum's.
        add(new Element<>(
                "dayofweek",
                29,
                DayOfWeek.class,
                form(
                        "dayofweek",
                        (value, target) -> target.put((byte) value.getValue()),
                        source -> DayOfWeek.of(source.get()))));
        add(new Element<>(
                "month",
                30,
                Month.class,
                form(
                        "month",
                        (value, target) -> target.put((byte) value.getValue()),
                        source -> Month.of(source.get()))));
        for (Element<?> element : ALL) {
            BY_TYPE.put(element.type(), element);
            BY_TAG[element.tag()] = element;
        }
    }

    private NativeElements() {}

    private static void add(Element<?> element) {
        ALL.add(element);
    }

    /** All of them but enums, which are as many as there are enums. */
    static List<Element<?>> all() {
        return List.copyOf(ALL);
    }

    /** The native kind of a class, or null. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    static <T> @Nullable Element<T> of(Class<T> type) {
        if (type == Object.class) {
            return (Element<T>) OfTheJdk.ANY;
        }
        Class<?> boxed = BOXES.getOrDefault(type, type);
        Element<?> element = BY_TYPE.get(boxed);
        if (element == null && boxed.isEnum()) {
            element = new EnumElement(boxed);
        }
        return (Element<T>) element;
    }

    /** The native kind of a value, enums of the user apart; or null. */
    static @Nullable Element<?> find(Object value) {
        Element<?> element = BY_TYPE.get(value.getClass());
        return element == null && value instanceof ZoneId ? BY_TYPE.get(ZoneId.class) : element;
    }

    /** Keys of one of the types of which {@link KeyElement#isGroup} is true. */
    static Element<Object> keysOf(Class<?> type) {
        return new KeyElement(type, OfTheJdk.ANY);
    }

    /** The native kind that a codec is the codec of, or null. */
    @SuppressWarnings("unchecked")
    static <T> @Nullable Element<T> of(Codec<T> codec) {
        if (codec instanceof KryoCodec<T> kryo && kryo.type() == Object.class) {
            return (Element<T>) new AnyElement((Codec<Object>) kryo);
        }
        for (Element<?> element : ALL) {
            if (element.codec() == codec) {
                return (Element<T>) element;
            }
        }
        return null;
    }

    // ---------------------------------------------------------------------------------------- helpers

    private interface Writer<T> {
        void write(T value, ByteBuffer target);
    }

    private interface Reader<T> {
        T read(ByteBuffer source);
    }

    private static <T> Codec<T> form(String name, Writer<T> writer, Reader<T> reader) {
        return new Codec<>() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public int size(T value) {
                return UNKNOWN_SIZE;
            }

            @Override
            public void encode(T value, ByteBuffer target) {
                writer.write(value, target);
            }

            @Override
            public T decode(ByteBuffer source) {
                T value;
                try {
                    value = reader.read(source);
                } catch (RuntimeException e) {
                    throw (CodecException) damaged(name).initCause(e);
                }
                if (source.hasRemaining()) {
                    throw damaged(name);
                }
                return value;
            }
        };
    }

    /** Each value is written by its own kind. */
    private static void never(Object value, ByteBuffer target) {
        throw new UnsupportedOperationException();
    }

    /** Each value is read by its own kind. */
    private static Object never(ByteBuffer source) {
        throw new UnsupportedOperationException();
    }

    private static CodecException damaged(String name) {
        return new CodecException("these are not the bytes of a value of type " + name
                + ". The element was damaged: replace it, or remove it.");
    }

    private static byte[] rest(ByteBuffer source) {
        byte[] bytes = new byte[source.remaining()];
        source.get(bytes);
        return bytes;
    }

    private static String text(ByteBuffer source) {
        return new String(rest(source), StandardCharsets.UTF_8);
    }

    private static void writeBig(BigInteger value, ByteBuffer target) {
        target.put(value.toByteArray());
    }

    private static void writeDateTime(LocalDateTime value, ByteBuffer target) {
        target.putLong(value.toLocalDate().toEpochDay())
                .putLong(value.toLocalTime().toNanoOfDay());
    }

    private static LocalDateTime readDateTime(ByteBuffer source) {
        return LocalDateTime.of(LocalDate.ofEpochDay(source.getLong()), LocalTime.ofNanoOfDay(source.getLong()));
    }

    // ------------------------------------------------------------------------------- those with a quick way

    private static final class StringElement extends Element<String> {

        private static final int MOST_QUICK_CHARACTERS = 16 << 10;

        StringElement() {
            super("string", 1, String.class, Codecs.string());
        }

        @Override
        int quickBytes(String value) {
            return value.length() <= MapLayout.INLINE_BYTES ? value.length() : -1;
        }

        /** The words of ASCII have no sign. */
        @Override
        boolean isQuick(long word, long word2) {
            return (word | word2) >= 0;
        }

        @Override
        long quickWord(String value) {
            return pack(value, 0, Math.min(8, value.length()));
        }

        @Override
        long quickWord2(String value) {
            return value.length() <= 8 ? 0 : pack(value, 8, value.length());
        }

        /** The JDK copies and converts many characters at once. Of a very long one it would need too much room. */
        @Override
        byte @Nullable [] quickArray(String value) {
            return value.length() <= MOST_QUICK_CHARACTERS ? value.getBytes(StandardCharsets.UTF_8) : null;
        }

        private static long pack(String value, int from, int to) {
            long word = 0;
            int all = 0;
            for (int i = to - 1; i >= from; i--) {
                char c = value.charAt(i);
                all |= c;
                word = word << 8 | c;
            }
            return all < 0x80 ? word : -1;
        }

        @Override
        String read(int foundTag, int bytes, long word, long word2) {
            checkTag(foundTag);
            int length = Math.min(bytes, MapLayout.INLINE_BYTES);
            byte[] text = Words.bytes(word, word2);
            return Words.isAscii(word | word2)
                    ? new String(text, 0, length, StandardCharsets.ISO_8859_1)
                    : super.read(foundTag, Arrays.copyOf(text, length));
        }
    }

    private static final class BytesElement extends Element<byte[]> {

        BytesElement() {
            super("bytes", 2, byte[].class, Codecs.bytes());
        }

        /** The array itself: whoever asks only reads it. */
        @Override
        byte[] quickArray(byte[] value) {
            return value;
        }

        @Override
        byte[] read(int foundTag, byte[] bytes) {
            checkTag(foundTag);
            return bytes;
        }
    }

    private static final class LongElement extends Element<Long> {

        LongElement() {
            super("long", 3, Long.class, Codecs.longs());
        }

        @Override
        int quickBytes(Long value) {
            return Long.BYTES;
        }

        @Override
        long quickWord(Long value) {
            return value;
        }

        @Override
        Long read(int foundTag, int bytes, long word, long word2) {
            checkTag(foundTag);
            checkBytes(bytes, Long.BYTES);
            return word;
        }
    }

    private static final class IntElement extends Element<Integer> {

        IntElement() {
            super("int", 4, Integer.class, Codecs.ints());
        }

        @Override
        int quickBytes(Integer value) {
            return Integer.BYTES;
        }

        @Override
        long quickWord(Integer value) {
            return Integer.toUnsignedLong(value);
        }

        @Override
        Integer read(int foundTag, int bytes, long word, long word2) {
            checkTag(foundTag);
            checkBytes(bytes, Integer.BYTES);
            return (int) word;
        }
    }

    private static final class ShortElement extends Element<Short> {

        ShortElement() {
            super(
                    "short",
                    5,
                    Short.class,
                    form("short", (value, target) -> target.putShort(value), ByteBuffer::getShort));
        }

        @Override
        int quickBytes(Short value) {
            return Short.BYTES;
        }

        @Override
        long quickWord(Short value) {
            return Short.toUnsignedLong(value);
        }

        @Override
        Short read(int foundTag, int bytes, long word, long word2) {
            checkTag(foundTag);
            checkBytes(bytes, Short.BYTES);
            return (short) word;
        }
    }

    private static final class ByteElement extends Element<Byte> {

        ByteElement() {
            super("byte", 6, Byte.class, form("byte", (value, target) -> target.put(value), ByteBuffer::get));
        }

        @Override
        int quickBytes(Byte value) {
            return Byte.BYTES;
        }

        @Override
        long quickWord(Byte value) {
            return Byte.toUnsignedLong(value);
        }

        @Override
        Byte read(int foundTag, int bytes, long word, long word2) {
            checkTag(foundTag);
            checkBytes(bytes, Byte.BYTES);
            return (byte) word;
        }
    }

    private static final class CharElement extends Element<Character> {

        CharElement() {
            super(
                    "char",
                    7,
                    Character.class,
                    form("char", (value, target) -> target.putChar(value), ByteBuffer::getChar));
        }

        @Override
        int quickBytes(Character value) {
            return Character.BYTES;
        }

        @Override
        long quickWord(Character value) {
            return value;
        }

        @Override
        Character read(int foundTag, int bytes, long word, long word2) {
            checkTag(foundTag);
            checkBytes(bytes, Character.BYTES);
            return (char) word;
        }
    }

    private static final class BooleanElement extends Element<Boolean> {

        BooleanElement() {
            super("boolean", 8, Boolean.class, Codecs.booleans());
        }

        @Override
        int quickBytes(Boolean value) {
            return 1;
        }

        @Override
        long quickWord(Boolean value) {
            return value ? 1 : 0;
        }
    }

    /** Every NaN is the same, as it is for {@link Float#equals}. */
    private static final class FloatElement extends Element<Float> {

        FloatElement() {
            super(
                    "float",
                    9,
                    Float.class,
                    form("float", (value, target) -> target.putFloat(value), ByteBuffer::getFloat));
        }

        @Override
        int quickBytes(Float value) {
            return Float.BYTES;
        }

        @Override
        long quickWord(Float value) {
            return Integer.toUnsignedLong(Float.floatToIntBits(value));
        }

        @Override
        Float read(int foundTag, int bytes, long word, long word2) {
            checkTag(foundTag);
            checkBytes(bytes, Float.BYTES);
            return Float.intBitsToFloat((int) word);
        }
    }

    /** Every NaN is the same, as it is for {@link Double#equals}. */
    private static final class DoubleElement extends Element<Double> {

        DoubleElement() {
            super("double", 10, Double.class, Codecs.doubles());
        }

        @Override
        int quickBytes(Double value) {
            return Double.BYTES;
        }

        @Override
        long quickWord(Double value) {
            return Double.doubleToLongBits(value);
        }

        @Override
        Double read(int foundTag, int bytes, long word, long word2) {
            checkTag(foundTag);
            checkBytes(bytes, Double.BYTES);
            return Double.longBitsToDouble(word);
        }
    }

    private static final class UuidElement extends Element<UUID> {

        UuidElement() {
            super(
                    "uuid",
                    11,
                    UUID.class,
                    form(
                            "uuid",
                            (value, target) -> target.putLong(value.getMostSignificantBits())
                                    .putLong(value.getLeastSignificantBits()),
                            source -> new UUID(source.getLong(), source.getLong())));
        }

        @Override
        int quickBytes(UUID value) {
            return 16;
        }

        @Override
        long quickWord(UUID value) {
            return value.getMostSignificantBits();
        }

        @Override
        long quickWord2(UUID value) {
            return value.getLeastSignificantBits();
        }

        @Override
        UUID read(int foundTag, int bytes, long word, long word2) {
            checkTag(foundTag);
            checkBytes(bytes, 16);
            return new UUID(word, word2);
        }
    }

    /** By name, so that constants may be added and moved. */
    private static final class EnumElement<E extends Enum<E>> extends Element<E> {

        EnumElement(Class<E> type) {
            super("enum " + type.getName(), ENUM_TAG, type, new EnumCodec<>(type));
        }

        @Override
        int quickBytes(E value) {
            return STRING.quickBytes(value.name());
        }

        @Override
        long quickWord(E value) {
            return STRING.quickWord(value.name());
        }

        @Override
        long quickWord2(E value) {
            return STRING.quickWord2(value.name());
        }

        @Override
        boolean isQuick(long word, long word2) {
            return STRING.isQuick(word, word2);
        }
    }

    private static final class EnumCodec<E extends Enum<E>> implements Codec<E> {

        private final Class<E> type;
        private final Map<String, E> constants = new HashMap<>();

        EnumCodec(Class<E> type) {
            this.type = type;
            for (E constant : type.getEnumConstants()) {
                constants.put(constant.name(), constant);
            }
        }

        @Override
        public String name() {
            return "enum " + type.getName();
        }

        @Override
        public int size(E value) {
            return Codecs.string().size(value.name());
        }

        @Override
        public void encode(E value, ByteBuffer target) {
            Codecs.string().encode(value.name(), target);
        }

        @Override
        public E decode(ByteBuffer source) {
            String found = Codecs.string().decode(source);
            E constant = constants.get(found);
            if (constant == null) {
                throw new CodecException("the enum " + type.getName() + " has no constant " + found
                        + " in this process. Give every process the same version of it, or remove the element.");
            }
            return constant;
        }
    }

    /** Made when it is asked for: it takes a while. */
    private static final class OfTheJdk {

        static final Element<Object> ANY = new AnyElement(Codecs.kryo(Object.class));

        private OfTheJdk() {}
    }

    /**
     * Values of any of the types above, told apart by their tags; and those that have no form of their own, by Kryo: nested collections, arrays
     * of primitives, and the classes that were registered.
     */
    private static final class AnyElement extends Element<Object> {

        private static final int SCRATCH_BYTES = 4096;

        /** Those that have no form of their own; null if there are none. */
        private final @Nullable Element<Object> rest;

        AnyElement(Codec<Object> rest) {
            this("any, " + rest.name(), new Element<>(rest.name(), CODEC_TAG, Object.class, rest));
        }

        AnyElement(String name, @Nullable Element<Object> rest) {
            super(name, ANY_TAG, Object.class, form("any", NativeElements::never, NativeElements::never));
            this.rest = rest;
        }

        /** What goes by the codec may be in there. */
        @Override
        boolean isSteady() {
            return rest == null;
        }

        @Override
        Element<Object> forKeys() {
            return rest == null ? this : new KeyElement(Object.class, this);
        }

        @Override
        boolean accepts(Object value) {
            if (find(value) != null) {
                return true;
            }
            if (rest == null) {
                return false;
            }
            try {
                rest.codec().encode(value, ByteBuffer.allocate(SCRATCH_BYTES).order(ByteOrder.LITTLE_ENDIAN));
                return true;
            } catch (BufferOverflowException e) {
                // Large, and as far as it went all of it can be written.
                return true;
            } catch (CodecException e) {
                return false;
            }
        }

        @Override
        @SuppressWarnings("unchecked")
        Element<Object> of(Object value) {
            Element<?> element = find(value);
            if (element != null) {
                return (Element<Object>) element;
            }
            if (rest == null) {
                throw new CodecException("a value of " + value.getClass()
                        + " has no form of its own among values of any type. Use one that has: a string, a number, an identifier, "
                        + "a time.");
            }
            return rest;
        }

        @Override
        Object read(int foundTag, int bytes, long word, long word2) {
            return byTag(foundTag).read(foundTag, bytes, word, word2);
        }

        @Override
        Object read(int foundTag, byte[] bytes) {
            return byTag(foundTag).read(foundTag, bytes);
        }

        private Element<?> byTag(int tag) {
            Element<?> element = tag == CODEC_TAG ? rest : BY_TAG[tag & 0xFF];
            if (element == null) {
                throw new CodecException("an element has the tag " + tag + ", which this version does not know. It was "
                        + "damaged, or written by a newer version: replace it, remove it, or upgrade this process.");
            }
            return element;
        }
    }
}
