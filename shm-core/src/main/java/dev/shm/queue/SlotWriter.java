package dev.shm.queue;

import dev.shm.memory.Strip;

/**
 * How messages without header and time stamp are written in place into a ring for any number of producers: as {@link DenseWriter} does for
 * one. Any thread may use it, each with a claim of its own, and is marked as being inside while it does.
 */
final class SlotWriter {

    private final Strip strip;
    private final SlotRing ring;
    private final int control;
    private final int data;
    private final long mask;
    private final int counter;
    private final int largest;

    SlotWriter(Opening opening, Strip strip, SlotRing ring, int largestClaim) {
        this.strip = strip;
        this.ring = ring;
        this.control = (int) (ring.controlAddress(0) - opening.base);
        this.data = (int) (ring.dataAddress() - opening.base);
        this.mask = ring.mask();
        this.counter = opening.offset(Counter.CLAIMED);
        this.largest = (int) Math.min(largestClaim, ring.largest() - RecordLayout.WORD_BYTES);
    }

    /** Whether a message of that size goes into the ring. */
    boolean isPlain(int bytes) {
        // Compared without a sign, a negative number is too large.
        return Integer.compareUnsigned(bytes, largest) <= 0;
    }

    /** Claims; false if there is no room. */
    boolean tryClaim(Claim claim, int bytes) {
        long span = ring.units(bytes + (long) RecordLayout.WORD_BYTES);
        long position = ring.claim(span);
        if (position == Ring.FULL) {
            return false;
        }
        int record = data + (index(position) << ring.unitShift);
        claim.setPlain(ring, position, span, strip.bytes(), record + RecordLayout.WORD_BYTES, bytes);
        return true;
    }

    private int index(long position) {
        return (int) (position & mask);
    }

    /**
     * Makes a claim everybody's.
     *
     * @return whether somebody may sleep who is to be told
     */
    boolean commit(Claim claim, int bodyBytes) {
        strip.putLong(claim.offset() - RecordLayout.WORD_BYTES, RecordLayout.word(bodyBytes, 0, 0));
        strip.getAndAddLong(counter, 1);
        int at = control + (index(claim.position()) << 3);
        // Nobody else changes a claim while its owner is alive and in here.
        long word = strip.getLong(at);
        // SYNC POINT with SlotRing.word: publishes the record.
        strip.putLongRelease(at, ControlWord.with(word, 0, ControlWord.COMMITTED));
        return Waiter.calls(strip.getLongAcquire(QueueLayout.SLEEPING_RECEIVERS));
    }
}
