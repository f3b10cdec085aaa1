package dev.shm.torture;

import dev.shm.Shared;
import dev.shm.SharedMemory;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.GraphChanges;
import dev.shm.torture.BeanTortureChild.Log;
import dev.shm.value.SharedLong;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Changes a graph at random until it is killed: a part of it that is its own, of which it writes down how many changes it has done; a counter of
 * all; and collections of all, which are put there and taken away as a whole.
 */
public final class GraphTortureChild {

    static final String SEGMENT = "graph-torture";
    static final String GRAPH = "graph";
    static final String HITS = "hits";
    static final String PAIRS = "pairs";
    static final int SEATS = 3;

    private static final int PAIR_KEYS = 5;

    private GraphTortureChild() {}

    static String own(int seat) {
        return "seat " + seat;
    }

    @SuppressWarnings("unchecked")
    static <V> Map<String, V> inner(Map<String, Object> graph, String name) {
        return (Map<String, V>) graph.get(name);
    }

    /** What the change of that number is, of a process that was started with that seed. */
    static long seedOf(long seed, long number) {
        return seed + number * 0x9E3779B97F4A7C15L;
    }

    /** Arguments: directory of segments, log file, seat, seed. */
    public static void main(String[] arguments) {
        ChildJvm.dieWithParent();
        Log log = Log.open(Path.of(arguments[1]));
        int seat = Integer.parseInt(arguments[2]);
        long seed = Long.parseLong(arguments[3]);
        try (SharedMemory memory = SharedMemory.named(SEGMENT)
                        .directory(Path.of(arguments[0]))
                        .application("seat-" + seat)
                        .open();
                Shared<Map<String, Object>> shared = memory.shared(GRAPH)) {
            Map<String, Object> graph = shared.get();
            Map<String, Object> own = inner(graph, own(seat));
            SharedLong hits = (SharedLong) graph.get(HITS);
            Map<String, List<Object>> pairs = inner(graph, PAIRS);
            SplittableRandom random = new SplittableRandom(seed);
            for (long number = 0; ; number++) {
                GraphChanges.change(own, seedOf(seed, number));
                log.count(Log.UPDATES_DONE);
                log.count(Log.HITS_BEGUN);
                hits.incrementAndGet();
                log.count(Log.HITS_DONE);
                changePairs(pairs, random);
            }
        }
    }

    private static void changePairs(Map<String, List<Object>> pairs, SplittableRandom random) {
        String key = "pair " + random.nextInt(PAIR_KEYS);
        List<Object> pair = List.of(random.nextLong(), Map.of());
        switch (random.nextInt(4)) {
            case 0 -> pairs.put(key, List.of(pair, pair));
            case 1 -> pairs.remove(key);
            case 2 -> pairs.compute(key, (same, before) -> before == null ? List.of(pair, pair) : null);
            default -> pairs.merge(key, List.of(pair, pair), (before, after) -> after);
        }
    }
}
