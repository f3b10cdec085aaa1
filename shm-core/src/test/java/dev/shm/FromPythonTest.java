package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.shm.codec.Codecs;
import dev.shm.codec.ElementType;
import dev.shm.collection.FrozenMap;
import dev.shm.collection.FrozenMapType;
import dev.shm.collection.FrozenSet;
import dev.shm.collection.SharedDeque;
import dev.shm.collection.SharedList;
import dev.shm.collection.SharedLocks;
import dev.shm.collection.SharedMap;
import dev.shm.collection.SharedSet;
import dev.shm.error.CodecException;
import dev.shm.error.SegmentClosedException;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.testing.TestDirectory;
import dev.shm.value.SharedArray;
import dev.shm.value.SharedBean;
import dev.shm.value.SharedBoolean;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedDouble;
import dev.shm.value.SharedInt;
import dev.shm.value.SharedLong;
import dev.shm.value.SharedRecord;
import dev.shm.value.SharedReference;
import dev.shm.value.SharedString;
import dev.shm.value.SharedVector;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What whoever comes from the packages for Python is used to take care of, and need not here; see docs/from-python.md. */
class FromPythonTest {

    private static final long WATCHDOG_SECONDS = 60;

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private SharedMemory one;
    private SharedMemory two;

    @BeforeEach
    void open() {
        one = directory.segment("desk").create();
        two = directory.segment("desk").open();
    }

    @AfterEach
    void close() {
        two.close();
        one.close();
    }

    @Test
    void shouldAppendToAListPastEveryBorderOfItsRoom() {
        SharedList<Object> list = one.create("list", SharedList.of(Object.class));
        SharedList<Object> there = two.open("list", SharedList.of(Object.class));
        List<Object> expected = new ArrayList<>();
        for (int i = 0; i < 1_100; i++) {
            Object value = i % 3 == 0 ? (Object) i : i % 3 == 1 ? (Object) (i % 2 == 0) : "element " + i;
            list.add(value);
            expected.add(value);
            assertThat(there).hasSize(i + 1);
            assertThat(there.get(i)).isEqualTo(value).hasSameClassAs(value);
        }
        assertThat(there).isEqualTo(expected);
        assertThat(there.subList(30, 35)).isEqualTo(expected.subList(30, 35));
    }

    @Test
    void shouldAnswerAsListsDo() {
        SharedList<Object> list = one.create("list", SharedList.of(Object.class));
        list.addAll(List.of(3L, 1.5, true, 2L));
        assertThat(list.contains(1.5)).isTrue();
        assertThat(list.contains(-3L)).isFalse();
        assertThat(list.contains(1L)).as("true is no number").isFalse();
        list.removeAll(List.of(true, 1.5));
        list.sort(Comparator.comparing(value -> (Long) value));
        assertThat(list).containsExactly(2L, 3L);
        list.addAll(List.copyOf(list));
        assertThat(list).containsExactly(2L, 3L, 2L, 3L);
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> list.get(-1));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> list.add(100, 1L));
        assertThat(list).hasSize(4);
    }

    @Test
    void shouldHaveOneSizeForAllWhoLook() {
        SharedMap<String, Integer> here = one.create("map", SharedMap.of(String.class, Integer.class));
        SharedMap<String, Integer> there = two.open("map", SharedMap.of(String.class, Integer.class));
        for (int i = 0; i < 100; i++) {
            (i % 2 == 0 ? here : there).put("key " + i, i);
            assertThat(here).hasSize(i + 1);
            assertThat(there).hasSize(i + 1);
        }
    }

    @Test
    void shouldShowNothingOfALongerValueThatWasThereBefore() {
        SharedString text = one.create("text", SharedString.type());
        SharedString textThere = two.open("text", SharedString.type());
        text.set("€€€€");
        text.set("a");
        assertThat(textThere.get()).isEqualTo("a");
        text.set("\0between\0");
        assertThat(textThere.get()).isEqualTo("\0between\0");
        text.set("");
        assertThat(textThere.get()).isEmpty();
        SharedBytes bytes = one.create("bytes", SharedBytes.type());
        bytes.set(new byte[] {1, 2, 3, 4, 5, 6});
        byte[] before = bytes.get();
        bytes.set(new byte[] {9});
        assertThat(bytes.get()).containsExactly(9);
        assertThat(before).as("a copy").containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void shouldLeaveWhatIsSharedAsItIs() {
        Map<String, Object> lines = new HashMap<>(Map.of("lines", new ArrayList<>(List.of(1, 2))));
        Shared<Map<String, Object>> shared = one.share(lines);
        shared.get().put("more", 1);
        assertThat(lines).isExactlyInstanceOf(HashMap.class).hasSize(1);
        assertThat(lines.get("lines")).isExactlyInstanceOf(ArrayList.class).isEqualTo(List.of(1, 2));
        Shared<ArrayDeque<Integer>> deque = one.share(new ArrayDeque<>(List.of(1, 2, 3)));
        assertThat(deque.copy()).containsExactly(1, 2, 3);
    }

    @Test
    void shouldGiveTheLatestOnlyToWhoeverWaitsForIt() throws Exception {
        SharedDeque<String> here =
                one.create("latest", SharedDeque.of(String.class).maxLength(1).evicting());
        SharedDeque<String> there =
                two.open("latest", SharedDeque.of(String.class).maxLength(1).evicting());
        Future<String> waits = CompletableFuture.supplyAsync(() -> {
            try {
                return there.takeFirst();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        here.addLast("first");
        assertThat(waits.get(WATCHDOG_SECONDS, TimeUnit.SECONDS)).isEqualTo("first");
        here.addLast("second");
        here.addLast("third");
        assertThat(there.peekFirst()).isEqualTo("third");
        assertThat(there.pollFirst()).isEqualTo("third");
        assertThat(there.pollFirst()).isNull();
    }

    @Test
    void shouldTellHowFullAQueueIs() {
        SharedQueue<byte[]> here = one.create("q", SharedQueue.of(byte[].class).capacityBytes(1 << 16));
        SharedQueue<byte[]> there = two.open("q", SharedQueue.of(byte[].class).capacityBytes(1 << 16));
        int room = here.remainingCapacity();
        while (here.offer(new byte[1_000])) {
            assertThat(there.remainingCapacity()).isLessThan(room);
        }
        assertThat(there.statistics().usedBytes())
                .isGreaterThan(there.statistics().capacityBytes() * 95 / 100);
        assertThat(there.peek()).hasSize(1_000);
        int size = there.size();
        there.clear();
        assertThat(size).isGreaterThan(50);
        assertThat(here.remainingCapacity()).isEqualTo(room);
        assertThat(here.statistics().usedBytes()).isZero();
    }

    static Stream<Arguments> withoutAForm() {
        String ofTheJdk = "send what it stands for, or write a Codec";
        Supplier<String> lambda = () -> "lambda";
        return Stream.of(
                Arguments.of(Path.of("file"), ofTheJdk),
                Arguments.of(IntStream.range(0, 3), ofTheJdk),
                Arguments.of(new IllegalStateException("what went wrong"), ofTheJdk),
                Arguments.of(Thread.currentThread(), ofTheJdk),
                Arguments.of(new AtomicInteger(1), ofTheJdk),
                Arguments.of(new Object(), ofTheJdk),
                Arguments.of(FromPythonTest.class, ofTheJdk),
                Arguments.of(new StringBuilder("text"), ofTheJdk),
                Arguments.of(lambda, "has no name that another process knows"),
                Arguments.of(new Unknown(1), "write Codecs.kryo(Object.class, FromPythonTest.Unknown.class)"));
    }

    record Unknown(int number) {}

    @ParameterizedTest
    @MethodSource("withoutAForm")
    void shouldSayWhatToDoWithAnElementThatHasNoForm(Object value, String advice) {
        SharedMap<String, Object> map = one.create("map", SharedMap.of(String.class, Object.class));
        SharedList<Object> list = one.create("list", SharedList.of(Object.class));
        map.put("key", "as it was");
        list.add("as it was");
        long used = one.deepStatistics().usedBytes();
        for (Runnable change : List.<Runnable>of(
                () -> map.put("key", value),
                () -> map.put("other", value),
                () -> list.add(value),
                () -> list.set(0, value),
                () -> list.addAll(Arrays.asList(1, value)))) {
            assertThatExceptionOfType(CodecException.class)
                    .isThrownBy(change::run)
                    .withMessageContaining(value.getClass().getName())
                    .withMessageContaining(advice);
        }
        assertThat(map).isEqualTo(Map.of("key", "as it was"));
        assertThat(list).containsExactly("as it was");
        assertThat(one.deepStatistics().usedBytes()).isEqualTo(used);
    }

    @Test
    void shouldKeepNumbersAsTheyAreHoweverDeepTheyLie() {
        BigInteger huge = BigInteger.TWO.pow(64);
        List<Object> numbers = Arrays.asList(
                huge,
                huge.negate(),
                BigInteger.TEN.pow(400),
                BigInteger.ONE,
                Long.MIN_VALUE,
                1L,
                1,
                (short) 1,
                (byte) 1,
                1.0,
                1.0f,
                true,
                false,
                '1',
                new BigDecimal("1.00"),
                null);
        List<Object> nested = new ArrayList<>(List.of(numbers, Map.of("numbers", numbers)));
        SharedList<Object> list = one.create("list", SharedList.of(Object.class));
        SharedMap<String, Object> map = one.create("map", SharedMap.of(String.class, Object.class));
        list.addAll(numbers);
        list.addAll(nested);
        map.put("nested", nested);
        SharedList<Object> listThere = two.open("list", SharedList.of(Object.class));
        assertSameNumbers(listThere.subList(0, numbers.size()), numbers);
        assertSameNumbers(listThere.get(numbers.size()), numbers);
        assertSameNumbers(((Map<?, ?>) listThere.get(numbers.size() + 1)).get("numbers"), numbers);
        List<?> inMap = (List<?>)
                two.open("map", SharedMap.of(String.class, Object.class)).get("nested");
        assertSameNumbers(inMap.get(0), numbers);
        for (Object number : numbers) {
            assertThat(listThere.indexOf(number)).as("%s", number).isEqualTo(numbers.indexOf(number));
        }
        Shared<List<Object>> graph = one.share("graph", nested);
        List<Object> graphThere = two.<List<Object>>shared("graph").get();
        assertSameNumbers(graphThere.get(0), numbers);
        assertSameNumbers(((Map<?, ?>) graphThere.get(1)).get("numbers"), numbers);
        graph.destroy();
    }

    private static void assertSameNumbers(Object found, List<Object> expected) {
        List<?> numbers = (List<?>) found;
        assertThat(numbers).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat((Object) numbers.get(i)).isEqualTo(expected.get(i));
            if (expected.get(i) != null) {
                assertThat((Object) numbers.get(i)).hasSameClassAs(expected.get(i));
            }
        }
    }

    @Test
    void shouldCompareByAllElements() {
        SharedList<Long> list = one.create("list", SharedList.of(Long.class));
        SharedList<Long> other = two.create("other", SharedList.of(Long.class));
        list.add(1L);
        assertThat(list.equals(other)).isFalse();
        assertThat(other.equals(list)).isFalse();
        other.addAll(List.of(1L, 2L));
        assertThat(list.equals(other)).isFalse();
        assertThat(other.equals(list)).isFalse();
        list.addAll(list.snapshot());
        list.addAll(list.subList(0, 2));
        assertThat(list).containsExactly(1L, 1L, 1L, 1L);
        list.subList(1, 4).clear();
        list.add(2L);
        assertThat(list.equals(other)).isTrue();
        assertThat(list).hasSameHashCodeAs(other).hasSameHashCodeAs(List.of(1L, 2L));
        SharedSet<Long> set = one.create("set", SharedSet.of(Long.class));
        set.addAll(list);
        assertThat(set.equals(Set.of(1L))).isFalse();
        assertThat(Set.of(1L, 2L, 3L).equals(set)).isFalse();
        assertThat(set.equals(Set.of(1L, 2L))).isTrue();
    }

    @Test
    void shouldPutCopiesOfWhatIsShared() {
        SharedList<Object> inner = one.create("inner", SharedList.of(Object.class));
        SharedMap<String, Object> map = one.create("map", SharedMap.of(String.class, Object.class));
        SharedBean<Stock> bean = one.create("bean", SharedBean.of(Stock.class));
        inner.add(1L);
        map.put("a", 1);
        bean.get().setPieces(7);
        SharedList<Object> outer = two.create("outer", SharedList.of(Codecs.kryo(Object.class, StockOf.class)));
        for (Object shared : List.of(inner, map, one.share(List.of(1)), one.create("hits", SharedLong.type()), bean)) {
            assertThatExceptionOfType(CodecException.class)
                    .isThrownBy(() -> outer.add(List.of(shared)))
                    .withMessageContaining(shared.getClass().getName())
                    .withMessageContaining("a copy of what is in it");
        }
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> outer.add(map.keySet()))
                .withMessageContaining("send a copy in one of java.util");
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> outer.add(bean.get()))
                .withMessageContaining("send a record of what it holds");
        assertThat(outer).isEmpty();
        outer.add(inner.snapshot());
        outer.add(map.snapshot());
        outer.add(new ArrayList<>(map.keySet()));
        outer.add(bean.snapshot(StockOf.class));
        outer.add(outer.snapshot());
        inner.clear();
        map.clear();
        List<Object> expected = List.of(List.of(1L), Map.of("a", 1), List.of("a"), new StockOf(null, 7));
        assertThat(outer.subList(0, 4)).isEqualTo(expected);
        assertThat(outer.get(4)).isEqualTo(expected);
    }

    record StockOf(@Nullable String name, int pieces) {}

    @Test
    void shouldGiveBackWhatIsTakenOut() {
        SharedList<Object> list = one.create("list", SharedList.of(Object.class));
        SharedDeque<Object> deque = one.create("deque", SharedDeque.of(Object.class));
        SharedMap<String, Object> map = one.create("map", SharedMap.of(String.class, Object.class));
        SharedSet<Object> set = one.create("set", SharedSet.of(Object.class));
        SharedQueue<Object> queue =
                one.create("queue", SharedQueue.of(Object.class).capacityBytes(1 << 16));
        Object large = "a text with a block of its own ".repeat(100);
        long used = 0;
        for (int round = 0; round < 200; round++) {
            list.add(large);
            assertThat(list.remove(list.size() - 1)).isEqualTo(large);
            deque.push(large);
            assertThat(deque.pop()).isEqualTo(large);
            map.put("key", large);
            assertThat(map.remove("key")).isEqualTo(large);
            set.add(large);
            assertThat(set.remove(large)).isTrue();
            queue.add(large);
            assertThat(queue.remove()).isEqualTo(large);
            long now = one.deepStatistics().usedBytes();
            if (round == 0) {
                used = now;
            }
            assertThat(now).isEqualTo(used);
        }
    }

    /** A change of each type of object, and looks at it. */
    static Stream<Arguments> everyType() {
        return Stream.of(
                use(SharedInt.type(), value -> value.set(1), SharedInt::get, value -> value.getAndAdd(1)),
                use(SharedLong.type(), value -> value.set(1), SharedLong::get, value -> value.getAndAdd(1)),
                use(SharedBoolean.type(), value -> value.set(true), SharedBoolean::get, value -> value.getAndSet(true)),
                use(SharedDouble.type(), value -> value.set(1), SharedDouble::get, value -> value.addAndGet(1)),
                use(SharedString.type(), value -> value.set("x"), SharedString::get, value -> value.getAndSet("x")),
                use(
                        SharedBytes.type(),
                        value -> value.set(new byte[1]),
                        SharedBytes::get,
                        value -> value.getAndSet(new byte[100])),
                use(
                        SharedReference.of(String.class),
                        value -> value.set("x"),
                        SharedReference::get,
                        value -> value.getAndSet("x")),
                use(
                        SharedRecord.of(Place.class),
                        value -> value.set(new Place("x", 1)),
                        SharedRecord::get,
                        value -> value.updateAndGet(place -> place)),
                use(
                        SharedBean.of(Stock.class),
                        value -> value.update(stock -> stock.setName("x")),
                        value -> value.get().getPieces(),
                        value -> value.get().getName()),
                use(
                        SharedArray.of(ElementType.INT32, 2),
                        value -> value.setLong(0, 1),
                        value -> value.getLong(0),
                        value -> value.asInts().getAndAdd(0, 1),
                        SharedArray::toNdArray),
                use(
                        SharedVector.of(ElementType.INT32),
                        value -> value.append(1),
                        SharedVector::size,
                        SharedVector::toNdArray),
                use(
                        SharedMap.of(String.class, Long.class),
                        SharedMap::clear,
                        value -> value.get("a"),
                        value -> value.put("a", 1L),
                        value -> value.merge("a", 1L, Long::sum),
                        SharedMap::size,
                        value -> value.entrySet().iterator().hasNext()),
                use(
                        SharedSet.of(String.class),
                        SharedSet::clear,
                        value -> value.contains("a"),
                        value -> value.add("a"),
                        SharedSet::size,
                        value -> value.iterator().hasNext()),
                use(
                        SharedList.of(String.class),
                        SharedList::clear,
                        value -> value.get(0),
                        value -> value.add("a"),
                        SharedList::size,
                        SharedList::snapshot,
                        value -> value.iterator().hasNext(),
                        value -> value.contains("a")),
                use(
                        SharedDeque.of(String.class),
                        value -> value.rotate(1),
                        SharedDeque::peek,
                        SharedDeque::poll,
                        value -> value.offer("a"),
                        SharedDeque::size,
                        SharedDeque::snapshot),
                use(
                        FrozenMap.of(String.class, Long.class).holding(Map.of("a", 1L)),
                        value -> value.forEach((key, number) -> {}),
                        value -> value.get("a"),
                        FrozenMap::size,
                        value -> value.entrySet().iterator().next()),
                use(
                        FrozenSet.of(String.class).holding(Set.of("a")),
                        value -> value.forEach(element -> {}),
                        value -> value.contains("a"),
                        FrozenSet::size,
                        value -> value.iterator().next()),
                use(
                        SharedLocks.type(),
                        value -> value.get("a").lock(),
                        value -> value.get("a").tryLock(),
                        SharedLocks::holders),
                use(
                        SharedQueue.of(String.class).capacityBytes(1 << 16),
                        SharedQueue::clear,
                        value -> value.offer("a"),
                        SharedQueue::poll,
                        SharedQueue::size),
                use(
                        SharedTopic.of(String.class).capacityBytes(1 << 16),
                        value -> value.publish("a"),
                        value -> value.offer("a"),
                        SharedTopic::subscribe,
                        SharedTopic::statistics));
    }

    record Place(String city, int number) {}

    /** Of some goods. */
    interface Stock {
        String getName();

        void setName(String name);

        int getPieces();

        void setPieces(int pieces);
    }

    private interface Change<T> {
        void make(T object) throws InterruptedException;
    }

    private interface Look<T> {
        @Nullable
        Object at(T object);
    }

    @SafeVarargs
    private static <T extends SharedObject> Arguments use(SharedType<T> type, Change<T> change, Look<T>... looks) {
        return Arguments.of(type, change, List.of(looks));
    }

    @ParameterizedTest
    @MethodSource("everyType")
    <T extends SharedObject> void shouldSayThatWhatIsUsedIsClosed(
            SharedType<T> type, Change<T> change, List<Look<T>> looks) {
        T here = one.create("object", type);
        T there = two.open("object", type);
        assertThat(there.isOpen()).isTrue();
        here.close();
        here.close();
        two.close();
        for (T closed : List.of(here, there)) {
            assertThat(closed.isOpen()).isFalse();
            assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> change.make(closed));
            for (Look<T> look : looks) {
                assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> look.at(closed));
            }
            closed.close();
        }
        T again = one.open("object", type);
        assertThat(again.isOpen()).isTrue();
        assertThat(one.verify()).isEmpty();
    }

    @Test
    void shouldDoWithACounterAndDefaultsWhatADictDoes() {
        SharedMap<String, Long> here = one.create("map", SharedMap.of(String.class, Long.class));
        SharedMap<String, Long> there = two.open("map", SharedMap.of(String.class, Long.class));
        for (String word : "a b a c a b".split(" ")) {
            (word.equals("a") ? here : there).merge(word, 1L, Long::sum);
        }
        assertThat(here).isEqualTo(Map.of("a", 3L, "b", 2L, "c", 1L));
        assertThat(there.putIfAbsent("c", 7L)).as("setdefault").isEqualTo(1);
        assertThat(there.getOrDefault("d", 7L)).isEqualTo(7);
        here.putAll(Map.of("c", 5L, "e", 6L));
        assertThat(there).as("|=").isEqualTo(Map.of("a", 3L, "b", 2L, "c", 5L, "e", 6L));
        SharedSet<Integer> set = one.create("set", SharedSet.of(Integer.class));
        set.addAll(Set.of(1, 2, 3));
        set.retainAll(Set.of(2, 3, 4));
        set.removeAll(Set.of(3));
        assertThat(two.open("set", SharedSet.of(Integer.class))).containsExactly(2);
    }

    @Test
    void shouldKeepTheOrderOfAMapThatIsAValueOrFrozen() {
        Map<String, Object> ordered = new LinkedHashMap<>();
        for (int i = 40; i > 0; i--) {
            ordered.put("key " + i * 7 % 41, i);
        }
        SharedList<Object> list = one.create("list", SharedList.of(Object.class));
        list.add(ordered);
        FrozenMapType<String, Object> type = FrozenMap.of(String.class, Object.class);
        one.create("frozen", type.holding(ordered)).close();
        Map<?, ?> found =
                (Map<?, ?>) two.open("list", SharedList.of(Object.class)).get(0);
        assertThat(new ArrayList<Object>(found.keySet())).isEqualTo(new ArrayList<Object>(ordered.keySet()));
        assertThat(two.open("frozen", type).keySet()).containsExactlyElementsOf(ordered.keySet());
        Deque<Object> deque = new ArrayDeque<>(List.of(3, 1, 2));
        list.set(0, deque);
        assertThat((Deque<?>) two.open("list", SharedList.of(Object.class)).get(0))
                .isExactlyInstanceOf(ArrayDeque.class)
                .asInstanceOf(InstanceOfAssertFactories.ITERABLE)
                .containsExactly(3, 1, 2);
    }

    enum Field {
        PRICE,
        PIECES,
        NAME
    }

    @Test
    void shouldHaveAFieldForEachConstantOfAnEnum() {
        SharedMap<Field, Object> here = one.create("struct", SharedMap.of(Field.class, Object.class));
        SharedMap<Field, Object> there = two.open("struct", SharedMap.of(Field.class, Object.class));
        here.put(Field.PRICE, 1.5);
        here.put(Field.NAME, "apples");
        assertThat(there.get(Field.PIECES)).isNull();
        assertThat(there.put(Field.PRICE, 2.5)).isEqualTo(1.5);
        here.put(Field.PRICE, 1.5);
        assertThat(new EnumMap<>(here)).containsExactly(Map.entry(Field.PRICE, 1.5), Map.entry(Field.NAME, "apples"));
    }

    record Complex(double re, double im) {}

    record Slice(Integer start, Integer stop, Integer step) {}

    @Test
    void shouldHaveRecordsForComplexNumbersAndSlices() {
        SharedList<Object> list =
                one.create("list", SharedList.of(Codecs.kryo(Object.class, Complex.class, Slice.class)));
        List<Object> values = List.of(new Complex(1.5, -0.0), new Slice(null, 5, -1), List.of(new Complex(0, 1)));
        list.addAll(values);
        assertThat(two.open("list", SharedList.of(Codecs.kryo(Object.class, Complex.class, Slice.class))))
                .isEqualTo(values);
        SharedRecord<Complex> number = one.create("number", SharedRecord.of(Complex.class));
        number.set(new Complex(Double.NaN, 2));
        assertThat(two.open("number", SharedRecord.of(Complex.class)).get()).isEqualTo(new Complex(Double.NaN, 2));
    }

    @Test
    void shouldLoseAndRepeatNothingBetweenSendersAndReceivers() throws Exception {
        QueueType<Long> type = SharedQueue.of(Long.class).capacityBytes(1 << 16);
        one.create("queue", type);
        int each = 20_000;
        int senders = 2;
        ConcurrentLinkedQueue<Long> received = new ConcurrentLinkedQueue<>();
        List<Future<?>> all = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int i = 0; i < senders; i++) {
                SharedQueue<Long> queue = (i == 0 ? one : two).open("queue", type);
                long first = (long) i * each;
                all.add(threads.submit(() -> {
                    for (long n = first; n < first + each; n++) {
                        queue.put(n);
                    }
                    return null;
                }));
                all.add(threads.submit(() -> {
                    // As many as one sender sends: who sends them is open.
                    for (int n = 0; n < each; n++) {
                        received.add(Objects.requireNonNull(queue.poll(WATCHDOG_SECONDS, TimeUnit.SECONDS)));
                    }
                    return null;
                }));
            }
            for (Future<?> done : all) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(received).hasSize(senders * each).doesNotHaveDuplicates();
        assertThat(one.open("queue", type).isEmpty()).isTrue();
    }

    @Test
    void shouldReadNothingWhereNothingWasWritten() {
        QueueType<String> type = SharedQueue.of(String.class).capacityBytes(1 << 16);
        SharedQueue<String> here = one.create("queue", type);
        SharedQueue<String> there = two.open("queue", type);
        for (int lap = 0; lap < 3_000; lap++) {
            assertThat(there.poll()).isNull();
            assertThat(there.peek()).isNull();
            here.add("message " + lap);
            here.add("another of lap " + lap);
            assertThat(there.poll()).isEqualTo("message " + lap);
            there.clear();
            assertThat(here.isEmpty()).as("at once, for all").isTrue();
            assertThat(here.size()).isZero();
        }
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"})
    void shouldRefuseWhatIsOfAnotherType() {
        SharedQueue queue = one.create("queue", SharedQueue.of(String.class).capacityBytes(1 << 16));
        SharedList list = one.create("list", SharedList.of(Long.class));
        SharedMap map = one.create("map", SharedMap.of(String.class, Place.class));
        SharedSet set = one.create("set", SharedSet.of(Place.class));
        SharedReference reference = one.create("reference", SharedReference.of(Place.class));
        queue.add("a");
        list.add(1L);
        map.put("a", new Place("x", 1));
        for (Runnable change : List.<Runnable>of(
                () -> queue.add(5),
                () -> list.add("b"),
                () -> list.set(0, "b"),
                () -> map.put("a", "b"),
                () -> map.put(1, new Place("x", 1)),
                () -> set.add("b"),
                () -> reference.set("b"))) {
            assertThatExceptionOfType(RuntimeException.class)
                    .isThrownBy(change::run)
                    .isInstanceOfAny(ClassCastException.class, CodecException.class);
        }
        assertThat(queue.peek()).isEqualTo("a");
        assertThat(list).isEqualTo(List.of(1L));
        assertThat(map).isEqualTo(Map.of("a", new Place("x", 1)));
        assertThat(set).isEmpty();
        assertThat(reference.get()).isNull();
        assertThat(one.deepStatistics().tentativeBytes()).isZero();
    }

    @Test
    void shouldHaveOneFileForAllThatIsInASegment() {
        List<String> before = directory.files();
        for (int i = 0; i < 10; i++) {
            one.create("queue " + i, SharedQueue.of(byte[].class).capacityBytes(1 << 16))
                    .add(new byte[100]);
        }
        assertThat(directory.files()).isEqualTo(before);
        assertThat(before).filteredOn(file -> !file.startsWith("desk.")).containsExactly("desk");
    }

    /** In stores, since times depend on the machine. */
    @Test
    void shouldMoveNothingElseWhenAnElementIsTakenFromAnEnd() {
        World.Process process = World.ofBytes(8 << 20).process(World.SURVIVOR);
        SharedDeque<Object> deque = process.objects.openOrCreate("deque", SharedDeque.of(Object.class));
        List<Integer> ofFew = new ArrayList<>();
        List<Integer> ofMany = new ArrayList<>();
        for (List<Integer> stores : List.of(ofFew, ofMany)) {
            deque.clear();
            for (long i = 0; i < (stores == ofFew ? 10 : 50_000); i++) {
                deque.add(i);
            }
            for (Runnable step : List.<Runnable>of(
                    deque::removeFirst, deque::removeLast, () -> deque.addFirst(-1L), () -> deque.addLast(-2L))) {
                process.memory.arm(Long.MAX_VALUE);
                step.run();
                stores.add(process.memory.trace().size());
            }
        }
        assertThat(ofMany).isEqualTo(ofFew);
    }

    /** In looks at the memory, since times depend on the machine. */
    @Test
    void shouldNotLookAtEveryBlockForAFreeOne() {
        World.Process process = World.ofBytes(8 << 20).process(World.SURVIVOR);
        for (int blocks = 0; blocks < 60_000; blocks++) {
            process.heap.commit(process.heap.allocate(64, 0));
        }
        AtomicInteger looks = new AtomicInteger();
        process.memory.beforeAccess(looks::incrementAndGet);
        for (int bytes : new int[] {1, 64, 3_000, 8_000, 100_000}) {
            looks.set(0);
            process.heap.commit(process.heap.allocate(bytes, 0));
            assertThat(looks.get()).as("looks for %s bytes", bytes).isLessThan(1_000);
        }
    }
}
