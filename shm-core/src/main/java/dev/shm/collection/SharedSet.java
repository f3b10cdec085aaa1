package dev.shm.collection;

import dev.shm.SharedObject;
import dev.shm.codec.Codec;
import dev.shm.collection.ShardedTable.Call;
import dev.shm.heap.ObjectHandle;
import java.lang.ref.Reference;
import java.util.AbstractSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Objects;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A set that lives in a segment and that any thread of any process may change; the keys of a {@link SharedMap} without values, and all
 * that is said there is true here. Two elements are the same if their bytes are. {@link #addAll}, {@link #removeAll}, {@link #retainAll} and
 * {@link #removeIf} take one element after the other, each atomically, and {@link #clear} one shard after the other.
 *
 * @param <E> the elements
 */
public final class SharedSet<E> extends AbstractSet<E> implements SharedObject {

    private final ObjectHandle handle;
    private final ShardedTable table;
    private final Element<E> elements;

    SharedSet(ObjectHandle handle, Element<E> elements) {
        this.handle = handle;
        this.elements = elements;
        this.table = new ShardedTable(handle, CollectionKinds.SET.code(), null);
    }

    /** A set of elements of that class; see {@link SharedMap#of(Class, Class)}. */
    public static <E> SetType<E> of(Class<E> elements) {
        return SetType.of(Element.of(elements));
    }

    /** A set of elements that a codec turns into bytes; it must give equal elements equal bytes. */
    public static <E> SetType<E> of(Codec<E> elements) {
        return SetType.of(Element.of(elements));
    }

    ObjectHandle handle() {
        return handle;
    }

    @Override
    public String name() {
        return handle.name();
    }

    @Override
    public boolean isOpen() {
        return handle.isOpen();
    }

    /** Gives this opening back; the set itself stays. */
    @Override
    public void close() {
        table.close();
    }

    @Override
    public boolean contains(Object element) {
        Objects.requireNonNull(element);
        try {
            return table.find(element) || search(element);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    private boolean search(Object element) {
        if (!elements.accepts(element)) {
            return false;
        }
        @SuppressWarnings("unchecked")
        E e = (E) element;
        return table.contains(elements, e);
    }

    @Override
    public boolean add(E element) {
        Objects.requireNonNull(element);
        Call call = table.call(elements, element);
        try {
            return table.add(call);
        } finally {
            table.end(call);
        }
    }

    @Override
    public boolean remove(Object element) {
        Objects.requireNonNull(element);
        if (!elements.accepts(element)) {
            return false;
        }
        @SuppressWarnings("unchecked")
        Call call = table.call(elements, (E) element);
        try {
            return table.remove(call);
        } finally {
            table.end(call);
        }
    }

    /** From here, whatever the sizes: that of a live set tells nothing. */
    @Override
    public boolean removeAll(Collection<?> others) {
        boolean changed = false;
        for (Object element : others) {
            changed |= remove(element);
        }
        return changed;
    }

    @Override
    public boolean retainAll(Collection<?> others) {
        Objects.requireNonNull(others);
        return removeIf(element -> !elements.isIn(others, element));
    }

    @Override
    public boolean removeIf(Predicate<? super E> filter) {
        Objects.requireNonNull(filter);
        boolean removed = false;
        Cursor<E, E> cursor = cursor();
        while (cursor.advance()) {
            removed |= filter.test(cursor.key()) && removeAt(cursor);
        }
        return removed;
    }

    private boolean removeAt(Cursor<E, E> cursor) {
        Call call = cursor.call();
        try {
            return table.remove(call);
        } finally {
            table.end(call);
        }
    }

    /** Exact when nobody changes the set meanwhile. */
    @Override
    public int size() {
        return (int) Math.min(Integer.MAX_VALUE, elementCount());
    }

    /** As {@link #size}, for sets of any size. */
    public long elementCount() {
        try {
            return table.size();
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    @Override
    public boolean isEmpty() {
        return elementCount() == 0;
    }

    /** Removes all elements, one shard after the other. What is added meanwhile may stay. */
    @Override
    public void clear() {
        table.clear();
    }

    /** A copy that does not change; see {@link SharedMap#snapshot}. */
    public Set<E> snapshot() {
        Set<E> copy = new HashSet<>();
        try {
            for (int shard = 0; shard < MapLayout.SHARD_COUNT; shard++) {
                ShardCopy entries = table.copy(shard, true);
                for (int i = 0; i < entries.count(); i++) {
                    copy.add(Objects.requireNonNull(entries.key(i, elements)));
                }
            }
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
        return copy;
    }

    private Cursor<E, E> cursor() {
        return new Cursor<>(handle, table, elements, null, element -> element);
    }

    @Override
    public void forEach(Consumer<? super E> action) {
        Objects.requireNonNull(action);
        Cursor<E, E> cursor = cursor();
        while (cursor.advance()) {
            action.accept(cursor.key());
        }
    }

    @Override
    public Iterator<E> iterator() {
        return new EntryIterator<E, E, E>(table, elements, cursor()) {
            @Override
            E element(Cursor<E, E> at) {
                return at.key();
            }
        };
    }

    @Override
    public Spliterator<E> spliterator() {
        return Spliterators.spliteratorUnknownSize(
                iterator(), Spliterator.DISTINCT | Spliterator.NONNULL | Spliterator.CONCURRENT);
    }

    /** As in {@link Set}; of arrays, what is in them, as it is by what they are found. */
    @Override
    public int hashCode() {
        int sum = 0;
        for (E element : this) {
            sum += Element.hash(element);
        }
        return sum;
    }

    @Override
    public String toString() {
        return isOpen() ? super.toString() : "closed";
    }
}
