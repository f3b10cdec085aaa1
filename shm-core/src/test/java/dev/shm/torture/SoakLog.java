package dev.shm.torture;

import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What one thread of the soak has done to which message, one entry behind the other, in a file that outlives its process. The word
 * that says what was done is stored last, so the entries that a kill leaves are those that were made before it.
 */
final class SoakLog {

    /** About to send; followed by {@link #SENT} or {@link #REFUSED}, or by nothing if it was killed there. */
    static final int INTENDED = 1;

    static final int SENT = 2;
    /** Not sent, and the sender was told so. */
    static final int REFUSED = 3;
    /** About to take a message that is acknowledged before anybody knows which it is. */
    static final int POLLING = 4;

    static final int NOTHING = 5;
    static final int DELIVERED = 6;
    static final int ACKNOWLEDGED = 7;
    /** About to give back. */
    static final int RELEASING = 8;
    /** Done, and nothing is under way. */
    static final int LEFT = 9;
    /** About to take a dead letter; followed by {@link #NOTHING} or {@link #DEAD}. */
    static final int POLLING_DEAD = 10;

    static final int DEAD = 11;
    /** Has taken up a subscription, or begun one. */
    static final int SUBSCRIBED = 12;
    /** The subscription was put out, or is about to be given up: what is not acknowledged, and what comes until the next one, is lost. */
    static final int GONE = 13;

    private static final int PROGRESS = 0;
    private static final int ENTRIES = 64;
    private static final int ENTRY_BYTES = 32;
    private static final int ID = 8;
    private static final int COUNT = 16;
    private static final int NANOS = 24;
    /** Most of it is a hole. */
    private static final int BYTES = 16 << 20;

    private final Memory memory;
    private int end = ENTRIES;

    private SoakLog(Memory memory) {
        this.memory = memory;
    }

    static SoakLog open(Path file) {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (channel.size() < BYTES) {
                channel.write(ByteBuffer.allocate(1), BYTES - 1);
            }
            return new SoakLog(MappedMemory.map(channel, BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One thing that was done. */
    record Entry(int what, long id, int count, long nanos) {}

    /** Whether there is room for what one operation writes. */
    boolean hasRoom() {
        return end < BYTES - 256 * ENTRY_BYTES;
    }

    /**
     * Adds an entry.
     *
     * @param count of a delivery its number, or 0 if that is not known; of a message about to be sent, how many go together
     */
    void write(int what, long id, int count) {
        memory.putLong(end + ID, id);
        memory.putLong(end + COUNT, count);
        memory.putLong(end + NANOS, System.nanoTime());
        memory.putLongRelease(end, what);
        end += ENTRY_BYTES;
        if (what == SENT || what == ACKNOWLEDGED) {
            memory.putLongRelease(PROGRESS, memory.getLong(PROGRESS) + 1);
        }
    }

    /** How many messages were sent or acknowledged so far. */
    long progress() {
        return memory.getLongAcquire(PROGRESS);
    }

    List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        for (int at = ENTRIES; at < BYTES; at += ENTRY_BYTES) {
            int what = (int) memory.getLongAcquire(at);
            if (what == 0) {
                break;
            }
            entries.add(new Entry(
                    what, memory.getLong(at + ID), (int) memory.getLong(at + COUNT), memory.getLong(at + NANOS)));
        }
        return entries;
    }
}
