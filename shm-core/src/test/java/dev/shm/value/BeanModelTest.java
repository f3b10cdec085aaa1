package dev.shm.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.SharedMemory;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.testing.TestDirectory;
import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;

/** Random calls by two openings of one bean against its fields on the heap; and what another version of its interface is told. */
class BeanModelTest {

    private static TestDirectory directory;
    private static SharedMemory mine;
    private static SharedMemory theirs;

    interface Desk {
        long getCount();

        void setCount(long count);

        double getPrice();

        void setPrice(double price);

        boolean isOpen();

        void setOpen(boolean open);

        @Nullable
        Integer getRank();

        void setRank(@Nullable Integer rank);

        @Nullable
        String getName();

        void setName(@Nullable String name);

        byte @Nullable [] getData();

        void setData(byte @Nullable [] data);

        @Nullable
        DayOfWeek getDay();

        void setDay(@Nullable DayOfWeek day);

        @Nullable
        Instant getTime();

        void setTime(@Nullable Instant time);

        @Nullable
        BigDecimal getAmount();

        void setAmount(@Nullable BigDecimal amount);

        long getHits();

        long addAndGetHits(long more);

        Side getSide();
    }

    interface Side {
        short getWidth();

        void setWidth(short width);

        @MaxBytes(40)
        @Nullable
        String getLabel();

        void setLabel(@Nullable String label);
    }

    record All(
            long count,
            double price,
            boolean open,
            @Nullable Integer rank,
            @Nullable String name,
            byte @Nullable [] data,
            @Nullable DayOfWeek day,
            @Nullable Instant time,
            @Nullable BigDecimal amount,
            long hits,
            SideOf side) {}

    record SideOf(short width, @Nullable String label) {}

    record Some(@Nullable String name, long count) {}

    /** A field: how it is set and read, in the bean and in the record of it, and its value number so and so; number 0 is what it is at first. */
    record Field(
            String name,
            BiConsumer<Desk, Object> set,
            Function<Desk, Object> get,
            Function<All, Object> ofRecord,
            IntFunction<Object> value) {

        @Override
        public String toString() {
            return name;
        }
    }

    private static final List<Field> FIELDS = List.of(
            new Field("count", (desk, v) -> desk.setCount((long) v), Desk::getCount, All::count, n -> 1L << n >>> 1),
            new Field("price", (desk, v) -> desk.setPrice((double) v), Desk::getPrice, All::price, n -> n / 4.0),
            new Field("open", (desk, v) -> desk.setOpen((boolean) v), Desk::isOpen, All::open, n -> n % 2 == 1),
            new Field("rank", (desk, v) -> desk.setRank((Integer) v), Desk::getRank, All::rank, n -> n == 0 ? null : n),
            new Field(
                    "name",
                    (desk, v) -> desk.setName((String) v),
                    Desk::getName,
                    All::name,
                    n -> n == 0 ? null : "n".repeat(n * n * n)),
            new Field(
                    "data",
                    (desk, v) -> desk.setData((byte[]) v),
                    Desk::getData,
                    All::data,
                    n -> n == 0 ? null : new byte[n - 1]),
            new Field(
                    "day",
                    (desk, v) -> desk.setDay((DayOfWeek) v),
                    Desk::getDay,
                    All::day,
                    n -> n == 0 ? null : DayOfWeek.of(1 + n % 7)),
            new Field(
                    "time",
                    (desk, v) -> desk.setTime((Instant) v),
                    Desk::getTime,
                    All::time,
                    n -> n == 0 ? null : Instant.ofEpochSecond(-n, n)),
            new Field(
                    "amount",
                    (desk, v) -> desk.setAmount((BigDecimal) v),
                    Desk::getAmount,
                    All::amount,
                    n -> n == 0 ? null : BigDecimal.TEN.pow(n * n).movePointLeft(n)),
            new Field(
                    "width",
                    (desk, v) -> desk.getSide().setWidth((short) v),
                    desk -> desk.getSide().getWidth(),
                    all -> all.side().width(),
                    n -> (short) -n),
            new Field(
                    "label",
                    (desk, v) -> desk.getSide().setLabel((String) v),
                    desk -> desk.getSide().getLabel(),
                    all -> all.side().label(),
                    n -> n == 0 ? null : "l".repeat(n)));

    enum Call {
        SET,
        UPDATE,
        UPDATE_THAT_THROWS,
        HIT
    }

    record Change(Field field, int number) {}

    record Step(Call call, boolean byMe, List<Change> changes) {}

    @BeforeContainer
    static void open() {
        directory = TestDirectory.create();
        mine = directory.segment("model").size(4 << 20).create();
        theirs = directory.segment("model").open();
    }

    @AfterContainer
    static void close() {
        theirs.close();
        mine.close();
        directory.close();
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Change> changes = Combinators.combine(
                        Arbitraries.of(FIELDS), Arbitraries.integers().between(0, 20))
                .as(Change::new);
        Arbitrary<Call> calls = Arbitraries.frequency(
                Tuple.of(6, Call.SET),
                Tuple.of(6, Call.UPDATE),
                Tuple.of(2, Call.UPDATE_THAT_THROWS),
                Tuple.of(2, Call.HIT));
        return Combinators.combine(
                        calls,
                        Arbitraries.of(true, false),
                        changes.list().ofMinSize(1).ofMaxSize(8))
                .as(Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(80);
    }

    private static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    @Property(tries = 150)
    void shouldHaveTheFieldsThatWereSet(@ForAll("steps") List<Step> steps) {
        long before = mine.deepStatistics().usedBytes();
        try (SharedBean<Desk> one = mine.create("desk", SharedBean.of(Desk.class));
                SharedBean<Desk> other = theirs.open("desk", SharedBean.of(Desk.class))) {
            Map<Field, Object> model = new HashMap<>();
            FIELDS.forEach(field -> model.put(field, field.value().apply(0)));
            long hits = 0;
            for (Step step : steps) {
                SharedBean<Desk> bean = step.byMe() ? one : other;
                switch (step.call()) {
                    case SET -> step.changes().forEach(change -> apply(change, bean.get(), model));
                    case UPDATE ->
                        bean.update(desk -> {
                            step.changes().forEach(change -> apply(change, desk, model));
                            // It has what was set in it, and what was there before.
                            assertFields(desk, model);
                        });
                    case UPDATE_THAT_THROWS ->
                        assertThatThrownBy(() -> bean.update(desk -> {
                                    step.changes().forEach(change -> apply(change, desk, new HashMap<>()));
                                    throw new Refusal();
                                }))
                                .isInstanceOf(Refusal.class);
                    case HIT -> {
                        hits += step.changes().size();
                        assertThat(bean.get().addAndGetHits(step.changes().size()))
                                .isEqualTo(hits);
                    }
                }
                SharedBean<Desk> looking = step.byMe() ? other : one;
                assertFields(looking.get(), model);
                All all = looking.snapshot(All.class);
                FIELDS.forEach(field -> assertSame(field, field.ofRecord().apply(all), model));
                assertThat(all.hits()).isEqualTo(hits).isEqualTo(looking.get().getHits());
                assertThat(looking.snapshot(Some.class)).isEqualTo(new Some(all.name(), all.count()));
            }
            assertThat(mine.verify()).isEmpty();
        }
        mine.destroy("desk");
        assertThat(mine.deepStatistics().usedBytes()).isEqualTo(before);
    }

    private static void apply(Change change, Desk desk, Map<Field, Object> model) {
        Object value = change.field().value().apply(change.number());
        change.field().set().accept(desk, value);
        model.put(change.field(), value);
    }

    private static void assertFields(Desk desk, Map<Field, Object> model) {
        FIELDS.forEach(field -> assertSame(field, field.get().apply(desk), model));
    }

    private static void assertSame(Field field, Object found, Map<Field, Object> model) {
        Object expected = model.get(field);
        assertThat(Objects.deepEquals(found, expected))
                .as(() -> field + " is " + found + " and should be " + expected)
                .isTrue();
    }

    // ------------------------------------------------------------------------------------------- versions

    /** A version of an interface, with the types of its fields. */
    record Version(Class<?> type, Map<String, String> fields) {}

    interface First {
        int getA();

        void setA(int a);

        String getB();

        void setB(String b);
    }

    interface SameInAnotherOrder {
        String b();

        void setB(String b);

        int a();

        void setA(int a);
    }

    interface OneMore {
        int getA();

        void setA(int a);

        String getB();

        void setB(String b);

        long getC();

        void setC(long c);
    }

    interface OneLess {
        int getA();

        void setA(int a);
    }

    interface Wider {
        long getA();

        void setA(long a);

        String getB();

        void setB(String b);
    }

    interface Atomic {
        int getA();

        int incrementAndGetA();

        String getB();

        void setB(String b);
    }

    interface Renamed {
        int getA();

        void setA(int a);

        String getBee();

        void setBee(String bee);
    }

    interface Changed {
        Instant getA();

        void setA(Instant a);

        byte[] getC();

        void setC(byte[] c);
    }

    private static final List<Version> VERSIONS = List.of(
            new Version(First.class, Map.of("a", "int", "b", "String")),
            new Version(SameInAnotherOrder.class, Map.of("a", "int", "b", "String")),
            new Version(OneMore.class, Map.of("a", "int", "b", "String", "c", "long")),
            new Version(OneLess.class, Map.of("a", "int")),
            new Version(Wider.class, Map.of("a", "long", "b", "String")),
            new Version(Atomic.class, Map.of("a", "atomic int", "b", "String")),
            new Version(Renamed.class, Map.of("a", "int", "bee", "String")),
            new Version(Changed.class, Map.of("a", "Instant", "c", "byte[]")));

    @Provide
    Arbitrary<Version> versions() {
        return Arbitraries.of(VERSIONS);
    }

    /** All pairs of versions: there are few, so each is tried. */
    @Property
    void shouldTellEachFieldThatAnotherVersionHasDifferently(
            @ForAll("versions") Version there, @ForAll("versions") Version here) {
        try (SharedBean<?> bean = mine.create("versioned", SharedBean.of(there.type()))) {
            List<String> missing = new ArrayList<>();
            List<String> added = new ArrayList<>();
            List<String> retyped = new ArrayList<>();
            new TreeMap<>(there.fields()).forEach((name, type) -> {
                String other = here.fields().get(name);
                if (other == null) {
                    missing.add("'" + name + "' (" + type + ")");
                } else if (!other.equals(type)) {
                    retyped.add("'" + name + "' (" + type + " there, " + other + " here)");
                }
            });
            new TreeMap<>(here.fields()).forEach((name, type) -> {
                if (!there.fields().containsKey(name)) {
                    added.add("'" + name + "' (" + type + ")");
                }
            });
            if (missing.isEmpty() && added.isEmpty() && retyped.isEmpty()) {
                theirs.open("versioned", SharedBean.of(here.type())).close();
                return;
            }
            assertThatThrownBy(() -> theirs.open("versioned", SharedBean.of(here.type())))
                    .isInstanceOf(ObjectTypeMismatchException.class)
                    .satisfies(e -> {
                        assertTold(e, "missing here: ", missing);
                        assertTold(e, "added here: ", added);
                        assertTold(e, "of another type: ", retyped);
                    });
        } finally {
            mine.destroy("versioned");
        }
    }

    private static void assertTold(Throwable told, String what, List<String> fields) {
        if (fields.isEmpty()) {
            assertThat(told).hasMessageNotContaining(what);
        } else {
            assertThat(told).hasMessageContaining(what + String.join(", ", fields));
        }
    }
}
