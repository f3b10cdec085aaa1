package dev.shm.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.SharedMemory;
import dev.shm.codec.ElementType;
import dev.shm.codec.NdArray;
import dev.shm.testing.TestDirectory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.LongSupplier;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Random calls by two openings of one vector, of any type, against a list of the bits of its elements. */
class VectorModelTest {

    private static TestDirectory directory;
    private static SharedMemory mine;
    private static SharedMemory theirs;

    enum Call {
        APPEND,
        POP,
        SET,
        GET_AND_ADD_LONG,
        GET_AND_ADD_DOUBLE,
        COMPARE_AND_SET,
        INSERT,
        REMOVE_AT,
        REMOVE_FIRST,
        EXTEND,
        EXTEND_BYTES,
        INSERT_MANY,
        REMOVE_MANY,
        REPLACE,
        REVERSE,
        BYTE_SWAP,
        REPEAT,
        CLEAR,
        TRIM,
        ENSURE_CAPACITY,
        SLICE
    }

    /**
     * A call.
     *
     * @param at where, in thousandths of the length
     * @param half twice the value, which has a fraction where the type may have one
     */
    record Step(Call call, boolean byMe, int at, int half, int count) {}

    @BeforeContainer
    static void open() {
        directory = TestDirectory.create();
        mine = directory.segment("model").size(16 << 20).create();
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
        Arbitrary<Call> calls = Arbitraries.frequencyOf(
                Tuple.of(2, Arbitraries.of(Call.values())), Tuple.of(1, Arbitraries.of(Call.APPEND, Call.EXTEND)));
        return Combinators.combine(
                        calls,
                        Arbitraries.of(true, false),
                        Arbitraries.integers().between(0, 1000),
                        Arbitraries.integers().between(0, 40),
                        Arbitraries.integers().between(0, 12))
                .as(Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(80);
    }

    @Property(tries = 150)
    void shouldBehaveAsAListOfItsElements(@ForAll ElementType type, @ForAll("steps") List<Step> steps) {
        long before = mine.deepStatistics().usedBytes();
        try (SharedVector one = mine.create("vector", SharedVector.of(type));
                SharedVector other = theirs.open("vector", SharedVector.of(type))) {
            Model model = new Model(type);
            for (Step step : steps) {
                model.apply(step, step.byMe() ? one : other);
                model.check(step.byMe() ? other : one);
            }
            assertThat(mine.verify()).isEmpty();
        }
        mine.destroy("vector");
        assertThat(mine.deepStatistics().usedBytes()).isEqualTo(before);
    }

    /** What is expected. */
    private static final class Model {

        private static final int MOST = 2_000;

        private final ElementType type;
        private final List<Long> bits = new ArrayList<>();

        Model(ElementType type) {
            this.type = type;
        }

        private double value(int half) {
            if (type == ElementType.BOOLEAN) {
                return half & 1;
            }
            return type.isFloating() ? half / 2.0 : half;
        }

        private NdArray values(int count, int half) {
            NdArray.Builder values = NdArray.builder(type, count);
            for (int i = 0; i < count; i++) {
                values.setDouble(i, value(half + i));
            }
            return values.build();
        }

        private List<Long> bits(NdArray values) {
            List<Long> list = new ArrayList<>();
            for (int i = 0; i < values.length(); i++) {
                list.add(values.bits(i));
            }
            return list;
        }

        private int first(double value) {
            for (int i = 0; i < bits.size(); i++) {
                if (type.toDouble(bits.get(i)) == value) {
                    return i;
                }
            }
            return -1;
        }

        void apply(Step step, SharedVector vector) {
            double value = value(step.half());
            int at = step.at() * bits.size() / 1000;
            int end = Math.min(bits.size(), at + step.count());
            NdArray many = values(step.count(), step.half());
            switch (step.call()) {
                case APPEND -> {
                    vector.append(value);
                    bits.add(type.encode(value));
                }
                case POP -> {
                    if (bits.isEmpty()) {
                        assertThatThrownBy(vector::popLong).isInstanceOf(NoSuchElementException.class);
                    } else {
                        assertThat(vector.popDouble()).isEqualTo(type.toDouble(bits.remove(bits.size() - 1)));
                    }
                }
                case INSERT -> {
                    vector.insert(at, value);
                    bits.add(at, type.encode(value));
                }
                case EXTEND -> {
                    vector.extend(many);
                    bits.addAll(bits(many));
                }
                case EXTEND_BYTES -> {
                    vector.extendBytes(many.toBytes());
                    bits.addAll(bits(many));
                }
                case INSERT_MANY -> {
                    vector.insert(at, many);
                    bits.addAll(at, bits(many));
                }
                case REMOVE_MANY -> {
                    vector.remove(at, end);
                    bits.subList(at, end).clear();
                }
                case REPLACE -> {
                    vector.replace(at, end, many);
                    bits.subList(at, end).clear();
                    bits.addAll(at, bits(many));
                }
                case REVERSE -> {
                    vector.reverse();
                    Collections.reverse(bits);
                }
                case BYTE_SWAP -> {
                    vector.byteSwap();
                    bits.replaceAll(element -> Long.reverseBytes(element) >>> (64 - 8 * type.bytes()));
                }
                case REPEAT -> {
                    int times = bits.size() * step.count() > MOST ? 0 : step.count();
                    vector.repeat(times);
                    List<Long> once = List.copyOf(bits);
                    bits.clear();
                    for (int i = 0; i < times; i++) {
                        bits.addAll(once);
                    }
                }
                case CLEAR -> {
                    vector.clear();
                    bits.clear();
                }
                case TRIM -> vector.trim();
                case ENSURE_CAPACITY -> vector.ensureCapacity(step.half() * step.count());
                case REMOVE_FIRST -> {
                    int index = first(value);
                    assertThat(vector.removeFirst(value)).isEqualTo(index >= 0);
                    if (index >= 0) {
                        bits.remove(index);
                    }
                }
                case SLICE -> slice(vector, at, end, 1 + step.half() % 3);
                default -> {
                    if (at < bits.size()) {
                        applyToOne(step, vector, at, value);
                    } else {
                        assertThatThrownBy(() -> vector.setDouble(at, value))
                                .isInstanceOf(IndexOutOfBoundsException.class);
                    }
                }
            }
        }

        private void applyToOne(Step step, SharedVector vector, int at, double value) {
            double before = type.toDouble(bits.get(at));
            switch (step.call()) {
                case SET -> {
                    vector.setDouble(at, value);
                    bits.set(at, type.encode(value));
                }
                case REMOVE_AT -> {
                    assertThat(vector.removeDouble(at)).isEqualTo(before);
                    bits.remove(at);
                }
                case GET_AND_ADD_DOUBLE ->
                    adding(
                            at,
                            () -> type.encode(before + value),
                            () -> assertThat(vector.getAndAdd(at, value)).isEqualTo(before));
                case GET_AND_ADD_LONG -> {
                    long delta = (long) value;
                    long whole = type.toLong(bits.get(at));
                    adding(
                            at,
                            () -> type.isFloating() ? type.encode(before + delta) : type.encode(whole + delta),
                            () -> assertThat(vector.getAndAdd(at, delta)).isEqualTo(whole));
                }
                case COMPARE_AND_SET -> {
                    // As often as not it is what is there, or near it.
                    long expected = step.count() % 2 == 0 ? (long) before : (long) value;
                    boolean same = type.isFloating() ? before == expected : type.toLong(bits.get(at)) == expected;
                    long next = (long) value;
                    assertThat(vector.compareAndSet(at, expected, next)).isEqualTo(same);
                    if (same) {
                        bits.set(at, type.encode(next));
                    }
                }
                default -> throw new AssertionError(step);
            }
        }

        /** What does not fit changes nothing. */
        private void adding(int at, LongSupplier sum, Runnable call) {
            long after;
            try {
                after = sum.getAsLong();
            } catch (IllegalArgumentException e) {
                assertThatThrownBy(call::run).isInstanceOf(IllegalArgumentException.class);
                return;
            }
            call.run();
            bits.set(at, after);
        }

        private void slice(SharedVector vector, int from, int to, int step) {
            List<Long> expected = new ArrayList<>();
            for (int i = from; i < to; i += step) {
                expected.add(bits.get(i));
            }
            assertThat(bits(vector.slice(from, to, step))).isEqualTo(expected);
            List<Long> backwards = new ArrayList<>();
            for (int i = to - 1; i > from - 1 && i >= 0; i -= step) {
                backwards.add(bits.get(i));
            }
            if (to > from) {
                assertThat(bits(vector.slice(to - 1, from - 1, -step))).isEqualTo(backwards);
            }
        }

        void check(SharedVector vector) {
            NdArray all = vector.toNdArray();
            assertThat(bits(all)).isEqualTo(bits);
            assertThat(vector.toBytes()).isEqualTo(all.toBytes());
            assertThat(vector.size()).isEqualTo(bits.size());
            assertThat(vector.isEmpty()).isEqualTo(bits.isEmpty());
            if (!bits.isEmpty()) {
                int last = bits.size() - 1;
                double wanted = type.toDouble(bits.get(last));
                assertThat(vector.getDouble(last)).isEqualTo(wanted);
                assertThat(vector.getLong(last)).isEqualTo(type.toLong(bits.get(last)));
                assertThat(vector.indexOf(wanted)).isEqualTo(first(wanted));
                assertThat(vector.contains(wanted)).isEqualTo(first(wanted) >= 0);
                assertThat(vector.count(wanted)).isEqualTo((int) bits.stream()
                        .filter(element -> type.toDouble(element) == wanted)
                        .count());
            }
        }
    }
}
