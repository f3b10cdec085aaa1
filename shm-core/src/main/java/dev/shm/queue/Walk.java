package dev.shm.queue;

import java.util.function.LongConsumer;

/** Looks at every record from a position on. For when nobody moves the head meanwhile. */
final class Walk {

    private Walk() {}

    /** Gives each block that a record refers to, whatever has become of the record. */
    static void over(Ring ring, long from, LongConsumer references) {
        long end = ring.end();
        for (long at = from; at < end; at += ring.span(at)) {
            if (ring.refersToBlock(at)) {
                references.accept(ring.reference(at));
            }
        }
    }
}
