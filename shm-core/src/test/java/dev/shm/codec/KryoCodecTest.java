package dev.shm.codec;

import static dev.shm.codec.Buffers.decoded;
import static dev.shm.codec.Buffers.encoded;
import static dev.shm.codec.Buffers.roundTrip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.codec.Trade.Company;
import dev.shm.codec.Trade.Fee;
import dev.shm.codec.Trade.Leg;
import dev.shm.codec.Trade.Person;
import dev.shm.codec.Trade.Side;
import dev.shm.error.CodecException;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Currency;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.Vector;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@SuppressWarnings({
    "JavaUtilDate",
    "JdkObsolete",
    "ArrayRecordComponent",
    "NullOptional",
    "UnusedVariable",
    "ClassCanBeStatic"
})
class KryoCodecTest {

    private final KryoCodec<Object> anything = Codecs.kryo(Object.class);

    @Test
    void aRecordComesBackWithNothingRegisteredByHand() {
        KryoCodec<Trade> codec = Codecs.kryo(Trade.class);
        Trade sample = Trade.sample();
        Trade read = roundTrip(codec, sample);
        assertThat(read).usingRecursiveComparison().isEqualTo(sample);
        assertThat(read.pair().first().steps()).isEqualTo(10);
        assertThat(read.legs()).isUnmodifiable();
        assertThat(codec.size(sample)).isEqualTo(Codec.UNKNOWN_SIZE);
    }

    @Test
    void componentsMayBeNull() {
        KryoCodec<Trade> codec = Codecs.kryo(Trade.class);
        Trade empty = new Trade(null, null, 0, null, null, null, null, null, null, null, null);
        assertThat(roundTrip(codec, empty)).isEqualTo(empty);
    }

    @ParameterizedTest
    @MethodSource("builtIn")
    void whatTheJdkBringsIsKnown(Object value) {
        Object read = roundTrip(anything, value);
        assertThat(read).isInstanceOf(kindOf(value));
        assertThat(read).usingRecursiveComparison().isEqualTo(value);
    }

    private static Class<?> kindOf(Object value) {
        return Stream.of(List.class, Set.class, Map.class, Collection.class)
                .<Class<?>>map(kind -> kind)
                .filter(kind -> kind.isInstance(value))
                .findFirst()
                .orElse(value.getClass());
    }

    static Stream<Arguments> builtIn() {
        return Stream.<Object>of(
                        "text",
                        "",
                        'c',
                        (byte) 1,
                        (short) -2,
                        3,
                        -4L,
                        5.5f,
                        -6.5,
                        true,
                        new UUID(-1, 1),
                        new BigInteger("123456789012345678901234567890"),
                        BigInteger.ZERO,
                        new BigDecimal("-12345678901234567890.12345678901"),
                        new BigDecimal("1E+2000"),
                        BigDecimal.ONE,
                        Instant.MIN,
                        Instant.MAX,
                        Duration.ofNanos(-1),
                        LocalDate.of(-44, 3, 15),
                        LocalTime.of(1, 2, 3, 4),
                        LocalDateTime.of(2026, 1, 2, 3, 4),
                        ZonedDateTime.of(2026, 1, 2, 3, 4, 5, 6, ZoneId.of("Europe/Berlin")),
                        ZonedDateTime.of(2026, 10, 25, 2, 30, 0, 0, ZoneId.of("Europe/Berlin"))
                                .withLaterOffsetAtOverlap(),
                        OffsetDateTime.of(2026, 1, 2, 3, 4, 5, 6, ZoneOffset.ofHours(-3)),
                        OffsetTime.of(3, 4, 5, 6, ZoneOffset.ofTotalSeconds(1)),
                        ZoneOffset.UTC,
                        ZoneId.of("America/New_York"),
                        Year.of(2026),
                        YearMonth.of(2026, 2),
                        MonthDay.of(2, 29),
                        Period.of(1, -2, 3),
                        URI.create("shm://host/path?query#fragment"),
                        Optional.empty(),
                        Optional.of("x"),
                        OptionalInt.of(1),
                        OptionalLong.empty(),
                        OptionalDouble.of(1.5),
                        new Date(-1),
                        Locale.forLanguageTag("zh-Hant-TW"),
                        Currency.getInstance("EUR"),
                        BitSet.valueOf(new long[] {5, -1}),
                        DayOfWeek.SUNDAY,
                        Month.MAY,
                        TimeUnit.DAYS,
                        new byte[] {1, -1},
                        new short[] {1, -1},
                        new char[] {'a', '\uFFFF'},
                        new int[] {1, -1},
                        new long[] {1, Long.MIN_VALUE},
                        new float[] {1.5f},
                        new double[] {1.5, Double.MAX_VALUE},
                        new boolean[] {true, false},
                        new String[] {"a", null, ""},
                        new Object[] {1, null, List.of()},
                        new int[0],
                        new Object[0],
                        new ArrayList<>(Arrays.asList(1, null, "x")),
                        new LinkedList<>(List.of(1)),
                        new CopyOnWriteArrayList<>(List.of(1, 2)),
                        new HashSet<>(Arrays.asList(1, null)),
                        new LinkedHashSet<>(List.of(3, 1, 2)),
                        new TreeSet<>(List.of("b", "a")),
                        new HashMap<>(Map.of("a", 1)),
                        new LinkedHashMap<>(Map.of("a", List.of())),
                        new TreeMap<>(Map.of(2, "b", 1, "a")),
                        new ConcurrentHashMap<>(Map.of(1, 2)),
                        EnumSet.of(DayOfWeek.MONDAY, DayOfWeek.FRIDAY),
                        EnumSet.noneOf(Month.class),
                        Arrays.asList(1, null),
                        Arrays.asList("a", "b"),
                        List.of(),
                        List.of(1),
                        List.of(1, 2, 3),
                        List.of(1, 2, 3).subList(1, 3),
                        new ArrayList<>(List.of(1, 2, 3)).subList(1, 3),
                        Stream.of(1, null, 2).toList(),
                        Set.of(),
                        Set.of(1),
                        Set.of(1, 2, 3),
                        Map.of(),
                        Map.of(1, 2),
                        Map.of(1, 2, 3, 4),
                        Collections.emptyList(),
                        Collections.emptySet(),
                        Collections.emptyMap(),
                        Collections.singletonList(null),
                        Collections.singleton(1),
                        Collections.singletonMap("k", null),
                        Collections.unmodifiableList(new ArrayList<>(List.of(1))),
                        Collections.unmodifiableList(new LinkedList<>(List.of(1))),
                        Collections.unmodifiableSet(new HashSet<>(List.of(1))),
                        Collections.unmodifiableMap(new HashMap<>(Map.of(1, 2))),
                        new ArrayList<>(Collections.nCopies(1000, null)))
                .map(value -> Arguments.of(value));
    }

    @Test
    void queuesAndComparatorsAreKnown() {
        assertThat(new ArrayList<>((ArrayDeque<?>) roundTrip(anything, new ArrayDeque<>(List.of(1, 2)))))
                .isEqualTo(List.of(1, 2));
        var heap = new PriorityQueue<Integer>(Comparator.reverseOrder());
        heap.addAll(List.of(1, 3, 2));
        assertThat(((PriorityQueue<?>) roundTrip(anything, heap)).peek()).isEqualTo(3);
        var names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        names.addAll(List.of("b", "A"));
        assertThat(((TreeSet<?>) roundTrip(anything, names)).first()).isEqualTo("A");
        assertThat((Collection<?>) roundTrip(anything, Collections.unmodifiableCollection(List.of(1))))
                .hasSize(1);
    }

    @Test
    void otherCollectionsOfTheJdkCanBeRegistered() {
        KryoCodec<Object> codec = Codecs.kryo(Object.class, Vector.class, ConcurrentSkipListSet.class);
        assertThat(roundTrip(codec, new Vector<>(List.of(1)))).isEqualTo(new Vector<>(List.of(1)));
        assertThat(roundTrip(codec, new ConcurrentSkipListSet<>(List.of(1)))).isInstanceOf(ConcurrentSkipListSet.class);
    }

    static class Animal {
        protected String name = "";
        private int legs;

        private Animal() {}
    }

    static class Dog extends Animal {
        private transient Thread owner = Thread.currentThread();
        private final List<Dog> puppies = new ArrayList<>();
        private boolean barks;
        private byte b;
        private short s;
        private char c;
        private float f;
        private double d;
        private @Nullable Animal friend;
    }

    @Test
    void classesComeBackWithTheFieldsOfTheirParents() {
        KryoCodec<Dog> codec = Codecs.kryo(Dog.class);
        Dog dog = new Dog();
        dog.name = "Rex";
        ((Animal) dog).legs = 4;
        dog.barks = true;
        dog.b = 1;
        dog.s = 2;
        dog.c = 'x';
        dog.f = 1.5f;
        dog.d = -1.5;
        dog.friend = new Animal();
        dog.puppies.add(new Dog());
        Dog read = roundTrip(codec, dog);
        assertThat(read).usingRecursiveComparison().isEqualTo(dog);
        assertThat(read.owner).isNotNull();
    }

    @Test
    void aClassWithoutAConstructorForOthersIsMadeWithout() {
        Fee fee = new Fee(BigDecimal.TEN);
        assertThat(roundTrip(Codecs.kryo(Fee.class), fee)).isEqualTo(fee);
    }

    @Test
    void arraysOfAnyDepthAreKnownFromTheirDeclaration() {
        record Grid(long[][] cells, Leg[][] legs, List<String>[] lists, Object[][] any) {}
        @SuppressWarnings({"unchecked", "rawtypes"})
        List<String>[] lists = new List[] {List.of("a"), null};
        Grid grid = new Grid(
                new long[][] {{1}, null, {}}, new Leg[][] {{null, new Leg("a", 1, 1)}}, lists, new Object[][] {{1}});
        assertThat(roundTrip(Codecs.kryo(Grid.class), grid))
                .usingRecursiveComparison()
                .isEqualTo(grid);
    }

    @Test
    void anEmptyRecordIsAMessageToo() {
        record Ping() {}
        assertThat(roundTrip(Codecs.kryo(Ping.class), new Ping())).isEqualTo(new Ping());
        List<Object> pings = new ArrayList<>(Collections.nCopies(100, new Ping()));
        assertThat(roundTrip(Codecs.kryo(Object.class, Ping.class), pings)).isEqualTo(pings);
    }

    @Test
    void aMissingClassIsNamedWithTheLineToWrite() {
        KryoCodec<Object> codec = Codecs.kryo(Object.class, Side.class);
        assertThatThrownBy(() -> encoded(codec, List.of(new Person("a", "b"))))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("dev.shm.codec.Trade$Person is not registered")
                .hasMessageContaining("Codecs.kryo(Object.class, Trade.Side.class, Trade.Person.class)");
    }

    @Test
    void theWayToAMissingClassIsInTheMessage() {
        Trade trade = Trade.sample();
        Trade wrong =
                new Trade(null, null, 0, null, null, null, null, null, null, null, new Object[] {new AtomicLong()});
        KryoCodec<Trade> codec = Codecs.kryo(Trade.class);
        assertThatThrownBy(() -> encoded(codec, wrong))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("java.util.concurrent.atomic.AtomicLong is not registered")
                .hasMessageContaining("anything of dev.shm.codec.Trade");
        assertThat(roundTrip(codec, trade)).usingRecursiveComparison().isEqualTo(trade);
    }

    interface Greeter {
        String greet();
    }

    class Inner {
        int value;
    }

    static class Named extends ArrayList<String> {
        private static final long serialVersionUID = 1L;
        String name = "";
    }

    private static final class Connection implements AutoCloseable {
        int number;

        @Override
        public void close() {
            number = -1;
        }
    }

    private record Closeable(int number) implements AutoCloseable {
        @Override
        public void close() {}
    }

    @Test
    void whatIsOpenInOneProcessIsNotSent() throws Exception {
        assertThatThrownBy(() -> Codecs.kryo(Object.class, Connection.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Connection")
                .hasMessageContaining("send its name");
        assertThatThrownBy(() -> encoded(anything, new Connection()))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("send its name")
                .hasMessageNotContaining("write Codecs.kryo");
        Codec<Closeable> codec = Codecs.kryo(Closeable.class);
        assertThat(roundTrip(codec, new Closeable(7)))
                .as("a record is its components")
                .isEqualTo(new Closeable(7));
    }

    @Test
    void whatCannotBeRegisteredSaysWhy() {
        assertThatThrownBy(() -> Codecs.kryo(Object.class, Greeter.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Greeter")
                .hasMessageContaining("register the classes that implement it");
        assertThatThrownBy(() -> Codecs.kryo(Object.class, Inner.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("static");
        assertThatThrownBy(() -> Codecs.kryo(Object.class, Named.class)).hasMessageContaining("fields of its own");
        assertThatThrownBy(() -> Codecs.kryo(Object.class, AtomicLong.class))
                .hasMessageContaining("belongs to the JDK");
        assertThatThrownBy(() -> Codecs.kryo(Object.class, EnumMap.class)).hasMessageContaining("constructor");
        assertThatThrownBy(() -> Codecs.kryo(int.class)).hasMessageContaining("box");
        Greeter lambda = () -> "hi";
        assertThatThrownBy(() -> Codecs.kryo(Object.class, lambda.getClass())).hasMessageContaining("no name");
    }

    @Test
    void lambdasAndProxiesAreNotWritten() {
        Greeter lambda = () -> "hi";
        Object proxy = Proxy.newProxyInstance(
                Greeter.class.getClassLoader(), new Class<?>[] {Greeter.class}, (self, method, arguments) -> "hi");
        assertThatThrownBy(() -> encoded(anything, lambda)).isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> encoded(anything, proxy))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("Proxy");
    }

    @Test
    void anInterfaceOrObjectMayBeTheRoot() {
        assertThat(roundTrip(Codecs.kryo(Trade.Party.class), new Company("a", 1)))
                .isEqualTo(new Company("a", 1));
        assertThat(roundTrip(Codecs.kryo(Trade.Party.class), new Person("a", "b")))
                .isEqualTo(new Person("a", "b"));
        assertThat(roundTrip(Codecs.kryo(Side.class), Side.BUY)).isEqualTo(Side.BUY);
        assertThat(roundTrip(Codecs.kryo(Trade.Strategy.class), Trade.Strategy.HASTY))
                .isEqualTo(Trade.Strategy.HASTY);
        assertThat(roundTrip(Codecs.kryo(int[][].class), new int[][] {{1}})).isEqualTo(new int[][] {{1}});
        assertThat(roundTrip(Codecs.kryo(Integer.class), 5)).isEqualTo(5);
    }

    @Test
    @SuppressWarnings("unchecked")
    void aValueOfAnotherTypeIsRefusedOnBothSides() {
        Codec<Object> raw = (Codec<Object>) (Codec<?>) Codecs.kryo(Leg.class);
        assertThatThrownBy(() -> raw.encode("text", Buffers.window(10)))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("java.lang.String");
        byte[] text = encoded(anything, "text");
        assertThatThrownBy(() -> decoded(raw, text))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("instead of a dev.shm.codec.Trade$Leg");
        assertThatThrownBy(() -> raw.encode(null, Buffers.window(10))).isInstanceOf(NullPointerException.class);
    }

    @Test
    void theOrderOfRegistrationDoesNotChangeTheBytes() {
        KryoCodec<Object> one = Codecs.kryo(Object.class, Leg.class, Side.class, Company.class);
        KryoCodec<Object> other = Codecs.kryo(Object.class, Company.class, Side.class, Leg.class);
        List<Object> value = List.of(new Leg("a", 1, 1), Side.BUY, new Company("b", 2));
        assertThat(encoded(one, value)).isEqualTo(encoded(other, value));
        assertThat(decoded(other, encoded(one, value))).isEqualTo(value);
    }

    @Test
    void theNameTellsTheRootTheFormatAndTheReferences() {
        assertThat(Codecs.kryo(Object.class).name())
                .isEqualTo("kryo:java.lang.Object:2")
                .isEqualTo(Codecs.kryo(Object.class, Leg.class, Side.class).name());
        assertThat(Codecs.kryo(Leg.class).name()).isEqualTo("kryo:dev.shm.codec.Trade$Leg:2");
        assertThat(KryoCodec.of(Object.class).references().build().name())
                .isEqualTo("kryo:java.lang.Object:2+references");
    }

    @Test
    void theShapeOfAClassIsItsFields() {
        assertThat(new StructSerializer(Leg.class, type -> true).describe())
                .isEqualTo("record name:STRING:java.lang.String quantity:INT:int weight:DOUBLE:double");
    }

    @Test
    void theFormatStaysReadable() {
        assertThat(encoded(anything, List.of(1, "ab", new UUID(1, 2), Instant.ofEpochSecond(1, 2))))
                .isEqualTo(new byte[] {
                    66,
                    4,
                    2,
                    2,
                    3,
                    'a',
                    (byte) ('b' | 0x80),
                    12,
                    1,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    2,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    15,
                    1,
                    2
                });
        assertThat(encoded(Codecs.kryo(Leg.class), new Leg("ab", 1, 0))).isEqualTo(new byte[] {
            98,
            0x68,
            (byte) 0xd6,
            0x68,
            0x1d,
            0x1b,
            (byte) 0xc0,
            0x55,
            (byte) 0xf2,
            'a',
            (byte) ('b' | 0x80),
            2,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0
        });
        assertThat(encoded(Codecs.kryo(Side.class), Side.BUY)).isEqualTo(new byte[] {
            98, 0x45, 0x4d, 0x63, (byte) 0xe6, 0x2b, 0x2b, (byte) 0x87, 0x27, 1, 3, 'B', 'U', 'Y'
        });
        assertThat(encoded(anything, EnumSet.of(Month.MAY))).isEqualTo(new byte[] {59, 39, 1, 5});
    }

    @Test
    void theIdsOfWhatIsBuiltInStay() {
        Map<Class<?>, Integer> ids = new HashMap<>();
        BuiltInTypes.list().forEach(entry -> ids.put(entry.type(), entry.id()));
        assertThat(ids).hasSameSizeAs(BuiltInTypes.list()).doesNotContainKey(Object.class);
        assertThat(Stream.of(
                                UUID.class,
                                ZonedDateTime.class,
                                BitSet.class,
                                byte[].class,
                                Object[].class,
                                ArrayList.class,
                                ConcurrentHashMap.class,
                                List.of().getClass(),
                                Map.of().getClass(),
                                String.CASE_INSENSITIVE_ORDER.getClass())
                        .map(ids::get))
                .containsExactly(10, 18, 35, 39, 48, 49, 61, 64, 70, 84);
        assertThat(ids.values()).allMatch(id -> id < BuiltInTypes.FIRST_USER_ID);
    }

    @Test
    void tooLittleRoomIsAnOverflowAndARetrySucceeds() {
        KryoCodec<Trade> codec = Codecs.kryo(Trade.class);
        Trade trade = Trade.sample();
        int size = encoded(codec, trade).length;
        for (int room = 0; room < size; room++) {
            ByteBuffer target = Buffers.window(room);
            int start = target.position();
            assertThatThrownBy(() -> codec.encode(trade, target)).isInstanceOf(BufferOverflowException.class);
            assertThat(target.position()).isEqualTo(start);
            assertThat(target.remaining()).isEqualTo(room);
            assertThat(Buffers.fencesStand(target, room)).isTrue();
        }
        ByteBuffer target = Buffers.window(size);
        codec.encode(trade, target);
        assertThat(target.hasRemaining()).isFalse();
        assertThat(Buffers.fencesStand(target, size)).isTrue();
    }

    @Test
    void aBufferWithoutAnyRoomIsAnOverflow() {
        assertThatThrownBy(() -> anything.encode(new byte[100], ByteBuffer.allocate(0)))
                .isInstanceOf(BufferOverflowException.class);
        assertThatThrownBy(() -> anything.decode(ByteBuffer.allocate(0)))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("empty");
    }

    static class Node {
        @Nullable
        Node next;

        List<Object> others = new ArrayList<>();
    }

    @Test
    void aCycleNeedsReferences() {
        Node node = new Node();
        node.next = new Node();
        node.next.next = node;
        node.others.add(node.others);
        node.others.add(node.next);
        assertThatThrownBy(() -> Codecs.kryo(Node.class).encode(node, Buffers.window(100_000)))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("references()");
        Node read = roundTrip(KryoCodec.of(Node.class).references().build(), node);
        assertThat(read.next.next).isSameAs(read);
        assertThat(read.others.get(0)).isSameAs(read.others);
        assertThat(read.others.get(1)).isSameAs(read.next);
    }

    @Test
    void aCycleThroughARecordIsRefusedWhenItIsRead() {
        record Box(List<Object> content) {}
        KryoCodec<Box> codec = KryoCodec.of(Box.class).references().build();
        Box box = new Box(new ArrayList<>());
        box.content().add(box);
        byte[] bytes = encoded(codec, box);
        assertThatThrownBy(() -> decoded(codec, bytes))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("contains itself");
    }

    @Test
    void whatIsNestedTooDeeplyIsRefusedWhenItIsWritten() {
        Object nested = List.of();
        for (int i = 0; i < 300; i++) {
            nested = List.of(nested);
        }
        Object value = nested;
        assertThatThrownBy(() -> encoded(anything, value))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("256");
    }

    @Test
    void aConstructorThatRefusesIsDamage() {
        record Positive(int value) {
            Positive {
                if (value < 0) {
                    throw new IllegalArgumentException("not positive");
                }
            }
        }
        KryoCodec<Positive> codec = Codecs.kryo(Positive.class);
        byte[] bytes = encoded(codec, new Positive(1));
        bytes[bytes.length - 1] = 1;
        assertThatThrownBy(() -> decoded(codec, bytes))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("not positive");
    }

    @Test
    void aCodecWorksOnAfterFailures() {
        KryoCodec<Trade> codec = KryoCodec.of(Trade.class).references().build();
        Trade trade = Trade.sample();
        byte[] bytes = encoded(codec, trade);
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> decoded(codec, cut)).isInstanceOf(CodecException.class);
            assertThat(encoded(codec, trade)).isEqualTo(bytes);
        }
        assertThat(decoded(codec, bytes)).usingRecursiveComparison().isEqualTo(trade);
    }

    @Test
    void bytesBehindTheValueAreDamage() {
        byte[] bytes = encoded(anything, 5);
        assertThatThrownBy(() -> decoded(anything, Arrays.copyOf(bytes, bytes.length + 3)))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("3 bytes are left");
    }

    @Test
    void manyThreadsShareACodec() throws Exception {
        KryoCodec<Trade> codec = Codecs.kryo(Trade.class);
        Trade trade = Trade.sample();
        byte[] bytes = encoded(codec, trade);
        int threads = 16;
        CountDownLatch ready = new CountDownLatch(threads);
        ExecutorService executor = threads();
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int seed = i;
                all.add(executor.submit(() -> {
                    ready.countDown();
                    ready.await();
                    for (int round = 0; round < 500; round++) {
                        if ((round + seed) % 7 == 0) {
                            assertThatThrownBy(() -> decoded(codec, Arrays.copyOf(bytes, seed)))
                                    .isInstanceOf(CodecException.class);
                        }
                        assertThat(encoded(codec, trade)).hasSameSizeAs(bytes);
                        assertThat(decoded(codec, bytes).legs()).isEqualTo(trade.legs());
                        assertThat(roundTrip(Codecs.string(), "thread " + seed)).isEqualTo("thread " + seed);
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            executor.shutdownNow();
        }
    }

    /** Virtual ones where the JDK has them. */
    private static ExecutorService threads() throws ReflectiveOperationException {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException e) {
            return Executors.newCachedThreadPool();
        }
    }

    @Test
    void aMapThatChangesMeanwhileIsNotWrittenByHalves() {
        Map<Object, Object> shifting = new HashMap<>(Map.of(1, 2)) {
            @Override
            public int size() {
                return 2;
            }
        };
        var serializer = new GroupSerializers.FilledMap(comparator -> new HashMap<>(), false);
        var kryo = new KryoSchema(Object.class, List.of(), false).newKryo();
        assertThatThrownBy(() -> serializer.write(kryo, output(), shifting))
                .hasMessageContaining("changed while it was written");
    }

    private static BufferOutput output() {
        BufferOutput output = new BufferOutput();
        output.attach(Buffers.window(100));
        return output;
    }
}
