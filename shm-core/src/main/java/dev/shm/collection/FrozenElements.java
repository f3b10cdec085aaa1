package dev.shm.collection;

import java.util.AbstractCollection;
import java.util.Collection;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** What is in a frozen map or set, in the order in which it was given: keys, values or entries. */
abstract class FrozenElements<E> extends AbstractCollection<E> {

    final FrozenTable table;

    FrozenElements(FrozenTable table) {
        this.table = table;
    }

    /** What is seen of an entry. */
    abstract E element(int entry);

    /** Of a spliterator, besides those of all of them. */
    int characteristics() {
        return 0;
    }

    static UnsupportedOperationException unchanging() {
        return new UnsupportedOperationException(
                "what is frozen does not change. Build another one under another name, and tell the readers; or use a"
                        + " SharedMap or SharedSet.");
    }

    @Override
    public final int size() {
        return table.size();
    }

    @Override
    public final Iterator<E> iterator() {
        int size = table.size();
        return new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < size;
            }

            @Override
            public E next() {
                if (next >= size) {
                    throw new NoSuchElementException();
                }
                return element(next++);
            }

            @Override
            public void remove() {
                throw unchanging();
            }
        };
    }

    @Override
    public final void forEach(Consumer<? super E> action) {
        Objects.requireNonNull(action);
        int size = table.size();
        for (int entry = 0; entry < size; entry++) {
            action.accept(element(entry));
        }
    }

    @Override
    public final Spliterator<E> spliterator() {
        return Spliterators.spliterator(
                iterator(),
                table.size(),
                Spliterator.IMMUTABLE | Spliterator.ORDERED | Spliterator.NONNULL | characteristics());
    }

    @Override
    public final boolean add(E element) {
        throw unchanging();
    }

    @Override
    public final boolean addAll(Collection<? extends E> elements) {
        throw unchanging();
    }

    @Override
    public final boolean remove(Object element) {
        throw unchanging();
    }

    @Override
    public final boolean removeAll(Collection<?> elements) {
        throw unchanging();
    }

    @Override
    public final boolean retainAll(Collection<?> elements) {
        throw unchanging();
    }

    @Override
    public final boolean removeIf(Predicate<? super E> filter) {
        throw unchanging();
    }

    @Override
    public final void clear() {
        throw unchanging();
    }
}
