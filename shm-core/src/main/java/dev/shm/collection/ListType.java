package dev.shm.collection;

import dev.shm.SharedType;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;

/**
 * What {@link dev.shm.SharedMemory#openOrCreate} needs to know of a list. Immutable. The type of the elements must be the same for all who
 * open it; who asks for another gets {@link dev.shm.error.ObjectTypeMismatchException}.
 *
 * @param <E> the elements
 */
public final class ListType<E> extends SharedType<SharedList<E>> {

    private final Element<E> elements;

    ListType(Element<E> elements) {
        super(CollectionKinds.LIST, "list of " + elements.name());
        this.elements = elements;
    }

    @Override
    protected long allocate(Heap heap) {
        return ListTable.allocate(heap);
    }

    @Override
    protected SharedList<E> open(ObjectHandle handle) {
        return new SharedList<>(handle, elements);
    }
}
