package dev.shm.torture;

import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * What one process put into a deque, and what it took. It numbers its own elements, from one. What somebody took is {@code seat:16 |
 * number:48}.
 */
final class DequeLog extends TortureLog {

    /** What it is about to take: nothing; an element that it will know when it has it; elements that the log already has. */
    static final int NOTHING = 0;

    static final int UNKNOWN = 1;
    static final int KNOWN = 2;

    private static final int MOST_TAKEN = 1 << 20;
    private static final int NUMBER_BITS = 48;

    /** Its last element that was put there, and the last one that it was about to put there. */
    private static final int PUT = FIRST;

    private static final int PUTTING = PUT + 8;
    private static final int TAKING = PUTTING + 8;
    /** How many it has taken, and how many the log has, those included that it is about to take. */
    private static final int TAKEN = TAKING + 8;

    private static final int NOTED = TAKEN + 8;
    private static final int ELEMENTS = NOTED + 8;
    private static final long BYTES = ELEMENTS + 8L * MOST_TAKEN;

    DequeLog(Path file) {
        super(file, BYTES);
    }

    static long element(int seat, long number) {
        return (long) seat << NUMBER_BITS | number;
    }

    static int seat(long element) {
        return (int) (element >>> NUMBER_BITS);
    }

    static long number(long element) {
        return element & (1L << NUMBER_BITS) - 1;
    }

    // ---------------------------------------------------------------------------------------- the process itself

    long lastPut() {
        return get(PUT);
    }

    void beginPut(long last) {
        set(PUTTING, last);
    }

    void endPut() {
        set(PUT, get(PUTTING));
    }

    /** Whether so many more can be written down. */
    boolean hasRoom(int count) {
        return get(TAKEN) + count < MOST_TAKEN;
    }

    void beginTake(int mode) {
        set(TAKING, mode);
    }

    void note(long element) {
        long noted = get(NOTED);
        set(ELEMENTS + 8 * noted, element);
        set(NOTED, noted + 1);
    }

    /** The store of what is taken is the note that it is done; before, what was noted may be there or not. */
    void endTake() {
        set(TAKEN, get(NOTED));
        set(TAKING, NOTHING);
    }

    // ---------------------------------------------------------------------------------------- who examines it

    long putting() {
        return get(PUTTING);
    }

    /** What it was putting is there, or it never was. */
    void settlePut(boolean there) {
        set(there ? PUT : PUTTING, get(there ? PUTTING : PUT));
    }

    int taking() {
        return (int) get(TAKING);
    }

    void eachTaken(LongConsumer action) {
        each(0, get(TAKEN), action);
    }

    /** What it was about to take, and knew. */
    void eachNoted(LongConsumer action) {
        each(get(TAKEN), get(NOTED), action);
    }

    private void each(long from, long to, LongConsumer action) {
        for (long i = from; i < to; i++) {
            action.accept(get(ELEMENTS + 8 * i));
        }
    }

    /** All that it took is accounted for. */
    void settleTaken() {
        set(NOTED, 0);
        set(TAKEN, 0);
        set(TAKING, NOTHING);
    }
}
