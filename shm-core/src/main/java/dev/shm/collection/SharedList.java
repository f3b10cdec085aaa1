package dev.shm.collection;

import dev.shm.SharedObject;
import dev.shm.codec.Codec;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import java.lang.ref.Reference;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.ListIterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.RandomAccess;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A list that lives in a segment: what {@link java.util.ArrayList} is within one process, among all of them, and for any number of threads.
 * Elements may be null.
 *
 * <p>Any thread of any process may call any method. Every method is atomic, those that change many elements as well: {@link #addAll}, {@link
 * #removeIf}, {@link #replaceAll}, {@link #sort}, and clearing a {@link #subList}. A process that is killed in the middle of one
 * leaves the list before it or the list after it, and nobody waits for the dead. A reader takes no lock, waits for no writer, and never
 * sees half of a change. Writers take turns; one that waits for longer than ten seconds gets {@link
 * dev.shm.error.LockTimeoutException}, which names who has the lock.
 *
 * <p>What two calls do is not atomic: {@code list.get(list.size() - 1)} may find that the list is shorter by then. Use an iterator, {@link
 * #snapshot}, or the methods that do it in one: {@link #compareAndSet}, {@link #updateAndGet}, {@link #swap}.
 *
 * <p>Elements are kept as bytes, and every read makes a new object of them: changing that object changes nothing in the list. They are
 * compared by {@code equals}, and arrays by what is in them.
 *
 * <p>Adding at the end and removing there takes the same time whatever the size. In the middle, what is behind the place is copied to new
 * chunks, unless it is only a few elements; that needs room for the copy, for removing too. When the segment has no room, {@link
 * dev.shm.error.OutOfSharedMemoryException} is thrown, and nothing has changed. Removing the last element and {@link #clear} need no room.
 *
 * <p>Searching, comparing and {@code hashCode} look at all of the list at one moment as well; if others change it again and again meanwhile, at
 * a copy of it. Iterators, streams and {@link #forEach} are weakly consistent: up to 512 elements as they were at one moment, then the
 * next ones by their index. So an element may come twice or not at all when others are inserted or removed before it meanwhile. {@link
 * #snapshot} is all of the list at one moment.
 *
 * <p>An element that this process cannot read raises {@link dev.shm.error.CodecException} where it is asked for; clearing the sub-list of it
 * removes it unseen, and so does {@code remove} of an iterator whose {@code next} threw, which goes on behind it. Closed by whoever opened it, when no thread of this process uses it any more; then its methods throw {@link
 * dev.shm.error.SegmentClosedException}.
 *
 * @param <E> the elements
 */
public final class SharedList<E> extends AbstractList<E> implements RandomAccess, SharedObject {

    private static final int BATCH_CELLS = ListLayout.CHUNK_CELLS;
    private static final long BATCH_BYTES = 64 << 10;
    private static final Cells NONE = new Cells(0);
    /** Whoever was disturbed so often copies all. */
    private static final int LOOKS = 4;

    private final ObjectHandle handle;
    private final Heap heap;
    private final ListTable table;
    private final Element<E> elements;
    private final Pool<Encoded> scratch = new Pool<>(() -> new Encoded(CellLayout.INLINE_BYTES));

    SharedList(ObjectHandle handle, Element<E> elements) {
        this.handle = handle;
        this.heap = handle.heap();
        this.elements = elements;
        this.table = new ListTable(handle, elements);
    }

    /** A list of elements of that class; see {@link SharedMap#of(Class, Class)}. */
    public static <E> ListType<E> of(Class<E> elements) {
        return new ListType<>(Element.of(elements));
    }

    /** A list of elements that a codec turns into bytes. */
    public static <E> ListType<E> of(Codec<E> elements) {
        return new ListType<>(Element.of(elements));
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

    /**
     * Gives this opening back; the list itself stays.
     *
     * @throws IllegalStateException if the calling thread is in a function that computes a change of this list
     */
    @Override
    public void close() {
        table.close();
    }

    /** The API of lists says nothing of null. */
    @SuppressWarnings("NullAway")
    private static <E> E nullable(@Nullable E element) {
        return element;
    }

    @SuppressWarnings("NullAway")
    private static Object[] arrayOf(@Nullable Object element) {
        return new Object[] {element};
    }

    // ---------------------------------------------------------------------------------------------- reading

    @Override
    public E get(int index) {
        try {
            return nullable(table.get(index, elements));
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    @Override
    public int size() {
        try {
            return (int) table.size();
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    @Override
    public boolean isEmpty() {
        return size() == 0;
    }

    private CellCopy copy(long from, long most, long mostBytes) {
        try {
            return table.copy(from, most, mostBytes);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** A copy that does not change: all of the list at one moment. Lets writers wait only if they would not leave it a moment. */
    public List<E> snapshot() {
        return snapshot(0, Integer.MAX_VALUE);
    }

    private List<E> snapshot(int from, int most) {
        CellCopy cells = copy(from, most, Long.MAX_VALUE);
        List<E> copy = new ArrayList<>(cells.count());
        for (int i = 0; i < cells.count(); i++) {
            copy.add(nullable(cells.element(i, elements)));
        }
        return copy;
    }

    @Override
    public Object[] toArray() {
        return snapshot().toArray();
    }

    @Override
    public <T> T[] toArray(T[] array) {
        return snapshot().toArray(array);
    }

    @Override
    public boolean contains(@Nullable Object element) {
        return indexOf(element) >= 0;
    }

    private boolean isSame(@Nullable E one, @Nullable Object other) {
        return (one == null || other == null) ? one == other : elements.isSame(one, other);
    }

    @Override
    public int indexOf(@Nullable Object element) {
        return indexOf(0, -1, element);
    }

    private int indexOf(int from, int end, @Nullable Object element) {
        return look(from, end, moment -> moment.first(one -> isSame(one, element)));
    }

    @Override
    public int lastIndexOf(@Nullable Object element) {
        return lastIndexOf(0, -1, element);
    }

    private int lastIndexOf(int from, int end, @Nullable Object element) {
        return look(from, end, moment -> moment.last(one -> isSame(one, element)));
    }

    @Override
    public boolean containsAll(Collection<?> others) {
        return containsAll(0, -1, others);
    }

    private boolean containsAll(int from, int end, Collection<?> others) {
        Object[] wanted = others.toArray();
        return look(from, end, moment -> {
            List<Object> missing = new ArrayList<>(Arrays.asList(wanted));
            moment.first(one -> {
                missing.removeIf(other -> isSame(one, other));
                return missing.isEmpty();
            });
            return missing.isEmpty();
        });
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other == this || (other instanceof List<?> list && isEqual(0, -1, list));
    }

    private boolean isEqual(int from, int end, List<?> other) {
        // One of the others may be live as well, and is then at one moment what it is compared as.
        Object[] expected = other.toArray();
        return look(from, end, moment -> {
            int[] next = {0};
            int different = moment.first(one -> {
                int index = next[0]++;
                return index >= expected.length || !isSame(one, expected[index]);
            });
            return different < 0 && next[0] == expected.length;
        });
    }

    @Override
    public int hashCode() {
        return hashCode(0, -1);
    }

    private int hashCode(int from, int end) {
        return look(from, end, moment -> {
            int[] hash = {1};
            moment.first(one -> {
                hash[0] = 31 * hash[0] + (one == null ? 0 : Element.hash(one));
                return false;
            });
            return hash[0];
        });
    }

    /**
     * Looks at elements as they are at one moment: some at a time, as long as nobody changes the list, and again from the start if somebody
     * did; at a copy of all of them if that happens again and again.
     *
     * @param end -1 for all up to the last one
     * @param look may be called several times
     */
    private <T> T look(int from, int end, Function<Moment, T> look) {
        handle.payload();
        for (int i = 0; i < LOOKS; i++) {
            try {
                long version = table.version();
                return look.apply(new Moment(from, end, version, null));
            } catch (Moved e) {
                Thread.onSpinWait();
            } catch (InternalError e) {
                throw handle.failed(e);
            } finally {
                Reference.reachabilityFence(handle);
            }
        }
        CellCopy all = copy(from, end < 0 ? Integer.MAX_VALUE : end - from, Long.MAX_VALUE);
        return look.apply(new Moment(from, end, 0, all));
    }

    /** The list was changed since its version was looked at. */
    private static final class Moved extends RuntimeException {

        private static final long serialVersionUID = 1;

        Moved() {
            super(null, null, false, false);
        }
    }

    /** Elements of one moment. Used by one thread. */
    private final class Moment {

        private final int from;
        private final int end;
        private final long version;
        /** All of them, if they were copied. */
        private final @Nullable CellCopy copy;

        Moment(int from, int end, long version, @Nullable CellCopy copy) {
            this.from = from;
            this.end = end;
            this.version = version;
            this.copy = copy;
        }

        /** How many there are. */
        private int count() {
            int count = copy != null ? copy.count() : (int) Math.max(0, table.size() - from);
            if (end < 0) {
                return count;
            }
            if (count < end - from) {
                throw new IndexOutOfBoundsException(
                        "the list has " + (from + count) + " elements, and this part of it ended at " + end);
            }
            return end - from;
        }

        /** Some of them: at least the first that is asked for. */
        private CellCopy some(int first, int most) {
            if (copy != null) {
                return copy;
            }
            CellCopy cells = table.copyOf(version, from + (long) first, most, BATCH_BYTES);
            if (cells == null || cells.count() == 0) {
                throw new Moved();
            }
            return cells;
        }

        /** Number of the first one that is wanted, or -1. */
        int first(Predicate<@Nullable E> wanted) {
            int count = count();
            for (int start = 0; start < count; ) {
                CellCopy cells = some(start, Math.min(BATCH_CELLS, count - start));
                for (int i = 0; i < cells.count(); i++) {
                    if (wanted.test(cells.element(i, elements))) {
                        return start + i;
                    }
                }
                start += cells.count();
            }
            return check(-1);
        }

        /** Number of the last one that is wanted, or -1. */
        int last(Predicate<@Nullable E> wanted) {
            int most = BATCH_CELLS;
            for (int stop = count(); stop > 0; ) {
                int start = copy != null ? 0 : Math.max(0, stop - most);
                CellCopy cells = some(start, stop - start);
                if (start + cells.count() < stop) {
                    // There was too much to copy: one alone.
                    most = 1;
                    continue;
                }
                for (int i = stop - start - 1; i >= 0; i--) {
                    if (wanted.test(cells.element(i, elements))) {
                        return start + i;
                    }
                }
                stop = start;
                most = BATCH_CELLS;
            }
            return check(-1);
        }

        /** The result, if it is one of that moment: how many there are was looked at on its own. */
        private int check(int result) {
            if (copy == null && !table.isOf(version)) {
                throw new Moved();
            }
            return result;
        }
    }

    @Override
    public String toString() {
        return isOpen() ? snapshot().toString() : "closed";
    }

    @Override
    public void forEach(Consumer<? super E> action) {
        Objects.requireNonNull(action);
        for (Iterator<E> all = iterator(); all.hasNext(); ) {
            action.accept(all.next());
        }
    }

    // ---------------------------------------------------------------------------------------------- writing

    /** Does something with an encoded element. */
    private <T extends @Nullable Object> T with(@Nullable E element, Function<Encoded, T> action) {
        Encoded encoded = scratch.take();
        try {
            return handle.guarded(() -> {
                try {
                    encoded.encodeNullable(elements, element, heap);
                    // Before the lock, since it may take long.
                    encoded.store(heap, CollectionKinds.LIST.code(), 0);
                    return action.apply(encoded);
                } finally {
                    encoded.end(heap);
                }
            });
        } finally {
            scratch.giveBack(encoded);
        }
    }

    /** Does something with many cells. */
    private <T extends @Nullable Object> T withCells(int expected, Function<Cells, T> action) {
        return handle.guarded(() -> {
            Cells cells = new Cells(expected);
            try {
                return action.apply(cells);
            } finally {
                cells.end(heap);
            }
        });
    }

    private void encode(Cells cells, Object[] values) {
        Encoded encoded = scratch.take();
        try {
            for (Object value : values) {
                @SuppressWarnings("unchecked")
                E element = (E) value;
                cells.add(elements, element, encoded, heap, CollectionKinds.LIST.code());
            }
        } finally {
            encoded.end(heap);
            scratch.giveBack(encoded);
        }
    }

    /** Under the lock. */
    private @Nullable E read(long index) {
        return table.read(table.control(index), table.word(index), elements);
    }

    /** Under the lock. */
    private int checkIndex(int index) {
        return Objects.checkIndex(index, (int) table.lockedSize());
    }

    @Override
    public boolean add(E element) {
        return with(
                element,
                encoded -> table.changing(() -> {
                    table.append(encoded);
                    return true;
                }));
    }

    @Override
    public E set(int index, E element) {
        return nullable(with(
                element,
                encoded -> table.changing(() -> {
                    E before = read(checkIndex(index));
                    table.replace(index, encoded);
                    return before;
                })));
    }

    /** Replaces an element if it is equal to the one expected; returns whether it was. */
    public boolean compareAndSet(int index, @Nullable E expected, @Nullable E element) {
        return with(
                element,
                encoded -> table.changing(() -> {
                    boolean same = isSame(read(checkIndex(index)), expected);
                    if (same) {
                        table.replace(index, encoded);
                    }
                    return same;
                }));
    }

    /**
     * Replaces an element by what a function makes of it, and returns that. The function runs once, under the lock of the list, so it should be
     * short, and must not change this list: {@link IllegalStateException}. Reading it is allowed. If it throws, or its process is killed,
     * nothing has changed.
     */
    public E updateAndGet(int index, UnaryOperator<E> update) {
        Objects.requireNonNull(update);
        return nullable(withCells(
                1,
                cells -> table.changing(() -> {
                    E before = nullable(read(checkIndex(index)));
                    E after = table.compute(() -> update.apply(before));
                    if (stays(before, after)) {
                        return after;
                    }
                    E stored = after == null ? after : elements.toStore(after);
                    encode(cells, arrayOf(stored));
                    table.splice(index, index + 1L, cells);
                    return stored;
                })));
    }

    /** Whether a function gave back what is in the segment, and what changed inside of it has changed there. */
    private boolean stays(@Nullable E before, @Nullable Object after) {
        return after != null && after == before && elements.isLive(after);
    }

    /** Two elements change places. */
    public void swap(int one, int other) {
        table.changing(() -> {
            table.swap(one, other);
            return true;
        });
    }

    @Override
    public void add(int index, E element) {
        insert(checkNotNegative(index), arrayOf(element));
    }

    /** Adds all of them, one after the other, and nobody sees only some. */
    @Override
    public boolean addAll(Collection<? extends E> others) {
        return insert(-1, others.toArray());
    }

    /** Adds all of them at that place, and nobody sees only some. */
    @Override
    public boolean addAll(int index, Collection<? extends E> others) {
        return insert(checkNotNegative(index), others.toArray());
    }

    private static int checkNotNegative(int index) {
        if (index < 0) {
            throw new IndexOutOfBoundsException("index " + index);
        }
        return index;
    }

    /**
     * Adds elements.
     *
     * @param index -1 for the end
     */
    private boolean insert(int index, Object[] values) {
        return withCells(values.length, cells -> {
            encode(cells, values);
            return table.changing(() -> {
                long at = index < 0 ? table.lockedSize() : index;
                table.checkRange(at, at);
                table.splice(at, at, cells);
                return values.length > 0;
            });
        });
    }

    @Override
    public E remove(int index) {
        return nullable(table.changing(() -> {
            E before = read(checkIndex(index));
            removeAt(index);
            return before;
        }));
    }

    /** Under the lock. */
    private void removeAt(long index) {
        if (index == table.lockedSize() - 1) {
            table.removeLast();
        } else {
            table.splice(index, index + 1, NONE);
        }
    }

    @Override
    public boolean remove(@Nullable Object element) {
        return table.changing(() -> {
            for (long index = 0; index < table.lockedSize(); index++) {
                if (isSame(read(index), element)) {
                    removeAt(index);
                    return true;
                }
            }
            return false;
        });
    }

    @Override
    protected void removeRange(int from, int to) {
        table.changing(() -> {
            table.checkRange(from, to);
            table.splice(from, to, NONE);
            return true;
        });
    }

    /** Removes all elements. Needs no room in the segment. */
    @Override
    public void clear() {
        table.changing(() -> {
            table.clear();
            return true;
        });
    }

    /** Removes at once all for which the filter is true; it is asked for each once. What is said at {@link #updateAndGet} is true for it. */
    @Override
    public boolean removeIf(Predicate<? super E> filter) {
        Objects.requireNonNull(filter);
        return removeIf(0, -1, filter) > 0;
    }

    /** Returns how many it removed. */
    private int removeIf(int from, int end, Predicate<? super E> filter) {
        return table.changing(() -> {
            int to = end < 0 ? (int) table.lockedSize() : end;
            table.checkRange(from, to);
            BitSet going = table.compute(() -> {
                BitSet marked = new BitSet();
                for (int index = from; index < to; index++) {
                    marked.set(index, filter.test(nullable(read(index))));
                }
                return marked;
            });
            int first = going.nextSetBit(0);
            if (first >= 0) {
                Cells staying = new Cells(to - first - going.cardinality());
                for (int index = going.nextClearBit(first); index < to; index = going.nextClearBit(index + 1)) {
                    staying.add(table.control(index), table.word(index));
                }
                table.splice(first, to, staying, () -> going.stream().forEach(table::detachBlock));
            }
            return going.cardinality();
        });
    }

    private boolean isIn(Collection<?> others, @Nullable E element) {
        return element == null ? others.contains(null) : elements.isIn(others, element);
    }

    @Override
    public boolean removeAll(Collection<?> others) {
        Objects.requireNonNull(others);
        return removeIf(element -> isIn(others, element));
    }

    @Override
    public boolean retainAll(Collection<?> others) {
        Objects.requireNonNull(others);
        return removeIf(element -> !isIn(others, element));
    }

    /** Replaces all at once. What is said at {@link #updateAndGet} is true for the function. */
    @Override
    public void replaceAll(UnaryOperator<E> function) {
        Objects.requireNonNull(function);
        replaceAll(0, -1, function);
    }

    private void replaceAll(int from, int end, UnaryOperator<E> function) {
        withCells(
                0,
                cells -> table.changing(() -> {
                    int to = end < 0 ? (int) table.lockedSize() : end;
                    table.checkRange(from, to);
                    Object[] after = new Object[to - from];
                    BitSet staying = table.compute(() -> {
                        BitSet marked = new BitSet();
                        for (int i = 0; i < after.length; i++) {
                            E before = nullable(read(from + i));
                            after[i] = function.apply(before);
                            marked.set(i, stays(before, after[i]));
                        }
                        return marked;
                    });
                    for (int i = 0; i < after.length; i++) {
                        if (staying.get(i)) {
                            cells.add(table.control(from + i), table.word(from + i));
                        } else {
                            encode(cells, arrayOf(after[i]));
                        }
                    }
                    table.splice(from, to, cells, () -> {
                        for (int i = staying.nextClearBit(0); i < after.length; i = staying.nextClearBit(i + 1)) {
                            table.detachBlock(from + i);
                        }
                    });
                    return true;
                }));
    }

    /** Sorts at once. What is said at {@link #updateAndGet} is true for the comparator. The sort is stable. */
    @Override
    public void sort(@Nullable Comparator<? super E> order) {
        sort(0, -1, order);
    }

    /** An element and where its cell is. */
    private record Placed<E>(@Nullable E element, int index) {}

    private void sort(int from, int end, @Nullable Comparator<? super E> order) {
        @SuppressWarnings({"unchecked", "rawtypes"})
        Comparator<? super E> comparator = order == null ? (Comparator) Comparator.naturalOrder() : order;
        table.changing(() -> {
            int to = end < 0 ? (int) table.lockedSize() : end;
            table.checkRange(from, to);
            List<Placed<E>> placed = new ArrayList<>(to - from);
            table.compute(() -> {
                for (int index = from; index < to; index++) {
                    placed.add(new Placed<>(read(index), index));
                }
                placed.sort((one, other) -> comparator.compare(nullable(one.element()), nullable(other.element())));
                return true;
            });
            Cells sorted = new Cells(to - from);
            boolean moved = false;
            for (int i = 0; i < placed.size(); i++) {
                int index = placed.get(i).index();
                moved |= index != from + i;
                sorted.add(table.control(index), table.word(index));
            }
            if (moved) {
                table.splice(from, to, sorted, () -> {});
            }
            return true;
        });
    }

    // ---------------------------------------------------------------------------------------------- views

    @Override
    public Iterator<E> iterator() {
        return new Cursor(null, 0);
    }

    @Override
    public ListIterator<E> listIterator() {
        return new Cursor(null, 0);
    }

    @Override
    public ListIterator<E> listIterator(int index) {
        Objects.checkIndex(index, size() + 1);
        return new Cursor(null, index);
    }

    @Override
    public Spliterator<E> spliterator() {
        return Spliterators.spliteratorUnknownSize(iterator(), Spliterator.ORDERED | Spliterator.CONCURRENT);
    }

    /**
     * The elements from one index to another. Its methods are atomic as those of the list are. It goes by indices: when somebody else inserts
     * or removes elements before it, it shows others; when the list becomes too short for it, they throw {@link
     * IndexOutOfBoundsException}. So it is with a part of such a part.
     */
    @Override
    public List<E> subList(int from, int to) {
        Objects.checkFromToIndex(from, to, size());
        return new Range(null, from, to - from);
    }

    /** Goes by indices through copies of some cells. Used by one thread. */
    private final class Cursor implements ListIterator<E> {

        /** What it need not look beyond; null for all of the list. */
        private final @Nullable Range range;

        private int next;
        private int last = -1;
        /** What the cell held that {@link #last} tells. */
        private long lastControl;

        private long lastWord;
        private CellCopy cells = CellCopy.EMPTY;
        /** Index of the first cell; those before {@link #valid} have moved since. */
        private int start;

        private int valid;

        Cursor(@Nullable Range range, int index) {
            this.range = range;
            next = index;
            handle.payload();
        }

        private boolean has(int index) {
            return index >= valid && index >= start && index - start < cells.count();
        }

        private void load(int from, int most) {
            cells = copy(from, most, BATCH_BYTES);
            start = from;
            valid = from;
        }

        @Override
        public boolean hasNext() {
            if (!has(next)) {
                load(next, range == null ? BATCH_CELLS : Math.min(BATCH_CELLS, Math.max(1, range.end() - next)));
            }
            return has(next);
        }

        @Override
        public E next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return at(next++);
        }

        private E at(int index) {
            last = index;
            lastControl = cells.control(index - start);
            lastWord = cells.word(index - start);
            return nullable(cells.element(index - start, elements));
        }

        @Override
        public boolean hasPrevious() {
            if (next > 0 && !has(next - 1)) {
                int from = Math.max(range == null ? 0 : Math.min(range.offset, next - 1), next - BATCH_CELLS);
                load(from, next - from);
                if (!has(next - 1)) {
                    // There was too much to copy, or the list is shorter by now.
                    next = Math.min(next, SharedList.this.size());
                    if (next > 0) {
                        load(next - 1, 1);
                    }
                }
            }
            return next > 0 && has(next - 1);
        }

        @Override
        public E previous() {
            if (!hasPrevious()) {
                throw new NoSuchElementException();
            }
            return at(--next);
        }

        @Override
        public int nextIndex() {
            return next;
        }

        @Override
        public int previousIndex() {
            return next - 1;
        }

        /** Under the lock: whether the element that this told last is still where it was. */
        private boolean isThere() {
            return last < table.lockedSize() && table.control(last) == lastControl && table.word(last) == lastWord;
        }

        private void checkLast() {
            if (last < 0) {
                throw new IllegalStateException(
                        "next() or previous() was not called, or the element was removed or another added since");
            }
        }

        @Override
        public void remove() {
            removeLast();
        }

        /** Removes the element, if it is still where it was; returns whether it was. */
        boolean removeLast() {
            checkLast();
            boolean removed = table.changing(() -> {
                boolean there = isThere();
                if (there) {
                    removeAt(last);
                }
                return there;
            });
            if (removed) {
                shift(last, -1);
                next = last < next ? next - 1 : next;
            }
            last = -1;
            return removed;
        }

        /** Replaces the element, if it is still where it was. */
        @Override
        public void set(E element) {
            checkLast();
            with(
                    element,
                    encoded -> table.changing(() -> {
                        if (isThere()) {
                            lastControl = encoded.control();
                            lastWord = encoded.word();
                            table.replace(last, encoded);
                        }
                        return true;
                    }));
            if (has(last)) {
                // It is not what was copied any more, nor what is before it.
                valid = last + 1;
            }
        }

        @Override
        public void add(E element) {
            withCells(1, cell -> {
                encode(cell, arrayOf(element));
                return table.changing(() -> {
                    next = (int) Math.min(next, table.lockedSize());
                    table.splice(next, next, cell);
                    return true;
                });
            });
            shift(next, 1);
            next++;
            last = -1;
        }

        /** What was copied from an index on is elsewhere by now. */
        private void shift(int from, int by) {
            start += by;
            // What was no longer what is there has moved, too.
            valid = Math.max(Math.max(start, valid + by), from + (by > 0 ? 1 : 0));
        }
    }

    /** Goes through a part of the list. Used by one thread. */
    private final class Part implements ListIterator<E> {

        private final Range range;
        private final Cursor cursor;

        Part(Range range, int index) {
            this.range = range;
            this.cursor = new Cursor(range, range.offset + index);
        }

        @Override
        public boolean hasNext() {
            return nextIndex() < range.size;
        }

        @Override
        public E next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            if (cursor.nextIndex() < range.offset || !cursor.hasNext()) {
                throw tooShort();
            }
            return cursor.next();
        }

        @Override
        public boolean hasPrevious() {
            return nextIndex() > 0;
        }

        @Override
        public E previous() {
            if (!hasPrevious()) {
                throw new NoSuchElementException();
            }
            int before = cursor.nextIndex();
            if (!cursor.hasPrevious() || cursor.nextIndex() != before) {
                throw tooShort();
            }
            return cursor.previous();
        }

        private IndexOutOfBoundsException tooShort() {
            return new IndexOutOfBoundsException(
                    "the list has become shorter than this part of it, which ended at " + range.end());
        }

        @Override
        public int nextIndex() {
            return cursor.nextIndex() - range.offset;
        }

        @Override
        public int previousIndex() {
            return nextIndex() - 1;
        }

        @Override
        public void remove() {
            if (cursor.removeLast()) {
                range.grow(-1);
            }
        }

        @Override
        public void set(E element) {
            cursor.set(element);
        }

        @Override
        public void add(E element) {
            if (cursor.nextIndex() < range.offset || cursor.nextIndex() > SharedList.this.size()) {
                throw tooShort();
            }
            cursor.add(element);
            range.grow(1);
        }
    }

    /** A part of the list, or of such a part. */
    private final class Range extends AbstractList<E> implements RandomAccess {

        private final @Nullable Range around;
        private final int offset;
        private int size;

        Range(@Nullable Range around, int offset, int size) {
            this.around = around;
            this.offset = offset;
            this.size = size;
        }

        /** Index in the list of the first element behind it. */
        private int end() {
            return offset + size;
        }

        /** It has become longer, and what it is a part of. */
        private void grow(int by) {
            for (Range range = this; range != null; range = range.around) {
                range.size += by;
            }
        }

        @Override
        public List<E> subList(int from, int to) {
            Objects.checkFromToIndex(from, to, size);
            return new Range(this, offset + from, to - from);
        }

        @Override
        public Iterator<E> iterator() {
            return new Part(this, 0);
        }

        @Override
        public ListIterator<E> listIterator(int index) {
            return new Part(this, Objects.checkIndex(index, size + 1));
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public E get(int index) {
            return SharedList.this.get(offset + Objects.checkIndex(index, size));
        }

        @Override
        public E set(int index, E element) {
            return SharedList.this.set(offset + Objects.checkIndex(index, size), element);
        }

        @Override
        public void add(int index, E element) {
            SharedList.this.add(offset + Objects.checkIndex(index, size + 1), element);
            grow(1);
        }

        @Override
        public boolean addAll(Collection<? extends E> others) {
            return addAll(size, others);
        }

        @Override
        public boolean addAll(int index, Collection<? extends E> others) {
            Object[] values = others.toArray();
            boolean added = insert(offset + Objects.checkIndex(index, size + 1), values);
            grow(values.length);
            return added;
        }

        @Override
        public E remove(int index) {
            E removed = SharedList.this.remove(offset + Objects.checkIndex(index, size));
            grow(-1);
            return removed;
        }

        @Override
        protected void removeRange(int from, int to) {
            SharedList.this.removeRange(offset + from, offset + to);
            grow(from - to);
        }

        @Override
        public boolean removeIf(Predicate<? super E> filter) {
            Objects.requireNonNull(filter);
            int removed = SharedList.this.removeIf(offset, offset + size, filter);
            grow(-removed);
            return removed > 0;
        }

        @Override
        public boolean removeAll(Collection<?> others) {
            Objects.requireNonNull(others);
            return removeIf(element -> isIn(others, element));
        }

        @Override
        public boolean retainAll(Collection<?> others) {
            Objects.requireNonNull(others);
            return removeIf(element -> !isIn(others, element));
        }

        @Override
        public void replaceAll(UnaryOperator<E> function) {
            Objects.requireNonNull(function);
            SharedList.this.replaceAll(offset, offset + size, function);
        }

        @Override
        public void sort(@Nullable Comparator<? super E> order) {
            SharedList.this.sort(offset, offset + size, order);
        }

        @Override
        public boolean contains(@Nullable Object element) {
            return indexOf(element) >= 0;
        }

        @Override
        public int indexOf(@Nullable Object element) {
            return SharedList.this.indexOf(offset, offset + size, element);
        }

        @Override
        public int lastIndexOf(@Nullable Object element) {
            return SharedList.this.lastIndexOf(offset, offset + size, element);
        }

        @Override
        public boolean containsAll(Collection<?> others) {
            return SharedList.this.containsAll(offset, offset + size, others);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other == this || (other instanceof List<?> list && isEqual(offset, offset + size, list));
        }

        @Override
        public int hashCode() {
            return SharedList.this.hashCode(offset, offset + size);
        }

        @Override
        public String toString() {
            return snapshot(offset, size).toString();
        }

        @Override
        public Object[] toArray() {
            return snapshot(offset, size).toArray();
        }

        @Override
        public <T> T[] toArray(T[] array) {
            return snapshot(offset, size).toArray(array);
        }
    }
}
