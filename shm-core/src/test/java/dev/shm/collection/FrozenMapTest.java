package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.SharedMemory;
import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.error.CodecException;
import dev.shm.error.ObjectExistsException;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentClosedException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Spliterator;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

class FrozenMapTest {

    private static final FrozenMapType<String, Long> TYPE = FrozenMap.of(String.class, Long.class);
    private static final FrozenSetType<String> SET = FrozenSet.of(String.class);
    private static final String LONG = "a key that does not fit into its two words ";

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    private FrozenMap<String, Long> built(Map<String, Long> content) {
        return segment.mine().create("map", TYPE.holding(content));
    }

    private static Map<String, Long> numbered(int count) {
        Map<String, Long> content = new LinkedHashMap<>();
        for (int i = count; i-- > 0; ) {
            content.put((i % 3 == 0 ? LONG : "") + i, (long) i);
        }
        return content;
    }

    private long usedBytes() {
        return segment.mine().deepStatistics().usedBytes();
    }

    @Test
    void shouldBeReadByWhoDidNotBuildIt() {
        Map<String, Long> content = numbered(100_000);
        built(content).close();
        try (FrozenMap<String, Long> map = segment.theirs().open("map", TYPE)) {
            content.forEach((key, value) -> assertThat(map.get(key)).isEqualTo(value));
            assertThat(map).hasSize(100_000);
            assertThat(map.get("100000")).isNull();
            assertThat(map.get(LONG + "1")).isNull();
            assertThat(map.getOrDefault("1", 5L)).isEqualTo(1);
            assertThat(map.getOrDefault(LONG, 5L)).isEqualTo(5);
            assertThat(map.containsValue(77L)).isTrue();
            assertThat(map.containsValue(-77L)).isFalse();
            assertThat(map.keySet()).containsExactlyElementsOf(content.keySet());
            assertThat(map.values()).containsExactlyElementsOf(content.values());
            assertThat(segment.theirs().verify()).isEmpty();
        }
    }

    /** All of these go on to the first word of the index from its last one. */
    @Test
    void shouldFindKeysWhoseSearchGoesRound() {
        KeyHash hasher = new KeyHash(segment.mine().hashSeed());
        Element<Long> longs = Element.of(Long.class);
        int mask = (1 << FrozenLayout.shiftFor(9)) - 1;
        List<Long> keys = new ArrayList<>();
        for (long key = 0; keys.size() < 10; key++) {
            if (FrozenLayout.place(hasher.of(longs.quickWord(key), 0), mask) == mask) {
                keys.add(key);
            }
        }
        long absent = keys.remove(9);
        try (FrozenSet<Long> set =
                segment.mine().create("set", FrozenSet.of(Long.class).holding(keys))) {
            assertThat(set).containsExactlyElementsOf(keys);
            assertThat(keys).allMatch(set::contains);
            assertThat(set.contains(absent)).isFalse();
            assertThat(segment.theirs().verify()).isEmpty();
        }
    }

    @Test
    void shouldBeEmptyIfItIsBuiltOfNothing() {
        try (FrozenMap<String, Long> map = built(Map.of())) {
            assertThat(map).isEmpty();
            assertThat(map.get("a")).isNull();
            assertThat(map.entrySet().iterator()).isExhausted();
            assertThat(segment.theirs().verify()).isEmpty();
        }
    }

    @Test
    void shouldKeepTheOrderInWhichItWasGiven() {
        Map<String, Long> content = new LinkedHashMap<>();
        for (String key : List.of("z", "a", LONG, "m", "")) {
            content.put(key, (long) key.length());
        }
        try (FrozenMap<String, Long> map = built(content)) {
            assertThat(map).containsExactlyEntriesOf(content);
            assertThat(map.entrySet().stream().map(Map.Entry::getKey)).containsExactly("z", "a", LONG, "m", "");
            List<String> seen = new ArrayList<>();
            map.forEach((key, value) -> seen.add(key));
            assertThat(seen).containsExactly("z", "a", LONG, "m", "");
            assertThat(map.toString()).isEqualTo(content.toString());
            assertThat(map.keySet()
                            .spliterator()
                            .hasCharacteristics(Spliterator.ORDERED
                                    | Spliterator.IMMUTABLE
                                    | Spliterator.SIZED
                                    | Spliterator.DISTINCT))
                    .isTrue();
            assertThat(map.values().spliterator().hasCharacteristics(Spliterator.DISTINCT))
                    .isFalse();
            assertThat(map.keySet().parallelStream().collect(Collectors.toList()))
                    .isEqualTo(List.copyOf(content.keySet()));
        }
    }

    @TestFactory
    Stream<DynamicTest> shouldRefuseEveryChangeAndSayWhatToDo() {
        Map<String, Long> content = new TreeMap<>(Map.of("a", 1L, LONG, 2L));
        FrozenMap<String, Long> map = built(content);
        FrozenSet<String> set = segment.mine().create("set", SET.holding(content.keySet()));
        Map<String, ThrowingCallable> changes = new TreeMap<>();
        changes.put("put", () -> map.put("a", 2L));
        changes.put("putAll", () -> map.putAll(Map.of()));
        changes.put("putIfAbsent", () -> map.putIfAbsent("a", 2L));
        changes.put("remove", () -> map.remove("a"));
        changes.put("remove of an entry", () -> map.remove("a", 1L));
        changes.put("replace", () -> map.replace("a", 3L));
        changes.put("replace of an entry", () -> map.replace("a", 1L, 3L));
        changes.put("replaceAll", () -> map.replaceAll((key, value) -> 3L));
        changes.put("compute", () -> map.compute("a", (key, value) -> 3L));
        changes.put("computeIfAbsent", () -> map.computeIfAbsent("a", key -> 3L));
        changes.put("computeIfPresent", () -> map.computeIfPresent("?", (key, value) -> 3L));
        changes.put("merge", () -> map.merge("a", 3L, Long::sum));
        changes.put("clear", map::clear);
        changes.put("add to a set", () -> set.add("a"));
        changes.put("addAll to a set", () -> set.addAll(List.of()));
        changes.put("remove from a set", () -> set.remove("?"));
        changes.put("removeAll from a set", () -> set.removeAll(List.of()));
        changes.put("retainAll in a set", () -> set.retainAll(content.keySet()));
        changes.put("removeIf in a set", () -> set.removeIf(element -> false));
        changes.put("clear of a set", set::clear);
        changes.put("clear of keys", () -> map.keySet().clear());
        changes.put("removeIf of values", () -> map.values().removeIf(value -> true));
        changes.put("remove of an entry from the entries", () -> map.entrySet().remove(Map.entry("a", 1L)));
        changes.put("remove by an iterator", () -> {
            Iterator<String> keys = map.keySet().iterator();
            keys.next();
            keys.remove();
        });
        return changes.entrySet().stream()
                .map(change -> DynamicTest.dynamicTest(change.getKey(), () -> {
                    assertThatExceptionOfType(UnsupportedOperationException.class)
                            .isThrownBy(change.getValue())
                            .withMessageContaining(
                                    "what is frozen does not change. Build another one under another name");
                    assertThat(map).isEqualTo(content);
                    assertThat(set).isEqualTo(content.keySet());
                }));
    }

    @Test
    void shouldNotLetAValueBeSetThroughItsEntry() {
        try (FrozenMap<String, Long> map = built(Map.of("a", 1L))) {
            Map.Entry<String, Long> entry = map.entrySet().iterator().next();
            assertThatThrownBy(() -> entry.setValue(2L)).isInstanceOf(UnsupportedOperationException.class);
            assertThat(map.get("a")).isEqualTo(1);
        }
    }

    @Test
    void shouldRefuseNulls() {
        long before = usedBytes();
        for (Map<String, Long> content :
                List.of(Collections.singletonMap((String) null, 1L), Collections.singletonMap("a", (Long) null))) {
            assertThatNullPointerException().isThrownBy(() -> built(content)).withMessageContaining("cannot be null");
        }
        assertThatNullPointerException()
                .isThrownBy(() -> segment.mine().create("set", SET.holding(Arrays.asList("a", null))))
                .withMessageContaining("cannot be null");
        assertThatNullPointerException().isThrownBy(() -> TYPE.holding(null));
        assertThat(usedBytes()).isEqualTo(before);
        assertThat(segment.mine().objects()).isEmpty();
        try (FrozenMap<String, Long> map = built(Map.of("a", 1L))) {
            assertThatNullPointerException().isThrownBy(() -> map.get(null));
            assertThatNullPointerException().isThrownBy(() -> map.containsKey(null));
            assertThatNullPointerException().isThrownBy(() -> map.containsValue(null));
            assertThat(map.entrySet()
                            .contains(Collections.singletonMap(null, 1L)
                                    .entrySet()
                                    .iterator()
                                    .next()))
                    .isFalse();
        }
    }

    @Test
    void shouldNotFindWhatCannotBeAKey() {
        try (FrozenMap<String, Long> map = built(Map.of("1", 1L))) {
            Map<?, ?> any = map;
            assertThat(any.get((Object) 1L)).isNull();
            assertThat(any.containsKey(new Object())).isFalse();
            assertThat(any.containsValue((Object) "1")).isFalse();
            assertThat(map).isNotEqualTo(Map.of(1L, 1L));
        }
    }

    @Test
    void shouldNotBeCreatedWithoutContent() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> segment.mine().create("map", TYPE))
                .withMessage(
                        "a frozen map of string to long cannot be created without what is to be in it. Use holding(...), or open.");
        assertThatIllegalArgumentException().isThrownBy(() -> segment.mine().openOrCreate("set", SET));
        assertThat(segment.mine().objects()).isEmpty();
    }

    @Test
    void shouldBeOpenedAsItIsWhateverOthersWouldPutIntoIt() {
        try (FrozenMap<String, Long> map = built(Map.of("a", 1L));
                FrozenMap<String, Long> again = segment.theirs().openOrCreate("map", TYPE.holding(Map.of("b", 2L)))) {
            assertThat(again).isEqualTo(map).isEqualTo(Map.of("a", 1L));
            assertThatExceptionOfType(ObjectExistsException.class)
                    .isThrownBy(() -> segment.theirs().create("map", TYPE.holding(Map.of())));
        }
    }

    @Test
    void shouldBeRefusedToWhoAsksForOtherTypes() {
        built(Map.of("a", 1L)).close();
        assertThatExceptionOfType(ObjectTypeMismatchException.class)
                .isThrownBy(() -> segment.theirs().open("map", FrozenMap.of(String.class, Integer.class)))
                .withMessageContaining("frozen map of string to long")
                .withMessageContaining("frozen map of string to int");
        assertThatExceptionOfType(ObjectTypeMismatchException.class)
                .isThrownBy(() -> segment.theirs().open("map", SharedMap.of(String.class, Long.class)));
        assertThatExceptionOfType(ObjectTypeMismatchException.class)
                .isThrownBy(() -> segment.theirs().open("map", SET));
    }

    /** Keeps the first letter only. */
    private static final class Initial implements Codec<String> {

        @Override
        public String name() {
            return "initial";
        }

        @Override
        public int size(String value) {
            return UNKNOWN_SIZE;
        }

        @Override
        public void encode(String value, ByteBuffer target) {
            Codecs.string().encode(value.substring(0, 1).repeat(20), target);
        }

        @Override
        public String decode(ByteBuffer source) {
            return Codecs.string().decode(source).substring(0, 1);
        }
    }

    @Test
    void shouldRefuseKeysThatAreNotEqualAndHaveTheSameBytes() {
        long before = usedBytes();
        Map<String, Long> halves = new LinkedHashMap<>();
        halves.put("x", 0L);
        halves.put("\uD800", 1L);
        halves.put("?", 2L);
        Map<String, Long> initials = new LinkedHashMap<>(Map.of("apple", 1L));
        initials.put("avocado", 2L);
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> built(halves))
                .withMessageContaining("those of the entries 1 and 2 in the order of the map")
                .withMessageContaining("Give it keys that differ");
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> segment.mine()
                        .create(
                                "map",
                                FrozenMap.of(new Initial(), Codecs.longs()).holding(initials)))
                .withMessageContaining("those of the entries 0 and 1");
        assertThat(usedBytes()).isEqualTo(before);
        assertThat(segment.mine().objects()).isEmpty();

        try (FrozenSet<String> set = segment.mine()
                .create("set", FrozenSet.of(new Initial()).holding(List.of("apple", "banana", "avocado")))) {
            assertThat(set).containsExactly("a", "b");
            assertThat(set.contains("almond")).isTrue();
            assertThat(segment.theirs().verify()).isEmpty();
        }
    }

    @Test
    void shouldFindKeysThatAreEqualThoughOfOtherClasses() {
        FrozenMapType<Object, Integer> type = FrozenMap.of(Object.class, Integer.class);
        try (FrozenMap<Object, Integer> map =
                segment.mine().create("map", type.holding(Map.of(List.of(1, "two"), 1, Set.of("a", "b", LONG), 2)))) {
            assertThat(map.get(new ArrayList<>(List.of(1, "two")))).isEqualTo(1);
            assertThat(map.get(new java.util.TreeSet<>(Set.of(LONG, "b", "a")))).isEqualTo(2);
            assertThat(map.get(List.of("two", 1))).isNull();
        }
        try (FrozenMap<byte[], byte[]> map = segment.mine()
                .create(
                        "bytes",
                        FrozenMap.of(byte[].class, byte[].class).holding(Map.of(new byte[] {1, 2}, new byte[100])))) {
            assertThat(map.get(new byte[] {1, 2})).isEqualTo(new byte[100]);
            assertThat(map.containsValue(new byte[100])).isTrue();
            assertThat(map.entrySet().contains(Map.entry(new byte[] {1, 2}, new byte[100])))
                    .isTrue();
        }
    }

    @Test
    void shouldTellOfAValueThatThisProcessCannotReadWhereItIsAskedFor() {
        try (FrozenMap<String, String> map = segment.mine()
                        .create("map", FrozenMap.of(String.class, String.class).holding(Map.of("a", LONG)));
                FrozenMap<String, String> here =
                        segment.theirs().open("map", FrozenMap.of(String.class, new Unreadable()))) {
            assertThatExceptionOfType(CodecException.class).isThrownBy(() -> here.get("a"));
            assertThat(here.containsKey("a")).isTrue();
            assertThat(here.keySet()).containsExactly("a");
            assertThat(map.get("a")).isEqualTo(LONG);
        }
    }

    @Test
    void shouldChangeNothingWhereThereIsNoRoom() {
        SharedMemory memory = segment.mine();
        long before = usedBytes();
        String large = "v".repeat(1 << 20);
        Map<Integer, String> tooLarge = IntStream.range(0, 40).boxed().collect(Collectors.toMap(i -> i, i -> large));
        FrozenMapType<Integer, String> type = FrozenMap.of(Integer.class, String.class);
        assertThatExceptionOfType(OutOfSharedMemoryException.class)
                .isThrownBy(() -> memory.create("map", type.holding(tooLarge)))
                .withMessageContaining("a frozen map of ")
                .withMessageContaining("is larger than the largest block that this segment could have")
                .withMessageContaining("larger size(...)");
        Map<Integer, String> half = IntStream.range(0, 17).boxed().collect(Collectors.toMap(i -> i, i -> large));
        try (FrozenMap<Integer, String> first = memory.create("first", type.holding(half))) {
            long withOne = usedBytes();
            assertThatExceptionOfType(OutOfSharedMemoryException.class)
                    .isThrownBy(() -> memory.create("map", type.holding(half)));
            assertThat(usedBytes()).isEqualTo(withOne);
            assertThat(first).isEqualTo(half);
        }
        assertThat(memory.objects()).hasSize(1);
        memory.destroy("first");
        assertThat(usedBytes()).isEqualTo(before);
    }

    @Test
    void shouldRefuseMoreEntriesThanABlockHasRoomFor() {
        List<Integer> many = new java.util.AbstractList<>() {
            @Override
            public Integer get(int index) {
                return index;
            }

            @Override
            public int size() {
                return 10_000_000;
            }
        };
        assertThatExceptionOfType(OutOfSharedMemoryException.class)
                .isThrownBy(() ->
                        segment.mine().create("set", FrozenSet.of(Integer.class).holding(many)))
                .withMessageContaining("a frozen set of ");
    }

    @Test
    void shouldStayForThoseWhoHaveItOpenWhenItsNameIsGone() {
        FrozenMap<String, Long> map = built(Map.of("a", 1L));
        assertThat(segment.theirs().destroy("map")).isTrue();
        assertThat(segment.theirs().find("map", TYPE)).isEmpty();
        assertThat(map.get("a")).isEqualTo(1);
        assertThat(usedBytes()).isPositive();
        map.close();
        assertThat(usedBytes()).isZero();
    }

    @Test
    void shouldTellWhoReadsWhatHeHasClosed() {
        FrozenMap<String, Long> map = built(Map.of("a", 1L));
        Iterator<String> keys = map.keySet().iterator();
        map.close();
        map.close();
        assertThat(map.isOpen()).isFalse();
        assertThat(map).hasToString("closed");
        for (ThrowingCallable use :
                List.<ThrowingCallable>of(() -> map.get("a"), map::size, keys::next, () -> map.containsKey(LONG))) {
            assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(use);
        }
    }
}
