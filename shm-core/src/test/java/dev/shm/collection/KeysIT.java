package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.codec.Codecs;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.TestDirectory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
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
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Keys that are equal are the same key in two JVMs, whatever classes they are of and whatever order these give their elements. */
class KeysIT {

    private enum Colour {
        RED,
        GREEN
    }

    private record Point(int x, String y) {}

    private static final MapType<Object, Integer> MAP =
            SharedMap.of(Codecs.kryo(Object.class, Colour.class, Point.class), Codecs.ints());
    private static final SetType<Object> SET = SharedSet.of(Codecs.kryo(Object.class, Colour.class, Point.class));
    private static final MapType<Colour, Integer> COLOURS = SharedMap.of(Colour.class, Integer.class);

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    /** Makes collections of keys. */
    private interface Maker {
        List<Object> list(Object... elements);

        Set<Object> set(Object... elements);

        Map<Object, Object> map(Object one, Object its, Object other, Object itsOther);
    }

    /** Those of this JVM, which gives the elements of each set in an order of its own. */
    private static final class Immutable implements Maker {

        @Override
        public List<Object> list(Object... elements) {
            return List.of(elements);
        }

        @Override
        public Set<Object> set(Object... elements) {
            return Set.of(elements);
        }

        @Override
        public Map<Object, Object> map(Object one, Object its, Object other, Object itsOther) {
            return Map.of(one, its, other, itsOther);
        }
    }

    /** Equal ones of other classes, in another order. */
    private static final class Mutable implements Maker {

        @Override
        public List<Object> list(Object... elements) {
            return new LinkedList<>(Arrays.asList(elements));
        }

        @Override
        public Set<Object> set(Object... elements) {
            List<Object> reversed = new ArrayList<>(Arrays.asList(elements));
            Collections.reverse(reversed);
            return elements.length > 0 && elements[0] instanceof String
                    ? new TreeSet<>(reversed)
                    : new LinkedHashSet<>(reversed);
        }

        @Override
        public Map<Object, Object> map(Object one, Object its, Object other, Object itsOther) {
            Map<Object, Object> map = new LinkedHashMap<>();
            map.put(other, itsOther);
            map.put(one, its);
            return map;
        }
    }

    /** No two of them are equal. */
    private static List<Object> keys(Maker make) {
        LocalDateTime time = LocalDateTime.of(2026, 10, 25, 2, 30, 0, 5);
        Object[] many = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "a text that has a block of its own"};
        return List.of(
                "text",
                "a text that has a block of its own",
                1,
                1L,
                (short) 1,
                (byte) 1,
                '1',
                1f,
                1d,
                Double.NaN,
                -0.0,
                true,
                BigInteger.TEN.pow(40),
                new BigDecimal("1.0"),
                new BigDecimal("1.00"),
                new UUID(1, 2),
                Colour.GREEN,
                new Point(1, "one"),
                Instant.EPOCH,
                LocalDate.EPOCH,
                LocalTime.NOON,
                time,
                OffsetDateTime.of(time, ZoneOffset.UTC),
                OffsetTime.of(LocalTime.NOON, ZoneOffset.UTC),
                ZonedDateTime.of(time, ZoneId.of("Europe/Vienna")),
                Duration.ofDays(1),
                Period.ofDays(1),
                Year.of(2026),
                YearMonth.of(2026, 1),
                MonthDay.of(1, 1),
                ZoneId.of("Europe/Vienna"),
                ZoneOffset.ofHours(1),
                DayOfWeek.MONDAY,
                Month.MAY,
                make.list(),
                make.list(1, 2),
                make.list(2, 1),
                make.list(1L, 2),
                make.list(many),
                make.set(),
                make.set(1, 2),
                make.set(many),
                make.set(Colour.RED, Colour.GREEN, new Point(2, "two"), new BigDecimal("1.0"), new BigDecimal("1.00")),
                make.set(make.list(1), make.set(1), make.map("a", 1, "b", make.set(many))),
                make.map("a", 1, "b", 2),
                make.map("a", 2, "b", 1),
                make.map(make.set(1, 2), make.list(3), make.set(many), make.set(Instant.EPOCH, Month.MAY)),
                make.list(make.list(make.list(make.set(make.set(make.set(many)))))));
    }

    private static SharedMemory attach(Path segments) {
        return SharedMemory.named("keys").directory(segments).size(4 << 20).openOrCreate();
    }

    private static void put(SharedMemory memory, String who) {
        try (SharedMap<Object, Integer> map = memory.create("map of " + who, MAP);
                SharedSet<Object> set = memory.create("set of " + who, SET);
                SharedMap<Colour, Integer> colours = memory.create("colours of " + who, COLOURS)) {
            List<Object> keys = keys(new Immutable());
            for (int i = 0; i < keys.size(); i++) {
                map.put(keys.get(i), i);
                set.add(keys.get(i));
            }
            colours.put(Colour.GREEN, 1);
        }
    }

    /** What another JVM put is there for this one, and nothing else is. */
    private static void check(SharedMemory memory, String who) {
        try (SharedMap<Object, Integer> map = memory.open("map of " + who, MAP);
                SharedSet<Object> set = memory.open("set of " + who, SET);
                SharedMap<Colour, Integer> colours = memory.open("colours of " + who, COLOURS)) {
            for (Maker maker : List.of(new Immutable(), new Mutable())) {
                List<Object> keys = keys(maker);
                Map<Object, Integer> expected = new HashMap<>();
                for (int i = 0; i < keys.size(); i++) {
                    Object key = keys.get(i);
                    expected.put(key, i);
                    assertThat(map.get(key)).as("%s of %s", key, key.getClass()).isEqualTo(i);
                    assertThat(set.contains(key)).as("%s", key).isTrue();
                    assertThat(set.add(key)).as("%s", key).isFalse();
                    assertThat(map.putIfAbsent(key, -1)).isEqualTo(i);
                }
                assertThat(map).hasSize(keys.size());
                assertThat(map).isEqualTo(expected);
                assertThat(set.snapshot()).isEqualTo(expected.keySet());
            }
            assertThat(colours).isEqualTo(Map.of(Colour.GREEN, 1));
            // What was read is the key that it was read as.
            new ArrayList<>(set).forEach(key -> assertThat(set.remove(key)).isTrue());
            assertThat(set).isEmpty();
        }
    }

    /** The other JVM. */
    static final class Child {

        private Child() {}

        public static void main(String[] arguments) {
            ChildJvm.dieWithParent();
            try (SharedMemory memory = attach(Path.of(arguments[0]))) {
                check(memory, "the parent");
                put(memory, "the child");
            }
            System.out.println("done");
        }
    }

    @Test
    void shouldBeTheSameInEveryProcess() {
        try (SharedMemory memory = attach(directory.segments())) {
            put(memory, "the parent");
            try (ChildJvm child = ChildJvm.start(Child.class, directory.segments())) {
                child.await("done");
                assertThat(child.awaitEnd()).isZero();
            }
            check(memory, "the child");
        }
    }
}
