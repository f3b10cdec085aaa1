package dev.shm.queue;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The word that says who has a place that only one may have at a time: the producer's of a dense ring, or a cursor. It names
 * the process, so that its reaper can clear it, and the opening, so that two openings in one process do not share a place.
 *
 * <pre>
 *    63            45                16 15        13 12 10 9       0
 *   +---------------+------------------+------------+-----+---------+
 *   |     zero      |     opening      |    zero    |state|  owner  |
 *   +---------------+------------------+------------+-----+---------+
 * </pre>
 */
final class Tenancy {

    /** Nobody's. */
    static final long NOBODY = 0;

    /** Being taken; if its owner dies, nobody's. */
    static final int ARRIVING = 1;
    /** Somebody reads here. */
    static final int PRESENT = 2;
    /** Kept for one that will come back. */
    static final int AWAY = 3;
    /** Put out, and not told yet. Without an owner it is a trace: nobody's, but under a name that somebody may ask for. */
    static final int EVICTED = 4;

    /** Holds the head already, but has not found its place yet; if its owner dies, nobody's. */
    static final int PLACING = 5;

    /** Was put out, and ends; what it lost is being noted for good. If its owner dies, that is finished, and it is nobody's. */
    static final int ENDING = 6;

    private static final int OWNER_MASK = 0x3FF;
    private static final int STATE_SHIFT = 10;
    private static final int STATE_MASK = 0x7;
    private static final int OPENING_SHIFT = 16;
    private static final int OPENING_MASK = (1 << 30) - 1;

    private static final AtomicInteger OPENINGS = new AtomicInteger();

    private Tenancy() {}

    /** A number that no other opening of this process has. */
    static int nextOpening() {
        return OPENINGS.incrementAndGet() & OPENING_MASK;
    }

    static long word(int owner, int opening, int state) {
        return (long) opening << OPENING_SHIFT | (long) state << STATE_SHIFT | owner;
    }

    static long with(long word, int state) {
        return (word & ~((long) STATE_MASK << STATE_SHIFT)) | (long) state << STATE_SHIFT;
    }

    /** The word of a place that is kept: nobody's, but not the same word as after another one had it. */
    static long away(long word) {
        return with(word, AWAY) & ~(long) OWNER_MASK;
    }

    /** The word of a place whose tenant was put out and is gone, and has not been told. */
    static long trace(long word) {
        return with(word, EVICTED) & ~(long) OWNER_MASK;
    }

    /** The word of a place that one whom nobody tells any more has had, while that owner ends it. */
    static long ending(long word, int owner) {
        return (with(word, ENDING) & ~(long) OWNER_MASK) | owner;
    }

    /** Whether a place waits for somebody who asks for its name, be it kept or only a trace. */
    static boolean isVacated(long word) {
        return owner(word) == 0 && (state(word) == AWAY || state(word) == EVICTED);
    }

    static int owner(long word) {
        return (int) word & OWNER_MASK;
    }

    static int state(long word) {
        return (int) (word >>> STATE_SHIFT) & STATE_MASK;
    }
}
