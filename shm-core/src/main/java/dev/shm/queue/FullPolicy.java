package dev.shm.queue;

/**
 * What sending does when there is no room. Whichever it is, {@code offer} with a time-out waits that long first, unless
 * something is dropped to make room.
 */
public enum FullPolicy {

    /** {@code put} waits, {@code offer} returns false. */
    BLOCK,

    /** {@code put} throws {@link dev.shm.error.QueueFullException}, {@code offer} returns false. */
    FAIL,

    /** The message that is sent is dropped and counted: {@code put} returns, {@code offer} returns false. */
    DROP_NEWEST,

    /**
     * The oldest message that nobody has taken is dropped and counted. In a topic, the slowest subscriber loses it and is told
     * how many it lost. If what is oldest is in somebody's hands, nothing can be dropped, and this is like {@link #BLOCK}.
     */
    DROP_OLDEST
}
