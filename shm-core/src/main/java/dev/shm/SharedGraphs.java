package dev.shm;

import dev.shm.codec.Codec;
import org.jspecify.annotations.Nullable;

/**
 * What makes graphs of collections. For the library's own packages, found by {@link java.util.ServiceLoader}; users have {@link Shared}.
 */
public interface SharedGraphs {

    /**
     * The type of a graph.
     *
     * @param values makes bytes of values that have no form of their own; null if there are none
     * @param graph what is to be in a new one; null to open one that there is
     * @param types what can be live in it besides collections
     */
    SharedType<Graph> type(@Nullable Codec<Object> values, @Nullable Object graph, PartTypes types);

    /** A graph, as one process has it open. */
    interface Graph extends SharedObject {

        /** The collection that all others are in. */
        Object root();

        /** A copy of all of it, of collections of {@code java.util}. Live values are not copied. */
        Object copy();

        /** Makes a live value that is in no place of it yet. */
        <V extends SharedObject> V newValue(SharedType<V> type);

        /** Tells it from every other that was or will be under its name. */
        long id();
    }
}
