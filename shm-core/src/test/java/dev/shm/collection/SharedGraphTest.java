package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.shm.ObjectFigures;
import dev.shm.ObjectInfo;
import dev.shm.Shared;
import dev.shm.SharedMemory;
import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.codec.KryoCodec;
import dev.shm.error.CodecException;
import dev.shm.error.ObjectExistsException;
import dev.shm.error.ObjectNotFoundException;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentClosedException;
import dev.shm.error.StaleReferenceException;
import dev.shm.queue.SharedQueue;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What {@code share} puts into a segment, seen by two mappings of it. */
class SharedGraphTest {

    @RegisterExtension
    final TwoMappings mappings = new TwoMappings(4 << 20);

    record Order(String id, int pieces) {}

    private <T> Shared<T> received(Shared<T> shared) {
        return sent(mappings.theirs(), shared);
    }

    /** What another mapping gets when this is sent. */
    private <T> Shared<T> sent(SharedMemory to, Shared<T> shared) {
        Codec<Shared<T>> codec = mappings.mine().sharedCodec();
        ByteBuffer message = ByteBuffer.allocate(codec.size(shared)).order(ByteOrder.LITTLE_ENDIAN);
        codec.encode(shared, message);
        Codec<Shared<T>> theirs = to.sharedCodec();
        return theirs.decode(message.flip());
    }

    private static Map<String, Object> everything() {
        Map<String, Object> graph = new HashMap<>();
        graph.put("number", 1L);
        graph.put("text", "a text that is too long to lie in the entry itself");
        graph.put("list", new ArrayList<>(Arrays.asList(1, null, List.of("inner", Map.of("deep", 7)))));
        graph.put("set", Set.of("a", "b"));
        graph.put("map", Map.of(1, List.of(2, 3), "two", Map.of()));
        return graph;
    }

    /** With what has no {@code equals}. */
    private static Map<String, Object> everythingAndADeque() {
        Map<String, Object> graph = everything();
        graph.put("deque", new ArrayDeque<>(List.of(1L, List.of())));
        return graph;
    }

    private long used() {
        return mappings.mine().deepStatistics().usedBytes();
    }

    private void assertSound() {
        assertThat(mappings.mine().verify()).isEmpty();
    }

    @Test
    void shouldShowAnotherProcessTheSameGraph() throws Exception {
        SharedQueue<Shared<Map<String, Object>>> out = mappings.mine()
                .openOrCreate(
                        "queue",
                        SharedQueue.of(mappings.mine().<Map<String, Object>>sharedCodec())
                                .capacityBytes(64 << 10));
        SharedQueue<Shared<Map<String, Object>>> in = mappings.theirs()
                .openOrCreate(
                        "queue",
                        SharedQueue.of(mappings.theirs().<Map<String, Object>>sharedCodec())
                                .capacityBytes(64 << 10));
        Shared<Map<String, Object>> shared = mappings.mine().share(everything());
        out.put(shared);

        try (Shared<Map<String, Object>> received = in.take()) {
            assertThat(received.get()).isEqualTo(everything()).isInstanceOf(ConcurrentMap.class);
            assertThat(received.copy()).isEqualTo(everything()).isExactlyInstanceOf(HashMap.class);
            assertThat(received.get()).isSameAs(received.get());
            assertThat(received.name()).isEqualTo(shared.name());
        }
        assertSound();
    }

    @Test
    @SuppressWarnings("unchecked")
    void shouldShowWhatAnotherProcessChangesOnEveryLevel() {
        try (Shared<Map<String, Object>> shared = mappings.mine().share(everythingAndADeque());
                Shared<Map<String, Object>> received = received(shared)) {
            Map<String, Object> theirs = received.get();
            theirs.put("number", 2L);
            List<Object> list = (List<Object>) theirs.get("list");
            list.add("more");
            ((List<Object>) list.get(2)).set(0, "outer");
            ((Map<String, Object>) ((List<Object>) list.get(2)).get(1)).put("deeper", 8);
            ((Set<String>) theirs.get("set")).remove("a");
            ((Deque<Object>) theirs.get("deque")).addFirst("first");

            Map<String, Object> mine = shared.get();
            assertThat(mine.get("number")).isEqualTo(2L);
            assertThat(mine.get("list"))
                    .isEqualTo(Arrays.asList(1, null, List.of("outer", Map.of("deep", 7, "deeper", 8)), "more"));
            assertThat(mine.get("set")).isEqualTo(Set.of("b"));
            assertThat((Deque<Object>) mine.get("deque")).containsExactly("first", 1L, List.of());
        }
        assertSound();
    }

    @Test
    void shouldShareEveryKindAsTheOutermost() {
        SharedMemory memory = mappings.mine();
        try (Shared<List<Object>> list = memory.share(new LinkedList<>(List.of(1, List.of(2))));
                Shared<Set<String>> set = memory.share(Set.of("a"));
                Shared<Deque<Object>> deque = memory.share(new ArrayDeque<>(List.of("x", Map.of())))) {
            assertThat(received(list).get()).isEqualTo(List.of(1, List.of(2)));
            assertThat(received(set).get()).isEqualTo(Set.of("a"));
            assertThat(received(deque).get()).containsExactly("x", Map.of());
        }
    }

    @Test
    @SuppressWarnings("unchecked")
    void shouldShareDequesWithABound() {
        Map<String, Object> graph = Map.of(
                "jobs",
                new LinkedBlockingDeque<>(List.of("grows")),
                "bounded",
                bounded("a"),
                "last",
                SharedDeque.of(Object.class).maxLength(3).evicting(),
                "also bounded",
                SharedDeque.of(String.class).maxLength(2));
        try (Shared<Map<String, Object>> shared = mappings.mine().share(graph);
                Shared<Map<String, Object>> received = received(shared)) {
            BlockingDeque<Object> theirs =
                    (BlockingDeque<Object>) received.get().get("bounded");
            BlockingDeque<Object> mine = (BlockingDeque<Object>) shared.get().get("bounded");
            assertThat(mine.offer(List.of("live"))).isTrue();
            assertThat(theirs.offer("c")).isFalse();
            ((List<Object>) theirs.peekLast()).add("more");
            assertThat(mine).containsExactly("a", List.of("live", "more"));
            assertThat(((BlockingDeque<Object>) received.get().get("also bounded")).remainingCapacity())
                    .isEqualTo(2);
            assertThat(((BlockingDeque<Object>) received.get().get("jobs")).remainingCapacity())
                    .isEqualTo(Integer.MAX_VALUE);
            Deque<Object> last = (Deque<Object>) received.get().get("last");
            List.of(1L, 2L, 3L, 4L).forEach(last::add);
            assertThat((Deque<Object>) shared.get().get("last")).containsExactly(2L, 3L, 4L);

            LinkedBlockingDeque<Object> copy =
                    (LinkedBlockingDeque<Object>) shared.copy().get("bounded");
            assertThat(copy).containsExactly("a", List.of("live", "more"));
            assertThat(copy.remainingCapacity()).isZero();
            try (Shared<Map<String, Object>> again = mappings.theirs().share(shared.copy())) {
                assertBounds(again.get());
            }
            try (Shared<Map<String, Object>> live = mappings.theirs().share(shared.get())) {
                assertBounds(live.get());
            }
        }
        assertSound();
    }

    private static Deque<Object> bounded(Object first) {
        Deque<Object> deque = new LinkedBlockingDeque<>(2);
        deque.add(first);
        return deque;
    }

    @SuppressWarnings("unchecked")
    private static void assertBounds(Map<String, Object> graph) {
        assertThat(((Deque<Object>) graph.get("bounded")).offer("d")).isFalse();
        assertThat(((Deque<Object>) graph.get("last")).offer(5L)).isTrue();
        assertThat((Deque<Object>) graph.get("last")).containsExactly(3L, 4L, 5L);
    }

    @Test
    void shouldMakeDequesWithABoundLater() {
        Map<String, Deque<Object>> none = Map.of();
        try (Shared<Map<String, Deque<Object>>> shared = mappings.mine().share(none);
                Shared<Map<String, Deque<Object>>> received = received(shared)) {
            shared.get()
                    .computeIfAbsent("a", key -> new LinkedBlockingDeque<>(1))
                    .add("x");
            shared.get()
                    .computeIfAbsent(
                            "b",
                            key -> shared.newValue(
                                    SharedDeque.of(Object.class).maxLength(1).evicting()))
                    .add("x");
            assertThat(received.get().get("a").offer("y")).isFalse();
            assertThat(received.get().get("b").offer("y")).isTrue();
            assertThat(shared.get().get("b")).containsExactly("y");
        }
        assertSound();
    }

    @Test
    void shouldRefuseDequesThatNoGraphCanHave() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mappings.mine()
                        .share(Map.of(
                                "d", SharedDeque.of(byte[].class).maxLength(2).itemBytes(8))))
                .withMessageContaining("the graph[d]: ")
                .withMessageContaining("itemBytes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mappings.mine()
                        .share(Map.of("d", SharedDeque.of(Object.class).evicting())))
                .withMessageContaining("needs a maxLength(...)");
        assertSound();
    }

    @Test
    void shouldShareMoreThanOneJournalAndOneChunkHave() {
        List<List<Integer>> rows = new ArrayList<>();
        for (int i = 0; i < 700; i++) {
            rows.add(List.of(i, i + 1));
        }
        long before = used();
        try (Shared<List<List<Integer>>> shared = mappings.mine().share(rows);
                Shared<List<List<Integer>>> received = received(shared)) {
            assertThat(received.get()).isEqualTo(rows);
            received.get().get(699).add(7);
            assertThat(shared.get().get(699)).isEqualTo(List.of(699, 700, 7));
            assertSound();
            shared.destroy();
        }
        assertThat(used()).isEqualTo(before);
    }

    // ------------------------------------------------------------------------------------------ changing it

    @Test
    void shouldShareWhatIsPutLater() {
        Map<String, List<Long>> nothing = new HashMap<>();
        try (Shared<Map<String, List<Long>>> shared = mappings.mine().share(nothing);
                Shared<Map<String, List<Long>>> received = received(shared)) {
            List<Long> mine = new ArrayList<>(List.of(1L));
            shared.get().put("a", mine);
            received.get().get("a").add(2L);
            assertThat(shared.get()).isEqualTo(Map.of("a", List.of(1L, 2L)));
            assertThat(mine).as("what was put was copied").containsExactly(1L);

            received.get().computeIfAbsent("b", key -> new ArrayList<>()).add(3L);
            received.get().computeIfAbsent("b", key -> new ArrayList<>()).add(4L);
            assertThat(shared.get().get("b")).containsExactly(3L, 4L);

            received.get().merge("b", List.of(5L), (before, more) -> {
                before.addAll(more);
                return before;
            });
            received.get().merge("c", List.of(6L), (before, more) -> before).add(7L);
            received.get()
                    .compute("c", (key, before) -> new ArrayList<>(List.of(0L, before.get(0))))
                    .add(8L);
            assertThat(shared.get())
                    .isEqualTo(Map.of("a", List.of(1L, 2L), "b", List.of(3L, 4L, 5L), "c", List.of(0L, 6L, 8L)));
        }
        assertSound();
    }

    @Test
    void shouldKeepCollectionsThatAFunctionGivesBack() {
        try (Shared<List<List<Integer>>> shared = mappings.mine().share(List.of(List.of(1), List.of(2), List.of(3)))) {
            SharedList<List<Integer>> list = (SharedList<List<Integer>>) shared.get();
            list.replaceAll(inner -> {
                inner.add(9);
                return inner.get(0) == 2 ? new ArrayList<>(List.of(20)) : inner;
            });
            assertThat(list).isEqualTo(List.of(List.of(1, 9), List.of(20), List.of(3, 9)));
            assertThat(list.updateAndGet(0, inner -> inner)).isSameAs(list.get(0));
            list.updateAndGet(1, inner -> new ArrayList<>()).add(21);
            list.sort((one, other) -> other.get(0) - one.get(0));
            list.swap(0, 1);
            assertThat(list).isEqualTo(List.of(List.of(3, 9), List.of(21), List.of(1, 9)));
            assertSound();
        }
    }

    @Test
    void shouldGiveACollectionOnePlace() {
        try (Shared<Map<String, List<Integer>>> shared =
                mappings.mine().share(Map.of("a", List.of(1), "b", List.of(2)))) {
            Map<String, List<Integer>> map = shared.get();
            List<Integer> one = map.get("a");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> map.put("c", one))
                    .withMessageContaining("has its place")
                    .withMessageContaining("put a copy");
            assertThatIllegalArgumentException().isThrownBy(() -> map.put("a", one));
            assertThat(map).isEqualTo(Map.of("a", List.of(1), "b", List.of(2)));

            map.put("c", new ArrayList<>(one));
            assertThat(map.remove("a")).isSameAs(one);
            one.add(5);
            map.put("d", one);
            map.get("c").add(6);
            assertThat(map).isEqualTo(Map.of("b", List.of(2), "c", List.of(1, 6), "d", List.of(1, 5)));
            assertThat(map.get("d")).isSameAs(one);
            assertSound();
        }
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"})
    void shouldNotPutTheOutermostIntoItself() {
        try (Shared<List<Object>> shared = mappings.mine().share(List.<Object>of(List.of()))) {
            List<Object> outermost = shared.get();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ((List) outermost.get(0)).add(outermost))
                    .withMessageContaining("outermost");
            assertThat(outermost).isEqualTo(List.of(List.of()));
        }
    }

    @Test
    void shouldCopyWhatIsOfAnotherGraph() {
        try (Shared<Map<String, List<Integer>>> one = mappings.mine().share(Map.of("a", List.of(1)));
                Shared<List<List<Integer>>> other = mappings.mine().share(new ArrayList<List<Integer>>())) {
            other.get().add(one.get().get("a"));
            other.get().get(0).add(2);
            assertThat(one.get()).isEqualTo(Map.of("a", List.of(1)));
            assertThat(other.get()).isEqualTo(List.of(List.of(1, 2)));
        }
    }

    @Test
    void shouldGiveBackWhatWasTakenOutWhenItIsOpenedAlone() {
        Shared<Map<String, Object>> shared = mappings.mine().share(Map.of("stays", List.of(1)));
        shared.close();
        long before = used();
        try (Shared<Map<String, Object>> opened = received(shared)) {
            for (int i = 0; i < 40; i++) {
                opened.get().put("goes", Map.of("inner", List.of(i, "a text that has a block of its own")));
            }
            opened.get().remove("goes");
            assertThat(used()).isGreaterThan(before);
            assertSound();
        }
        try (Shared<Map<String, Object>> opened = received(shared)) {
            assertThat(opened.get()).isEqualTo(Map.of("stays", List.of(1)));
            // The chunk for more than 32 parts, and the tables of the map, stay.
            long tidied = used();
            for (int i = 0; i < 40; i++) {
                opened.get().put("goes", Map.of("inner", List.of(i, "a text that has a block of its own")));
            }
            opened.get().remove("goes");
            opened.close();
            try (Shared<Map<String, Object>> again = received(shared)) {
                assertThat(again.get()).isEqualTo(Map.of("stays", List.of(1)));
                assertThat(used()).isEqualTo(tidied);
            }
        }
        assertSound();
    }

    @Test
    void shouldNotTidyWhileAnotherProcessHasIt() {
        try (Shared<Map<String, List<Integer>>> shared = mappings.mine().share(Map.of("a", List.of(1)))) {
            List<Integer> taken = shared.get().remove("a");
            try (Shared<Map<String, List<Integer>>> received = received(shared)) {
                taken.add(2);
                received.get().put("b", List.of(7));
                shared.get().put("c", taken);
                assertThat(received.get()).isEqualTo(Map.of("b", List.of(7), "c", List.of(1, 2)));
            }
        }
    }

    @Test
    void shouldOpenAgainACollectionThatTheUserClosed() {
        try (Shared<Map<String, List<Integer>>> shared = mappings.mine().share(Map.of("a", List.of(1)))) {
            SharedList<Integer> list = (SharedList<Integer>) shared.get().get("a");
            list.close();
            assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> list.get(0));
            assertThat(shared.get().get("a")).containsExactly(1);
        }
    }

    // ------------------------------------------------------------------------------------------ what cannot be shared

    private void assertNothingIsStored(long usedBefore) {
        assertThat(used()).isEqualTo(usedBefore);
        assertThat(mappings.mine().objects()).isEmpty();
        assertSound();
    }

    @Test
    void shouldNameTheWayToACircle() {
        long before = used();
        Map<String, Object> outer = new HashMap<>();
        List<Object> inner = new ArrayList<>(List.of("x"));
        outer.put("inner", inner);
        inner.add(outer);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mappings.mine().share(outer))
                .withMessageContaining("the graph[inner][1]: is the same object as the graph, in which it is")
                .withMessageContaining("circles");
        assertNothingIsStored(before);
    }

    @Test
    void shouldStoreTwiceWhatIsReachedTwice() {
        List<Integer> twice = List.of(1);
        try (Shared<List<List<Integer>>> shared = mappings.mine().share(List.of(twice, twice))) {
            shared.get().get(0).add(2);
            assertThat(shared.get()).isEqualTo(List.of(List.of(1, 2), List.of(1)));
        }
    }

    @Test
    void shouldNameTheWayToWhatHasNoForm() {
        long before = used();
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> mappings.mine().share(Map.of("a", List.of(1, List.of(new Thread())))))
                .withMessageContaining("the graph[a][1][0]: a java.lang.Thread cannot be shared");
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> mappings.mine().share(Map.of(new Order("1", 2), 1)))
                .withMessageContaining(", the key: a " + Order.class.getName() + " cannot be shared");
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> mappings.mine().share(Set.of(new Thread("T"))))
                .withMessageContaining("java.lang.Thread cannot be shared");
        assertNothingIsStored(before);
    }

    @Test
    void shouldNameTheWayToANull() {
        long before = used();
        Map<String, Object> map = new HashMap<>();
        map.put("k", null);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mappings.mine().share(List.of(map)))
                .withMessageContaining("the graph[0][k]: is null. Only lists have nulls");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mappings.mine().share(Collections.singletonMap(null, 1)))
                .withMessageContaining("the graph[null], the key: is null");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mappings.mine().share(Collections.singleton(null)))
                .withMessageContaining("is null");
        assertThatNullPointerException().isThrownBy(() -> mappings.mine().share(null));
        assertNothingIsStored(before);
    }

    @Test
    void shouldRefuseWhatIsNoCollection() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mappings.mine().share("text"))
                .withMessageContaining("java.lang.String is no Map, List, Set or Deque");
    }

    @Test
    void shouldRefuseTooManyLevels() {
        long before = used();
        List<Object> deep = List.of();
        for (int i = 0; i < 100_000; i++) {
            deep = List.of(deep);
        }
        List<Object> tooDeep = deep;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mappings.mine().share(tooDeep))
                .withMessageContaining("more than 256 levels");
        assertNothingIsStored(before);
    }

    @Test
    void shouldNameTheWayToWhatIsTooLarge() {
        long before = used();
        assertThatExceptionOfType(OutOfSharedMemoryException.class)
                .isThrownBy(() -> mappings.mine().share(Map.of("a", List.of("small", new byte[5 << 20]))))
                .withMessageContaining("the graph[a][1]: an element of");
        assertNothingIsStored(before);
    }

    @Test
    void shouldLeaveNothingBehindWhenTheSegmentIsFullInTheMiddle() {
        long before = used();
        List<Map<String, Object>> tooMuch = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            tooMuch.add(Map.of("a", List.of(new byte[100_000]), "b", Set.of(i)));
        }
        assertThatExceptionOfType(OutOfSharedMemoryException.class)
                .isThrownBy(() -> mappings.mine().share(tooMuch));
        assertNothingIsStored(before);
        mappings.mine().share(tooMuch.subList(0, 20)).destroy();
    }

    @Test
    void shouldLeaveNothingBehindWhenTheGraphThrowsWhileItIsStored() {
        long before = used();
        int[] calls = new int[1];
        List<Object> moody = new AbstractList<>() {
            @Override
            public Object get(int index) {
                if (index == 9 && ++calls[0] == 2) {
                    throw new IllegalStateException("moody");
                }
                return List.of(index);
            }

            @Override
            public int size() {
                return 10;
            }
        };
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> mappings.mine().share(List.of("first", moody)))
                .withMessage("moody");
        assertNothingIsStored(before);
    }

    @Test
    void shouldChangeNothingWhenWhatIsPutLaterCannotBe() {
        try (Shared<Map<String, Object>> shared = mappings.mine().share(Map.of("a", 1))) {
            long before = used();
            assertThatExceptionOfType(CodecException.class)
                    .isThrownBy(() -> shared.get().put("a", List.of(List.of(new Thread()))))
                    .withMessageContaining("the value[0][0]: a java.lang.Thread cannot be shared");
            List<Object> circle = new ArrayList<>();
            circle.add(circle);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> shared.get().computeIfAbsent("b", key -> circle))
                    .withMessageContaining("the value[0]: is the same object as the value");
            assertThat(shared.get()).isEqualTo(Map.of("a", 1));
            assertThat(used()).isEqualTo(before);
        }
    }

    // ------------------------------------------------------------------------------------------ the end of it

    @Test
    void shouldEndForAllWhenItIsDestroyed() throws Exception {
        long before = used();
        Shared<Map<String, Object>> shared = mappings.mine().share(everythingAndADeque());
        Shared<Map<String, Object>> received = received(shared);
        Map<String, Object> map = received.get();
        @SuppressWarnings("unchecked")
        List<Object> list = (List<Object>) map.get("list");
        @SuppressWarnings("unchecked")
        BlockingDeque<Object> deque = (BlockingDeque<Object>) map.get("deque");
        @SuppressWarnings("unchecked")
        Set<Object> set = (Set<Object>) map.get("set");

        assertThat(shared.destroy()).isTrue();
        assertThat(shared.destroy()).isFalse();
        assertThat(received.destroy()).isFalse();

        for (Callable<?> use : List.<Callable<?>>of(
                received::get,
                received::copy,
                shared::get,
                () -> map.get("number"),
                () -> map.get("a key that does not lie in the entry itself"),
                () -> map.containsKey("x"),
                () -> map.put("x", 1),
                () -> map.compute("x", (key, value) -> 1),
                () -> map.remove("number"),
                map::size,
                () -> map.entrySet().iterator().next(),
                () -> list.get(0),
                () -> list.add(1),
                () -> list.remove(0),
                list::size,
                () -> list.iterator().next(),
                () -> deque.take(),
                () -> deque.pollLast(),
                () -> deque.peek(),
                () -> deque.offer(1),
                () -> set.contains("a"),
                () -> set.add("c"))) {
            assertThatExceptionOfType(StaleReferenceException.class)
                    .isThrownBy(use::call)
                    .withMessageContaining("was destroyed");
        }
        assertThat(used()).as("somebody has it open").isGreaterThan(before);
        shared.close();
        received.close();
        assertThat(used()).isEqualTo(before);
        assertThat(mappings.mine().objects()).isEmpty();
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(received::get);
        assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> list.get(0));
    }

    @Test
    void shouldEndBetweenTwoUsesOfManyThreads() throws Exception {
        long before = used();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 30; round++) {
                Shared<Map<String, List<Integer>>> shared =
                        mappings.mine().share(Map.of("a", List.of(1), "b", List.of(2)));
                Shared<Map<String, List<Integer>>> received = received(shared);
                CountDownLatch running = new CountDownLatch(4);
                List<Future<?>> users = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    Map<String, List<Integer>> map = (i < 2 ? shared : received).get();
                    users.add(threads.submit(() -> {
                        for (int n = 0; ; n++) {
                            List<Integer> list = map.computeIfAbsent("c" + n % 3, key -> new ArrayList<>());
                            list.add(n);
                            if (list.size() > 100) {
                                list.clear();
                            }
                            assertThat(map.get("a").get(0)).isEqualTo(1);
                            running.countDown();
                        }
                    }));
                }
                running.await();
                assertThat(shared.destroy()).isTrue();
                for (Future<?> user : users) {
                    assertThatExceptionOfType(ExecutionException.class)
                            .isThrownBy(() -> user.get(60, TimeUnit.SECONDS))
                            .withCauseInstanceOf(StaleReferenceException.class);
                }
                shared.close();
                received.close();
                assertThat(used()).isEqualTo(before);
            }
        } finally {
            threads.shutdownNow();
        }
        assertSound();
    }

    @Test
    void shouldWakeWhoWaitsWhenItIsDestroyed() throws Exception {
        Shared<Deque<Integer>> shared = mappings.mine().share(new ArrayDeque<>());
        Shared<Deque<Integer>> received = received(shared);
        BlockingDeque<Integer> deque = (BlockingDeque<Integer>) received.get();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Integer> waiting = thread.submit(() -> deque.take());
            shared.destroy();
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> waiting.get(60, TimeUnit.SECONDS))
                    .withCauseInstanceOf(StaleReferenceException.class);
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void shouldOutliveWhoSharedIt() {
        Shared<List<Integer>> shared;
        String name;
        try (SharedMemory third = mappings.attach("third")) {
            shared = third.share(List.of(1, 2));
            name = shared.name();
        }
        try (Shared<List<Integer>> found = mappings.mine().shared(name)) {
            assertThat(found.get()).containsExactly(1, 2);
            found.destroy();
        }
        assertThat(mappings.mine().objects()).isEmpty();
    }

    @Test
    void shouldCallAHandleStaleWhoseGraphIsGone() {
        Shared<List<Integer>> shared = mappings.mine().share("name", List.of(1));
        Shared<List<Integer>> received = received(shared);
        Shared<List<Integer>> another = received(shared);
        shared.destroy();
        shared.close();
        assertThatExceptionOfType(StaleReferenceException.class)
                .isThrownBy(received::get)
                .withMessageContaining("'name'")
                .withMessageContaining("destroyed before this process opened it");

        try (Shared<List<Integer>> successor = mappings.mine().share("name", List.of(2))) {
            assertThatExceptionOfType(StaleReferenceException.class).isThrownBy(another::get);
            assertThat(another.destroy()).as("is another's name by now").isFalse();
            assertThat(successor.get()).containsExactly(2);
        }
    }

    @Test
    void shouldBelieveNoBytesThatSayWhatIsShared() {
        Codec<Shared<List<Integer>>> codec = mappings.mine().sharedCodec();
        Shared<List<Integer>> shared = mappings.mine().share(List.of(1));
        ByteBuffer good = ByteBuffer.allocate(codec.size(shared)).order(ByteOrder.LITTLE_ENDIAN);
        codec.encode(shared, good);
        mappings.mine().openOrCreate("list", SharedList.of(Object.class));
        for (int at = 0; at < good.capacity(); at++) {
            for (int value : new int[] {0, 1, 0xFF, good.get(at) + 1}) {
                byte[] bytes = good.array().clone();
                bytes[at] = (byte) value;
                try (Shared<List<Integer>> decoded =
                        codec.decode(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN))) {
                    assertThat(decoded.get()).as("unchanged").containsExactly(1);
                    assertThat(bytes).isEqualTo(good.array());
                } catch (CodecException | StaleReferenceException | IllegalArgumentException e) {
                    assertThat(e).hasMessageMatching("(?s).+");
                }
            }
        }
        for (int length = 0; length < 30; length++) {
            byte[] random = new byte[length];
            ThreadLocalRandom.current().nextBytes(random);
            assertThatExceptionOfType(CodecException.class)
                    .isThrownBy(() -> codec.decode(ByteBuffer.wrap(random).order(ByteOrder.LITTLE_ENDIAN)));
        }
    }

    @Test
    void shouldRefuseAHandleToWhatIsNoGraph() {
        SharedList<Object> list = mappings.mine().openOrCreate("list", SharedList.of(Object.class));
        ByteBuffer hostile = ByteBuffer.allocate(29).order(ByteOrder.LITTLE_ENDIAN);
        UUID uuid = mappings.mine().uuid();
        hostile.put((byte) 1)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .putLong(list.handle().reference())
                .put("list".getBytes(StandardCharsets.UTF_8))
                .flip();
        Shared<Object> shared = mappings.mine().sharedCodec().decode(hostile);
        assertThatExceptionOfType(ObjectTypeMismatchException.class).isThrownBy(shared::get);
    }

    @Test
    void shouldRefuseToSendWhatIsInAnotherSegment() {
        try (TestDirectory directory = TestDirectory.create();
                SharedMemory other = directory.segment("other").openOrCreate()) {
            Shared<List<Integer>> there = other.share(List.of(1));
            Codec<Shared<List<Integer>>> codec = mappings.mine().sharedCodec();
            assertThatExceptionOfType(CodecException.class)
                    .isThrownBy(() -> codec.encode(there, ByteBuffer.allocate(200)))
                    .withMessageContaining("Move it there");
            ByteBuffer message = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
            other.<List<Integer>>sharedCodec().encode(there, message);
            assertThatExceptionOfType(CodecException.class)
                    .isThrownBy(() -> codec.decode(message.flip()))
                    .withMessageContaining("another segment");
        }
    }

    // ------------------------------------------------------------------------------------------ names, codecs, moving

    @Test
    void shouldBeFoundByItsName() {
        SharedMemory memory = mappings.mine();
        try (Shared<Map<String, Integer>> shared = memory.share("prices", Map.of("a", 1));
                Shared<Map<String, Integer>> found = mappings.theirs().shared("prices")) {
            found.get().merge("a", 1, Integer::sum);
            assertThat(shared.get()).isEqualTo(Map.of("a", 2));
            assertThatExceptionOfType(ObjectExistsException.class).isThrownBy(() -> memory.share("prices", Map.of()));
            assertThatExceptionOfType(ObjectNotFoundException.class).isThrownBy(() -> memory.shared("others"));
            assertThatExceptionOfType(ObjectTypeMismatchException.class)
                    .isThrownBy(() -> memory.open("prices", SharedMap.of(Object.class, Object.class)))
                    .withMessageContaining("graph of any");
            assertThatExceptionOfType(ObjectTypeMismatchException.class)
                    .isThrownBy(() -> memory.shared(
                            "prices", KryoCodec.of(Object.class).references().build()));
            try (Shared<Map<String, Integer>> other = memory.shared("prices", Codecs.kryo(Object.class, Order.class))) {
                assertThat(other.get()).isEqualTo(Map.of("a", 2));
            }
            assertThat(memory.destroy("prices")).isTrue();
            assertThatExceptionOfType(StaleReferenceException.class)
                    .isThrownBy(() -> found.get().size());
        }
        assertThat(memory.objects()).isEmpty();
    }

    @Test
    void shouldHoldRecordsByACodec() throws Exception {
        Codec<Object> values = Codecs.kryo(Object.class, Order.class);
        Shared<Map<String, List<Order>>> shared =
                mappings.mine().share(Map.of("open", List.of(new Order("1", 2))), values);
        Codec<Shared<Map<String, List<Order>>>> mine = mappings.mine().sharedCodec(values);
        Codec<Shared<Map<String, List<Order>>>> theirs = mappings.theirs().sharedCodec(values);
        SharedQueue<Shared<Map<String, List<Order>>>> out =
                mappings.mine().openOrCreate("queue", SharedQueue.of(mine).capacityBytes(64 << 10));
        SharedQueue<Shared<Map<String, List<Order>>>> in =
                mappings.theirs().openOrCreate("queue", SharedQueue.of(theirs).capacityBytes(64 << 10));
        out.put(shared);
        try (Shared<Map<String, List<Order>>> received = in.take()) {
            received.get().get("open").add(new Order("2", 3));
            assertThat(shared.get().get("open")).containsExactly(new Order("1", 2), new Order("2", 3));
            assertThat(received.copy()).isEqualTo(shared.get());
        }
    }

    @Test
    void shouldMoveToAnotherSegment() {
        try (TestDirectory directory = TestDirectory.create();
                SharedMemory target = directory.segment("target").openOrCreate()) {
            long before = used();
            Shared<Map<String, Object>> shared = mappings.mine().share(everything());
            Shared<Map<String, Object>> received = received(shared);
            Map<String, Object> map = received.get();

            Shared<Map<String, Object>> moved = shared.moveTo(target);

            assertThat(moved.get()).isEqualTo(everything());
            assertThat(moved.memory()).isSameAs(target);
            assertThat(shared.isOpen()).isFalse();
            assertThatExceptionOfType(StaleReferenceException.class).isThrownBy(map::size);
            assertThatExceptionOfType(StaleReferenceException.class).isThrownBy(() -> received.moveTo(target));
            received.close();
            assertThat(used()).isEqualTo(before);
            assertThatIllegalArgumentException().isThrownBy(() -> moved.moveTo(target));
            moved.destroy();
            moved.close();
            assertThat(target.objects()).isEmpty();
        }
    }

    @Test
    void shouldStayWhereItIsWhenThereIsNoRoomToMove() {
        try (TestDirectory directory = TestDirectory.create();
                SharedMemory target = directory.segment("target").openOrCreate()) {
            Shared<List<Object>> shared = mappings.mine().share(List.of(new byte[600_000], new byte[600_000]));
            assertThatExceptionOfType(OutOfSharedMemoryException.class).isThrownBy(() -> shared.moveTo(target));
            assertThat(shared.get()).hasSize(2);
            assertThat(target.objects()).isEmpty();
            assertThat(target.deepStatistics().usedBytes()).isZero();
        }
    }

    @Test
    void shouldOnceMoveWhatTwoMove() throws Exception {
        try (TestDirectory directory = TestDirectory.create();
                SharedMemory target = directory.segment("target").openOrCreate()) {
            for (int round = 0; round < 20; round++) {
                Shared<List<Integer>> one = mappings.mine().share(List.of(1, 2, 3));
                Shared<List<Integer>> other = received(one);
                CountDownLatch start = new CountDownLatch(1);
                ExecutorService threads = Executors.newFixedThreadPool(2);
                List<Future<Shared<List<Integer>>>> movers = new ArrayList<>();
                for (Shared<List<Integer>> mover : List.of(one, other)) {
                    movers.add(threads.submit(() -> {
                        start.await();
                        return mover.moveTo(target);
                    }));
                }
                start.countDown();
                int moved = 0;
                for (Future<Shared<List<Integer>>> mover : movers) {
                    try (Shared<List<Integer>> there = mover.get(60, TimeUnit.SECONDS)) {
                        moved++;
                        assertThat(there.get()).containsExactly(1, 2, 3);
                        there.destroy();
                    } catch (ExecutionException e) {
                        assertThat(e.getCause())
                                .isInstanceOfAny(StaleReferenceException.class, ObjectExistsException.class);
                    }
                }
                assertThat(moved).isEqualTo(1);
                one.close();
                other.close();
                threads.shutdown();
            }
            assertThat(target.objects()).isEmpty();
            assertThat(target.deepStatistics().usedBytes()).isZero();
        }
    }

    @Test
    void shouldTellWhatIsInIt() {
        try (Shared<Map<String, Object>> shared = mappings.mine().share("everything", everythingAndADeque())) {
            ObjectFigures figures = mappings.theirs().figures().stream()
                    .filter(one -> one.object().name().equals("everything"))
                    .findFirst()
                    .orElseThrow();
            assertThat(figures.kind()).isEqualTo("graph");
            assertThat(figures.problem()).isEmpty();
            assertThat(figures.figures())
                    .containsEntry("collections", 10L)
                    .containsEntry("maps", 4L)
                    .containsEntry("lists", 4L)
                    .containsEntry("sets", 1L)
                    .containsEntry("deques", 1L)
                    .containsEntry("entries", 11L)
                    .containsEntry("elements", 9L);
            assertThat(mappings.theirs().objects())
                    .extracting(ObjectInfo::type)
                    .contains("graph of any, " + Codecs.forType(Object.class).name());
            assertThat(shared.isOpen()).isTrue();
        }
    }

    // ------------------------------------------------------------------------------------------ many at once

    @Test
    void shouldHoldWhatManyPutAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (Shared<Map<String, List<Integer>>> shared = mappings.mine().share(new HashMap<String, List<Integer>>());
                Shared<Map<String, List<Integer>>> received = received(shared)) {
            List<Future<?>> writers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int writer = i;
                Map<String, List<Integer>> map = (i % 2 == 0 ? shared : received).get();
                writers.add(threads.submit(() -> {
                    for (int n = 0; n < 200; n++) {
                        map.computeIfAbsent("k" + n % 20, key -> new ArrayList<>())
                                .add(writer);
                    }
                }));
            }
            for (Future<?> writer : writers) {
                writer.get(60, TimeUnit.SECONDS);
            }
            int sum = 0;
            for (List<Integer> list : shared.copy().values()) {
                assertThat(list).hasSize(40);
                sum += list.size();
            }
            assertThat(sum).isEqualTo(800);
            assertThat(received.copy()).isEqualTo(shared.copy());
            assertSound();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void shouldGiveOnePlaceToWhatTwoPut() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (Shared<Map<String, List<Integer>>> shared = mappings.mine().share(Map.of("a", List.of(1)));
                Shared<Map<String, List<Integer>>> received = received(shared)) {
            for (int round = 0; round < 200; round++) {
                List<Integer> mine = shared.get().get("a");
                List<Integer> theirs = received.get().get("a");
                shared.get().remove("a");
                CountDownLatch start = new CountDownLatch(1);
                Future<Boolean> one = threads.submit(() -> puts(start, shared.get(), "a", mine));
                Future<Boolean> other = threads.submit(() -> puts(start, received.get(), "b", theirs));
                start.countDown();
                boolean first = one.get(60, TimeUnit.SECONDS);
                assertThat(other.get(60, TimeUnit.SECONDS)).isEqualTo(!first);
                assertThat(shared.get()).isEqualTo(Map.of(first ? "a" : "b", List.of(1)));
                if (!first) {
                    shared.get().put("a", shared.get().remove("b"));
                }
            }
            assertSound();
        } finally {
            threads.shutdownNow();
        }
    }

    private static boolean puts(CountDownLatch start, Map<String, List<Integer>> map, String key, List<Integer> list)
            throws InterruptedException {
        start.await();
        try {
            map.put(key, list);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Test
    void shouldNotBeFoundBeforeAllOfItIsThere() throws Exception {
        List<List<Integer>> rows = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            rows.add(List.of(i));
        }
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < 20; round++) {
                CountDownLatch start = new CountDownLatch(1);
                List<Future<Shared<List<List<Integer>>>>> sharers = new ArrayList<>();
                for (SharedMemory memory : List.of(mappings.mine(), mappings.theirs())) {
                    sharers.add(threads.submit(() -> {
                        start.await();
                        return memory.share("rows", rows);
                    }));
                }
                start.countDown();
                Watchdog.await(
                        "it has its name",
                        () -> mappings.mine().objects().stream().anyMatch(one -> !one.destroyed()));
                Shared<List<List<Integer>>> found = mappings.mine().shared("rows");
                assertThat(found.get()).isEqualTo(rows);
                found.close();
                int shared = 0;
                for (Future<Shared<List<List<Integer>>>> sharer : sharers) {
                    try (Shared<List<List<Integer>>> made = sharer.get(60, TimeUnit.SECONDS)) {
                        shared++;
                    } catch (ExecutionException e) {
                        assertThat(e.getCause()).isInstanceOf(ObjectExistsException.class);
                    }
                }
                assertThat(shared).isEqualTo(1);
                assertThat(mappings.mine().destroy("rows")).isTrue();
            }
            assertThat(used()).isZero();
        } finally {
            threads.shutdownNow();
        }
    }
}
