package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedType;
import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.codec.NdArray;
import dev.shm.value.SharedReference;
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
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One kind of what a collection may have in it, with values from one end of what it can be to the other: those that just fit into a cell of a list
 * (14 bytes) or an entry of a map (16 bytes), those that just do not, and large ones.
 *
 * @param codec null if the class says it all
 * @param values no two of them equal
 */
record Kind<E>(String name, Class<E> type, @Nullable Codec<E> codec, List<E> values) {

    /** Guava's suites want so many different elements, and take the first ones: larger ones come behind, since they are compared very often. */
    static final int SAMPLES = 5;

    /**
     * Of each way to be coded and to be compared one: these go through Guava's suites in every build, all others with {@code
     * -Dshm.test.kinds=all}. What is special about each is in {@link EveryKindTest} and {@link EveryKindIT}.
     */
    private static final Set<String> IN_EVERY_BUILD = Set.of(
            "Long", "Double", "BigDecimal", "String", "enum", "ZonedDateTime", "Point", "any", "arrays with shape");

    private static final int[] LENGTHS = {0, 1, 13, 14, 15, 16, 17, 100_000};

    enum Colour {
        RED,
        GREEN {
            @Override
            public String toString() {
                return "a constant of a class of its own";
            }
        },
        FOURTEEN_CHARS,
        FIFTEEN_LETTERS,
        SIXTEEN_LETTERS_,
        SEVENTEEN_LETTERS
    }

    record Point(int x, @Nullable String name) {}

    record Route(String name, Point from, @Nullable Route detour) {}

    @SafeVarargs
    private static <E> Kind<E> of(Class<E> type, E... values) {
        return new Kind<>(type.getSimpleName(), type, null, List.of(values));
    }

    ListType<E> list() {
        return codec == null ? SharedList.of(type) : SharedList.of(codec);
    }

    SetType<E> set() {
        return codec == null ? SharedSet.of(type) : SharedSet.of(codec);
    }

    DequeType<E> deque() {
        return codec == null ? SharedDeque.of(type) : SharedDeque.of(codec);
    }

    MapType<E, Integer> keys() {
        return codec == null ? SharedMap.of(type, Integer.class) : SharedMap.of(codec, Codecs.ints());
    }

    MapType<Integer, E> mapValues() {
        return codec == null ? SharedMap.of(Integer.class, type) : SharedMap.of(Integer.class, codec);
    }

    MapType<E, E> map() {
        return codec == null ? SharedMap.of(type, type) : SharedMap.of(codec, codec);
    }

    FrozenMapType<E, E> frozenMap() {
        return codec == null ? FrozenMap.of(type, type) : FrozenMap.of(codec, codec);
    }

    FrozenSetType<E> frozenSet() {
        return codec == null ? FrozenSet.of(type) : FrozenSet.of(codec);
    }

    SharedType<SharedReference<E>> reference() {
        return codec == null ? SharedReference.of(type) : SharedReference.of(codec);
    }

    /** Whether {@code equals} tells its values apart by what is in them, as those who ask what any collection promises expect. */
    boolean hasEquals() {
        return values.stream().noneMatch(value -> value.getClass().isArray());
    }

    @Override
    public String toString() {
        return name;
    }

    /**
     * Those that Guava's suites can be run with, or some of them: there are enough values, and {@code equals} compares their
     * content.
     */
    static Stream<Kind<?>> forSuites() {
        List<Kind<?>> fit = all().filter(
                        kind -> kind.hasEquals() && kind.values().size() >= SAMPLES)
                .toList();
        if ("all".equals(System.getProperty("shm.test.kinds"))) {
            return fit.stream();
        }
        List<Kind<?>> few = fit.stream()
                .filter(kind -> IN_EVERY_BUILD.contains(kind.name()))
                .toList();
        assertThat(few).hasSameSizeAs(IN_EVERY_BUILD);
        return few.stream();
    }

    static Stream<Kind<?>> all() {
        return Stream.of(primitives(), numbersAndTexts(), times(), compounds(), arrays())
                .flatMap(List::stream);
    }

    private static List<Kind<?>> primitives() {
        return List.of(
                of(Long.class, 0L, 1L, -1L, Long.MAX_VALUE, Long.MIN_VALUE),
                of(Integer.class, 0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE),
                of(Short.class, (short) 0, (short) 1, (short) -1, Short.MAX_VALUE, Short.MIN_VALUE),
                of(Byte.class, (byte) 0, (byte) 1, (byte) -1, Byte.MAX_VALUE, Byte.MIN_VALUE),
                of(Character.class, 'a', '\0', '\u00e4', Character.MAX_VALUE, Character.MIN_SURROGATE),
                of(Boolean.class, true, false),
                of(
                        Float.class,
                        0f,
                        -0f,
                        Float.NaN,
                        Float.MIN_VALUE,
                        -Float.MAX_VALUE,
                        Float.NEGATIVE_INFINITY,
                        Float.POSITIVE_INFINITY),
                of(
                        Double.class,
                        0.0,
                        -0.0,
                        Double.NaN,
                        Double.MIN_VALUE,
                        -Double.MAX_VALUE,
                        Double.NEGATIVE_INFINITY,
                        Double.POSITIVE_INFINITY));
    }

    private static List<Kind<?>> numbersAndTexts() {
        return List.of(
                of(
                        BigInteger.class,
                        BigInteger.ZERO,
                        BigInteger.ONE.negate(),
                        // As many bytes as fit, and one more.
                        BigInteger.TWO.pow(111).subtract(BigInteger.ONE),
                        BigInteger.TWO.pow(111),
                        BigInteger.TWO.pow(127).negate(),
                        BigInteger.TWO.pow(127),
                        BigInteger.TEN.pow(50_000)),
                of(
                        BigDecimal.class,
                        BigDecimal.ZERO,
                        new BigDecimal("0.00"),
                        new BigDecimal(BigInteger.TWO.pow(79).subtract(BigInteger.ONE), -1),
                        new BigDecimal(BigInteger.TWO.pow(79), 1),
                        new BigDecimal(BigInteger.TWO.pow(95).negate(), 1),
                        new BigDecimal(BigInteger.TWO.pow(95), 1),
                        new BigDecimal(BigInteger.ONE, Integer.MAX_VALUE),
                        new BigDecimal(BigInteger.TEN, Integer.MIN_VALUE),
                        new BigDecimal(BigInteger.TEN.pow(50_000), 7)),
                new Kind<>("String", String.class, null, texts()),
                of(
                        UUID.class,
                        new UUID(0, 0),
                        new UUID(1, -1),
                        new UUID(-1, 1),
                        new UUID(Long.MIN_VALUE, Long.MAX_VALUE),
                        new UUID(-1, -1)),
                new Kind<>("enum", Colour.class, null, List.of(Colour.values())));
    }

    private static List<String> texts() {
        return Stream.concat(
                        Arrays.stream(LENGTHS).mapToObj("x"::repeat),
                        Stream.of(
                                "\0",
                                "\0\0",
                                "\u00e4".repeat(7),
                                "\u00e4".repeat(8) + "!",
                                "\ud83d\ude00".repeat(4),
                                "\ud83d\ude00".repeat(20_000)))
                .toList();
    }

    private static List<Kind<?>> times() {
        ZoneId vienna = ZoneId.of("Europe/Vienna");
        // The hour that is there twice.
        LocalDateTime twice = LocalDateTime.of(2026, 10, 25, 2, 30, 0, 1);
        return List.of(
                of(
                        Instant.class,
                        Instant.EPOCH,
                        Instant.ofEpochSecond(-1, 999_999_999),
                        Instant.ofEpochSecond(1, 1),
                        Instant.MIN,
                        Instant.MAX),
                of(
                        LocalDate.class,
                        LocalDate.EPOCH,
                        LocalDate.of(2024, 2, 29),
                        LocalDate.of(-44, 3, 15),
                        LocalDate.MIN,
                        LocalDate.MAX),
                of(
                        LocalTime.class,
                        LocalTime.MIDNIGHT,
                        LocalTime.NOON,
                        LocalTime.of(1, 2, 3, 4),
                        LocalTime.of(23, 59),
                        LocalTime.MAX),
                of(
                        LocalDateTime.class,
                        LocalDateTime.of(2026, 1, 1, 0, 0),
                        twice,
                        LocalDateTime.of(-1, 1, 1, 1, 1),
                        LocalDateTime.MIN,
                        LocalDateTime.MAX),
                of(
                        OffsetDateTime.class,
                        OffsetDateTime.of(twice, ZoneOffset.UTC),
                        OffsetDateTime.of(twice, ZoneOffset.ofHours(1)),
                        OffsetDateTime.of(twice, ZoneOffset.ofHoursMinutesSeconds(-1, -2, -3)),
                        OffsetDateTime.MIN,
                        OffsetDateTime.MAX),
                of(
                        OffsetTime.class,
                        OffsetTime.of(LocalTime.NOON, ZoneOffset.UTC),
                        OffsetTime.of(LocalTime.NOON, ZoneOffset.ofHours(1)),
                        OffsetTime.of(LocalTime.MIDNIGHT, ZoneOffset.ofTotalSeconds(-1)),
                        OffsetTime.MIN,
                        OffsetTime.MAX),
                of(
                        ZonedDateTime.class,
                        twice.atZone(vienna),
                        twice.atZone(vienna).withLaterOffsetAtOverlap(),
                        twice.atZone(ZoneOffset.UTC),
                        twice.atZone(ZoneId.of("UTC")),
                        twice.atZone(ZoneId.of("UTC+01:00")),
                        twice.atZone(ZoneId.of("America/Argentina/ComodRivadavia")),
                        LocalDateTime.MIN.atZone(ZoneOffset.MAX),
                        LocalDateTime.MAX.atZone(ZoneOffset.MIN),
                        LocalDateTime.MIN.atZone(vienna),
                        LocalDateTime.MAX.atZone(vienna)),
                of(
                        Duration.class,
                        Duration.ZERO,
                        Duration.ofNanos(-1),
                        Duration.ofDays(1),
                        Duration.ofSeconds(Long.MIN_VALUE),
                        Duration.ofSeconds(Long.MAX_VALUE, 999_999_999)),
                of(
                        Period.class,
                        Period.ZERO,
                        Period.of(-1, 2, -3),
                        // Not the same.
                        Period.ofMonths(12),
                        Period.ofYears(1),
                        Period.of(Integer.MIN_VALUE, Integer.MAX_VALUE, Integer.MIN_VALUE)),
                of(
                        Year.class,
                        Year.of(0),
                        Year.of(2026),
                        Year.of(-44),
                        Year.of(Year.MIN_VALUE),
                        Year.of(Year.MAX_VALUE)),
                of(
                        YearMonth.class,
                        YearMonth.of(0, 1),
                        YearMonth.of(2026, 12),
                        YearMonth.of(-44, 3),
                        YearMonth.of(Year.MIN_VALUE, 1),
                        YearMonth.of(Year.MAX_VALUE, 12)),
                of(
                        MonthDay.class,
                        MonthDay.of(1, 1),
                        MonthDay.of(2, 29),
                        MonthDay.of(12, 31),
                        MonthDay.of(2, 28),
                        MonthDay.of(11, 30)),
                of(
                        ZoneId.class,
                        vienna,
                        ZoneId.of("UTC"),
                        ZoneOffset.UTC,
                        ZoneId.of("GMT+2"),
                        ZoneId.of("America/Argentina/ComodRivadavia"),
                        ZoneOffset.MAX),
                of(
                        ZoneOffset.class,
                        ZoneOffset.UTC,
                        ZoneOffset.ofHours(1),
                        ZoneOffset.ofTotalSeconds(-1),
                        ZoneOffset.MIN,
                        ZoneOffset.MAX),
                new Kind<>("DayOfWeek", DayOfWeek.class, null, List.of(DayOfWeek.values())),
                new Kind<>("Month", Month.class, null, List.of(Month.values())));
    }

    private static List<Kind<?>> compounds() {
        return List.of(
                of(
                        Point.class,
                        new Point(0, null),
                        new Point(1, ""),
                        new Point(-1, "a"),
                        new Point(Integer.MIN_VALUE, "a name with more than sixteen letters"),
                        new Point(Integer.MAX_VALUE, "b"),
                        new Point(2, "n".repeat(100_000))),
                new Kind<>(
                        "nested records",
                        Route.class,
                        Codecs.kryo(Route.class, Point.class),
                        List.of(
                                new Route("", new Point(0, null), null),
                                new Route("a", new Point(1, "one"), null),
                                new Route("b", new Point(1, "one"), new Route("c", new Point(2, ""), null)),
                                new Route("c", new Point(2, ""), null),
                                new Route("d", new Point(-1, "two"), null),
                                new Route("e", new Point(3, "n".repeat(100_000)), null))),
                new Kind<>("any", Object.class, null, any()),
                new Kind<>(
                        "any, with classes that are registered",
                        Object.class,
                        Codecs.kryo(Object.class, Point.class, Colour.class),
                        List.of(
                                new Point(1, "one"),
                                Colour.GREEN,
                                List.of(new Point(1, "one"), Colour.RED),
                                Map.of(Colour.RED, new Point(2, null)),
                                "a text of its own")),
                of(
                        List.class,
                        List.of(),
                        List.of(1, "two", 3L),
                        Arrays.asList("a", null),
                        List.of(List.of(List.of(Set.of(Map.of("a", new BigDecimal("1.0")))))),
                        List.of(1L),
                        IntStream.range(0, 20_000).boxed().toList()),
                of(
                        Set.class,
                        Set.of(),
                        new TreeSet<>(Set.of("a", "b", "c", "d", "e")),
                        Set.of(1L),
                        new LinkedHashSet<>(List.of(List.of(), Set.of())),
                        Set.of(1),
                        IntStream.range(0, 20_000).boxed().collect(Collectors.toSet())),
                of(
                        Map.class,
                        Map.of(),
                        new TreeMap<>(Map.of("a", 1, "b", 2, "c", List.of(3))),
                        Map.of(List.of(1), Set.of(2)),
                        new TreeMap<>(Map.of("z", Instant.EPOCH, "a", Month.MAY)),
                        Map.of("a", 1),
                        IntStream.range(0, 20_000).boxed().collect(Collectors.toMap(i -> i, i -> "v" + i))),
                new Kind<>(
                        "arrays with shape",
                        NdArray.class,
                        null,
                        Stream.of(
                                        NdArray.of(new int[0]),
                                        NdArray.of(new int[] {1, 2}),
                                        NdArray.of(new long[] {1, 2}),
                                        NdArray.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3),
                                        NdArray.of(new float[] {1, 2}),
                                        NdArray.of(new float[30_000]))
                                .map(array -> array.withTimestamp(Instant.EPOCH))
                                .toList()));
    }

    static List<Object> any() {
        List<Object> any = new ArrayList<>(List.of(
                "text",
                "a text that has a block of its own",
                1L,
                1,
                List.of(1, "two", Set.of(3)),
                (short) 1,
                (byte) 1,
                '1',
                1f,
                1d,
                true,
                BigInteger.ONE,
                BigDecimal.ONE));
        times().forEach(kind -> any.add(kind.values().get(1)));
        any.add(Map.of("a", List.of(1)));
        return any;
    }

    private static List<Kind<?>> arrays() {
        return List.of(
                new Kind<>(
                        "byte[]",
                        byte[].class,
                        null,
                        Arrays.stream(LENGTHS).mapToObj(Kind::bytes).toList()),
                of(boolean[].class, new boolean[0], new boolean[] {true, false}, new boolean[5_000]),
                of(char[].class, new char[0], "chars".toCharArray(), new char[5_000]),
                of(short[].class, new short[0], new short[] {Short.MIN_VALUE, 1}, new short[5_000]),
                of(int[].class, new int[0], new int[] {Integer.MIN_VALUE, 1}, new int[5_000]),
                of(long[].class, new long[0], new long[] {Long.MIN_VALUE, 1}, new long[5_000]),
                of(float[].class, new float[0], new float[] {Float.NaN, -0f}, new float[5_000]),
                of(double[].class, new double[0], new double[] {Double.NaN, -0.0}, new double[5_000]),
                of(String[].class, new String[0], new String[] {"a", null, "c"}, new String[5_000]),
                new Kind<>(
                        "any arrays",
                        Object.class,
                        null,
                        List.of(bytes(3), bytes(40), new int[] {1}, new long[] {1}, new double[] {1, 2})));
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i - 1);
        }
        return bytes;
    }
}
