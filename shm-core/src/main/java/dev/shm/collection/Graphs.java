package dev.shm.collection;

import dev.shm.PartTypes;
import dev.shm.SharedGraphs;
import dev.shm.SharedType;
import dev.shm.codec.Codec;
import org.jspecify.annotations.Nullable;

/** Graphs of the collections in this package. For {@link java.util.ServiceLoader}. */
public final class Graphs implements SharedGraphs {

    /** For {@link java.util.ServiceLoader}. */
    public Graphs() {}

    @Override
    public SharedType<Graph> type(@Nullable Codec<Object> values, @Nullable Object graph, PartTypes types) {
        return new GraphType(values == null ? Element.of(Object.class) : Element.of(values), graph, types);
    }
}
