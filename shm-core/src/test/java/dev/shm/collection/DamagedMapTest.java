package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.error.SegmentFormatException;
import dev.shm.error.SharedMemoryException;
import dev.shm.memory.Memory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Maps that somebody wrote into who should not: told, and neither a hang nor gigabytes. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DamagedMapTest {

    private static final MapType<String, Object> TYPE = SharedMap.of(String.class, Object.class);
    private static final String LONG = "x".repeat(100);

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    private SharedMap<String, Object> filled(String name) {
        SharedMap<String, Object> map = segment.mine().create(name, TYPE);
        for (int i = 0; i < 100; i++) {
            map.put(
                    i % 3 == 0 ? "key " + i : "a key that has a block of its own " + i,
                    i % 2 == 0 ? LONG : (Object) (long) i);
        }
        return map;
    }

    private static List<Callable<?>> uses(SharedMap<String, Object> map) {
        List<Callable<?>> uses = new ArrayList<>(List.<Callable<?>>of(
                map::size,
                map::snapshot,
                () -> {
                    map.forEach((key, value) -> {});
                    return null;
                },
                () -> map.keySet().contains("key 3"),
                map::toString,
                () -> {
                    map.clear();
                    return null;
                }));
        for (int i = 0; i < 40; i++) {
            String key = i % 3 == 0 ? "key " + i : "a key that has a block of its own " + i;
            uses.add(0, () -> map.get(key));
            uses.add(() -> map.put(key, LONG));
            uses.add(() -> map.remove(key));
            uses.add(() -> map.merge(key, 1L, (a, b) -> b));
            uses.add(() -> map.put(key + "!", 1L));
        }
        return uses;
    }

    @Test
    void shouldTellOfAShiftThatIsImpossible() {
        for (long shift : new long[] {-1, 5, 22, 63, 1L << 40}) {
            SharedMap<String, Object> map = filled("map" + shift);
            Memory memory = Bytes.memory(map);
            for (int i = 0; i < MapLayout.SHARD_COUNT; i++) {
                memory.putLong(Bytes.shard(map, i) + MapLayout.SHIFT, shift);
            }
            assertThatThrownBy(() -> map.put("a", 1L))
                    .isInstanceOf(SegmentFormatException.class)
                    .hasMessageContaining("'map" + shift + "' is damaged")
                    .hasMessageContaining("Destroy it");
            assertThatThrownBy(map::snapshot)
                    .isInstanceOf(SegmentFormatException.class)
                    .hasMessageContaining("'map" + shift + "' is damaged");
            assertThat(segment.theirs().verify()).anyMatch(problem -> problem.contains("'map" + shift + "'"));
        }
    }

    @Test
    void shouldTellOfATableThatIsNotThere() {
        SharedMap<String, Object> map = filled("map");
        Memory memory = Bytes.memory(map);
        for (long table : new long[] {1, 1L << 20, -1, 1L << 35}) {
            for (int i = 0; i < MapLayout.SHARD_COUNT; i++) {
                memory.putLong(Bytes.shard(map, i) + MapLayout.TABLE, table);
            }
            assertThatThrownBy(() -> map.put("a", 1L)).isInstanceOf(SegmentFormatException.class);
            assertThat(segment.theirs().verify()).isNotEmpty();
        }
    }

    @Test
    void shouldTellOfAVersionThatStaysOddByGoingOnUnderTheLock() {
        SharedMap<String, Object> map = filled("map");
        Memory memory = Bytes.memory(map);
        for (int i = 0; i < MapLayout.SHARD_COUNT; i++) {
            memory.putLong(Bytes.shard(map, i) + MapLayout.VERSION, 1);
        }
        assertThat(map.get("key 3")).isEqualTo(3L);
        assertThat(map.containsKey("key 4")).isFalse();
        assertThat(map.snapshot()).hasSize(100);
    }

    @Test
    void shouldTellOfABlockThatHasAnotherLength() {
        SharedMap<String, Object> map = filled("map");
        Memory memory = Bytes.memory(map);
        for (int length : new int[] {-1, Integer.MAX_VALUE, 99, 1 << 20}) {
            Bytes.eachEntry(map, entry -> {
                if (MapLayout.isBlock(MapLayout.valueMeta(memory.getLong(entry + MapLayout.META)))) {
                    memory.putLong(entry + MapLayout.VALUE_2, MapLayout.blockWord(length, 0));
                }
            });
            assertThatThrownBy(() -> map.get("key 6"))
                    .isInstanceOf(SegmentFormatException.class)
                    .hasMessageContaining("bytes has a block of another length");
            assertThat(map.get("key 3")).isEqualTo(3L);
        }
    }

    @Test
    void shouldNotHangWhereNoPlaceIsEmpty() {
        SharedMap<String, Object> map = filled("map");
        Memory memory = Bytes.memory(map);
        for (int i = 0; i < MapLayout.SHARD_COUNT; i++) {
            long table = memory.getLong(Bytes.shard(map, i) + MapLayout.TABLE);
            long shift = memory.getLong(Bytes.shard(map, i) + MapLayout.SHIFT);
            for (int group = 0; group < 1 << shift; group++) {
                memory.putLong(MapLayout.control(table, group), -1);
            }
        }
        assertThat(map.get("nobody")).isNull();
        assertThatThrownBy(() -> map.put("nobody", 1L)).isInstanceOf(SegmentFormatException.class);
        assertThat(segment.theirs().verify()).isNotEmpty();
    }

    /** Any word of the object may be anything: what comes of it is a value or one of our exceptions. */
    @Test
    void shouldSurviveAnyDamage() throws Exception {
        for (int round = 0; round < 60; round++) {
            SplittableRandom random = new SplittableRandom(round);
            SharedMap<String, Object> map = filled("map" + round);
            Memory memory = Bytes.memory(map);
            List<Long> words = words(map);
            for (int n = 1 + random.nextInt(8); n > 0; n--) {
                long address = words.get(random.nextInt(words.size()));
                long word =
                        random.nextInt(3) == 0 ? random.nextLong() : memory.getLong(address) ^ 1L << random.nextInt(64);
                memory.putLong(address, word);
            }
            for (Callable<?> use : uses(map)) {
                try {
                    use.call();
                } catch (SharedMemoryException e) {
                    assertThat(e).hasMessageContaining(" ");
                }
            }
            segment.theirs().verify();
            segment.mine().statistics();
            map.close();
            try {
                segment.mine().destroy("map" + round);
            } catch (SharedMemoryException e) {
                assertThat(e).hasMessageContaining(" ");
            }
        }
    }

    /** Addresses of the words of a map, but for its locks: these say who is alive. */
    private static List<Long> words(SharedMap<String, Object> map) {
        Memory memory = Bytes.memory(map);
        List<Long> words = new ArrayList<>();
        for (int i = 0; i < MapLayout.SHARD_COUNT; i++) {
            long shard = Bytes.shard(map, i);
            for (int field : new int[] {
                MapLayout.VERSION, MapLayout.TABLE, MapLayout.SHIFT, MapLayout.SIZE, MapLayout.USED, MapLayout.CONDEMNED
            }) {
                words.add(shard + field);
            }
            long table = memory.getLong(shard + MapLayout.TABLE);
            words.add(MapLayout.control(table, 0));
        }
        Bytes.eachEntry(map, entry -> {
            for (int at = 0; at < MapLayout.MAP_ENTRY_BYTES; at += 8) {
                words.add(entry + at);
            }
        });
        return words;
    }
}
