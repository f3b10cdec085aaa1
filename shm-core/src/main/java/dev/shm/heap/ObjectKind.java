package dev.shm.heap;

import dev.shm.memory.Memory;
import java.util.List;

/**
 * A kind of shared object as the segment knows it: enough to take one apart or to verify it in a process that never opened
 * one. Every kind is known to every process, through {@link Provider}.
 */
public interface ObjectKind {

    /** Its code in directory entries; never given to another kind. */
    int code();

    /** Its name, for people. */
    String kindName();

    /** References to the blocks that belong to an object, besides its root. Nobody changes the object meanwhile. */
    List<Long> blocks(Memory memory, long rootPayload);

    /** Gives the kinds that a package owns; found by {@link java.util.ServiceLoader}. */
    interface Provider {
        /** The kinds. */
        List<ObjectKind> kinds();
    }
}
