package dev.shm.segment;

import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * What a process asks of a segment, all defaults resolved.
 *
 * @param name name
 * @param directory directory
 * @param access who may use it
 * @param role one of the roles of {@link SlotLayout}
 * @param application what the process calls itself
 * @param size bytes of a new segment, and the least of an existing one if {@code sizeAsked}
 * @param sizeAsked whether the user named the size
 * @param slots process slots of a new segment
 * @param hashSeed seed of a new segment, and that of an existing one if present
 * @param stale what a creator does with the segment of a dead one
 * @param attachTimeout how long a consumer waits for its creator, and everybody for the role lock
 */
public record Settings(
        String name,
        Path directory,
        FileAccess access,
        int role,
        String application,
        long size,
        boolean sizeAsked,
        int slots,
        OptionalLong hashSeed,
        Stale stale,
        Duration attachTimeout) {

    /** What a creator does with a segment whose creator is dead. */
    public enum Stale {
        /** Replaces it. */
        RECREATE,
        /** Goes on with what is in it. */
        ADOPT,
        /** Refuses. */
        FAIL
    }

    /** What may become of the name. */
    public enum Verb {
        /** The segment must not exist. */
        CREATE,
        /** The segment must exist. */
        OPEN,
        /** Either. */
        OPEN_OR_CREATE
    }
}
