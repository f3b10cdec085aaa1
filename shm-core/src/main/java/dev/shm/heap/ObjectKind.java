package dev.shm.heap;

import dev.shm.memory.Memory;
import dev.shm.segment.SegmentLayout;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;

/**
 * A kind of shared object as the segment knows it: enough to take one apart or to verify it in a process that never opened
 * one. Every kind is known to every process, through {@link Provider}.
 */
public interface ObjectKind {

    /** Its code in directory entries; never given to another kind. */
    int code();

    /** Its name, for people. */
    String kindName();

    /**
     * References to the few blocks that belong to an object, besides its root; at most 32. Those that it has in any number are not among
     * them: see {@link #dismantle} and {@link #problems}.
     */
    List<Long> blocks(Memory memory, long rootPayload);

    /**
     * Whether objects of this kind can be live values in a graph. They need no name, are held by no process, and {@link #dismantle} and {@link
     * #blocks} free all of one.
     */
    default boolean canBeLiveValue() {
        return false;
    }

    /**
     * What there is to tell of an object to one who looks at it and knows nothing of its kind: by names in camel case, a {@link
     * Long}, a {@link String}, or a map of these; a number under a name that ends in {@code Bytes} counts bytes. Stores nothing,
     * others may use the object meanwhile, and it may be damaged: then this throws, soon.
     */
    default Map<String, Object> describe(Memory memory, SegmentLayout layout, long rootPayload) {
        return Map.of();
    }

    /**
     * Those of the figures of {@link #describe} that only grow and are kept anyway, so that it takes no longer the more is in the object.
     */
    default Map<String, Object> counters(Memory memory, SegmentLayout layout, long rootPayload) {
        return Map.of();
    }

    /**
     * Gives back what a process held of an object that it had open and has not open any more: because it is dead, or because
     * it closed the object. Others may use the object meanwhile. May be called again from the start.
     *
     * @param owner what the owner bits of words hold for it
     */
    default void leave(Memory memory, long rootPayload, int owner) {
        // Most objects are held by nobody.
    }

    /**
     * Frees what belongs to an object that nobody has open, and is not among its {@link #blocks}. May be called again from the
     * start.
     */
    default void dismantle(Heap heap, Memory memory, long rootPayload) {
        // Most objects have nothing else.
    }

    /**
     * Address of a word that is not 0 once the object was destroyed, so that those who still have it open can tell; 0 if there is none, and
     * they go on with it.
     */
    default long endAddress(long rootPayload) {
        return 0;
    }

    /**
     * Frees what no longer belongs to an object. Called when nobody has it open, by who is about to open it, and under the directory's lock.
     * May be called again from the start.
     */
    default void tidy(Heap heap, Journal journal, Memory memory, long rootPayload) {
        // Most objects free what they do not need at once.
    }

    /**
     * Looks at all of an object that has a name, and says what is wrong with it. Others may use it meanwhile: what may be their
     * changing it is no problem. It may be damaged: then this says so, or throws, soon. Stores nothing.
     *
     * @param isLive whether a reference is good and its block is live
     */
    default List<String> problems(Memory memory, long rootPayload, LongPredicate isLive) {
        return List.of();
    }

    /** Gives the kinds that a package owns; found by {@link java.util.ServiceLoader}. */
    interface Provider {
        /** The kinds. */
        List<ObjectKind> kinds();
    }
}
