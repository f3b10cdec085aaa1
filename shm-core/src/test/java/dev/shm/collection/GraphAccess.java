package dev.shm.collection;

import dev.shm.Shared;
import dev.shm.SharedGraphs;
import dev.shm.SharedObject;
import dev.shm.heap.ObjectHandle;
import java.lang.reflect.Field;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the collector of a JVM and the housekeeping do for a graph, when a test wants it. */
public final class GraphAccess {

    private GraphAccess() {}

    /** The graph behind what a user has; it was used already. */
    public static SharedGraphs.Graph of(Shared<?> shared) {
        try {
            Field opened = Shared.class.getDeclaredField("opened");
            opened.setAccessible(true);
            return (SharedGraphs.Graph) Objects.requireNonNull(opened.get(shared));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the field of Shared has another name", e);
        }
    }

    /** Gives back all parts that are out and that nobody holds; returns how many. */
    public static long collect(SharedGraphs.Graph graph) {
        return ((LiveGraph) graph).table.collect(Long.MAX_VALUE, Long.MAX_VALUE / 2, true);
    }

    /** Handles that the process has for parts, in all of its openings of the graph. */
    public static int holds(SharedGraphs.Graph graph) {
        PartHolders holders = ((LiveGraph) graph).table.holders;
        synchronized (holders) {
            return holders.holds.size();
        }
    }

    /** Objects that show parts. */
    public static int views(SharedGraphs.Graph graph) {
        return ((LiveGraph) graph).views.size();
    }

    /** Nobody in this process has that object any more, so the caller must not use it either. */
    public static void drop(SharedGraphs.Graph graph, Object view) {
        ObjectHandle handle = handle(view);
        LiveGraph live = (LiveGraph) graph;
        live.views.remove(handle.part());
        PartHolders holders = live.table.holders;
        synchronized (holders) {
            holders.holds.stream().filter(hold -> hold.get() == handle).toList().forEach(PartHolders.Hold::enqueue);
        }
    }

    /** What a stub says of a part. */
    public record Stub(long part, long root) {}

    /** What the stub of a part says, wherever it is. */
    public static Stub stub(Object view) {
        ObjectHandle handle = handle(view);
        return new Stub(handle.part(), handle.reference());
    }

    /** What who has read such a stub of a collection, and comes only now, finds; null if it went. */
    public static @Nullable Object find(SharedGraphs.Graph graph, Stub stub) {
        try {
            return Objects.requireNonNull(((LiveGraph) graph).view(stub.part(), stub.root(), new byte[0]));
        } catch (PartGone e) {
            return null;
        }
    }

    private static ObjectHandle handle(Object view) {
        return Objects.requireNonNull(LiveGraph.handleOf((SharedObject) view));
    }
}
