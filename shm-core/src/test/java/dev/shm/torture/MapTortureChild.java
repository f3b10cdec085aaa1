package dev.shm.torture;

import dev.shm.SharedMemory;
import dev.shm.collection.MapType;
import dev.shm.collection.SharedMap;
import dev.shm.testing.ChildJvm;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** Changes a map at random, and writes down each change before and after, until it is killed. */
public final class MapTortureChild {

    static final String SEGMENT = "map-torture";
    static final String MAP = "map";
    static final int COUNTERS = 8;
    static final MapType<String, Object> TYPE = SharedMap.of(String.class, Object.class);

    private MapTortureChild() {}

    static String counter(int key) {
        return key % 2 == 0 ? "counter " + key : "a counter whose name needs a block of its own " + key;
    }

    /** Key number {@code key} of a seat: nobody else touches it. */
    static String own(int seat, int key) {
        return key % 3 == 0
                ? seat + "/" + key
                : "a key of a seat whose name needs a block of its own: " + seat + "/" + key;
    }

    /** The value number {@code number}: a word, a text in two words, a block, or pages of its own. */
    static Object value(long number) {
        return switch ((int) (number % 9)) {
            case 0, 1, 2 -> number;
            case 3, 4 -> "v" + number;
            case 5 -> (number + ",").repeat(2_000);
            default -> (number + ",").repeat(20);
        };
    }

    /** Arguments: directory of segments, log file, seat, seed. */
    public static void main(String[] arguments) {
        ChildJvm.dieWithParent();
        MapLog log = MapLog.open(Path.of(arguments[1]));
        int seat = Integer.parseInt(arguments[2]);
        SplittableRandom random = new SplittableRandom(Long.parseLong(arguments[3]));
        try (SharedMemory memory = SharedMemory.named(SEGMENT)
                        .directory(Path.of(arguments[0]))
                        .application("seat-" + seat)
                        .open();
                SharedMap<String, Object> map = memory.open(MAP, TYPE)) {
            log.run(() -> work(log, seat, random, map));
        }
    }

    private static void work(MapLog log, int seat, SplittableRandom random, SharedMap<String, Object> map) {
        int key = random.nextInt(MapLog.KEYS);
        String name = own(seat, key);
        long number = 1 + random.nextInt(1_000_000_000);
        switch (random.nextInt(8)) {
            case 0, 1 -> {
                log.beginCount();
                map.merge(counter(random.nextInt(COUNTERS)), 1L, (a, b) -> (long) a + (long) b);
                log.endCount();
            }
            case 2 -> {
                log.begin(key, 0);
                map.remove(name);
                log.end(key, 0);
            }
            case 3 -> {
                log.begin(key, number);
                map.compute(name, (k, before) -> value(number));
                log.end(key, number);
            }
            default -> {
                log.begin(key, number);
                map.put(name, value(number));
                log.end(key, number);
            }
        }
    }
}
