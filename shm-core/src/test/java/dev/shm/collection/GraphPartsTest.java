package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.HeapAccess;
import dev.shm.Shared;
import dev.shm.SharedGraphs;
import dev.shm.SharedMemory;
import dev.shm.codec.ElementType;
import dev.shm.testing.Watchdog;
import dev.shm.value.SharedArray;
import dev.shm.value.SharedLong;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is taken out of a graph goes while others have the graph open, once nobody has it any more; here the collector of this JVM says so. */
class GraphPartsTest {

    private static final String TEXT = "t".repeat(200);

    @RegisterExtension
    final TwoMappings mappings = new TwoMappings(4 << 20);

    private Shared<Map<String, Object>> mine;
    private Shared<Map<String, Object>> theirs;
    private Map<String, Object> myMap;
    private Map<String, Object> theirMap;

    @BeforeEach
    void share() {
        mine = mappings.mine().share("graph", Map.of());
        theirs = mappings.theirs().shared("graph");
        myMap = mine.get();
        theirMap = theirs.get();
    }

    @AfterEach
    void nothingIsLeft() {
        theirs.close();
        mine.destroy();
        mine.close();
        HeapAccess.awaitEmpty(mappings.mine());
    }

    @SuppressWarnings("unchecked")
    private static List<Object> list(Object collection) {
        return (List<Object>) collection;
    }

    private static long used(SharedMemory memory) {
        return memory.deepStatistics().usedBytes();
    }

    /** Both say what they do not have any more, and give back what nobody has. */
    private void collect() {
        System.gc();
        GraphAccess.collect(GraphAccess.of(theirs));
        GraphAccess.collect(GraphAccess.of(mine));
    }

    private void put(String key, Object value) {
        myMap.put(key, value);
    }

    private void addByThem(String key, Object element) {
        list(theirMap.get(key)).add(element);
    }

    @Test
    void partsThatComeAndGoForLongTakeNoMoreRoomThanThoseThatAreThere() {
        // Several times of what the segment has room for.
        for (int i = 0; i < 3_000; i++) {
            put("part", List.of(TEXT, Map.of("a", List.of(1L))));
            addByThem("part", 2L);
            if (i % 100 == 99) {
                collect();
            }
        }
        SharedGraphs.Graph graph = GraphAccess.of(theirs);
        Watchdog.awaitAsserted(() -> {
            collect();
            assertThat(parts()).isEqualTo(4);
            assertThat(GraphAccess.holds(graph)).isLessThan(10);
            assertThat(GraphAccess.views(graph)).isLessThan(10);
        });
        assertThat(used(mappings.mine())).isLessThan(100_000);
        assertThat(mappings.mine().verify()).isEmpty();
    }

    @Test
    void theHousekeepingDoesIt() {
        put("part", List.of(TEXT));
        addByThem("part", 2L);
        long parts = parts();
        put("part", 5L);
        Watchdog.awaitAsserted(() -> {
            System.gc();
            assertThat(parts()).isEqualTo(parts - 1);
        });
    }

    private long parts() {
        return (long) mappings.mine().figures().get(0).figures().get("collections");
    }

    @Test
    void whoeverFindsNoRoomMakesSome() {
        // Many times of what the segment has room for, and nobody asks the collector.
        for (int i = 0; i < 40_000; i++) {
            put("part", List.of(TEXT, TEXT));
        }
        assertThat(myMap).isEqualTo(Map.of("part", List.of(TEXT, TEXT)));
    }

    @Test
    void whatSomebodyHasStaysAndCanBePutElsewhere() {
        put("part", List.of(TEXT, Map.of("a", List.of(1L))));
        List<Object> had = list(theirMap.get("part"));
        myMap.remove("part");
        for (int i = 0; i < 20; i++) {
            put("other", List.of(TEXT, i));
            collect();
        }
        assertThat(had).isEqualTo(List.of(TEXT, Map.of("a", List.of(1L))));
        had.add("more");
        theirMap.put("again", had);
        collect();
        assertThat(list(myMap.get("again"))).isEqualTo(List.of(TEXT, Map.of("a", List.of(1L)), "more"));
        assertThat(theirMap.get("again")).isSameAs(had);
        assertThat(mappings.mine().verify()).isEmpty();
    }

    @Test
    void whatIsBeingPutSomewhereStaysWheneverTheCollectorRuns() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        Thread collector = new Thread(() -> {
            while (!over.get()) {
                collect();
            }
        });
        collector.start();
        try {
            for (int i = 0; i < 600; i++) {
                put("part", List.of(TEXT, Map.of("a", List.of(i))));
                assertThat(list(theirMap.get("part")).get(1)).isEqualTo(Map.of("a", List.of(i)));
            }
        } finally {
            over.set(true);
            collector.join();
        }
    }

    @Test
    void anIteratorHasWhatItGoesThrough() {
        put("part", new ArrayList<>(Collections.nCopies(2_000, TEXT)));
        Iterator<Object> iterator = list(theirMap.get("part")).iterator();
        iterator.next();
        myMap.remove("part");
        for (int i = 0; i < 20; i++) {
            put("other", Collections.nCopies(2_000, i));
            collect();
        }
        while (iterator.hasNext()) {
            assertThat(iterator.next()).isEqualTo(TEXT);
        }
    }

    @Test
    void whatNobodyPutAnywhereGoes() {
        long used = used(mappings.mine());
        SharedLong number = mine.newValue(SharedLong.type());
        collect();
        number.set(7);
        put("number", number);
        assertThat(((SharedLong) theirMap.get("number")).get()).isEqualTo(7);
        myMap.remove("number");
        number.set(8);
        assertThat(number.get()).isEqualTo(8);
        for (int i = 0; i < 100; i++) {
            mine.newValue(SharedLong.type());
        }
        myMap.clear();
        put("number", 7L);
        long withANumber = used(mappings.mine());
        assertThat(withANumber).isGreaterThan(used + 100 * 64);
        Watchdog.awaitAsserted(() -> {
            collect();
            // The chunks of the table stay.
            assertThat(used(mappings.mine())).isLessThanOrEqualTo(withANumber - 100 * 64);
        });
    }

    @Test
    void theMemoryUnderABufferStays() {
        put("array", SharedArray.of(ElementType.INT64, 1_000));
        LongBuffer buffer = ((SharedArray) theirMap.get("array")).asByteBuffer().asLongBuffer();
        myMap.remove("array");
        for (int i = 0; i < 20; i++) {
            put("other", SharedArray.of(ElementType.INT64, 1_000).initially(array -> array.fill(9)));
            collect();
        }
        buffer.put(0, 7);
        assertThat(buffer.get(0)).isEqualTo(7);
        assertThat(((SharedArray) myMap.get("other")).getLong(0)).isEqualTo(9);
        long used = used(mappings.mine());
        theirs.close();
        Watchdog.awaitAsserted(() -> {
            System.gc();
            GraphAccess.collect(GraphAccess.of(mine));
            assertThat(used(mappings.mine())).isLessThanOrEqualTo(used - 8_000);
        });
    }

    @Test
    void whoHasClosedTheGraphHoldsNothing() {
        put("part", List.of(TEXT));
        Object had = theirMap.get("part");
        myMap.remove("part");
        collect();
        long used = used(mappings.mine());
        theirs.close();
        Watchdog.awaitAsserted(() -> {
            System.gc();
            GraphAccess.collect(GraphAccess.of(mine));
            assertThat(used(mappings.mine())).isLessThan(used);
        });
        assertThat(had.toString()).isEqualTo("closed");
    }
}
