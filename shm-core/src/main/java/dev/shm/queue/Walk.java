package dev.shm.queue;

import dev.shm.error.SegmentFormatException;
import java.util.function.LongConsumer;

/** Looks at every record from a position on. For when nobody moves the head meanwhile. */
final class Walk {

    private Walk() {}

    /**
     * Gives each block that a record refers to, whatever has become of the record. Of a ring that is damaged it gives what can still
     * be found.
     */
    static void over(Ring ring, long from, LongConsumer references) {
        try {
            long end = Math.min(ring.end(), from + ring.units);
            for (long at = from; at < end; at += ring.span(at)) {
                if (ring.refersToBlock(at)) {
                    references.accept(ring.reference(at));
                }
            }
        } catch (SegmentFormatException | IndexOutOfBoundsException e) {
            if (ring instanceof SlotRing slots) {
                overSlots(slots, from, references);
            }
        }
    }

    /** One by one, where the chain is broken: a word of its own lap is that of a record, wherever it lies. */
    private static void overSlots(SlotRing ring, long from, LongConsumer references) {
        for (long at = from; at < from + ring.units; at++) {
            long word = ring.word(at);
            if (ring.age(word, at) == 0 && ControlWord.isReference(word)) {
                try {
                    references.accept(ring.reference(at));
                } catch (IndexOutOfBoundsException e) {
                    // This one, too, is damaged.
                }
            }
        }
    }
}
