package dev.shm.collection;

import java.util.Set;
import java.util.Spliterator;
import org.jspecify.annotations.Nullable;

/** Those of which there are no two that are equal. */
abstract class FrozenElementSet<E> extends FrozenElements<E> implements Set<E> {

    FrozenElementSet(FrozenTable table) {
        super(table);
    }

    @Override
    final int characteristics() {
        return Spliterator.DISTINCT;
    }

    @Override
    public final boolean equals(@Nullable Object other) {
        return other == this || (other instanceof Set<?> set && set.size() == size() && hasAll(set));
    }

    /** The hash code of an element. */
    int hash(E element) {
        return Element.hash(element);
    }

    /** As {@link #containsAll}, of others that may have a null. */
    private boolean hasAll(Set<?> others) {
        for (Object one : others) {
            if (one == null || !contains(one)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public final int hashCode() {
        int sum = 0;
        for (E element : this) {
            sum += hash(element);
        }
        return sum;
    }
}
