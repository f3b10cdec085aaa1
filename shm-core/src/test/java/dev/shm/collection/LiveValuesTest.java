package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.shm.Shared;
import dev.shm.SharedMemory;
import dev.shm.SharedType;
import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.codec.ElementType;
import dev.shm.error.CodecException;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentClosedException;
import dev.shm.error.StaleReferenceException;
import dev.shm.queue.SharedQueue;
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
import dev.shm.value.SmallParts;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Beans, records, arrays and single values in a graph, changed in place by two mappings of it. */
class LiveValuesTest {

    @RegisterExtension
    final TwoMappings mappings = new TwoMappings(8 << 20);

    interface Address {
        String getCity();

        void setCity(String city);
    }

    interface Player {
        String getName();

        void setName(String name);

        long getScore();

        long addAndGetScore(long points);

        double getSpeed();

        void setSpeed(double speed);

        Address getAddress();
    }

    record Place(int x, String name) {}

    private SharedMemory mine;
    private SharedMemory theirs;

    @BeforeEach
    void open() {
        mine = mappings.mine();
        theirs = mappings.theirs();
    }

    /** What another mapping has of the same. */
    private <T> Shared<T> received(Shared<T> shared) {
        return theirs.shared(shared.name());
    }

    private long used() {
        return mine.deepStatistics().usedBytes();
    }

    private void assertSound() {
        assertThat(mine.verify()).isEmpty();
    }

    private static Map<String, Object> everyType() {
        Map<String, Object> graph = new HashMap<>();
        graph.put("long", SharedLong.type());
        graph.put("int", SharedInt.type());
        graph.put("double", SharedDouble.type());
        graph.put("boolean", SharedBoolean.type());
        graph.put("string", SharedString.type());
        graph.put("bytes", SharedBytes.type());
        graph.put("reference", SharedReference.of(String.class));
        graph.put("array", SharedArray.of(ElementType.INT32, 3, 2));
        graph.put("vector", SharedVector.of(ElementType.FLOAT32));
        graph.put("record", SharedRecord.of(Place.class));
        graph.put("bean", SharedBean.of(Player.class));
        return graph;
    }

    @SuppressWarnings("unchecked")
    private static <V> V at(Map<String, Object> graph, String key) {
        return (V) graph.get(key);
    }

    private static void change(Map<String, Object> graph) {
        LiveValuesTest.<SharedLong>at(graph, "long").set(1L << 40);
        LiveValuesTest.<SharedInt>at(graph, "int").set(7);
        LiveValuesTest.<SharedDouble>at(graph, "double").set(0.5);
        LiveValuesTest.<SharedBoolean>at(graph, "boolean").set(true);
        LiveValuesTest.<SharedString>at(graph, "string").set("a text");
        LiveValuesTest.<SharedBytes>at(graph, "bytes").set(new byte[] {1, 2});
        LiveValuesTest.<SharedReference<String>>at(graph, "reference").set("what it refers to");
        LiveValuesTest.<SharedArray>at(graph, "array").setLong(2, 1, -9);
        LiveValuesTest.<SharedVector>at(graph, "vector").extend(1.5, 2.5);
        LiveValuesTest.<SharedRecord<Place>>at(graph, "record").set(new Place(3, "three"));
        SharedBean<Player> bean = at(graph, "bean");
        bean.get().addAndGetScore(10);
        bean.update(player -> {
            player.setName("Ann");
            player.setSpeed(2.5);
            player.getAddress().setCity("Graz");
        });
    }

    private static void assertChanged(Map<String, Object> graph) {
        assertThat(LiveValuesTest.<SharedLong>at(graph, "long").get()).isEqualTo(1L << 40);
        assertThat(LiveValuesTest.<SharedInt>at(graph, "int").get()).isEqualTo(7);
        assertThat(LiveValuesTest.<SharedDouble>at(graph, "double").get()).isEqualTo(0.5);
        assertThat(LiveValuesTest.<SharedBoolean>at(graph, "boolean").get()).isTrue();
        assertThat(LiveValuesTest.<SharedString>at(graph, "string").get()).isEqualTo("a text");
        assertThat(LiveValuesTest.<SharedBytes>at(graph, "bytes").get()).containsExactly(1, 2);
        assertThat(LiveValuesTest.<SharedReference<String>>at(graph, "reference")
                        .get())
                .isEqualTo("what it refers to");
        assertThat(LiveValuesTest.<SharedArray>at(graph, "array").toNdArray().toLongArray())
                .containsExactly(0, 0, 0, 0, 0, -9);
        assertThat(LiveValuesTest.<SharedVector>at(graph, "vector").toNdArray().toDoubleArray())
                .containsExactly(1.5, 2.5);
        assertThat(LiveValuesTest.<SharedRecord<Place>>at(graph, "record").get())
                .isEqualTo(new Place(3, "three"));
        Player player = LiveValuesTest.<SharedBean<Player>>at(graph, "bean").get();
        assertThat(player.getScore()).isEqualTo(10);
        assertThat(player.getName()).isEqualTo("Ann");
        assertThat(player.getSpeed()).isEqualTo(2.5);
        assertThat(player.getAddress().getCity()).isEqualTo("Graz");
    }

    private static void registerAll(SharedMemory memory) {
        memory.register(SharedBean.of(Player.class), SharedRecord.of(Place.class), SharedReference.of(String.class));
    }

    @Test
    void shouldShowWhatAnotherProcessChangesInEveryTypeOfValue() throws Exception {
        SharedType<SharedQueue<Shared<Map<String, Object>>>> queueHere = queue(mine);
        SharedQueue<Shared<Map<String, Object>>> out = mine.openOrCreate("queue", queueHere);
        SharedQueue<Shared<Map<String, Object>>> in = theirs.openOrCreate("queue", queue(theirs));
        registerAll(theirs);
        long before = used();
        try (Shared<Map<String, Object>> shared = mine.share(everyType())) {
            out.put(shared);
            try (Shared<Map<String, Object>> received = in.take()) {
                change(received.get());
                assertChanged(shared.get());
                assertSound();
                assertThat(received.get().get("bean")).isSameAs(received.get().get("bean"));
            }
            shared.destroy();
        }
        assertThat(used()).isEqualTo(before);
    }

    private static SharedType<SharedQueue<Shared<Map<String, Object>>>> queue(SharedMemory memory) {
        Codec<Shared<Map<String, Object>>> codec = memory.sharedCodec();
        return SharedQueue.of(codec).capacityBytes(64 << 10);
    }

    @Test
    void shouldHaveLiveValuesOnEveryLevelAndInEveryKindOfCollection() {
        Deque<Object> deque = new ArrayDeque<>(List.of(SharedLong.type(), "value"));
        Map<String, Object> graph =
                Map.of("list", List.of(Map.of("deque", deque), SharedArray.of(ElementType.UINT8, 4)));
        try (Shared<Map<String, Object>> shared = mine.share(graph);
                Shared<Map<String, Object>> received = received(shared)) {
            SharedList<Object> list = at(received.get(), "list");
            SharedArray array = (SharedArray) list.get(1);
            array.setLong(3, 200);
            SharedLong number = (SharedLong) innerDeque(list).getFirst();
            number.addAndGet(5);

            SharedList<Object> here = at(shared.get(), "list");
            assertThat(((SharedArray) here.get(1)).getLong(3)).isEqualTo(200);
            assertThat(((SharedLong) innerDeque(here).getFirst()).incrementAndGet())
                    .isEqualTo(6);
            assertThat(number.get()).isEqualTo(6);
        }
        assertSound();
    }

    @SuppressWarnings("unchecked")
    private static Deque<Object> innerDeque(List<Object> list) {
        return ((Map<String, Deque<Object>>) list.get(0)).get("deque");
    }

    @Test
    void shouldLeaveArraysAndRecordsThatAreNotLiveAsValues() {
        Codec<Object> codec = Codecs.kryo(Object.class, Place.class);
        Map<String, Object> graph = Map.of("numbers", new int[] {1, 2}, "place", new Place(1, "one"));
        try (Shared<Map<String, Object>> shared = mine.share(graph, codec)) {
            int[] copy = at(shared.get(), "numbers");
            copy[0] = 5;
            assertThat(LiveValuesTest.<int[]>at(shared.get(), "numbers")).containsExactly(1, 2);
            assertThat(shared.get().get("place")).isEqualTo(new Place(1, "one"));
        }
    }

    // -------------------------------------------------------------------------------------- putting and taking out

    @Test
    void shouldMakeLiveValuesWhereTheyArePut() {
        Map<String, Object> nothing = new HashMap<>();
        try (Shared<Map<String, Object>> shared = mine.share(nothing);
                Shared<Map<String, Object>> received = received(shared)) {
            SharedLong made = (SharedLong) shared.get().computeIfAbsent("hits", key -> SharedLong.type());
            made.set(3);
            SharedLong found = (SharedLong) received.get().computeIfAbsent("hits", key -> SharedLong.type());
            assertThat(found.incrementAndGet()).isEqualTo(4);
            assertThat(shared.get().get("hits")).isSameAs(made);

            shared.get().put("list", new ArrayList<>());
            SharedList<Object> list = at(shared.get(), "list");
            list.add(SharedString.type().initially(text -> text.set("begins")));
            SharedList<Object> there = at(received.get(), "list");
            assertThat(((SharedString) there.get(0)).get()).isEqualTo("begins");
            list.updateAndGet(0, value -> value);
            assertThat(list.get(0)).isSameAs(list.get(0));
        }
        assertSound();
    }

    @Test
    void shouldHaveATypedWayToPutLiveValues() {
        Map<String, SharedBean<Player>> nothing = new HashMap<>();
        theirs.register(SharedBean.of(Player.class));
        try (Shared<Map<String, SharedBean<Player>>> shared = mine.share(nothing);
                Shared<Map<String, SharedBean<Player>>> received = received(shared)) {
            SharedBean<Player> ann = shared.newValue(SharedBean.of(Player.class));
            ann.get().setName("Ann");
            assertThat(received.get()).isEmpty();
            shared.get().put("ann", ann);
            received.get().get("ann").get().addAndGetScore(2);
            assertThat(ann.get().getScore()).isEqualTo(2);
            assertThat(shared.get().get("ann")).isSameAs(ann);
        }
        assertSound();
    }

    @Test
    void shouldGiveALiveValueOnePlace() {
        Map<String, Object> graph = Map.of("a", SharedLong.type());
        try (Shared<Map<String, Object>> shared = mine.share(graph)) {
            Map<String, Object> map = shared.get();
            Object one = map.get("a");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> map.put("b", one))
                    .withMessageContaining("has one place in a graph, and this has its place");
            ((SharedLong) one).set(5);
            assertThat(map.remove("a")).isSameAs(one);
            map.put("b", one);
            assertThat(map.get("b")).isSameAs(one);
            assertThat(((SharedLong) map.get("b")).get()).isEqualTo(5);
            assertThat(map).containsOnlyKeys("b");
        }
        assertSound();
    }

    @Test
    void shouldCopyWhatIsLiveElsewhere() {
        SharedBean<Player> named = mine.create("player", SharedBean.of(Player.class));
        named.get().setName("Ann");
        named.get().addAndGetScore(4);
        SharedArray table = mine.create("table", SharedArray.of(ElementType.FLOAT64, 100));
        table.setDouble(99, 1.25);
        Map<String, Object> graph = Map.of("player", named, "table", table);
        try (Shared<Map<String, Object>> shared = mine.share(graph)) {
            SharedBean<Player> player = at(shared.get(), "player");
            player.get().addAndGetScore(1);
            SharedArray array = at(shared.get(), "table");
            array.setDouble(0, 7);
            assertThat(player.get().getName()).isEqualTo("Ann");
            assertThat(player.get().getScore()).isEqualTo(5);
            assertThat(named.get().getScore()).isEqualTo(4);
            assertThat(array.getDouble(99)).isEqualTo(1.25);
            assertThat(table.getDouble(0)).isZero();
        }
        assertSound();
    }

    @Test
    void shouldGiveBackLiveValuesThatWereTakenOut() {
        Map<String, Object> nothing = new HashMap<>();
        Shared<Map<String, Object>> shared = mine.share(nothing);
        takeOutAll(shared);
        // The tables of the map and the chunk of parts stay.
        long tidied = used();
        takeOutAll(theirs.shared(shared.name()));
        assertThat(used()).isEqualTo(tidied);
        assertThat(mine.destroy(shared.name())).isTrue();
        assertThat(used()).isZero();
    }

    private void takeOutAll(Shared<Map<String, Object>> shared) {
        try (shared) {
            shared.get().putAll(everyType());
            change(shared.get());
            shared.newValue(SharedString.type()).set("in no place, and with a block of its own");
            shared.get().clear();
            assertSound();
        }
        try (Shared<Map<String, Object>> alone = mine.shared(shared.name())) {
            assertThat(alone.get()).isEmpty();
        }
    }

    // -------------------------------------------------------------------------------------- its end

    @Test
    void shouldEndForAllWhenTheGraphIsDestroyed() {
        registerAll(theirs);
        try (Shared<Map<String, Object>> shared = mine.share(everyType());
                Shared<Map<String, Object>> received = received(shared)) {
            Map<String, Object> map = received.get();
            change(map);
            SharedLong number = at(map, "long");
            SharedString text = at(map, "string");
            SharedArray array = at(map, "array");
            SharedVector vector = at(map, "vector");
            SharedRecord<Place> place = at(map, "record");
            SharedBean<Player> bean = at(map, "bean");
            Player player = bean.get();
            assertThat(shared.destroy()).isTrue();
            List.<Runnable>of(
                            () -> number.incrementAndGet(),
                            () -> text.set("x"),
                            () -> array.getLong(0, 0),
                            () -> array.setLong(0, 0, 1),
                            () -> array.asInts().getAndAdd(0, 1),
                            () -> array.toNdArray(),
                            () -> vector.append(1.0),
                            () -> vector.getDouble(0),
                            () -> place.get(),
                            () -> place.set(new Place(1, "")),
                            () -> player.getScore(),
                            () -> player.addAndGetScore(1),
                            () -> player.setSpeed(1),
                            () -> player.getName(),
                            () -> bean.update(inside -> inside.setSpeed(3)),
                            () -> bean.snapshot(Speed.class))
                    .forEach(use -> assertThatExceptionOfType(StaleReferenceException.class)
                            .isThrownBy(use::run));
        }
        assertThat(used()).isZero();
    }

    record Speed(double speed) {}

    @Test
    void shouldEndForThisProcessWhenTheGraphIsClosed() {
        try (Shared<Map<String, Object>> shared = mine.share(everyType())) {
            Shared<Map<String, Object>> closed = mine.shared(shared.name());
            SharedLong number = at(closed.get(), "long");
            SharedArray array = at(closed.get(), "array");
            Player player =
                    LiveValuesTest.<SharedBean<Player>>at(closed.get(), "bean").get();
            closed.close();
            assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(number::get);
            assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(() -> array.getLong(0, 0));
            assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(player::getScore);
            assertThat(LiveValuesTest.<SharedLong>at(shared.get(), "long").get())
                    .isZero();
        }
    }

    @Test
    void shouldOpenAgainAValueThatTheUserClosed() {
        Map<String, Object> graph = Map.of("hits", SharedLong.type());
        try (Shared<Map<String, Object>> shared = mine.share(graph)) {
            SharedLong first = at(shared.get(), "hits");
            first.set(2);
            first.close();
            assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(first::get);
            assertThat(LiveValuesTest.<SharedLong>at(shared.get(), "hits").get())
                    .isEqualTo(2);
        }
    }

    @Test
    void shouldMoveWithAllThatIsLive() {
        try (TestDirectory other = TestDirectory.create();
                SharedMemory target = other.segment("target").size(8 << 20).create()) {
            Shared<Map<String, Object>> shared = mine.share("moving", everyType());
            change(shared.get());
            try (Shared<Map<String, Object>> moved = shared.moveTo(target)) {
                assertChanged(moved.get());
                LiveValuesTest.<SharedLong>at(moved.get(), "long").set(0);
                assertThat(target.verify()).isEmpty();
            }
            assertThat(used()).isZero();
            target.destroy("moving");
            assertThat(target.deepStatistics().usedBytes()).isZero();
        }
    }

    @Test
    void shouldHoldAnArrayInSeveralBlocks() {
        long before = used();
        Map<String, Object> graph = Map.of("table", SmallParts.array(4096, ElementType.INT32, 5_000));
        try (Shared<Map<String, Object>> shared = mine.share(graph);
                Shared<Map<String, Object>> received = received(shared)) {
            LiveValuesTest.<SharedArray>at(received.get(), "table").setLong(4_999, -1);
            SharedArray table = at(shared.get(), "table");
            assertThat(table.getLong(4_999)).isEqualTo(-1);
        }
        assertThat(used()).isGreaterThan(before + 20_000);
        assertSound();
        mine.objects().forEach(object -> mine.destroy(object.name()));
        assertThat(used()).isEqualTo(before);
    }

    @Test
    void shouldShowLiveValuesInACopyAndCopyAllElse() {
        Map<String, Object> graph = Map.of("hits", SharedLong.type(), "list", List.of(1));
        try (Shared<Map<String, Object>> shared = mine.share(graph)) {
            Map<String, Object> copy = shared.copy();
            assertThat(copy.get("list")).isExactlyInstanceOf(ArrayList.class);
            assertThat(copy.get("hits")).isSameAs(shared.get().get("hits"));
        }
    }

    // -------------------------------------------------------------------------------------- what cannot be

    @Test
    void shouldSayWhichTypeWasNotRegistered() {
        Map<String, Object> graph =
                Map.of("player", SharedBean.of(Player.class), "hits", SharedLong.type(), "plain", 1L);
        try (Shared<Map<String, Object>> shared = mine.share(graph);
                Shared<Map<String, Object>> received = received(shared)) {
            Map<String, Object> map = received.get();
            assertThatExceptionOfType(CodecException.class)
                    .isThrownBy(() -> map.get("player"))
                    .withMessageContaining("bean " + Player.class.getName())
                    .withMessageContaining("Call SharedMemory.register");
            assertThat(map.get("plain")).isEqualTo(1L);
            assertThat(map.get("hits")).isInstanceOf(SharedLong.class);
            theirs.register(SharedBean.of(Player.class));
            assertThat(map.get("player")).isInstanceOf(SharedBean.class);
        }
    }

    interface Wrong {
        int getScore();
    }

    @Test
    void shouldNotTakeOneTypeForAnother() {
        Map<String, Object> graph = Map.of("player", SharedBean.of(Player.class));
        theirs.register(SharedBean.of(Wrong.class));
        try (Shared<Map<String, Object>> shared = mine.share(graph);
                Shared<Map<String, Object>> received = received(shared)) {
            assertThatExceptionOfType(CodecException.class)
                    .isThrownBy(() -> received.get().get("player"))
                    .withMessageContaining(Player.class.getName());
        }
    }

    @Test
    void shouldRefuseTypesThatCannotBeInAGraph() {
        long before = used();
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> mine.share(Map.of("q", SharedQueue.of(String.class))))
                .withMessageContaining("the graph[q]: a type 'queue of string")
                .withMessageContaining("cannot be shared");
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> mine.share(Map.of("m", SharedMap.of(String.class, Long.class))))
                .withMessageContaining("the graph[m]");
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> mine.share(Set.of(SharedLong.type())))
                .withMessageContaining("cannot be shared");
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> mine.register(SharedQueue.of(String.class)))
                .withMessageContaining("cannot be in a graph");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mine.share(SharedLong.type()))
                .withMessageContaining("is no Map, List, Set or Deque");
        SharedLong closed = mine.create("closed", SharedLong.type());
        closed.close();
        mine.destroy("closed");
        assertThatExceptionOfType(SegmentClosedException.class)
                .isThrownBy(() -> mine.share(List.of(closed)))
                .withMessageContaining("the graph[0]");
        assertThat(used()).isEqualTo(before);
        assertThat(mine.objects()).isEmpty();
    }

    @Test
    void shouldRefuseToMakeAValueThatCannotBeInAGraph() {
        Map<String, Object> nothing = new HashMap<>();
        try (Shared<Map<String, Object>> shared = mine.share(nothing)) {
            long before = used();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> shared.newValue(SharedList.of(String.class)))
                    .withMessageContaining("cannot be in a graph");
            assertThat(used()).isEqualTo(before);
        }
    }

    @Test
    void shouldLeaveNothingBehindWhenThereIsNoRoomForALiveValue() {
        long before = used();
        assertThatExceptionOfType(OutOfSharedMemoryException.class)
                .isThrownBy(() -> mine.share(List.of(SharedLong.type(), SharedArray.of(ElementType.INT64, 1 << 21))));
        assertThat(used()).isEqualTo(before);
        Map<String, Object> nothing = new HashMap<>();
        try (Shared<Map<String, Object>> shared = mine.share(nothing)) {
            long empty = used();
            assertThatExceptionOfType(OutOfSharedMemoryException.class)
                    .isThrownBy(() -> shared.get().put("large", SharedArray.of(ElementType.INT64, 1 << 21)));
            assertThat(shared.get()).isEmpty();
            assertThat(used()).isEqualTo(empty);
        }
    }

    @Test
    void shouldLeaveNothingBehindWhenWhatFillsAValueThrows() {
        long before = used();
        assertThatExceptionOfType(ArithmeticException.class)
                .isThrownBy(() -> mine.share(List.of(SharedLong.type().initially(number -> {
                    throw new ArithmeticException("as planned");
                }))));
        assertThat(used()).isEqualTo(before);
        assertThat(mine.objects()).isEmpty();
    }

    @Test
    void shouldTellHowManyLiveValuesThereAre() {
        try (Shared<Map<String, Object>> shared = mine.share("g", everyType())) {
            assertThat(mine.figures())
                    .singleElement()
                    .satisfies(figures -> assertThat(figures.figures())
                            .containsEntry("collections", 1L)
                            .containsEntry("liveValues", 11L)
                            .containsEntry("bytes", 1L)
                            .containsEntry("beans", 1L)
                            .containsEntry("entries", 11L));
            assertThat(shared.isOpen()).isTrue();
        }
    }

    // -------------------------------------------------------------------------------------- named, and set up

    @Test
    void shouldGiveANameOnlyToWhatIsSetUp() {
        AtomicReference<Object> seen = new AtomicReference<>();
        try (SharedLong hits = mine.create("hits", SharedLong.type().initially(number -> {
            number.set(100);
            seen.set(theirs.find("hits", SharedLong.type()));
        }))) {
            assertThat(seen.get()).isEqualTo(Optional.empty());
            assertThat(hits.get()).isEqualTo(100);
            try (SharedLong again =
                    theirs.openOrCreate("hits", SharedLong.type().initially(number -> number.set(5)))) {
                assertThat(again.get()).isEqualTo(100);
            }
        }
        try (SharedMap<String, Long> map = mine.create(
                        "stock", SharedMap.of(String.class, Long.class).initially(stock -> stock.put("apples", 3L)));
                SharedQueue<String> queue =
                        mine.create("queue", SharedQueue.of(String.class).initially(all -> all.add("first")))) {
            assertThat(map).isEqualTo(Map.of("apples", 3L));
            try (SharedQueue<String> there = theirs.open("queue", SharedQueue.of(String.class))) {
                assertThat(there.poll()).isEqualTo("first");
            }
            assertThat(queue).isEmpty();
        }
    }

    @Test
    void shouldCreateNothingWhenSettingItUpFails() {
        SharedType<SharedString> failing = SharedString.type().initially(text -> {
            text.set("with a block of its own");
            throw new ArithmeticException("as planned");
        });
        assertThatExceptionOfType(ArithmeticException.class).isThrownBy(() -> mine.create("text", failing));
        assertThat(mine.find("text", SharedString.type())).isEmpty();
        assertThat(used()).isZero();
        assertThatExceptionOfType(ObjectTypeMismatchException.class).isThrownBy(() -> {
            mine.create("text", SharedLong.type()).close();
            mine.openOrCreate("text", failing);
        });
    }

    @Test
    void shouldNotNameWhatWasClosedWhileItWasSetUp() {
        assertThatIllegalStateException()
                .isThrownBy(() -> mine.create("hits", SharedLong.type().initially(SharedLong::close)))
                .withMessageContaining("'hits'")
                .withMessageContaining("Leave it open");
        assertThat(mine.find("hits", SharedLong.type())).isEmpty();
        assertThat(mine.verify()).isEmpty();
        assertThat(used()).isZero();
        mine.create("hits", SharedLong.type()).close();
    }

    @Test
    void shouldRefuseAnArrayWithoutAShapeBeforeAnythingIsStored() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mine.share(Map.of("a", List.of(1, SharedArray.existing()))))
                .withMessageContaining("[a][1]")
                .withMessageContaining("SharedArray.of");
        assertThat(used()).isZero();
    }
}
