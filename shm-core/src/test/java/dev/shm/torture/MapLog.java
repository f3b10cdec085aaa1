package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;

/**
 * What one process did to the map. For each key of its own the number of the value that is there, 0 for none; and what it is about to do.
 */
final class MapLog extends TortureLog {

    static final int KEYS = 400;

    private static final int COUNTED = FIRST;
    /** Key that is being changed, plus one; 0 for none. */
    private static final int CHANGING = COUNTED + 8;
    /** Number of the value it is to have. */
    private static final int INTENDED = CHANGING + 8;

    private static final int VALUES = INTENDED + 8;
    private static final int BYTES = VALUES + 8 * KEYS;

    private final int seat;

    private MapLog(Path file, int seat) {
        super(file, BYTES);
        this.seat = seat;
    }

    static MapLog open(Path file) {
        String name = file.getFileName().toString();
        return new MapLog(file, Integer.parseInt(name.substring(name.lastIndexOf('-') + 1)));
    }

    // ---------------------------------------------------------------------------------------- the process itself

    void begin(int key, long number) {
        set(INTENDED, number);
        set(CHANGING, key + 1);
    }

    void end(int key, long number) {
        set(VALUES + 8L * key, number);
        set(CHANGING, 0);
    }

    /** Twice the number of counts; odd in the middle of one. */
    void beginCount() {
        add(COUNTED, 1);
    }

    void endCount() {
        add(COUNTED, 1);
    }

    // ---------------------------------------------------------------------------------------- who examines it

    long counted() {
        return get(COUNTED) >>> 1;
    }

    /** Whether it died while it counted. */
    boolean isCounting() {
        return (get(COUNTED) & 1) != 0;
    }

    /** Checks what there is of its keys, and takes them out. */
    void check(Map<String, Object> content) {
        long changing = get(CHANGING);
        for (int key = 0; key < KEYS; key++) {
            Object found = content.remove(MapTortureChild.own(seat, key));
            Object expected = value(get(VALUES + 8L * key));
            if (changing == key + 1) {
                assertThat(found).isIn(expected, value(get(INTENDED)));
            } else {
                assertThat(found)
                        .as("value of %s", MapTortureChild.own(seat, key))
                        .isEqualTo(expected);
            }
        }
    }

    private static Object value(long number) {
        return number == 0 ? null : MapTortureChild.value(number);
    }

    /** Writes down what became of what it was about to do when it died. */
    void settle(Map<String, Object> map) {
        int key = (int) get(CHANGING) - 1;
        if (key >= 0) {
            Object found = map.get(MapTortureChild.own(seat, key));
            long intended = get(INTENDED);
            if (found == null ? intended == 0 : found.equals(value(intended))) {
                set(VALUES + 8L * key, intended);
            }
            set(CHANGING, 0);
        }
    }

    /** Writes down whether it had counted what it was counting when it died. */
    void settleCount(long counted) {
        set(COUNTED, 2 * (counted() + counted));
    }
}
