package dev.shm.collection;

import dev.shm.SharedType;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;

/**
 * What {@link dev.shm.SharedMemory#openOrCreate} needs to know of a set. Immutable: every method returns another. The type of the
 * elements must be the same for all who open it; who asks for another gets {@link dev.shm.error.ObjectTypeMismatchException}.
 *
 * @param <E> the elements
 */
public final class SetType<E> extends SharedType<SharedSet<E>> {

    private final Element<E> elements;
    private final int firstShift;

    private SetType(Element<E> elements) {
        this(elements, Expected.DEFAULT_SHIFT, "set of " + elements.name());
    }

    static <E> SetType<E> of(Element<E> elements) {
        return new SetType<>(elements.forKeys());
    }

    private SetType(Element<E> elements, int firstShift, String description) {
        super(CollectionKinds.SET, description);
        this.elements = elements;
        this.firstShift = firstShift;
    }

    /**
     * How many elements there will be, if this process creates the set: then it has room for them from the first one on, some 30 bytes for
     * each. More than that make it grow as ever.
     */
    public SetType<E> expectedElements(long count) {
        return new SetType<>(elements, Expected.shift(count), toString());
    }

    @Override
    protected long allocate(Heap heap) {
        return ShardedTable.allocate(heap, CollectionKinds.SET.code(), 0, firstShift);
    }

    @Override
    protected SharedSet<E> open(ObjectHandle handle) {
        return new SharedSet<>(handle, elements);
    }
}
