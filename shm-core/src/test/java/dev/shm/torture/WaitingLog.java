package dev.shm.torture;

import java.nio.file.Path;

/** What one process put into a bounded deque, or what it took out of it. */
final class WaitingLog extends TortureLog {

    /** The number that it put last, and the one that it was about to put; 0 for who takes. */
    private static final int PUT = FIRST;

    private static final int PUTTING = PUT + 8;
    /** For each seat the last number that was taken, and how many. */
    private static final int LAST = PUTTING + 8;

    private static final int TAKEN = LAST + 8 * WaitingTortureChild.SEATS;
    private static final int BYTES = TAKEN + 8 * WaitingTortureChild.SEATS;

    WaitingLog(Path file) {
        super(file, BYTES);
    }

    long put() {
        return get(PUT);
    }

    long putting() {
        return get(PUTTING);
    }

    /** The next one. What the process before this one was about to put may be there, so its number is not used again. */
    long beginPut() {
        add(PUTTING, 1);
        return get(PUTTING);
    }

    void endPut() {
        add(PUT, 1);
    }

    void taken(int seat, long number) {
        if (number <= get(LAST + 8L * seat)) {
            throw new IllegalStateException("number " + number + " of seat " + seat + " comes after number "
                    + get(LAST + 8L * seat) + ", or twice");
        }
        set(LAST + 8L * seat, number);
        add(TAKEN + 8L * seat, 1);
    }

    long taken(int seat) {
        return get(TAKEN + 8L * seat);
    }
}
