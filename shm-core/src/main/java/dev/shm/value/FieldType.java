package dev.shm.value;

import dev.shm.error.CodecException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How the values of a field lie in its words, or in the block that its one word refers to. Words of zeros are null, or the zero of a
 * primitive. Names and words are a part of the format.
 */
abstract class FieldType {

    private static final Map<Class<?>, FieldType> FIXED = new HashMap<>();
    private static final Map<String, FieldType> BY_NAME = new HashMap<>();
    private static final int MOST_BYTES = 4096;
    private static final int OFFSET_BITS = 20;
    private static final int OFFSET_BIAS = 1 << (OFFSET_BITS - 1);

    static {
        word("boolean", boolean.class, value -> value ? 1L : 0L, word -> word != 0);
        word("byte", byte.class, value -> (long) value, word -> (byte) (long) word);
        word("short", short.class, value -> (long) value, word -> (short) (long) word);
        word("char", char.class, value -> (long) value, word -> (char) (long) word);
        word("int", int.class, value -> (long) value, word -> (int) (long) word);
        word("long", long.class, value -> value, word -> word);
        word(
                "float",
                float.class,
                value -> (long) Float.floatToRawIntBits(value),
                word -> Float.intBitsToFloat((int) (long) word));
        word("double", double.class, Double::doubleToRawLongBits, Double::longBitsToDouble);

        orNull("Boolean", Boolean.class, value -> value ? 1L : 0L, word -> word != 0);
        orNull("Byte", Byte.class, value -> (long) value, word -> (byte) (long) word);
        orNull("Short", Short.class, value -> (long) value, word -> (short) (long) word);
        orNull("Character", Character.class, value -> (long) value, word -> (char) (long) word);
        orNull("Integer", Integer.class, value -> (long) value, word -> (int) (long) word);
        orNull(
                "Float",
                Float.class,
                value -> (long) Float.floatToRawIntBits(value),
                word -> Float.intBitsToFloat((int) (long) word));
        orNull("LocalDate", LocalDate.class, LocalDate::toEpochDay, LocalDate::ofEpochDay);
        orNull("LocalTime", LocalTime.class, LocalTime::toNanoOfDay, LocalTime::ofNanoOfDay);
        orNull("Year", Year.class, value -> (long) value.getValue(), word -> Year.of(Math.toIntExact(word)));
        orNull(
                "YearMonth",
                YearMonth.class,
                value -> value.getYear() * 12L + value.getMonthValue() - 1,
                word -> YearMonth.of(Math.toIntExact(Math.floorDiv(word, 12)), Math.floorMod(word, 12) + 1));
        orNull(
                "MonthDay",
                MonthDay.class,
                value -> value.getMonthValue() * 32L + value.getDayOfMonth(),
                word -> MonthDay.of(Math.toIntExact(word / 32), (int) (word % 32)));
        orNull(
                "ZoneOffset",
                ZoneOffset.class,
                value -> (long) value.getTotalSeconds(),
                word -> ZoneOffset.ofTotalSeconds(Math.toIntExact(word)));

        pair("Long", Long.class, value -> 0L, value -> value, (small, word) -> word);
        pair(
                "Double",
                Double.class,
                value -> 0L,
                Double::doubleToRawLongBits,
                (small, word) -> Double.longBitsToDouble(word));
        addSpans();
        pair(
                "LocalDateTime",
                LocalDateTime.class,
                value -> value.toLocalTime().toNanoOfDay(),
                value -> value.toLocalDate().toEpochDay(),
                (nanos, day) -> LocalDateTime.of(LocalDate.ofEpochDay(day), LocalTime.ofNanoOfDay(nanos)));
        pair(
                "OffsetTime",
                OffsetTime.class,
                value -> value.toLocalTime().toNanoOfDay(),
                value -> (long) value.getOffset().getTotalSeconds(),
                (nanos, offset) -> OffsetTime.of(
                        LocalTime.ofNanoOfDay(nanos), ZoneOffset.ofTotalSeconds(Math.toIntExact(offset))));
        pair(
                "OffsetDateTime",
                OffsetDateTime.class,
                value -> value.toLocalTime().toNanoOfDay(),
                value -> (value.toLocalDate().toEpochDay() << OFFSET_BITS)
                        | (value.getOffset().getTotalSeconds() + OFFSET_BIAS),
                (nanos, rest) -> OffsetDateTime.of(
                        LocalDate.ofEpochDay(rest >> OFFSET_BITS),
                        LocalTime.ofNanoOfDay(nanos),
                        ZoneOffset.ofTotalSeconds((int) (rest & ((1 << OFFSET_BITS) - 1)) - OFFSET_BIAS)));
        add(new UuidType());

        block("String", String.class, value -> value.getBytes(StandardCharsets.UTF_8), FieldType::text);
        block("byte[]", byte[].class, byte[]::clone, Function.identity());
        block("BigInteger", BigInteger.class, BigInteger::toByteArray, BigInteger::new);
        block("BigDecimal", BigDecimal.class, FieldType::decimalBytes, FieldType::decimal);
        block(
                "ZoneId",
                ZoneId.class,
                value -> value.getId().getBytes(StandardCharsets.UTF_8),
                bytes -> ZoneId.of(text(bytes)));
        block("ZonedDateTime", ZonedDateTime.class, FieldType::zonedBytes, FieldType::zoned);
    }

    // Each of their parts has its word.
    @SuppressWarnings({"JavaInstantGetSecondsGetNano", "JavaDurationGetSecondsGetNano", "JavaPeriodGetDays"})
    private static void addSpans() {
        pair(
                "Instant",
                Instant.class,
                value -> (long) value.getNano(),
                Instant::getEpochSecond,
                (nanos, seconds) -> Instant.ofEpochSecond(seconds, nanos));
        pair(
                "Duration",
                Duration.class,
                value -> (long) value.getNano(),
                Duration::getSeconds,
                (nanos, seconds) -> Duration.ofSeconds(seconds, nanos));
        pair(
                "Period",
                Period.class,
                value -> (long) value.getDays(),
                value -> ((long) value.getYears() << 32) | (value.getMonths() & 0xFFFF_FFFFL),
                (days, rest) -> Period.of((int) (rest >> 32), (int) rest, Math.toIntExact(days)));
    }

    private final String name;
    private final Class<?> javaType;

    private FieldType(String name, Class<?> javaType) {
        this.name = name;
        this.javaType = javaType;
    }

    // ---------------------------------------------------------------------------------------- which there are

    /**
     * The type of a field, or null if there is none for that class.
     *
     * @param most the room that a string or bytes shall have in the bean itself; 0 for a block
     * @throws IllegalArgumentException if there cannot be such a room
     */
    static @Nullable FieldType of(Class<?> type, int most) {
        if (most != 0) {
            if (type != String.class && type != byte[].class) {
                throw new IllegalArgumentException("only a String or a byte[] can have @MaxBytes");
            }
            if (most < 1 || most > MOST_BYTES) {
                throw new IllegalArgumentException("@MaxBytes(" + most + ") is not between 1 and " + MOST_BYTES
                        + ". Leave it away, so that each " + "value gets a block of its own");
            }
            return new InlineType(type == String.class, most);
        }
        FieldType fixed = FIXED.get(type);
        return fixed == null && type.isEnum() ? new EnumType(type) : fixed;
    }

    /** The type that has this name in a schema, as far as it can be told without its classes; or null. */
    static @Nullable FieldType named(String name) {
        FieldType fixed = BY_NAME.get(name);
        if (fixed != null) {
            return fixed;
        }
        if (name.startsWith(EnumType.PREFIX) && name.endsWith(")")) {
            return new EnumNames(name);
        }
        return InlineType.named(name);
    }

    private static void add(FieldType type) {
        FIXED.put(type.javaType, type);
        BY_NAME.put(type.name, type);
    }

    private interface Pair<T> {
        T of(long small, long word);
    }

    @SuppressWarnings("unchecked")
    private static <T> void word(String name, Class<T> type, Function<T, Long> encode, Function<Long, T> decode) {
        add(new WordType(name, type) {
            @Override
            long encode(@Nullable Object value) {
                return encode.apply((T) present(value));
            }

            @Override
            Object decode(long word) {
                return decode.apply(word);
            }
        });
    }

    private static Object present(@Nullable Object value) {
        if (value == null) {
            throw new NullPointerException("a primitive field cannot be null");
        }
        return value;
    }

    /** Of at most 63 bits; the lowest bit says that there is one. */
    @SuppressWarnings("unchecked")
    private static <T> void orNull(String name, Class<T> type, Function<T, Long> encode, Function<Long, T> decode) {
        add(new WordType(name, type) {
            @Override
            long encode(@Nullable Object value) {
                return value == null ? 0 : (encode.apply((T) value) << 1) | 1;
            }

            @Override
            @Nullable
            Object decode(long word) {
                return word == 0 ? null : decode.apply(word >> 1);
            }
        });
    }

    /** Two words: one of at most 63 bits, whose lowest bit says that there is one, and another. */
    @SuppressWarnings("unchecked")
    private static <T> void pair(
            String name, Class<T> type, Function<T, Long> first, Function<T, Long> second, Pair<T> decode) {
        add(new FieldType(name, type) {
            @Override
            int words() {
                return 2;
            }

            @Override
            void encode(@Nullable Object value, long[] words, int at) {
                words[at] = value == null ? 0 : (first.apply((T) value) << 1) | 1;
                words[at + 1] = value == null ? 0 : second.apply((T) value);
            }

            @Override
            @Nullable
            Object decode(long[] words, int at) {
                return words[at] == 0 ? null : decode.of(words[at] >> 1, words[at + 1]);
            }
        });
    }

    @SuppressWarnings("unchecked")
    private static <T> void block(String name, Class<T> type, Function<T, byte[]> encode, Function<byte[], T> decode) {
        add(new FieldType(name, type) {
            @Override
            boolean isBlock() {
                return true;
            }

            @Override
            byte[] bytes(Object value) {
                return encode.apply((T) value);
            }

            @Override
            Object value(byte[] bytes) {
                return decode.apply(bytes);
            }
        });
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] decimalBytes(BigDecimal value) {
        byte[] unscaled = value.unscaledValue().toByteArray();
        return ByteBuffer.allocate(4 + unscaled.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value.scale())
                .put(unscaled)
                .array();
    }

    private static BigDecimal decimal(byte[] bytes) {
        int scale = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
        return new BigDecimal(new BigInteger(Arrays.copyOfRange(bytes, 4, bytes.length)), scale);
    }

    /** With its offset, since an hour is there twice when the clocks go back. */
    private static byte[] zonedBytes(ZonedDateTime value) {
        byte[] zone = value.getZone().getId().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(20 + zone.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value.toLocalDate().toEpochDay())
                .putLong(value.toLocalTime().toNanoOfDay())
                .putInt(value.getOffset().getTotalSeconds())
                .put(zone)
                .array();
    }

    private static ZonedDateTime zoned(byte[] bytes) {
        ByteBuffer source = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        LocalDateTime local =
                LocalDateTime.of(LocalDate.ofEpochDay(source.getLong()), LocalTime.ofNanoOfDay(source.getLong()));
        ZoneOffset offset = ZoneOffset.ofTotalSeconds(source.getInt());
        return ZonedDateTime.ofInstant(local, offset, ZoneId.of(text(Arrays.copyOfRange(bytes, 20, bytes.length))));
    }

    // ---------------------------------------------------------------------------------------- what each can do

    /** Its name in schemas. */
    final String name() {
        return name;
    }

    final Class<?> javaType() {
        return javaType;
    }

    int words() {
        return 1;
    }

    /** Whether its word refers to a block that has the bytes. */
    boolean isBlock() {
        return false;
    }

    /** Whether the value is one word, so that one store changes it. */
    boolean isWord() {
        return false;
    }

    long encode(@Nullable Object value) {
        throw new UnsupportedOperationException(name);
    }

    @Nullable
    Object decode(long word) {
        throw new UnsupportedOperationException(name);
    }

    /**
     * Puts a value into its words.
     *
     * @throws IllegalArgumentException if it has no room there
     */
    void encode(@Nullable Object value, long[] words, int at) {
        throw new UnsupportedOperationException(name);
    }

    @Nullable
    Object decode(long[] words, int at) {
        throw new UnsupportedOperationException(name);
    }

    byte[] bytes(Object value) {
        throw new UnsupportedOperationException(name);
    }

    Object value(byte[] bytes) {
        throw new UnsupportedOperationException(name);
    }

    @Override
    public final String toString() {
        return name;
    }

    private abstract static class WordType extends FieldType {

        WordType(String name, Class<?> type) {
            super(name, type);
        }

        @Override
        final boolean isWord() {
            return true;
        }

        @Override
        final void encode(@Nullable Object value, long[] words, int at) {
            words[at] = encode(value);
        }

        @Override
        final @Nullable Object decode(long[] words, int at) {
            return decode(words[at]);
        }
    }

    private static final class UuidType extends FieldType {

        UuidType() {
            super("UUID", UUID.class);
        }

        @Override
        int words() {
            return 3;
        }

        @Override
        void encode(@Nullable Object value, long[] words, int at) {
            words[at] = value == null ? 0 : 1;
            words[at + 1] = value == null ? 0 : ((UUID) value).getMostSignificantBits();
            words[at + 2] = value == null ? 0 : ((UUID) value).getLeastSignificantBits();
        }

        @Override
        @Nullable
        Object decode(long[] words, int at) {
            return words[at] == 0 ? null : new UUID(words[at + 1], words[at + 2]);
        }
    }

    /** By position. All constants are a part of the type, so that two versions of an enum are two types. */
    private static final class EnumType extends WordType {

        static final String PREFIX = "enum ";

        private final Object[] constants;

        EnumType(Class<?> type) {
            super(
                    Arrays.stream(type.getEnumConstants())
                            .map(constant -> ((Enum<?>) constant).name())
                            .collect(Collectors.joining(",", PREFIX + type.getName() + "(", ")")),
                    type);
            this.constants = type.getEnumConstants();
        }

        // The name of the type has all constants in order.
        @SuppressWarnings("EnumOrdinal")
        @Override
        long encode(@Nullable Object value) {
            return value == null ? 0 : ((Enum<?>) value).ordinal() + 1L;
        }

        @Override
        @Nullable
        Object decode(long word) {
            if (word < 0 || word > constants.length) {
                throw new CodecException("there is no constant number " + word);
            }
            return word == 0 ? null : constants[(int) word - 1];
        }
    }

    /** An enum whose class is not here. */
    private static final class EnumNames extends WordType {

        private final String[] constants;

        EnumNames(String name) {
            super(name, String.class);
            this.constants =
                    name.substring(name.indexOf('(') + 1, name.length() - 1).split(",", -1);
        }

        @Override
        @Nullable
        Object decode(long word) {
            return word <= 0 || word > constants.length ? null : constants[(int) word - 1];
        }
    }

    /** A word with the number of bytes plus one, and the bytes. */
    private static final class InlineType extends FieldType {

        private static final String AT_MOST = "<=";

        private final boolean isText;
        private final int most;

        InlineType(boolean isText, int most) {
            super((isText ? "String" : "byte[]") + AT_MOST + most, isText ? String.class : byte[].class);
            this.isText = isText;
            this.most = most;
        }

        static @Nullable FieldType named(String name) {
            for (boolean isText : new boolean[] {true, false}) {
                String prefix = (isText ? "String" : "byte[]") + AT_MOST;
                if (name.startsWith(prefix)) {
                    String digits = name.substring(prefix.length());
                    boolean isNumber = digits.matches("[1-9][0-9]{0,3}");
                    return isNumber ? new InlineType(isText, Integer.parseInt(digits)) : null;
                }
            }
            return null;
        }

        @Override
        int words() {
            return 1 + (most + 7) / 8;
        }

        @Override
        void encode(@Nullable Object value, long[] words, int at) {
            byte[] bytes = value == null
                    ? new byte[0]
                    : isText ? ((String) value).getBytes(StandardCharsets.UTF_8) : (byte[]) value;
            if (bytes.length > most) {
                throw new IllegalArgumentException("it has " + bytes.length + " bytes" + (isText ? " of UTF-8" : "")
                        + ", and there is room for " + most
                        + ": shorten it, or give every process an interface with a larger @MaxBytes or none");
            }
            words[at] = value == null ? 0 : bytes.length + 1L;
            ByteBuffer padded =
                    ByteBuffer.wrap(Arrays.copyOf(bytes, (words() - 1) * 8)).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 1; i < words(); i++) {
                words[at + i] = padded.getLong();
            }
        }

        @Override
        @Nullable
        Object decode(long[] words, int at) {
            long length = words[at] - 1;
            if (length < -1 || length > most) {
                throw new CodecException("it cannot have " + length + " bytes");
            }
            if (length < 0) {
                return null;
            }
            ByteBuffer bytes = ByteBuffer.allocate((words() - 1) * 8).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 1; i < words(); i++) {
                bytes.putLong(words[at + i]);
            }
            byte[] value = Arrays.copyOf(bytes.array(), (int) length);
            return isText ? text(value) : value;
        }
    }
}
