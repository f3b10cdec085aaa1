package dev.shm;

import dev.shm.heap.ObjectHandle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a package has that can be live in a graph and is no collection. For the library's own packages, found by {@link
 * java.util.ServiceLoader}; users have {@link Shared}.
 */
public abstract class LiveValues {

    /** For the library's own packages. */
    protected LiveValues() {}

    /** Of each kind that needs no class and no codec of the user's, the type that opens any object of it. */
    protected abstract List<SharedType<?>> types();

    /** Which opening of which object a value is; null if it is none of this package's. */
    protected abstract @Nullable ObjectHandle handle(Object value);

    /** The type of a value of this package; new objects of it begin as copies of that value. */
    protected abstract SharedType<?> copying(Object value);
}
