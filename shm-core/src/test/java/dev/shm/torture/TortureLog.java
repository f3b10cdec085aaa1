package dev.shm.torture;

import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;

/**
 * What the processes of a seat did, in a file of their own, so that it can be read when they are dead; and by what whoever examines them
 * has them pause.
 */
class TortureLog {

    /** The first byte after those that every log has. */
    static final int FIRST = 24;

    private static final int RUN = 1;
    private static final int PAUSE = 2;

    private static final int COMMAND = 0;
    private static final int IDLE = COMMAND + 8;
    private static final int OPERATIONS = IDLE + 8;

    private final Memory memory;

    TortureLog(Path file, long bytes) {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (channel.size() < bytes) {
                channel.write(ByteBuffer.allocate(1), bytes - 1);
            }
            memory = MappedMemory.map(channel, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    final long get(long at) {
        return memory.getLongVolatile(at);
    }

    final void set(long at, long value) {
        memory.putLongVolatile(at, value);
    }

    final void add(long at, long delta) {
        memory.getAndAddLong(at, delta);
    }

    // ---------------------------------------------------------------------------------------- the process itself

    /** Does one operation after the other, but where it is told to pause. */
    final void run(Runnable operation) {
        for (; ; ) {
            if (get(COMMAND) == PAUSE) {
                set(IDLE, 1);
                LockSupport.parkNanos(200_000);
                continue;
            }
            set(IDLE, 0);
            // The command again, after it was said that somebody works.
            if (get(COMMAND) == RUN) {
                operation.run();
                add(OPERATIONS, 1);
            }
        }
    }

    // ---------------------------------------------------------------------------------------- who examines it

    /** A process is going to be started. Until it says otherwise it does nothing: nobody who pauses all waits for a JVM to start. */
    final void starting() {
        set(IDLE, 1);
        set(COMMAND, RUN);
    }

    final void resume() {
        set(COMMAND, RUN);
    }

    final void pause() {
        set(COMMAND, PAUSE);
    }

    final boolean isIdle() {
        return get(IDLE) == 1;
    }

    final long operations() {
        return get(OPERATIONS);
    }
}
