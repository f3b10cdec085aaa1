package dev.shm;

/** What a consumer does when the creator of its segment dies. */
public enum OnCreatorLost {
    /** Tells its listeners, and goes on with what is there. */
    KEEP,
    /** Tells its listeners, and ends the segment for this process. */
    CLOSE
}
