package dev.shm.collection;

import dev.shm.SharedType;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;

/**
 * What {@link dev.shm.SharedMemory#openOrCreate} needs to know of a deque. Immutable: every method returns another. All who open it must ask
 * for the same; who asks for another gets {@link dev.shm.error.ObjectTypeMismatchException}.
 *
 * @param <E> the elements
 */
public final class DequeType<E> extends SharedType<SharedDeque<E>> {

    /** A ring of more would have positions that an {@code int} cannot tell. */
    private static final int MOST = Integer.MAX_VALUE - 1;

    private final Element<E> elements;
    private final int maxLength;
    private final boolean evicting;
    private final int itemBytes;

    DequeType(Element<E> elements, int maxLength, boolean evicting, int itemBytes) {
        super(
                CollectionKinds.DEQUE,
                "deque of " + elements.name()
                        + (maxLength == 0 ? "" : ", at most " + maxLength)
                        + (evicting ? ", evicting" : "")
                        + (itemBytes == 0 ? "" : ", in slots of " + itemBytes + " bytes"));
        this.elements = elements;
        this.maxLength = maxLength;
        this.evicting = evicting;
        this.itemBytes = itemBytes;
    }

    /**
     * Bounds the deque: where it is full, {@code offer} says false, {@code add} throws {@link IllegalStateException}, and {@code put} waits. A
     * deque without this grows as long as the segment has room.
     */
    public DequeType<E> maxLength(int elementCount) {
        if (elementCount < 1 || elementCount > MOST) {
            throw new IllegalArgumentException("maxLength=" + elementCount + " must be from 1 to " + MOST);
        }
        return new DequeType<>(elements, elementCount, evicting, itemBytes);
    }

    /** Where it is full, an element that is added at one end makes one go at the other end; for a deque with {@link #maxLength}. */
    public DequeType<E> evicting() {
        return new DequeType<>(elements, maxLength, true, itemBytes);
    }

    /**
     * The most bytes that an element has, for a deque with {@link #maxLength}: then there is room for all of them from the start, each lies in
     * a slot of that size, and adding never finds the segment full. A larger element is an {@link IllegalArgumentException}.
     */
    public DequeType<E> itemBytes(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("itemBytes=" + bytes + " must be positive");
        }
        return new DequeType<>(elements, maxLength, evicting, bytes);
    }

    /**
     * The bound of a deque in a graph.
     *
     * @throws IllegalArgumentException if no graph can have such a deque
     */
    DequeBound bound() {
        check();
        if (itemBytes > 0) {
            throw new IllegalArgumentException(
                    "a " + this + " cannot be in a graph, whose elements have no size that is"
                            + " known before. Leave out itemBytes(...), or create it under a name");
        }
        return new DequeBound(maxLength, evicting);
    }

    private void check() {
        if (maxLength == 0 && (evicting || itemBytes > 0)) {
            throw new IllegalArgumentException("a " + this + " needs a maxLength(...)");
        }
    }

    @Override
    protected long allocate(Heap heap) {
        check();
        return DequeTable.allocate(heap, maxLength, evicting, itemBytes);
    }

    @Override
    protected SharedDeque<E> open(ObjectHandle handle) {
        return new SharedDeque<>(handle, elements);
    }
}
