package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * What one process did to the map, in a file of its own, so that it can be read when the process is dead. For each key of its own the number
 * of the value that is there, 0 for none; and what it is about to do.
 */
final class MapLog {

    static final int KEYS = 400;
    static final int RUN = 1;
    static final int PAUSE = 2;

    private static final int COMMAND = 0;
    private static final int IDLE = COMMAND + 8;
    private static final int OPERATIONS = IDLE + 8;
    private static final int COUNTED = OPERATIONS + 8;
    /** Key that is being changed, plus one; 0 for none. */
    private static final int CHANGING = COUNTED + 8;
    /** Number of the value it is to have. */
    private static final int INTENDED = CHANGING + 8;

    private static final int VALUES = INTENDED + 8;
    private static final int BYTES = VALUES + 8 * KEYS;

    private final Memory memory;
    private final int seat;

    private MapLog(Memory memory, int seat) {
        this.memory = memory;
        this.seat = seat;
    }

    static MapLog open(Path file) {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (channel.size() < BYTES) {
                channel.write(ByteBuffer.allocate(BYTES));
            }
            String name = file.getFileName().toString();
            return new MapLog(
                    MappedMemory.map(channel, BYTES), Integer.parseInt(name.substring(name.lastIndexOf('-') + 1)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---------------------------------------------------------------------------------------- the process itself

    int command() {
        return (int) memory.getLongVolatile(COMMAND);
    }

    void idle(boolean idle) {
        memory.putLongVolatile(IDLE, idle ? 1 : 0);
    }

    void operation() {
        memory.getAndAddLong(OPERATIONS, 1);
    }

    void begin(int key, long number) {
        memory.putLongVolatile(INTENDED, number);
        memory.putLongVolatile(CHANGING, key + 1);
    }

    void end(int key, long number) {
        memory.putLongVolatile(VALUES + 8L * key, number);
        memory.putLongVolatile(CHANGING, 0);
    }

    /** Twice the number of counts; odd in the middle of one. */
    void beginCount() {
        memory.putLongVolatile(COUNTED, memory.getLong(COUNTED) + 1);
    }

    void endCount() {
        memory.putLongVolatile(COUNTED, memory.getLong(COUNTED) + 1);
    }

    // ---------------------------------------------------------------------------------------- who examines it

    void command(int command) {
        memory.putLongVolatile(COMMAND, command);
    }

    boolean isIdle() {
        return memory.getLongVolatile(IDLE) == 1;
    }

    long operations() {
        return memory.getLongVolatile(OPERATIONS);
    }

    long counted() {
        return memory.getLongVolatile(COUNTED) >>> 1;
    }

    /** Whether it died while it counted. */
    boolean isCounting() {
        return (memory.getLongVolatile(COUNTED) & 1) != 0;
    }

    /** Checks what there is of its keys, and takes them out. */
    void check(Map<String, Object> content) {
        long changing = memory.getLongVolatile(CHANGING);
        for (int key = 0; key < KEYS; key++) {
            Object found = content.remove(MapTortureChild.own(seat, key));
            Object expected = value(memory.getLongVolatile(VALUES + 8L * key));
            if (changing == key + 1) {
                assertThat(found).isIn(expected, value(memory.getLongVolatile(INTENDED)));
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
        int key = (int) memory.getLongVolatile(CHANGING) - 1;
        if (key >= 0) {
            Object found = map.get(MapTortureChild.own(seat, key));
            long intended = memory.getLongVolatile(INTENDED);
            if (found == null ? intended == 0 : found.equals(value(intended))) {
                memory.putLongVolatile(VALUES + 8L * key, intended);
            }
            memory.putLongVolatile(CHANGING, 0);
        }
        memory.putLongVolatile(IDLE, 0);
    }

    /** Writes down whether it had counted what it was counting when it died. */
    void settleCount(long counted) {
        memory.putLongVolatile(COUNTED, 2 * (counted() + counted));
    }
}
