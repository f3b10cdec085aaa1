package dev.shm.queue;

/** How a thread waits for a message, or for room. Each opening of a queue chooses its own. */
public enum Waiting {

    /**
     * Looks for a moment, then parks until somebody rings. Costs no CPU while idle; being woken takes microseconds. A virtual
     * thread does not hold its carrier meanwhile.
     */
    BLOCK,

    /** Looks again and again, at first at once and then less and less often, down to once in a millisecond. */
    BACKOFF,

    /** Looks without pause. For a thread that has a processor to itself. */
    SPIN
}
