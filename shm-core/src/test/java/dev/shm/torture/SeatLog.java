package dev.shm.torture;

import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What one seat of the torture has done, in a file that outlives the process that sits there: for each thread what was
 * acknowledged, and the one operation that is under way. The next process in that seat goes on with it.
 *
 * <p>The operation's arguments are stored before its code, and its outcome before the code is cleared; all with release
 * stores, so that the prefix of stores which a kill leaves is always one that could be read.
 */
final class SeatLog {

    /** What a thread is about to do, and will have done when the word is {@link #NOTHING} again. */
    static final int NOTHING = 0;

    static final int PUBLISH = 1;
    static final int FREE = 2;
    static final int INCREMENT = 3;
    static final int REPLACE = 4;
    static final int SET = 5;
    static final int CREATE = 6;
    static final int DESTROY = 7;
    static final int UNRECORDED = 8;

    /** What the parent wants. */
    static final int RUN = 0;

    static final int PAUSE = 1;
    static final int LEAVE = 2;

    /** Where the process is. */
    static final int STARTING = 0;

    static final int JOINING = 1;
    static final int WORKING = 2;
    static final int CLOSING = 3;

    /** What a block in the table is. */
    static final int NO_BLOCK = 0;

    static final int HELD = 1;
    static final int LIVE = 2;
    static final int QUEUED = 3;

    static final int THREADS = 3;
    static final int BLOCKS = 24;
    static final int NAMES = 4;
    static final int COUNTERS = 3;
    static final int VALUES = 2;

    private static final int COMMAND = 0;
    private static final int PHASE = 8;
    private static final int AREAS = 4096;
    private static final int AREA_BYTES = 4096;

    private static final int BUSY = 0;
    private static final int OPERATION = BUSY + 8;
    private static final int INDEX = OPERATION + 8;
    private static final int REFERENCE = INDEX + 8;
    private static final int SIZE = REFERENCE + 8;
    private static final int SEED = SIZE + 8;
    private static final int TARGET = SEED + 8;
    private static final int COMPLETED = TARGET + 8;
    private static final int OWN_VERSION = COMPLETED + 8;
    private static final int INCREMENTS = OWN_VERSION + 8;
    private static final int REPLACEMENTS = INCREMENTS + 8 * COUNTERS;
    private static final int NAMED = REPLACEMENTS + 8 * VALUES;
    private static final int TABLE = NAMED + 8 * NAMES;
    private static final int ENTRY_BYTES = 32;

    private static final int BYTES = AREAS + THREADS * AREA_BYTES;

    private final Memory memory;

    private SeatLog(Memory memory) {
        this.memory = memory;
    }

    static SeatLog open(Path file) {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (channel.size() < BYTES) {
                channel.write(ByteBuffer.allocate(BYTES), 0);
            }
            return new SeatLog(MappedMemory.map(channel, BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int command() {
        return (int) memory.getLongVolatile(COMMAND);
    }

    void command(int command) {
        memory.putLongVolatile(COMMAND, command);
    }

    int phase() {
        return (int) memory.getLongVolatile(PHASE);
    }

    void phase(int phase) {
        memory.putLongVolatile(PHASE, phase);
    }

    boolean isIdle() {
        for (int thread = 0; thread < THREADS; thread++) {
            if (thread(thread).get(BUSY) != 0) {
                return false;
            }
        }
        return true;
    }

    ThreadLog thread(int thread) {
        return new ThreadLog(AREAS + thread * AREA_BYTES);
    }

    /** The part of one thread. */
    final class ThreadLog {

        private final long base;

        private ThreadLog(long base) {
            this.base = base;
        }

        private long get(int field) {
            return memory.getLongVolatile(base + field);
        }

        private void put(int field, long value) {
            memory.putLongVolatile(base + field, value);
        }

        /** Asks for leave to do one operation; returns whether it may be done now. Followed by {@link #exit}. */
        boolean enter() {
            // Either the parent that wants a pause sees this, or this sees that it wants one.
            put(BUSY, 1);
            return command() == RUN;
        }

        void exit() {
            put(BUSY, 0);
        }

        void begin(int operation, int index, long seed) {
            put(INDEX, index);
            put(SEED, seed);
            put(OPERATION, operation);
        }

        void beginPublishing(int index, long reference, int size, long seed, int target) {
            put(REFERENCE, reference);
            put(SIZE, size);
            put(TARGET, target);
            begin(PUBLISH, index, seed);
        }

        void allocated(long reference) {
            put(REFERENCE, reference);
        }

        void complete() {
            put(COMPLETED, get(COMPLETED) + 1);
            put(OPERATION, NOTHING);
        }

        /** The successor begins afresh. */
        void settled() {
            put(OPERATION, NOTHING);
            put(BUSY, 0);
        }

        int operation() {
            return (int) get(OPERATION);
        }

        int index() {
            return (int) get(INDEX);
        }

        long reference() {
            return get(REFERENCE);
        }

        int size() {
            return (int) get(SIZE);
        }

        long seed() {
            return get(SEED);
        }

        int target() {
            return (int) get(TARGET);
        }

        long completed() {
            return get(COMPLETED);
        }

        long ownVersion() {
            return get(OWN_VERSION);
        }

        void ownVersion(long version) {
            put(OWN_VERSION, version);
        }

        long increments(int counter) {
            return get(INCREMENTS + 8 * counter);
        }

        void incremented(int counter) {
            put(INCREMENTS + 8 * counter, increments(counter) + 1);
        }

        long replacements(int value) {
            return get(REPLACEMENTS + 8 * value);
        }

        void replaced(int value) {
            put(REPLACEMENTS + 8 * value, replacements(value) + 1);
        }

        /** What was last stored in the named object, 0 if there is none. */
        long named(int name) {
            return get(NAMED + 8 * name);
        }

        void named(int name, long content) {
            put(NAMED + 8 * name, content);
        }

        Block block(int index) {
            int entry = TABLE + ENTRY_BYTES * index;
            return new Block(get(entry), (int) get(entry + 8), get(entry + 16), (int) get(entry + 24));
        }

        void block(int index, Block block) {
            int entry = TABLE + ENTRY_BYTES * index;
            put(entry, block.reference());
            put(entry + 8, block.size());
            put(entry + 16, block.seed());
            put(entry + 24, block.state());
        }
    }

    /** A block that a seat has. */
    record Block(long reference, int size, long seed, int state) {

        static final Block NONE = new Block(0, 0, 0, NO_BLOCK);

        Block as(int newState) {
            return new Block(reference, size, seed, newState);
        }
    }
}
