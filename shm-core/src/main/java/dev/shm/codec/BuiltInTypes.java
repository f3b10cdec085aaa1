package dev.shm.codec;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import com.esotericsoftware.kryo.serializers.DefaultArraySerializers;
import com.esotericsoftware.kryo.serializers.DefaultSerializers;
import com.esotericsoftware.kryo.serializers.OptionalSerializers;
import com.esotericsoftware.kryo.serializers.TimeSerializers;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What every {@link KryoCodec} knows without being told: the JDK's value types and collections. Their ids are a part of the
 * format, so new ones go to the end of the list and none is ever taken out. Primitives, their boxes and strings have 0 to 8
 * from Kryo itself.
 *
 * <p>Classes inside the JDK are found by an example, and the reader makes what the same factory gives it, so two JDKs
 * understand each other even if their classes have other names.
 */
final class BuiltInTypes {

    /** The first id here. */
    static final int FIRST_ID = 10;
    /** The first id of the users' classes; the ids below take one byte in a message, and so do thirty of theirs. */
    static final int FIRST_USER_ID = 96;

    private static final List<Registered> ALL = all();

    private BuiltInTypes() {}

    /** A class with its place in the format. */
    record Registered(Class<?> type, Serializer<?> serializer, int id) {}

    static List<Registered> list() {
        return ALL;
    }

    /** People do send dates and linked lists. */
    @SuppressWarnings({"JavaUtilDate", "JdkObsolete"})
    private static List<Registered> all() {
        Listing listing = new Listing();
        listing.add(UUID.class, new DefaultSerializers.UUIDSerializer());
        listing.add(BigInteger.class, new DefaultSerializers.BigIntegerSerializer());
        listing.add(BigDecimal.class, value(BuiltInTypes::writeDecimal, BuiltInTypes::readDecimal));
        listing.add(Instant.class, new TimeSerializers.InstantSerializer());
        listing.add(Duration.class, new TimeSerializers.DurationSerializer());
        listing.add(LocalDate.class, new TimeSerializers.LocalDateSerializer());
        listing.add(LocalTime.class, new TimeSerializers.LocalTimeSerializer());
        listing.add(LocalDateTime.class, new TimeSerializers.LocalDateTimeSerializer());
        listing.add(ZonedDateTime.class, value(BuiltInTypes::writeZoned, BuiltInTypes::readZoned));
        listing.add(OffsetDateTime.class, new TimeSerializers.OffsetDateTimeSerializer());
        listing.add(OffsetTime.class, new TimeSerializers.OffsetTimeSerializer());
        listing.add(ZoneOffset.class, new TimeSerializers.ZoneOffsetSerializer());
        listing.add(ZoneId.of("Europe/Paris").getClass(), new TimeSerializers.ZoneIdSerializer());
        listing.add(Year.class, new TimeSerializers.YearSerializer());
        listing.add(YearMonth.class, new TimeSerializers.YearMonthSerializer());
        listing.add(MonthDay.class, new TimeSerializers.MonthDaySerializer());
        listing.add(Period.class, new TimeSerializers.PeriodSerializer());
        listing.add(URI.class, new DefaultSerializers.URISerializer());
        listing.add(Optional.class, new OptionalSerializers.OptionalSerializer());
        listing.add(OptionalInt.class, new OptionalSerializers.OptionalIntSerializer());
        listing.add(OptionalLong.class, new OptionalSerializers.OptionalLongSerializer());
        listing.add(OptionalDouble.class, new OptionalSerializers.OptionalDoubleSerializer());
        listing.add(
                Date.class,
                value((output, date) -> output.writeLong(date.getTime()), input -> new Date(input.readLong())));
        listing.add(
                Locale.class,
                value(
                        (output, locale) -> output.writeString(locale.toLanguageTag()),
                        input -> Locale.forLanguageTag(readText(input))));
        listing.add(
                Currency.class,
                value(
                        (output, currency) -> output.writeString(currency.getCurrencyCode()),
                        input -> Currency.getInstance(readText(input))));
        listing.add(BitSet.class, new DefaultSerializers.BitSetSerializer());
        listing.add(DayOfWeek.class, new DefaultSerializers.EnumSerializer(DayOfWeek.class));
        listing.add(Month.class, new DefaultSerializers.EnumSerializer(Month.class));
        listing.add(TimeUnit.class, new DefaultSerializers.EnumSerializer(TimeUnit.class));

        listing.add(byte[].class, new DefaultArraySerializers.ByteArraySerializer());
        listing.add(short[].class, new DefaultArraySerializers.ShortArraySerializer());
        listing.add(char[].class, new DefaultArraySerializers.CharArraySerializer());
        listing.add(int[].class, new DefaultArraySerializers.IntArraySerializer());
        listing.add(long[].class, new DefaultArraySerializers.LongArraySerializer());
        listing.add(float[].class, new DefaultArraySerializers.FloatArraySerializer());
        listing.add(double[].class, new DefaultArraySerializers.DoubleArraySerializer());
        listing.add(boolean[].class, value(BuiltInTypes::writeBooleans, BuiltInTypes::readBooleans));
        listing.add(String[].class, new GroupSerializers.ArrayOf(String.class, true));
        listing.add(Object[].class, new GroupSerializers.ArrayOf(Object.class, false));

        listing.add(ArrayList.class, filled(ArrayList::new));
        listing.add(LinkedList.class, filled(LinkedList::new));
        listing.add(ArrayDeque.class, filled(ArrayDeque::new));
        listing.add(CopyOnWriteArrayList.class, finished(CopyOnWriteArrayList::new));
        listing.add(HashSet.class, filled(HashSet::new));
        listing.add(LinkedHashSet.class, filled(LinkedHashSet::new));
        listing.add(TreeSet.class, new GroupSerializers.Filled(TreeSet::new, true));
        listing.add(PriorityQueue.class, new GroupSerializers.Filled(PriorityQueue::new, true));
        listing.add(EnumSet.class, new EnumSetSerializer());
        listing.add(HashMap.class, filledMap(HashMap::new));
        listing.add(LinkedHashMap.class, filledMap(LinkedHashMap::new));
        listing.add(TreeMap.class, new GroupSerializers.FilledMap(TreeMap::new, true));
        listing.add(ConcurrentHashMap.class, filledMap(ConcurrentHashMap::new));

        listing.addLike(Arrays.asList(1), finished(Arrays::asList));
        // Stream.toList() makes the same class, and lets null in.
        Function<Object[], Collection<?>> toList =
                elements -> Stream.of(elements).toList();
        listing.addLike(List.of(1), finished(toList));
        listing.addLike(List.of(), finished(toList));
        listing.addLike(List.of(1, 2, 3).subList(0, 2), finished(toList));
        listing.addLike(new ArrayList<>().subList(0, 0), filled(ArrayList::new));
        listing.addLike(Set.of(1), finished(Set::of));
        listing.addLike(Set.of(), finished(Set::of));
        listing.addLike(Map.of(1, 2), finishedMap(Map::copyOf));
        listing.addLike(Map.of(), finishedMap(Map::copyOf));

        listing.addLike(Collections.emptyList(), constant(Collections.emptyList()));
        listing.addLike(Collections.emptySet(), constant(Collections.emptySet()));
        listing.addLike(Collections.emptyMap(), constant(Collections.emptyMap()));
        listing.addLike(Collections.singletonList(1), finished(elements -> Collections.singletonList(only(elements))));
        listing.addLike(Collections.singleton(1), finished(elements -> Collections.singleton(only(elements))));
        listing.addLike(Collections.singletonMap(1, 2), finishedMap(BuiltInTypes::singletonMap));
        listing.addLike(
                Collections.unmodifiableList(new ArrayList<>()),
                finished(elements -> Collections.unmodifiableList(new ArrayList<>(Arrays.asList(elements)))));
        listing.addLike(
                Collections.unmodifiableList(new LinkedList<>()),
                finished(elements -> Collections.unmodifiableList(new LinkedList<>(Arrays.asList(elements)))));
        listing.addLike(
                Collections.unmodifiableSet(new HashSet<>()),
                finished(elements -> Collections.unmodifiableSet(new LinkedHashSet<>(Arrays.asList(elements)))));
        listing.addLike(
                Collections.unmodifiableCollection(new ArrayList<>()),
                finished(elements -> Collections.unmodifiableCollection(new ArrayList<>(Arrays.asList(elements)))));
        listing.addLike(Collections.unmodifiableMap(new HashMap<>()), finishedMap(Collections::unmodifiableMap));
        listing.addLike(Collections.reverseOrder(), constant(Collections.reverseOrder()));
        listing.addLike(Comparator.naturalOrder(), constant(Comparator.naturalOrder()));
        listing.addLike(String.CASE_INSENSITIVE_ORDER, constant(String.CASE_INSENSITIVE_ORDER));
        return List.copyOf(listing.registered);
    }

    /** Gives out the ids in turn. */
    private static final class Listing {
        final List<Registered> registered = new ArrayList<>();
        private final Set<Class<?>> known = new HashSet<>();
        private int next = FIRST_ID;

        void add(Class<?> type, Serializer<?> serializer) {
            int id = next++;
            if (known.add(type)) {
                registered.add(new Registered(type, serializer, id));
            }
        }

        void addLike(Object example, Serializer<?> serializer) {
            add(example.getClass(), serializer);
        }
    }

    private static Serializer<?> filled(Supplier<Collection<Object>> maker) {
        return new GroupSerializers.Filled(comparator -> maker.get(), false);
    }

    private static Serializer<?> finished(Function<Object[], Collection<?>> maker) {
        return new GroupSerializers.Finished(maker);
    }

    private static Serializer<?> filledMap(Supplier<Map<Object, Object>> maker) {
        return new GroupSerializers.FilledMap(comparator -> maker.get(), false);
    }

    private static Serializer<?> finishedMap(Function<Map<Object, Object>, Map<?, ?>> maker) {
        return new GroupSerializers.FinishedMap(maker);
    }

    private static Object only(Object[] elements) {
        if (elements.length != 1) {
            throw new KryoException("One element is expected where there are " + elements.length);
        }
        return elements[0];
    }

    private static Map<?, ?> singletonMap(Map<Object, Object> entries) {
        Map.Entry<?, ?> entry = (Map.Entry<?, ?>) only(entries.entrySet().toArray());
        return Collections.singletonMap(entry.getKey(), entry.getValue());
    }

    private static <T> Serializer<T> value(BiConsumer<Output, T> writer, Function<Input, T> reader) {
        return new Serializer<>() {
            @Override
            public void write(Kryo kryo, Output output, T value) {
                writer.accept(output, value);
            }

            @Override
            public T read(Kryo kryo, Input input, Class<? extends T> type) {
                return reader.apply(input);
            }
        };
    }

    private static <T> Serializer<T> constant(T value) {
        return value((output, written) -> {}, input -> value);
    }

    private static String readText(Input input) {
        String text = input.readString();
        if (text == null) {
            throw new KryoException("A text is missing");
        }
        return text;
    }

    private static void writeDecimal(Output output, BigDecimal value) {
        byte[] unscaled = value.unscaledValue().toByteArray();
        output.writeVarInt(value.scale(), false);
        output.writeVarInt(unscaled.length, true);
        output.writeBytes(unscaled);
    }

    private static BigDecimal readDecimal(Input input) {
        int scale = input.readVarInt(false);
        return new BigDecimal(new BigInteger(input.readBytes(input.readVarInt(true))), scale);
    }

    /** With its offset, which Kryo's own leaves out: an hour is there twice when the clocks go back. */
    private static void writeZoned(Output output, ZonedDateTime time) {
        output.writeLong(time.toEpochSecond());
        output.writeVarInt(time.getNano(), true);
        output.writeString(time.getZone().getId());
    }

    private static ZonedDateTime readZoned(Input input) {
        Instant instant = Instant.ofEpochSecond(input.readLong(), input.readVarInt(true));
        return ZonedDateTime.ofInstant(instant, ZoneId.of(readText(input)));
    }

    private static void writeBooleans(Output output, boolean[] flags) {
        output.writeVarInt(flags.length, true);
        for (boolean flag : flags) {
            output.writeBoolean(flag);
        }
    }

    private static boolean[] readBooleans(Input input) {
        return input.readBooleans(input.readVarInt(true));
    }

    /** The class of the enum, then the constants as everywhere. */
    private static final class EnumSetSerializer extends Serializer<EnumSet<?>> {

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        public void write(Kryo kryo, Output output, EnumSet<?> elements) {
            Serializer serializer = kryo.writeClass(output, example(elements).getDeclaringClass())
                    .getSerializer();
            output.writeVarInt(elements.size(), true);
            for (Enum<?> element : elements) {
                serializer.write(kryo, output, element);
            }
        }

        private static <E extends Enum<E>> Enum<?> example(EnumSet<E> elements) {
            EnumSet<E> either = elements.isEmpty() ? EnumSet.complementOf(elements) : elements;
            if (either.isEmpty()) {
                throw new KryoException("A set of an enum without constants cannot be written");
            }
            return either.iterator().next();
        }

        @Override
        public EnumSet<?> read(Kryo kryo, Input input, Class<? extends EnumSet<?>> type) {
            var registration = kryo.readClass(input);
            if (registration == null || !registration.getType().isEnum()) {
                throw new KryoException("A set of an enum does not say of which");
            }
            return readOf(kryo, registration.getType(), registration.getSerializer(), input);
        }

        @SuppressWarnings({"unchecked", "rawtypes"})
        private static EnumSet<?> readOf(Kryo kryo, Class type, Serializer serializer, Input input) {
            EnumSet elements = EnumSet.noneOf(type);
            int size = ((BufferInput) input).readElementCount();
            for (int i = 0; i < size; i++) {
                Object constant = serializer.read(kryo, input, type);
                if (constant == null) {
                    throw new KryoException("A set of " + type.getName() + " has null in it");
                }
                elements.add(constant);
            }
            return elements;
        }
    }
}
