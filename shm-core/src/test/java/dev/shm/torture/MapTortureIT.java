package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.collection.SharedMap;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Kills processes that change one map, wherever they are, and looks after each kill whether what they had written down as done is
 * there, what they had begun is there wholly or not at all, and nothing leaks.
 */
class MapTortureIT extends PausingTorture<MapLog> {

    private SharedMap<String, Object> map;

    MapTortureIT() {
        super(MapTortureChild.SEGMENT, 24 << 20, 3, MapTortureChild.class, MapLog::open);
    }

    @Override
    void prepare() {
        super.prepare();
        map = memory.create(MapTortureChild.MAP, MapTortureChild.TYPE);
    }

    @Test
    void shouldHaveAllThatWasDoneAndNothingByHalvesWhereverProcessesAreKilled() {
        kill(kills(3), this::examineAndEnd);
        map.clear();
        assertThat(map).isEmpty();
        assertNothingLeaks(map);
    }

    @Override
    void examine(int victim) {
        assertThat(memory.verify()).isEmpty();
        Map<String, Object> content = map.snapshot();
        assertThat(map).hasSize(content.size()).isEqualTo(content);
        Map<String, Object> owned = new HashMap<>(content);
        long sum = 0;
        for (int key = 0; key < MapTortureChild.COUNTERS; key++) {
            Object count = owned.remove(MapTortureChild.counter(key));
            sum += count == null ? 0 : (long) count;
        }
        long counted = 0;
        MapLog uncertain = null;
        for (MapLog log : logs) {
            log.check(owned);
            counted += log.counted();
            uncertain = log.isCounting() ? log : uncertain;
        }
        if (uncertain == null) {
            assertThat(sum).as("sum of the counters").isEqualTo(counted);
        } else {
            // It died between its two notes: once more, or not.
            assertThat(sum).as("sum of the counters").isBetween(counted, counted + 1);
            uncertain.settleCount(sum - counted);
        }
        assertThat(owned).as("entries that nobody put").isEmpty();
        assertThat(memory.deepStatistics().tentativeBytes()).isZero();
        if (victim >= 0) {
            logs.get(victim).settle(map);
        }
    }
}
