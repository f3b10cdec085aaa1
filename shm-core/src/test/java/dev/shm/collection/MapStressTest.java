package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.testing.Threads;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Threads in two openings that change one map at the same time. */
class MapStressTest {

    private static final int THREADS = 4;
    private static final int ROUNDS = 30_000;

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    @Test
    void shouldCountExactly() throws InterruptedException {
        MapType<String, Long> type = SharedMap.of(String.class, Long.class);
        SharedMap<String, Long> mine = segment.mine().create("counts", type);
        SharedMap<String, Long> theirs = segment.theirs().open("counts", type);
        int keys = 40;
        AtomicLongArray expected = new AtomicLongArray(keys);
        Threads.run(THREADS, (thread, random) -> {
            SharedMap<String, Long> map = thread % 2 == 0 ? mine : theirs;
            for (int i = 0; i < ROUNDS; i++) {
                int key = random.nextInt(keys);
                String name = key % 2 == 0 ? "k" + key : "a key that needs a block of its own " + key;
                if (i % 3 == 0) {
                    map.compute(name, (k, before) -> before == null ? 1L : before + 1);
                } else {
                    map.merge(name, 1L, Long::sum);
                }
                expected.incrementAndGet(key);
            }
        });
        for (int key = 0; key < keys; key++) {
            String name = key % 2 == 0 ? "k" + key : "a key that needs a block of its own " + key;
            assertThat(theirs.get(name)).isEqualTo(expected.get(key));
        }
        assertThat(mine).hasSize(keys);
    }

    /** Every value is the same text again and again: half of one would show. */
    @Test
    void shouldNeverShowHalfOfAChange() throws InterruptedException {
        MapType<Integer, String> type = SharedMap.of(Integer.class, String.class);
        SharedMap<Integer, String> mine = segment.mine().create("texts", type);
        SharedMap<Integer, String> theirs = segment.theirs().open("texts", type);
        AtomicBoolean done = new AtomicBoolean();
        int keys = 200;
        Thread reader = new Thread(() -> {
            while (!done.get()) {
                theirs.forEach(MapStressTest::check);
                for (Map.Entry<Integer, String> entry : mine.snapshot().entrySet()) {
                    check(entry.getKey(), entry.getValue());
                }
            }
        });
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        reader.setUncaughtExceptionHandler((thread, e) -> failures.add(e));
        reader.start();
        Threads.run(THREADS, (thread, random) -> {
            SharedMap<Integer, String> map = thread % 2 == 0 ? mine : theirs;
            for (int i = 0; i < ROUNDS; i++) {
                int key = random.nextInt(keys);
                switch (random.nextInt(8)) {
                    case 0, 1, 2 -> map.set(key, text(key, random.nextInt(4)));
                    case 3 -> map.keySet().remove(key);
                    case 4 -> {
                        // The table of a shard comes and goes.
                        map.set(keys + random.nextInt(2_000), "filler");
                        map.keySet().remove(keys + random.nextInt(2_000));
                    }
                    default -> {
                        String found = map.get(key);
                        if (found != null) {
                            check(key, found);
                        }
                    }
                }
                if (i % 10_000 == 9_999) {
                    map.clear();
                }
            }
        });
        done.set(true);
        reader.join();
        assertThat(failures).isEmpty();
        assertThat(segment.mine().verify()).isEmpty();
        mine.clear();
        assertThat(theirs).isEmpty();
    }

    private static String text(int key, int size) {
        return ("<" + key + ">").repeat(new int[] {1, 3, 20, 400}[size]);
    }

    private static void check(int key, String found) {
        if (!found.equals("filler")) {
            String part = "<" + key + ">";
            assertThat(found.replace(part, "")).isEmpty();
            assertThat(found.length() / part.length()).isIn(1, 3, 20, 400);
        }
    }

    @Test
    void shouldGiveAValueToOneOnly() throws InterruptedException {
        MapType<Integer, Integer> type = SharedMap.of(Integer.class, Integer.class);
        SharedMap<Integer, Integer> mine = segment.mine().create("owners", type);
        SharedMap<Integer, Integer> theirs = segment.theirs().open("owners", type);
        int keys = 20_000;
        AtomicLongArray wins = new AtomicLongArray(THREADS);
        Threads.run(THREADS, (thread, random) -> {
            SharedMap<Integer, Integer> map = thread % 2 == 0 ? mine : theirs;
            for (int key = 0; key < keys; key++) {
                if (map.putIfAbsent(key, thread) == null) {
                    wins.incrementAndGet(thread);
                }
            }
        });
        long all = 0;
        for (int thread = 0; thread < THREADS; thread++) {
            int owner = thread;
            assertThat(theirs.values().stream().filter(value -> value == owner).count())
                    .isEqualTo(wins.get(thread));
            all += wins.get(thread);
        }
        assertThat(all).isEqualTo(keys);
        assertThat(mine).hasSize(keys);
    }
}
