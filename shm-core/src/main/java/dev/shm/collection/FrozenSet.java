package dev.shm.collection;

import dev.shm.SharedObject;
import dev.shm.codec.Codec;
import dev.shm.heap.ObjectHandle;

/**
 * A set that lies in a segment and never changes, built once from a set of this process; the keys of a {@link FrozenMap} without values, and all
 * that is said there is true here. Two elements are the same if their bytes are: of those that are, the first is kept.
 *
 * @param <E> the elements
 */
public final class FrozenSet<E> extends FrozenElementSet<E> implements SharedObject {

    private final Element<E> elements;

    FrozenSet(ObjectHandle handle, Element<E> elements) {
        super(new FrozenTable(handle, false));
        this.elements = elements;
    }

    /** A set of elements of that class; see {@link SharedMap#of(Class, Class)}. */
    public static <E> FrozenSetType<E> of(Class<E> elements) {
        return FrozenSetType.of(Element.of(elements));
    }

    /** A set of elements that a codec turns into bytes; it must give equal elements equal bytes. */
    public static <E> FrozenSetType<E> of(Codec<E> elements) {
        return FrozenSetType.of(Element.of(elements));
    }

    @Override
    public String name() {
        return table.handle().name();
    }

    @Override
    public boolean isOpen() {
        return table.handle().isOpen();
    }

    /** Gives this opening back; the set itself stays. */
    @Override
    public void close() {
        table.handle().close();
    }

    @Override
    E element(int entry) {
        return table.key(elements, entry);
    }

    @Override
    public boolean contains(Object element) {
        return table.find(elements, element) >= 0;
    }

    @Override
    public String toString() {
        return isOpen() ? super.toString() : "closed";
    }
}
