package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.error.SegmentFormatException;
import dev.shm.error.SharedMemoryException;
import dev.shm.memory.Memory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Frozen maps that somebody wrote into who should not: told, and neither a hang nor gigabytes. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DamagedFrozenTest {

    private static final FrozenMapType<String, Object> TYPE = FrozenMap.of(String.class, Object.class);
    private static final String LONG = "x".repeat(100);
    private static final Map<String, Object> CONTENT = content();

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    private static Map<String, Object> content() {
        Map<String, Object> content = new LinkedHashMap<>();
        for (int i = 0; i < 20; i++) {
            content.put(
                    i % 3 == 0 ? "key " + i : "a key that does not fit into its words " + i,
                    i % 2 == 0 ? LONG : (Object) (long) i);
        }
        return content;
    }

    /** A frozen map and where it lies. */
    private record Built(FrozenMap<String, Object> map, Memory memory, long base, FrozenLayout.Shape shape)
            implements AutoCloseable {

        long entry(int number) {
            return base + shape.entry(number);
        }

        @Override
        public void close() {
            map.close();
        }
    }

    private Built built(String name) {
        FrozenMap<String, Object> map = segment.mine().create(name, TYPE.holding(CONTENT));
        var handle = Bytes.handle(map);
        return new Built(
                map,
                handle.memory(),
                MapLayout.base(handle.payload()),
                FrozenLayout.Shape.read(name, handle.memory(), handle.payload()));
    }

    private void assertFoundByVerify(String name) {
        assertThat(segment.theirs().verify()).anyMatch(problem -> problem.contains("'" + name + "'"));
    }

    @Test
    void shouldNotBeOpenedIfItsPartsCannotBe() {
        record Damage(int field, long value) {}
        int round = 0;
        for (Damage damage : List.of(
                new Damage(FrozenLayout.FLAGS, 2),
                new Damage(FrozenLayout.FLAGS, (long) 40 << 32 | 1),
                new Damage(FrozenLayout.FLAGS, (long) -1 << 32 | 1),
                new Damage(FrozenLayout.FLAGS, 5L << 32),
                new Damage(FrozenLayout.SIZE, -1),
                new Damage(FrozenLayout.SIZE, 33),
                new Damage(FrozenLayout.SIZE, 1L << 40),
                new Damage(FrozenLayout.DATA_BYTES, -8),
                new Damage(FrozenLayout.DATA_BYTES, 3),
                new Damage(FrozenLayout.DATA_BYTES, Long.MAX_VALUE - 7))) {
            String name = "map" + round++;
            try (Built built = built(name)) {
                built.memory().putLong(built.base() + damage.field(), damage.value());
                assertThatThrownBy(() -> segment.theirs().open(name, TYPE))
                        .as("%s", damage)
                        .isInstanceOf(SegmentFormatException.class)
                        .hasMessageContaining("'" + name + "' is damaged")
                        .hasMessageContaining("Destroy it");
                assertFoundByVerify(name);
            }
            assertThat(segment.mine().destroy(name)).isTrue();
        }
        assertThat(segment.mine().deepStatistics().usedBytes()).isZero();
    }

    @Test
    void shouldNotHangWhereNoWordOfTheIndexIsEmpty() {
        try (Built built = built("map")) {
            for (int i = 0; i <= built.shape().mask(); i++) {
                built.memory().putLong(built.base() + FrozenLayout.INDEX + 8L * i, 1);
            }
            assertThat(built.map().get("key 3")).isNull();
            assertThat(built.map().get(LONG)).isNull();
            assertFoundByVerify("map");
        }
    }

    @Test
    void shouldTellOfAnIndexThatNamesWhatIsNotThere() {
        try (Built built = built("map")) {
            for (int i = 0; i <= built.shape().mask(); i++) {
                long address = built.base() + FrozenLayout.INDEX + 8L * i;
                built.memory().putLong(address, built.memory().getLong(address) | 1L << 20);
            }
            assertThatThrownBy(() -> built.map().get("key 3"))
                    .isInstanceOf(SegmentFormatException.class)
                    .hasMessageContaining("its index names the entry");
            assertFoundByVerify("map");
        }
    }

    @Test
    void shouldTellOfAnElementThatLiesElsewhere() {
        try (Built built = built("map")) {
            // The value of the first entry, and the key of the second.
            built.memory().putLong(built.entry(0) + MapLayout.VALUE, 1L << 33);
            built.memory().putLong(built.entry(1) + MapLayout.KEY_2, -1);
            assertThatThrownBy(() -> built.map().get("key 0"))
                    .isInstanceOf(SegmentFormatException.class)
                    .hasMessageContaining("lies outside of it");
            assertThatThrownBy(() -> built.map().keySet().forEach(key -> {}))
                    .isInstanceOf(SegmentFormatException.class);
            assertThat(built.map().get("key 3")).isEqualTo(3L);
            assertFoundByVerify("map");
        }
    }

    @Test
    void shouldFindByVerifyWhatCannotBeFoundByItsKey() {
        try (Built built = built("map")) {
            built.memory().putLong(built.entry(5) + MapLayout.META, 0);
            assertFoundByVerify("map");
        }
        try (Built built = built("other")) {
            for (int i = 0; i <= built.shape().mask(); i++) {
                built.memory().putLong(built.base() + FrozenLayout.INDEX + 8L * i, 0);
            }
            assertThat(built.map().containsKey("key 0")).isFalse();
            assertFoundByVerify("other");
        }
    }

    private static List<Callable<?>> uses(FrozenMap<String, Object> map) {
        return List.of(
                map::size,
                map::toString,
                map::hashCode,
                () -> map.containsValue(3L),
                () -> CONTENT.keySet().stream().filter(map::containsKey).count(),
                () -> CONTENT.keySet().stream().map(map::get).toList(),
                () -> map.equals(CONTENT));
    }

    /** Any word of it may be anything: what comes of it is a value or one of our exceptions. */
    @Test
    void shouldSurviveAnyDamage() throws Exception {
        for (int round = 0; round < 300; round++) {
            SplittableRandom random = new SplittableRandom(round);
            String name = "map" + round;
            Built built = built(name);
            for (int n = 1 + random.nextInt(8); n > 0; n--) {
                long address =
                        built.base() + 8L * random.nextInt((int) (built.shape().totalBytes() / 8));
                long word = random.nextInt(3) == 0
                        ? random.nextLong()
                        : built.memory().getLong(address) ^ 1L << random.nextInt(64);
                built.memory().putLong(address, word);
            }
            for (Callable<?> use : uses(built.map())) {
                toldAtMost(use);
            }
            toldAtMost(() -> {
                segment.theirs().open(name, TYPE).close();
                return null;
            });
            segment.theirs().verify();
            segment.theirs().figures();
            built.close();
            assertThat(segment.mine().destroy(name)).isTrue();
        }
        assertThat(segment.mine().deepStatistics().usedBytes()).isZero();
    }

    private static void toldAtMost(Callable<?> use) throws Exception {
        try {
            use.call();
        } catch (SharedMemoryException e) {
            assertThat(e).hasMessageContaining(" ");
        }
    }
}
