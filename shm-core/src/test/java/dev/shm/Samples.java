package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.value.MaxBytes;
import dev.shm.value.SharedBean;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.math.BigInteger;
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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** A value of each type that needs no codec, and what the script in Python that reads it prints. */
final class Samples {

    enum Colour {
        RED,
        GREEN
    }

    record Pair(int count, String name) {}

    interface Part {
        String getCity();

        void setCity(String city);
    }

    interface Texts {
        String getFirst();

        void setFirst(String first);

        String getSecond();

        void setSecond(String second);
    }

    /** A field of each type that a bean can have. */
    interface Every {
        boolean isBoolean();

        void setBoolean(boolean value);

        byte getByte();

        void setByte(byte value);

        short getShort();

        void setShort(short value);

        char getChar();

        void setChar(char value);

        int getInt();

        void setInt(int value);

        long getLong();

        void setLong(long value);

        long incrementAndGetLong();

        float getFloat();

        void setFloat(float value);

        double getDouble();

        void setDouble(double value);

        Colour getColour();

        void setColour(Colour value);

        Boolean getBooleanBox();

        void setBooleanBox(Boolean value);

        Byte getByteBox();

        void setByteBox(Byte value);

        Short getShortBox();

        void setShortBox(Short value);

        Character getCharBox();

        void setCharBox(Character value);

        Integer getIntBox();

        void setIntBox(Integer value);

        Long getLongBox();

        void setLongBox(Long value);

        Float getFloatBox();

        void setFloatBox(Float value);

        Double getDoubleBox();

        void setDoubleBox(Double value);

        LocalDate getLocalDate();

        void setLocalDate(LocalDate value);

        LocalTime getLocalTime();

        void setLocalTime(LocalTime value);

        Year getYear();

        void setYear(Year value);

        YearMonth getYearMonth();

        void setYearMonth(YearMonth value);

        MonthDay getMonthDay();

        void setMonthDay(MonthDay value);

        ZoneOffset getZoneOffset();

        void setZoneOffset(ZoneOffset value);

        Instant getInstant();

        void setInstant(Instant value);

        Duration getDuration();

        void setDuration(Duration value);

        Period getPeriod();

        void setPeriod(Period value);

        LocalDateTime getLocalDateTime();

        void setLocalDateTime(LocalDateTime value);

        OffsetTime getOffsetTime();

        void setOffsetTime(OffsetTime value);

        OffsetDateTime getOffsetDateTime();

        void setOffsetDateTime(OffsetDateTime value);

        UUID getUuid();

        void setUuid(UUID value);

        @MaxBytes(11)
        String getSmallString();

        void setSmallString(String value);

        @MaxBytes(5)
        byte[] getSmallBytes();

        void setSmallBytes(byte[] value);

        String getString();

        void setString(String value);

        byte[] getBytes();

        void setBytes(byte[] value);

        BigInteger getBigInteger();

        void setBigInteger(BigInteger value);

        BigDecimal getBigDecimal();

        void setBigDecimal(BigDecimal value);

        ZoneId getZoneId();

        void setZoneId(ZoneId value);

        ZonedDateTime getZonedDateTime();

        void setZonedDateTime(ZonedDateTime value);

        Part getPart();
    }

    private static final LocalDate DATE = LocalDate.of(1969, 7, 20);
    private static final LocalTime TIME = LocalTime.of(20, 17, 40, 5);
    private static final ZoneOffset WEST = ZoneOffset.ofHours(-5);
    private static final UUID IDENTIFIER = UUID.fromString("01234567-89ab-cdef-fedc-ba9876543210");

    private Samples() {}

    /** Values, and what is printed of each of them as an element of a collection. */
    static Map<Object, String> elements() {
        Map<Object, String> values = new LinkedHashMap<>();
        values.put("größer", "größer");
        values.put(new byte[] {1, -1}, "01ff");
        values.put(-5_000_000_000L, "-5000000000");
        values.put(-7, "-7");
        values.put((short) -300, "-300");
        values.put((byte) -3, "-3");
        values.put('ß', "ß");
        values.put(true, "True");
        values.put(0.25f, "0.25");
        values.put(-1e300, "-1e+300");
        values.put(IDENTIFIER, IDENTIFIER.toString());
        values.put(BigInteger.TEN.pow(20).negate(), "-100000000000000000000");
        values.put(new BigDecimal("-12345678901234567890.125"), "-12345678901234567890.125");
        values.put(Instant.ofEpochSecond(-1, 5), "-1+5ns");
        values.put(DATE, "1969-07-20");
        values.put(TIME, "20:17:40.000000005");
        values.put(LocalDateTime.of(DATE, TIME), "1969-07-20T20:17:40.000000005");
        values.put(OffsetDateTime.of(DATE, TIME, WEST), "1969-07-20T20:17:40.000000005-18000s");
        values.put(OffsetTime.of(TIME, WEST), "20:17:40.000000005-18000s");
        values.put(
                ZonedDateTime.of(DATE, TIME, ZoneId.of("Europe/Paris")),
                "1969-07-20T20:17:40.000000005+3600sEurope/Paris");
        values.put(Duration.ofSeconds(-2, 7), "-2+7ns");
        values.put(Period.of(1, -2, 3), "1y-2m3d");
        values.put(Year.of(-44), "-44");
        values.put(YearMonth.of(2024, 2), "2024-02");
        values.put(MonthDay.of(2, 29), "--02-29");
        values.put(ZoneId.of("Europe/Paris"), "Europe/Paris");
        values.put(WEST, "-18000");
        values.put(DayOfWeek.SUNDAY, "7");
        values.put(Month.MARCH, "3");
        return values;
    }

    /** Sets every field, and tells what is printed of each. */
    static Map<String, String> fill(SharedBean<Every> bean) throws ReflectiveOperationException {
        Map<String, Object> values = new LinkedHashMap<>();
        Map<String, String> printed = new LinkedHashMap<>();
        elements().forEach((value, text) -> {
            String type = value instanceof ZoneId && !(value instanceof ZoneOffset)
                    ? "zoneId"
                    : value.getClass().getSimpleName();
            for (String field : fields(type)) {
                values.put(field, value);
                printed.put(field, text);
            }
        });
        values.put("colour", Colour.GREEN);
        printed.put("colour", "GREEN");
        for (Method method : Every.class.getMethods()) {
            if (method.getName().startsWith("set")) {
                String field = decapitalized(method.getName().substring(3));
                assertThat(values).as("the values").containsKey(field);
                method.invoke(bean.get(), values.get(field));
            }
        }
        bean.get().getPart().setCity("Zürich");
        printed.put("part.city", "Zürich");
        return printed;
    }

    /** The fields for a value of a class. */
    private static List<String> fields(String type) {
        return switch (type) {
            case "String" -> List.of("string", "smallString");
            case "byte[]" -> List.of("bytes", "smallBytes");
            case "Integer" -> List.of("int", "intBox");
            case "Character" -> List.of("char", "charBox");
            case "Boolean", "Byte", "Short", "Long", "Float", "Double" ->
                List.of(decapitalized(type), decapitalized(type) + "Box");
            case "DayOfWeek", "Month" -> List.of();
            case "UUID" -> List.of("uuid");
            default -> List.of(decapitalized(type));
        };
    }

    private static String decapitalized(String name) {
        return name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
    }

    /** The types that collections know. A new one has no sample until somebody has written it down, on the page too. */
    static List<Class<?>> elementTypes() throws ReflectiveOperationException {
        Method all = Class.forName("dev.shm.collection.NativeElements").getDeclaredMethod("all");
        all.setAccessible(true);
        Method type = Class.forName("dev.shm.collection.Element").getDeclaredMethod("type");
        type.setAccessible(true);
        List<Class<?>> types = new ArrayList<>();
        for (Object element : (List<?>) all.invoke(null)) {
            types.add((Class<?>) type.invoke(element));
        }
        assertThat(types).hasSizeGreaterThan(25);
        return types;
    }

    /** The types that beans know, as {@link #elementTypes}. */
    static Set<Class<?>> fieldTypes() throws ReflectiveOperationException {
        Field fixed = Class.forName("dev.shm.value.FieldType").getDeclaredField("FIXED");
        fixed.setAccessible(true);
        Set<Class<?>> types = new HashSet<>();
        for (Object type : ((Map<?, ?>) fixed.get(null)).keySet()) {
            types.add((Class<?>) type);
        }
        assertThat(types).hasSizeGreaterThan(25);
        return types;
    }
}
