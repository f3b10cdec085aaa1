package dev.shm.queue;

import dev.shm.memory.Strip;

/**
 * Takes the cache lines of a message that was read into this processor's keeping, by storing one word of each as it is. The next to
 * write there is a producer on another processor. Where the two share no cache but the last, a line that was written last by one
 * other may cost it less than half of one that two have read, and messages of 256 bytes to 1 MiB pass two to three times as fast;
 * where they are near, as two threads of one core are, the stores cost as much as the reading and gain nothing. No program can ask
 * which it is, least of all in a virtual machine, and it changes as threads move.
 *
 * <p>So it is found out, and found out again: for as long as messages come, some laps of the ring are timed with the stores and some
 * without, and what was quicker is done for a while. Where messages come more slowly than they could, it does not matter which it is.
 *
 * <p>Only for a record that nobody but the caller may change or give back meanwhile. One thread at a time uses it.
 */
final class Lines {

    private static final int LINE_SHIFT = 6;

    /** Of a message that was looked at word by word, so much: more may never have been here. */
    private static final int LOOKED_AT = 512;

    private static final long LEAST_BYTES = 1 << 20;

    /** So many runs, as a power of two, between two trials: at first, and at most. */
    private static final int OFTENEST = 2;

    private static final int RAREST = 8;

    /** A change must be worth so much of the time, as a power of two: noise is no reason. */
    private static final int WORTH_SHIFT = 4;

    private final long runBytes;

    private boolean storing;
    private boolean trial;
    private boolean timing;

    /** Bytes to be read until something is decided. */
    private long left;

    private long began;

    /** What the last two runs took in the way that is kept to. */
    private long usual = Long.MAX_VALUE;

    private long usualBefore = Long.MAX_VALUE;

    private int runs = 1 << OFTENEST;
    private int rarity = OFTENEST;

    /** For who reads from rings of so many bytes. */
    Lines(long ringBytes) {
        // What one side does tells on the other a lap later.
        this.runBytes = Math.max(LEAST_BYTES, ringBytes);
        this.left = runBytes;
    }

    /**
     * Keeps the lines that end in a record, if that pays.
     *
     * @param from where it begins
     * @param to where it ends
     * @param whole whether all of it was read
     */
    void keep(Strip strip, int from, int to, boolean whole) {
        left -= to - from;
        if (left < 0) {
            look(System.nanoTime());
        }
        if (storing) {
            store(strip, from, whole ? to : Math.min(to, from + LOOKED_AT));
        }
    }

    /** Whether lines are kept now. */
    boolean isStoring() {
        return storing;
    }

    /** The bytes of half a run were read: the first half shows nothing yet, the second is timed. */
    void look(long now) {
        left = runBytes;
        if (timing) {
            decide(now - began);
        }
        timing = !timing;
        began = now;
    }

    private void decide(long nanos) {
        if (!trial) {
            usualBefore = usual;
            usual = nanos;
            if (--runs <= 0) {
                trial = true;
                storing = !storing;
            }
            return;
        }
        trial = false;
        // The better of two, so that a pause of this thread makes nothing look slow.
        long best = Math.min(usual, usualBefore);
        if (nanos < best - (best >>> WORTH_SHIFT)) {
            usual = nanos;
            usualBefore = Long.MAX_VALUE;
            rarity = OFTENEST;
        } else {
            storing = !storing;
            rarity = Math.min(rarity + 1, RAREST);
        }
        runs = 1 << rarity;
    }

    /** The line that the record ends in may be the one that the producer is writing, so it is left to the next record. */
    static void store(Strip strip, int from, int to) {
        int last = to >>> LINE_SHIFT;
        int at = from;
        for (int line = from >>> LINE_SHIFT; line < last; line++) {
            // By release, since a plain store of what was just loaded may be left out.
            strip.putLongRelease(at, strip.getLong(at));
            at = (line + 1) << LINE_SHIFT;
        }
    }
}
