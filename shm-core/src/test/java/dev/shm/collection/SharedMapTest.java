package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.SharedMemory;
import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.error.CodecException;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentClosedException;
import dev.shm.memory.Memory;
import dev.shm.segment.SegmentLayout;
import dev.shm.testing.Watchdog;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a map does beyond what any map does; for that see {@link MapAsCollectionTest}. */
class SharedMapTest {

    private static final MapType<String, Long> STOCK = SharedMap.of(String.class, Long.class);
    private static final MapType<String, String> TEXTS = SharedMap.of(String.class, String.class);
    private static final String LONG = "x".repeat(1_000);

    record Trade(String symbol, int pieces, List<Double> prices) {}

    /** Does not equal itself when it is read again: arrays have no equals. */
    private record Tick(double[] prices) {}

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    private SharedMemory mine() {
        return segment.mine();
    }

    private SharedMemory theirs() {
        return segment.theirs();
    }

    // ------------------------------------------------------------------------------------------- opening

    @Test
    void shouldShowEachProcessWhatTheOtherPut() {
        SharedMap<String, Long> mine = mine().openOrCreate("stock", STOCK);
        SharedMap<String, Long> theirs = theirs().openOrCreate("stock", STOCK);
        assertThat(mine.put("apples", 3L)).isNull();
        assertThat(theirs.put("apples", 4L)).isEqualTo(3L);
        assertThat(mine).containsExactlyEntriesOf(Map.of("apples", 4L));
        assertThat(theirs.remove("apples")).isEqualTo(4L);
        assertThat(mine).isEmpty();
        assertThat(mine.name()).isEqualTo("stock");
    }

    @Test
    void shouldFindAKeyAgainWhereverAnotherProcessPutItMeanwhile() {
        for (String key : List.of("short", "a key that is too long to lie in its entry")) {
            SharedMap<String, Long> mine = mine().openOrCreate("stock", STOCK);
            SharedMap<String, Long> theirs = theirs().openOrCreate("stock", STOCK);
            SharedSet<String> mySet = mine().openOrCreate("set", SharedSet.of(String.class));
            SharedSet<String> theirSet = theirs().openOrCreate("set", SharedSet.of(String.class));
            long value = 0;
            for (int round = 0; round < 100; round++) {
                theirs.put(key, ++value);
                theirSet.add(key);
                assertThat(mine.get(key)).isEqualTo(value);
                assertThat(mine.containsKey(key)).isTrue();
                assertThat(mySet.contains(key)).isTrue();
                switch (round % 4) {
                    case 0 -> {
                        theirs.remove(key);
                        theirSet.remove(key);
                    }
                    case 1 -> {
                        theirs.clear();
                        theirSet.clear();
                    }
                    case 2 -> { // Its entry is another key's.
                        theirs.remove(key);
                        theirSet.remove(key);
                        for (int i = 0; i < 10 * round; i++) {
                            theirs.put("k" + i, 1L);
                            theirSet.add("k" + i);
                        }
                    }
                    default -> { // Its table is another one, and it is still there.
                        for (int i = 0; i < 20 * round; i++) {
                            theirs.put("m" + i, 1L);
                            theirSet.add("m" + i);
                        }
                        assertThat(mine.get(key)).isEqualTo(value);
                        assertThat(mySet.contains(key)).isTrue();
                        theirs.remove(key);
                        theirSet.remove(key);
                    }
                }
                assertThat(mine.get(key)).isNull();
                assertThat(mine.containsKey(key)).isFalse();
                assertThat(mySet.contains(key)).isFalse();
            }
            mine().destroy("stock");
            mine().destroy("set");
            List.of(mine, theirs).forEach(SharedMap::close);
            List.of(mySet, theirSet).forEach(SharedSet::close);
        }
    }

    @Test
    void shouldFindNoKeyAgainAfterClosing() {
        SharedMap<String, Long> mine = mine().create("stock", STOCK);
        mine.put("apples", 1L);
        assertThat(mine.get("apples")).isEqualTo(1L);
        assertThat(mine.get("apples")).isEqualTo(1L);
        mine.close();
        assertThatThrownBy(() -> mine.get("apples")).isInstanceOf(SegmentClosedException.class);
        assertThatThrownBy(() -> mine.containsKey("apples")).isInstanceOf(SegmentClosedException.class);
    }

    @Test
    void shouldNameBothTypesWhenTheyDiffer() {
        mine().create("stock", STOCK);
        assertThatThrownBy(() -> theirs().open("stock", TEXTS))
                .isInstanceOf(ObjectTypeMismatchException.class)
                .hasMessageContaining("map of string to long")
                .hasMessageContaining("map of string to string");
        assertThatThrownBy(() -> theirs().open("stock", SharedSet.of(String.class)))
                .isInstanceOf(ObjectTypeMismatchException.class)
                .hasMessageContaining("set of string");
    }

    @Test
    void shouldBeTheSameTypeByClassAndByCodecAndWhateverIsExpected() {
        mine().create("stock", SharedMap.of(Codecs.string(), Codecs.longs())).put("a", 1L);
        try (SharedMap<String, Long> stock = theirs().open("stock", STOCK.expectedEntries(1_000))) {
            assertThat(stock.get("a")).isEqualTo(1L);
        }
    }

    @Test
    void shouldRefuseToWorkWhenClosed() {
        SharedMap<String, Long> stock = mine().create("stock", STOCK);
        stock.put("a", 1L);
        stock.close();
        assertThat(stock.isOpen()).isFalse();
        assertThat(stock).hasToString("closed");
        for (Callable<?> use : List.<Callable<?>>of(
                () -> stock.get("a"),
                () -> stock.containsKey("a"),
                () -> stock.put("a", 2L),
                () -> stock.remove("a"),
                () -> stock.merge("a", 1L, Long::sum),
                stock::size,
                () -> {
                    stock.clear();
                    return null;
                },
                stock::snapshot,
                () -> stock.keySet().iterator())) {
            assertThatThrownBy(use::call).isInstanceOf(SegmentClosedException.class);
        }
        assertThat(theirs().open("stock", STOCK)).containsEntry("a", 1L);
    }

    @Test
    void shouldGiveBackAllMemoryWhenDestroyed() {
        long before = mine().deepStatistics().usedBytes();
        SharedMap<String, String> texts = mine().create("texts", TEXTS);
        for (int i = 0; i < 2_000; i++) {
            texts.put("key " + i + (i % 2 == 0 ? LONG : ""), i % 3 == 0 ? LONG : "short");
        }
        mine().destroy("texts");
        assertThat(texts.get("key 1")).isEqualTo("short");
        texts.close();
        assertThat(mine().deepStatistics().usedBytes()).isEqualTo(before);
    }

    // ------------------------------------------------------------------------------------------- content

    @Test
    void shouldKeepValuesOfAnySizeAsTheyGrowAndShrink() {
        SharedMap<String, String> mine = mine().create("texts", TEXTS);
        SharedMap<String, String> theirs = theirs().open("texts", TEXTS);
        String before = null;
        for (int length : new int[] {0, 1, 8, 9, 16, 17, 24, 100, 5_000, 300_000, 40, 16, 3, 70_000, 0}) {
            String value = "z".repeat(length);
            assertThat(mine.put("key", value)).isEqualTo(before);
            assertThat(theirs.get("key")).isEqualTo(value);
            before = value;
            String key = "k".repeat(length);
            theirs.put(key, value);
            assertThat(mine.get(key)).isEqualTo(value);
            assertThat(mine.containsKey(key)).isTrue();
        }
        assertThat(mine).hasSize(14);
    }

    @Test
    void shouldTellKeysApartThatDifferOnlyInLengthOrInZeros() {
        SharedMap<String, Long> stock = mine().create("stock", STOCK);
        List<String> keys =
                List.of("", "\0", "\0\0", "a", "a\0", "a\0\0\0\0\0\0\0\0\0", "\0a", "ä", "a\u0308", "\uD83D\uDE00");
        for (int i = 0; i < keys.size(); i++) {
            stock.put(keys.get(i), (long) i);
        }
        for (int i = 0; i < keys.size(); i++) {
            assertThat(stock.get(keys.get(i))).isEqualTo(i);
        }
        assertThat(stock.keySet()).containsExactlyInAnyOrderElementsOf(keys);
    }

    @Test
    void shouldTakeBytesForKeysAndValues() {
        SharedMap<byte[], byte[]> bytes = mine().create("bytes", SharedMap.of(byte[].class, byte[].class));
        bytes.put(new byte[] {1, 2}, new byte[] {3});
        assertThat(bytes.get(new byte[] {1, 2})).containsExactly(3);
        assertThat(bytes.replace(new byte[] {1, 2}, new byte[] {3}, new byte[100]))
                .isTrue();
        assertThat(bytes.containsValue(new byte[100])).isTrue();
        assertThat(bytes.remove(new byte[] {1, 2}, new byte[99])).isFalse();
        assertThat(bytes.remove(new byte[] {1, 2}, new byte[100])).isTrue();
        assertThat(bytes).isEmpty();
    }

    @Test
    void shouldTakeRecordsByKryo() {
        MapType<String, Trade> type = SharedMap.of(String.class, Trade.class);
        Trade trade = new Trade("ACME", 3, new ArrayList<>(List.of(1.5, 2.5)));
        mine().create("trades", type).put("one", trade);
        SharedMap<String, Trade> trades = theirs().open("trades", type);
        assertThat(trades.get("one")).isEqualTo(trade);
        assertThat(trades.replace("one", trade, new Trade("ACME", 4, new ArrayList<>())))
                .isTrue();
        trades.computeIfPresent("one", (key, found) -> {
            found.prices().add(9.0);
            return found;
        });
        assertThat(trades.get("one").prices())
                .as("changed in place and given back")
                .containsExactly(9.0);
    }

    @Test
    void shouldTakeEqualCollectionsForTheSameKey() {
        SharedMap<Object, Long> map = mine().create("map", SharedMap.of(Object.class, Long.class));
        SharedMap<Object, Long> theirs = theirs().open("map", SharedMap.of(Object.class, Long.class));
        map.put(List.of(1, 2), 1L);
        assertThat(theirs.get(new ArrayList<>(List.of(1, 2)))).isEqualTo(1L);
        assertThat(theirs.containsKey(List.of(2, 1))).isFalse();
        map.put(Set.of("a", "b", "c"), 2L);
        assertThat(theirs.merge(new TreeSet<>(List.of("c", "b", "a")), 1L, Long::sum))
                .isEqualTo(3L);
        List<Object> withNull = Arrays.asList(null, new int[] {1}, new byte[] {2}, Map.of("a", List.of(LONG)));
        map.put(Map.of("list", withNull), 4L);
        assertThat(theirs.remove(new TreeMap<>(Map.of("list", new LinkedList<>(withNull)))))
                .isEqualTo(4L);
        assertThat(theirs).containsOnlyKeys(List.of(1, 2), Set.of("c", "b", "a"));
        theirs.keySet().removeIf(Set.class::isInstance);
        @SuppressWarnings("unchecked")
        List<Object> read = (List<Object>) theirs.keySet().iterator().next();
        assertThatThrownBy(() -> read.add(3)).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void shouldTakeKeysThatAreDeclaredAsCollections() {
        MapType<List<String>, Long> type = SharedMap.of(listOfStrings(), Long.class);
        SharedMap<List<String>, Long> map = mine().create("map", type);
        map.put(List.of("a", "b"), 1L);
        assertThat(theirs().open("map", type).get(Arrays.asList("a", "b"))).isEqualTo(1L);
        Object set = Set.of("a", "b");
        assertThat(map.get(set)).isNull();
        assertThatThrownBy(() -> theirs().open("map", SharedMap.of(Object.class, Long.class)))
                .isInstanceOf(ObjectTypeMismatchException.class);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Class<List<String>> listOfStrings() {
        return (Class) List.class;
    }

    @Test
    void shouldRefuseAKeyThatCannotBeOne() {
        SharedMap<Object, Long> map = mine().create("map", SharedMap.of(Object.class, Long.class));
        List<Object> itself = new ArrayList<>();
        itself.add(itself);
        assertThatThrownBy(() -> map.put(itself, 1L))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("contains itself");
        assertThatThrownBy(() -> map.put(List.of(new StringBuilder()), 1L))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("java.lang.StringBuilder");
        // Half of a surrogate pair has no bytes of its own.
        assertThatThrownBy(() -> map.put(Map.of("\uD800", 1, "\uDC00", 2), 1L))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("the same bytes");
        assertThat(map.get(itself)).isNull();
        assertThat(map.containsKey(List.of(new StringBuilder()))).isFalse();
        assertThat(map).isEmpty();
        map.put(Set.of("\uD800", "\uDC00"), 1L);
        assertThat(map.get(Set.of("?"))).isEqualTo(1L);
    }

    @Test
    void shouldDecideByBytesWhereEqualsAndBytesDisagree() {
        Codec<Object> lowerCase = new Codec<>() {
            @Override
            public String name() {
                return "lower case";
            }

            @Override
            public int size(Object value) {
                return UNKNOWN_SIZE;
            }

            @Override
            public void encode(Object value, ByteBuffer target) {
                target.put(value.toString().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8));
            }

            @Override
            public Object decode(ByteBuffer source) {
                byte[] bytes = new byte[source.remaining()];
                source.get(bytes);
                return new String(bytes, StandardCharsets.UTF_8);
            }
        };
        SharedMap<Object, Long> map = mine().create("map", SharedMap.of(lowerCase, Codecs.longs()));
        map.put("KEY", 1L);
        map.put("Key", 2L);
        assertThat(map).hasSize(1).containsEntry("key", 2L);
    }

    @Test
    void shouldReplaceAndRemoveWhatThisProcessCannotRead() {
        SharedMap<String, Object> map = mine().create("map", SharedMap.of(String.class, Object.class));
        map.put("a", "text");
        map.put("b", 1L);
        // As if a newer version had written it.
        writeUnknownTag(map, "text");
        assertThatThrownBy(() -> map.get("a"))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("tag 200");
        assertThatThrownBy(() -> map.put("a", "b")).isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> map.get("a")).as("nothing has changed").isInstanceOf(CodecException.class);
        assertThat(map.get("b")).isEqualTo(1L);
        map.set("a", "new");
        assertThat(map.get("a")).isEqualTo("new");
        writeUnknownTag(map, "new");
        map.putAll(Map.of("a", "newer", "b", 2L));
        assertThat(map).isEqualTo(Map.of("a", "newer", "b", 2L));
        writeUnknownTag(map, "newer");
        assertThat(map.keySet().remove("a")).isTrue();
        assertThat(map).containsOnlyKeys("b");
    }

    private static void writeUnknownTag(SharedMap<?, ?> map, String value) {
        Memory memory = Bytes.memory(map);
        Bytes.eachEntry(map, entry -> {
            if (memory.getLong(entry + MapLayout.VALUE) == NativeElements.STRING.quickWord(value)) {
                long meta = memory.getLong(entry + MapLayout.META);
                int unknown = MapLayout.elementMeta(200, MapLayout.bytes(MapLayout.valueMeta(meta)));
                memory.putLong(entry + MapLayout.META, MapLayout.withValue(meta, unknown));
            }
        });
    }

    // ------------------------------------------------------------------------------------------- limits

    @Test
    void shouldRefuseNull() {
        SharedMap<String, Long> stock = mine().create("stock", STOCK);
        for (Callable<?> use : List.<Callable<?>>of(
                () -> stock.get(null),
                () -> stock.containsKey(null),
                () -> stock.containsValue(null),
                () -> stock.put(null, 1L),
                () -> stock.put("a", null),
                () -> stock.putIfAbsent("a", null),
                () -> stock.replace("a", null),
                () -> stock.replace("a", 1L, null),
                () -> stock.replace("a", null, 1L),
                () -> stock.remove(null),
                () -> stock.remove(null, 1L),
                () -> stock.merge("a", null, Long::sum),
                () -> stock.compute("a", null),
                () -> stock.compute(null, (key, value) -> 1L),
                () -> stock.computeIfAbsent("a", null),
                () -> {
                    stock.forEach(null);
                    return null;
                },
                () -> {
                    stock.replaceAll((key, value) -> null);
                    return null;
                })) {
            if (stock.isEmpty()) {
                stock.put("there", 1L);
            }
            assertThatThrownBy(use::call).isInstanceOf(NullPointerException.class);
        }
        assertThat(stock).containsExactlyEntriesOf(Map.of("there", 1L));
    }

    @Test
    void shouldChangeNothingWhenTheSegmentIsFull() {
        SharedMap<String, String> texts = mine().create("texts", TEXTS);
        Map<String, String> expected = new HashMap<>();
        String value = "v".repeat(100_000);
        try {
            for (int i = 0; ; i++) {
                texts.put("key " + i, value);
                expected.put("key " + i, value);
            }
        } catch (OutOfSharedMemoryException e) {
            assertThat(e).hasMessageContaining("larger size(...)");
        }
        long used = mine().deepStatistics().usedBytes();
        assertThatThrownBy(() -> texts.put("key 1", value + value)).isInstanceOf(OutOfSharedMemoryException.class);
        assertThatThrownBy(() -> texts.compute("key 1", (key, before) -> value + value))
                .isInstanceOf(OutOfSharedMemoryException.class);
        assertThatThrownBy(() -> texts.put("k".repeat(200_000), value)).isInstanceOf(OutOfSharedMemoryException.class);
        assertThat(mine().deepStatistics().usedBytes()).isEqualTo(used);
        assertThat(texts).isEqualTo(expected);
        texts.remove("key 1");
        texts.put("key 1", "short");
        assertThat(theirs().open("texts", TEXTS)).containsEntry("key 1", "short");
    }

    @Test
    void shouldNotGrowWhereThereIsNoRoom() {
        SharedMap<Integer, Long> numbers = mine().create("numbers", SharedMap.of(Integer.class, Long.class));
        int count = 0;
        try {
            for (; ; count++) {
                numbers.put(count, (long) count);
            }
        } catch (OutOfSharedMemoryException e) {
            assertThat(numbers).hasSize(count);
        }
        assertThat(count).isGreaterThan(100_000);
        for (int i = 0; i < count; i++) {
            assertThat(numbers.get(i)).isEqualTo(i);
        }
        assertThat(mine().verify()).isEmpty();
    }

    @Test
    void shouldNameTheLimitWhenAnElementIsTooLarge() {
        SharedMap<String, byte[]> map = mine().create("map", SharedMap.of(String.class, byte[].class));
        assertThatThrownBy(() -> map.put("a", new byte[64 << 20]))
                .isInstanceOf(OutOfSharedMemoryException.class)
                .hasMessageContaining("67108864 bytes")
                .hasMessageContaining("Store it in parts");
        assertThat(map).isEmpty();
    }

    @Test
    void shouldNeitherGrowNorSlowDownWhenEntriesComeAndGo() {
        SharedMap<Integer, Integer> map = mine().create("map", SharedMap.of(Integer.class, Integer.class));
        for (int i = 0; i < 1_000; i++) {
            map.put(i, i);
        }
        long used = 0;
        for (int i = 1_000; i < 200_000; i++) {
            map.put(i, i);
            map.remove(i - 1_000);
            if (i == 20_000) {
                used = mine().statistics().usedBytes();
            }
        }
        assertThat(map).hasSize(1_000);
        assertThat(mine().statistics().usedBytes()).isLessThanOrEqualTo(2 * used);
        assertThat(mine().verify()).isEmpty();
    }

    @Test
    void shouldHaveRoomFromTheStartForWhatIsExpected() {
        SharedMap<Integer, Integer> map =
                mine().create("map", SharedMap.of(Integer.class, Integer.class).expectedEntries(50_000));
        IntStream.range(0, MapLayout.SHARD_COUNT * 100).forEach(i -> map.put(i, i));
        long used = mine().deepStatistics().usedBytes();
        IntStream.range(0, 50_000).forEach(i -> map.put(i, i));
        assertThat(mine().deepStatistics().usedBytes()).isEqualTo(used);
        assertThatThrownBy(() -> STOCK.expectedEntries(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> STOCK.expectedEntries(1L << 40)).isInstanceOf(IllegalArgumentException.class);
    }

    // ------------------------------------------------------------------------------------------- computing

    @Test
    void shouldChangeNothingWhenAFunctionThrows() {
        SharedMap<String, Long> stock = mine().create("stock", STOCK);
        stock.put("a", 1L);
        for (Callable<?> use : List.<Callable<?>>of(
                () -> stock.compute("a", SharedMapTest::fail),
                () -> stock.computeIfPresent("a", SharedMapTest::fail),
                () -> stock.merge("a", 1L, SharedMapTest::fail),
                () -> stock.computeIfAbsent("b", key -> fail(key, key)),
                () -> stock.compute("b", SharedMapTest::fail))) {
            assertThatThrownBy(use::call)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("on purpose");
        }
        assertThat(stock).containsExactlyEntriesOf(Map.of("a", 1L));
        stock.put("a", 2L);
        assertThat(theirs().open("stock", STOCK).merge("a", 3L, Long::sum)).isEqualTo(5L);
    }

    private static <T, A, B> T fail(A one, B other) {
        throw new IllegalArgumentException("on purpose");
    }

    @Test
    void shouldRefuseAFunctionThatChangesTheSameMap() {
        SharedMap<Integer, Long> mine = mine().create("map", SharedMap.of(Integer.class, Long.class));
        SharedMap<Integer, Long> again = mine().open("map", SharedMap.of(Integer.class, Long.class));
        mine.put(1, 1L);
        for (int key = 0; key < 40; key++) {
            int other = key;
            assertThatThrownBy(() -> mine.compute(1, (k, before) -> mine.put(other, 7L)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Return the value");
        }
        assertThatThrownBy(() -> mine.compute(1, (k, before) -> again.put(1, 7L)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> mine.computeIfAbsent(2, k -> {
                    mine.clear();
                    return 1L;
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> mine.merge(1, 1L, (a, b) -> {
                    mine.close();
                    return 1L;
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> mine.merge(1, 1L, (a, b) -> {
                    mine().close();
                    return 1L;
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(mine).containsExactlyEntriesOf(Map.of(1, 1L));
    }

    @Test
    void shouldLetAFunctionRead() {
        SharedMap<String, Long> stock = mine().create("stock", STOCK);
        stock.putAll(Map.of("a", 1L, "b", 2L, "c", 3L));
        assertThat(stock.compute(
                        "d",
                        (key, before) -> stock.values().stream()
                                        .mapToLong(Long::longValue)
                                        .sum()
                                + stock.get("a")
                                + stock.size()))
                .isEqualTo(10L);
    }

    @Test
    void shouldLetOthersReadWhileAFunctionRuns() throws InterruptedException {
        SharedMap<String, Long> stock = mine().create("stock", STOCK);
        SharedMap<String, Long> theirs = theirs().open("stock", STOCK);
        stock.put("a", 1L);
        CountDownLatch computing = new CountDownLatch(1);
        CountDownLatch read = new CountDownLatch(1);
        Thread thread = new Thread(() -> stock.compute("a", (key, before) -> {
            computing.countDown();
            Watchdog.await("the reader", () -> read.getCount() == 0);
            return 2L;
        }));
        thread.start();
        computing.await();
        assertThat(theirs.get("a")).isEqualTo(1L);
        assertThat(theirs.snapshot()).isEqualTo(Map.of("a", 1L));
        assertThat(new HashMap<>(theirs)).isEqualTo(Map.of("a", 1L));
        read.countDown();
        thread.join();
        assertThat(theirs.get("a")).isEqualTo(2L);
    }

    // ------------------------------------------------------------------------------------------- iterating

    @Test
    void shouldIterateOverWhatIsThereAllAlongWhileTheTableGrows() {
        SharedMap<Integer, String> map = mine().create("map", SharedMap.of(Integer.class, String.class));
        for (int i = 0; i < 1_000; i++) {
            map.put(i, i % 2 == 0 ? "short" : LONG);
        }
        SharedMap<Integer, String> theirs = theirs().open("map", SharedMap.of(Integer.class, String.class));
        List<Integer> seen = new ArrayList<>();
        int others = 2_000;
        for (Map.Entry<Integer, String> entry : map.entrySet()) {
            seen.add(entry.getKey());
            for (int i = 0; i < 30; i++) {
                theirs.put(others++, LONG);
                theirs.remove(others > 2_015 ? others - 15 : 2_000);
            }
            theirs.put(entry.getKey(), LONG + 2);
        }
        Set<Integer> distinct = new HashSet<>(seen);
        assertThat(distinct).as("none twice").hasSize(seen.size());
        assertThat(distinct).containsAll(IntStream.range(0, 1_000).boxed().toList());
    }

    @Test
    void shouldLeaveOutOrShowAnewWhatChangedAheadOfAnIterator() {
        SharedMap<Integer, String> map = mine().create("map", SharedMap.of(Integer.class, String.class));
        IntStream.range(0, 100).forEach(i -> map.put(i, LONG));
        var iterator = map.entrySet().iterator();
        int first = iterator.next().getKey();
        IntStream.range(0, 100).filter(i -> i % 2 == 0 && i != first).forEach(map::remove);
        IntStream.range(0, 100).filter(i -> i % 2 == 1).forEach(i -> map.put(i, LONG + i));
        Map<Integer, String> rest = new TreeMap<>();
        iterator.forEachRemaining(entry -> rest.put(entry.getKey(), entry.getValue()));
        assertThat(rest).allSatisfy((key, value) -> assertThat(value).isEqualTo(LONG + key));
        assertThat(rest.keySet())
                .isEqualTo(IntStream.range(0, 100)
                        .filter(i -> i % 2 == 1 && i != first)
                        .boxed()
                        .collect(Collectors.toSet()));
    }

    @Test
    void shouldIterateOverWhatIsThereWhenItIsDestroyed() {
        SharedMap<Integer, String> map = mine().create("map", SharedMap.of(Integer.class, String.class));
        IntStream.range(0, 200).forEach(i -> map.put(i, i % 2 == 0 ? "short" : LONG));
        var all = map.entrySet().iterator();
        Map<Integer, String> seen = new HashMap<>();
        Map.Entry<Integer, String> first = all.next();
        seen.put(first.getKey(), first.getValue());
        assertThat(theirs().destroy("map")).isTrue();
        all.forEachRemaining(entry -> seen.put(entry.getKey(), entry.getValue()));
        assertThat(seen).hasSize(200).isEqualTo(map);
        assertThat(map.put(1, "still there")).isEqualTo(LONG);
        var late = map.keySet().iterator();
        late.next();
        map.close();
        assertThatThrownBy(() -> late.forEachRemaining(key -> {})).isInstanceOf(SegmentClosedException.class);
        assertThatThrownBy(late::remove).isInstanceOf(SegmentClosedException.class);
        assertThatThrownBy(() -> map.entrySet().removeIf(entry -> true)).isInstanceOf(SegmentClosedException.class);
        assertThat(mine().deepStatistics().usedBytes()).isZero();
    }

    @Test
    void shouldIterateOverASetThatIsDestroyed() {
        SharedSet<String> set = mine().create("set", SharedSet.of(String.class));
        IntStream.range(0, 200).forEach(i -> set.add(i % 2 == 0 ? "e" + i : LONG + i));
        var all = set.iterator();
        Set<String> seen = new HashSet<>(Set.of(all.next()));
        assertThat(theirs().destroy("set")).isTrue();
        all.forEachRemaining(seen::add);
        assertThat(seen).hasSize(200).isEqualTo(set);
        var late = set.iterator();
        late.next();
        set.close();
        assertThatThrownBy(() -> late.forEachRemaining(element -> {})).isInstanceOf(SegmentClosedException.class);
        assertThatThrownBy(late::remove).isInstanceOf(SegmentClosedException.class);
        assertThat(mine().deepStatistics().usedBytes()).isZero();
    }

    @Test
    void shouldKeepASnapshotAsItWas() {
        SharedMap<String, String> texts = mine().create("texts", TEXTS);
        texts.putAll(Map.of("a", "1", "b", LONG));
        Map<String, String> snapshot = texts.snapshot();
        texts.clear();
        assertThat(snapshot).isEqualTo(Map.of("a", "1", "b", LONG));
        assertThat(texts).isEmpty();
        assertThat(texts.put("a", "2")).isNull();
    }

    @Test
    void shouldStreamAndReplaceAll() {
        SharedMap<String, Long> stock = mine().create("stock", STOCK);
        stock.putAll(Map.of("a", 1L, "b", 2L, "c", 3L));
        stock.replaceAll((key, value) -> value * 10);
        assertThat(stock.values().parallelStream().mapToLong(Long::longValue).sum())
                .isEqualTo(60);
        assertThat(stock.entrySet().removeIf(entry -> entry.getValue() > 20)).isTrue();
        assertThat(stock.values().removeIf(value -> value == 10)).isTrue();
        assertThat(stock.keySet()).containsExactly("b");
        assertThat(stock.mappingCount()).isEqualTo(1);
    }

    @Test
    void shouldRemoveWhatAFilterFindsWhateverItsEqualsSays() {
        MapType<Integer, Tick> type = SharedMap.of(Integer.class, Tick.class);
        SharedMap<Integer, Tick> ticks = mine().create("ticks", type);
        SharedMap<Integer, Tick> theirs = theirs().open("ticks", type);
        for (int i = 0; i < 100; i++) {
            ticks.put(i, new Tick(new double[i % 2 == 0 ? 0 : 5]));
        }
        assertThat(ticks.values().removeIf(tick -> tick.prices().length == 5)).isTrue();
        assertThat(theirs).hasSize(50);
        assertThat(ticks.entrySet().removeIf(entry -> entry.getKey() < 40)).isTrue();
        assertThat(theirs).hasSize(30);
        // What was put meanwhile is another value, of which the filter knows nothing.
        assertThat(ticks.entrySet().removeIf(entry -> theirs.put(entry.getKey(), new Tick(new double[9])) != null))
                .isFalse();
        assertThat(theirs).hasSize(30);
    }

    /** The blocks that were copied with the shard are gone when their turn comes. */
    @Test
    void shouldRemoveWhatAFilterFindsOfWhatChangedMeanwhile() {
        MapType<String, Tick> type = SharedMap.of(String.class, Tick.class);
        SharedMap<String, Tick> ticks = mine().create("ticks", type);
        SharedMap<String, Tick> theirs = theirs().open("ticks", type);
        long seed = Bytes.memory(ticks).getLong(SegmentLayout.HASH_SEED);
        List<String> keys = IntStream.range(0, 20)
                .mapToObj(i -> ShardOfKeys.inShard(3, seed, i))
                .toList();
        keys.forEach(key -> ticks.put(key, new Tick(new double[5])));
        int[] asked = new int[1];
        assertThat(ticks.values().removeIf(tick -> {
                    if (asked[0]++ == 0) {
                        keys.forEach(key -> theirs.computeIfPresent(key, (k, before) -> new Tick(new double[7])));
                    }
                    return tick.prices().length == 7;
                }))
                .isTrue();
        assertThat(asked[0]).as("each is asked for once").isEqualTo(20);
        assertThat(theirs).hasSize(1);
    }

    @Test
    void shouldKeepASetOfElementsOfAnySize() {
        SetType<String> type = SharedSet.of(String.class).expectedElements(100);
        SharedSet<String> mine = mine().create("set", type);
        SharedSet<String> theirs = theirs().open("set", SharedSet.of(Codecs.string()));
        assertThat(mine.add("a")).isTrue();
        assertThat(theirs.add("a")).isFalse();
        assertThat(theirs.add(LONG)).isTrue();
        assertThat(mine.contains(LONG)).isTrue();
        assertThat(mine).containsExactlyInAnyOrder("a", LONG);
        assertThat(mine.snapshot()).containsExactlyInAnyOrder("a", LONG);
        assertThat(mine.remove(LONG)).isTrue();
        assertThat(theirs.remove(LONG)).isFalse();
        assertThat(theirs).hasSize(1).hasToString("[a]");
        assertThatThrownBy(() -> mine.add(null)).isInstanceOf(NullPointerException.class);
        mine.clear();
        assertThat(theirs).isEmpty();
        assertThat(mine().verify()).isEmpty();
    }

    /** Of what it read it makes other bytes: as Kryo does of a set, whose order depends on how it was filled. */
    private static final class Restless implements Codec<String> {

        @Override
        public String name() {
            return "restless";
        }

        @Override
        public int size(String value) {
            return value.length();
        }

        @Override
        public void encode(String value, ByteBuffer target) {
            target.put(value.getBytes(StandardCharsets.US_ASCII));
        }

        @Override
        public String decode(ByteBuffer source) {
            return StandardCharsets.US_ASCII.decode(source) + "'";
        }
    }

    @Test
    void shouldChangeByIteratorsAndFunctionsTheEntriesThatTheyShow() {
        for (String text : List.of("", LONG)) {
            SharedMap<String, Long> map = mine().create("map", SharedMap.of(new Restless(), Codecs.longs()));
            Runnable fill = () -> {
                for (long i = 0; i < 50; i++) {
                    map.put(text + i, i);
                }
            };
            fill.run();
            map.replaceAll((key, value) -> value + 100);
            assertThat(map.values()).hasSize(50).allMatch(value -> value >= 100);
            for (Map.Entry<String, Long> entry : map.entrySet()) {
                assertThat(entry.setValue(entry.getValue() + 100)).isBetween(100L, 149L);
            }
            assertThat(map.values()).hasSize(50).allMatch(value -> value >= 200);
            assertThat(map.values().removeIf(value -> value < 210)).isTrue();
            assertThat(map).hasSize(40);
            assertThat(map.keySet().removeIf(key -> key.endsWith("1'"))).isTrue();
            assertThat(map).hasSize(36);
            map.entrySet().removeIf(entry -> entry.getKey().endsWith("2'"));
            assertThat(map).hasSize(32);
            for (Iterator<String> keys = map.keySet().iterator(); keys.hasNext(); ) {
                keys.next();
                keys.remove();
            }
            assertThat(map).isEmpty();
            fill.run();
            assertThat(map.keySet().retainAll(Set.of(text + "7'"))).isTrue();
            assertThat(map).hasSize(1);
            mine().destroy("map");
            map.close();
            SharedSet<String> set = mine().create("set", SharedSet.of(new Restless()));
            for (int i = 0; i < 50; i++) {
                set.add(text + i);
            }
            assertThat(set.removeIf(element -> element.length() % 2 == 0)).isTrue();
            assertThat(set).allMatch(element -> element.length() % 2 == 1).isNotEmpty();
            for (Iterator<String> elements = set.iterator(); elements.hasNext(); ) {
                elements.next();
                elements.remove();
                assertThatThrownBy(elements::remove).isInstanceOf(IllegalStateException.class);
            }
            assertThat(set).isEmpty();
            mine().destroy("set");
            set.close();
        }
        assertThat(mine().verify()).isEmpty();
        assertThat(mine().deepStatistics().tentativeBytes()).isZero();
    }

    @Test
    void shouldRemoveByAnIteratorWhatWasPutAgain() {
        SharedMap<String, Long> map = mine().create("map", SharedMap.of(String.class, Long.class));
        for (String key : List.of("short", LONG)) {
            map.put(key, 1L);
            Iterator<String> keys = map.keySet().iterator();
            assertThat(keys.next()).isEqualTo(key);
            map.remove(key);
            map.put(key, 2L);
            keys.remove();
            assertThat(map).isEmpty();
        }
    }

    /** Each read makes another array, and whoever compares by what is in them must hash that, too. */
    @Test
    void shouldBeEqualWithOneHashCodeIfTheArraysInItAre() {
        MapType<byte[], int[]> type = SharedMap.of(Codecs.bytes(), Codecs.kryo(int[].class));
        SharedMap<byte[], int[]> map = mine().create("map", type);
        map.put(new byte[] {1}, new int[] {2, 3});
        map.put(new byte[40], new int[0]);
        SharedMap<byte[], int[]> same = theirs().open("map", type);
        FrozenMap<byte[], int[]> frozen = mine().create(
                        "frozen",
                        FrozenMap.of(Codecs.bytes(), Codecs.kryo(int[].class)).holding(map));
        assertThat(map.hashCode())
                .isEqualTo(map.hashCode())
                .isEqualTo(same.hashCode())
                .isEqualTo(frozen.hashCode());
        assertThat(map.equals(same)).isTrue();
        assertThat(map.equals(frozen) && frozen.equals(map)).isTrue();
        assertThat(map.keySet().equals(same.keySet())).isTrue();
        assertThat(map.keySet()).hasSameHashCodeAs(same.keySet()).hasSameHashCodeAs(frozen.keySet());
        assertThat(map.entrySet().equals(frozen.entrySet())).isTrue();
        assertThat(map.entrySet()).hasSameHashCodeAs(frozen.entrySet());
        Map.Entry<byte[], int[]> entry = map.entrySet().iterator().next();
        assertThat(entry.equals(same.entrySet().iterator().next())).isTrue();
        assertThat(entry).hasSameHashCodeAs(same.entrySet().iterator().next());
        map.put(new byte[] {1}, new int[] {2, 4});
        assertThat(map.equals(frozen) || frozen.equals(map)).isFalse();
        assertThat(map.equals(Map.of(1, 2, 3, 4)) || map.equals(new TreeMap<>(Map.of("a", 1, "b", 2))))
                .isFalse();

        SharedSet<byte[]> set = mine().create("set", SharedSet.of(byte[].class));
        set.add(new byte[] {1, 2});
        SharedSet<byte[]> other = theirs().create("other", SharedSet.of(byte[].class));
        other.add(new byte[] {1, 2});
        assertThat(set.equals(other)).isTrue();
        assertThat(set).hasSameHashCodeAs(other);

        SharedList<double[]> list = mine().create("list", SharedList.of(Codecs.kryo(double[].class)));
        list.addAll(Arrays.asList(new double[] {1, Double.NaN}, null));
        assertThat(list.equals(list.snapshot())).isTrue();
        assertThat(list.hashCode()).isEqualTo(list.hashCode());
        assertThat(list.subList(0, 1).equals(List.of(new double[] {1, Double.NaN})))
                .isTrue();
        assertThat(list.subList(0, 1).equals(List.of(new double[] {1, 2}))).isFalse();
    }
}
