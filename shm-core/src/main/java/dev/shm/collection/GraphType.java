package dev.shm.collection;

import dev.shm.PartTypes;
import dev.shm.SharedGraphs;
import dev.shm.SharedType;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What there is to know of a graph to open it; and what is to be in it, to create it. */
final class GraphType extends SharedType<SharedGraphs.Graph> {

    private final Element<Object> plain;
    private final @Nullable Object initial;
    private final PartTypes types;

    GraphType(Element<Object> plain, @Nullable Object initial, PartTypes types) {
        super(CollectionKinds.GRAPH, "graph of " + plain.name());
        this.plain = plain;
        this.initial = initial;
        this.types = types;
    }

    @Override
    protected long allocate(Heap heap) {
        GraphWalk.check("the graph", Objects.requireNonNull(initial, "there is nothing to share"), plain, heap);
        return GraphTable.allocate(heap);
    }

    @Override
    protected SharedGraphs.Graph open(ObjectHandle handle) {
        return new LiveGraph(handle, plain, types);
    }

    @Override
    protected boolean isFilled() {
        return true;
    }

    @Override
    protected void fill(SharedGraphs.Graph created) {
        ((LiveGraph) created).fill(Objects.requireNonNull(initial));
    }
}
