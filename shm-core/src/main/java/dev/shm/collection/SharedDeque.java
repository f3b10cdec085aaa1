package dev.shm.collection;

import dev.shm.SharedObject;
import dev.shm.codec.Codec;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import java.lang.ref.Reference;
import java.util.AbstractQueue;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A deque that lives in a segment: what {@link java.util.concurrent.LinkedBlockingDeque} is within one process, among all of them.
 *
 * <p>It grows as long as the segment has room, or has at most {@link DequeType#maxLength} elements: then {@code offer} says false, {@code add}
 * throws {@link IllegalStateException}, and {@code put} waits; or, if it is {@link DequeType#evicting}, an element goes at the other end.
 * With {@link DequeType#itemBytes} there is room for all of them from the first one on.
 *
 * <p>Any thread of any process may call any method. Every method is atomic, those of many elements as well: {@link #addAll}, {@link #addAllFirst},
 * {@link #rotate}, {@link #removeIf}, {@link #removeAll}, {@link #retainAll}, {@link #drainTo(Collection)}, {@link #clear}. A process
 * that is killed in the middle of one leaves the deque before it or the deque after it; what it had taken is gone with it, for that
 * there is {@link dev.shm.queue.SharedQueue}. Readers take no lock and
 * never see half of a change. Writers take turns; one that waits for longer than ten seconds gets {@link
 * dev.shm.error.LockTimeoutException}, which names who has the lock. Who waits for an element or for room sleeps, and is woken by whoever
 * brings it, in whatever process.
 *
 * <p>Elements are kept as bytes, and every read makes a new object of them. They are compared by {@code equals}, and arrays by what
 * is in them. None is null.
 *
 * <p>When the segment has no room, {@link dev.shm.error.OutOfSharedMemoryException} is thrown, and nothing has changed. Taking elements at the
 * ends and {@link #clear} need no room; removing from the middle makes another ring, and needs some. An element that this process cannot
 * read raises {@link dev.shm.error.CodecException} and stays; {@link #discardFirst} and {@link #discardLast} remove it unseen, and so does
 * {@code remove} of an iterator whose {@code next} threw, which goes on behind it.
 *
 * <p>Iterators, streams and {@link #forEach} are weakly consistent, some elements as they were at one moment, then the next ones. {@link
 * #snapshot}, {@link #contains} and {@link #containsAll} look at all of the deque at one moment. Closed by whoever opened it; then its methods throw {@link dev.shm.error.SegmentClosedException}, those that wait included.
 *
 * @param <E> the elements
 */
public final class SharedDeque<E> extends AbstractQueue<E> implements BlockingDeque<E>, SharedObject {

    private static final int BATCH_CELLS = 512;
    private static final long BATCH_BYTES = 64 << 10;

    private final ObjectHandle handle;
    private final Heap heap;
    private final DequeTable table;
    private final Element<E> elements;
    private final Bell takers;
    private final Bell putters;
    private final Pool<Encoded> scratch = new Pool<>(() -> new Encoded(CellLayout.INLINE_BYTES));

    SharedDeque(ObjectHandle handle, Element<E> elements) {
        this.handle = handle;
        this.heap = handle.heap();
        this.elements = elements;
        this.table = new DequeTable(handle, elements);
        long base = DequeLayout.base(handle.payload());
        this.takers = new Bell(handle, base + DequeLayout.TAKERS);
        this.putters = new Bell(handle, base + DequeLayout.PUTTERS);
    }

    /** A deque of elements of that class; see {@link SharedMap#of(Class, Class)}. */
    public static <E> DequeType<E> of(Class<E> elements) {
        return new DequeType<>(Element.of(elements), 0, false, 0);
    }

    /** A deque of elements that a codec turns into bytes. */
    public static <E> DequeType<E> of(Codec<E> elements) {
        return new DequeType<>(Element.of(elements), 0, false, 0);
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

    /** Gives this opening back, and wakes who waits in it; the deque itself stays. */
    @Override
    public void close() {
        table.close();
        takers.wakeAll();
    }

    // ---------------------------------------------------------------------------------------------- one element

    /** Does something with an encoded element. */
    private <T> T with(E element, Function<Encoded, T> action) {
        Objects.requireNonNull(element);
        Encoded encoded = scratch.take();
        try {
            return handle.guarded(() -> {
                try {
                    encode(encoded, element);
                    return action.apply(encoded);
                } finally {
                    encoded.end(heap);
                }
            });
        } finally {
            scratch.giveBack(encoded);
        }
    }

    private void encode(Encoded encoded, E element) {
        encoded.encode(elements, element, heap);
        if (!table.isFixed()) {
            // Before the lock, since it may take long.
            encoded.store(heap, CollectionKinds.DEQUE.code(), 0);
        } else if (encoded.length() > table.itemBytes()) {
            throw new IllegalArgumentException("'" + handle.name() + "' has slots of " + table.itemBytes()
                    + " bytes, and the element has " + encoded.length() + ". Create it with a larger itemBytes(...).");
        }
    }

    private boolean offer(boolean first, E element) {
        boolean added = with(element, encoded -> table.changing(() -> table.add(first, encoded)));
        if (added) {
            takers.ring();
        }
        return added;
    }

    private void add(boolean first, E element) {
        if (!offer(first, element)) {
            throw full();
        }
    }

    private IllegalStateException full() {
        return new IllegalStateException("'" + handle.name() + "' is full: it has " + table.maxLength()
                + " elements. Use put, or offer, or make it evicting().");
    }

    private void put(boolean first, E element) throws InterruptedException {
        offer(first, element, Long.MAX_VALUE);
    }

    private boolean offer(boolean first, E element, long nanos) throws InterruptedException {
        Objects.requireNonNull(element);
        long deadline = Bell.deadline(nanos);
        while (!offer(first, element)) {
            if (!putters.await(table::mayHaveRoom, deadline)) {
                return false;
            }
        }
        return true;
    }

    private @Nullable E poll(boolean first) {
        // Both ends may have moved between the reads of them: only those of one moment tell that it is empty.
        if (!mayHaveElements() && size() == 0) {
            return null;
        }
        E taken = table.<@Nullable E>changing(() -> {
            if (table.lockedSize() == 0) {
                return null;
            }
            E element = table.read(first ? table.head() : table.tail() - 1, elements);
            table.remove(first, 1);
            return element;
        });
        if (taken != null) {
            putters.ring();
        }
        return taken;
    }

    private boolean mayHaveElements() {
        try {
            return table.mayHaveElements();
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    private E take(boolean first) throws InterruptedException {
        for (; ; ) {
            E taken = poll(first, Long.MAX_VALUE);
            if (taken != null) {
                return taken;
            }
        }
    }

    private @Nullable E poll(boolean first, long nanos) throws InterruptedException {
        long deadline = Bell.deadline(nanos);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        for (; ; ) {
            E taken = poll(first);
            if (taken != null || !takers.await(this::mayHaveElements, deadline)) {
                return taken;
            }
        }
    }

    private @Nullable E peek(boolean first) {
        CellCopy cells =
                copy(Long.MIN_VALUE, Long.MAX_VALUE, 1, !first, Long.MAX_VALUE).cells();
        return cells.count() == 0 ? null : cells.element(0, elements);
    }

    private DequeTable.Copied copy(long from, long to, long most, boolean fromEnd, long mostBytes) {
        try {
            return table.copy(from, to, most, fromEnd, mostBytes);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    private static <T> T orThrow(@Nullable T element) {
        if (element == null) {
            throw new NoSuchElementException("the deque is empty");
        }
        return element;
    }

    private boolean discard(boolean first) {
        boolean removed = table.changing(() -> {
            boolean any = table.lockedSize() > 0;
            if (any) {
                table.remove(first, 1);
            }
            return any;
        });
        if (removed) {
            putters.ring();
        }
        return removed;
    }

    /** Removes the first element without reading it; returns whether there was one. */
    public boolean discardFirst() {
        return discard(true);
    }

    /** Removes the last element without reading it; returns whether there was one. */
    public boolean discardLast() {
        return discard(false);
    }

    @Override
    public void addFirst(E element) {
        add(true, element);
    }

    @Override
    public void addLast(E element) {
        add(false, element);
    }

    @Override
    public boolean offerFirst(E element) {
        return offer(true, element);
    }

    @Override
    public boolean offerLast(E element) {
        return offer(false, element);
    }

    @Override
    public void putFirst(E element) throws InterruptedException {
        put(true, element);
    }

    @Override
    public void putLast(E element) throws InterruptedException {
        put(false, element);
    }

    @Override
    public boolean offerFirst(E element, long timeout, TimeUnit unit) throws InterruptedException {
        return offer(true, element, unit.toNanos(timeout));
    }

    @Override
    public boolean offerLast(E element, long timeout, TimeUnit unit) throws InterruptedException {
        return offer(false, element, unit.toNanos(timeout));
    }

    @Override
    public E removeFirst() {
        return orThrow(poll(true));
    }

    @Override
    public E removeLast() {
        return orThrow(poll(false));
    }

    @Override
    public @Nullable E pollFirst() {
        return poll(true);
    }

    @Override
    public @Nullable E pollLast() {
        return poll(false);
    }

    @Override
    public E takeFirst() throws InterruptedException {
        return take(true);
    }

    @Override
    public E takeLast() throws InterruptedException {
        return take(false);
    }

    @Override
    public @Nullable E pollFirst(long timeout, TimeUnit unit) throws InterruptedException {
        return poll(true, unit.toNanos(timeout));
    }

    @Override
    public @Nullable E pollLast(long timeout, TimeUnit unit) throws InterruptedException {
        return poll(false, unit.toNanos(timeout));
    }

    @Override
    public E getFirst() {
        return orThrow(peek(true));
    }

    @Override
    public E getLast() {
        return orThrow(peek(false));
    }

    @Override
    public @Nullable E peekFirst() {
        return peek(true);
    }

    @Override
    public @Nullable E peekLast() {
        return peek(false);
    }

    @Override
    public boolean add(E element) {
        add(false, element);
        return true;
    }

    @Override
    public boolean offer(E element) {
        return offer(false, element);
    }

    @Override
    public boolean offer(E element, long timeout, TimeUnit unit) throws InterruptedException {
        return offerLast(element, timeout, unit);
    }

    @Override
    public void put(E element) throws InterruptedException {
        put(false, element);
    }

    @Override
    public @Nullable E poll() {
        return poll(true);
    }

    @Override
    public E remove() {
        return removeFirst();
    }

    @Override
    public @Nullable E poll(long timeout, TimeUnit unit) throws InterruptedException {
        return pollFirst(timeout, unit);
    }

    @Override
    public E take() throws InterruptedException {
        return take(true);
    }

    @Override
    public @Nullable E peek() {
        return peek(true);
    }

    @Override
    public E element() {
        return getFirst();
    }

    @Override
    public void push(E element) {
        add(true, element);
    }

    @Override
    public E pop() {
        return removeFirst();
    }

    // ---------------------------------------------------------------------------------------------- all of it

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

    /** How many elements a copy of it may have. */
    DequeBound bound() {
        return new DequeBound((int) table.maxLength(), table.isEvicting());
    }

    /** How many more it takes, if it is bounded and not evicting; else {@link Integer#MAX_VALUE}. */
    @Override
    public int remainingCapacity() {
        return (table.maxLength() == 0 || table.isEvicting())
                ? Integer.MAX_VALUE
                : (int) Math.max(0, table.maxLength() - size());
    }

    /** Adds all of them at the end, and nobody sees only some. If there is no room for all: {@link IllegalStateException}, and none is added. */
    @Override
    public boolean addAll(Collection<? extends E> others) {
        return addAll(false, others);
    }

    /**
     * Adds all of them at the front, one before the other, so that the last one comes first; nobody sees only some. If there is no room for
     * all: {@link IllegalStateException}, and none is added.
     */
    public boolean addAllFirst(Collection<? extends E> others) {
        return addAll(true, others);
    }

    private boolean addAll(boolean first, Collection<? extends E> others) {
        if (others == this) {
            throw new IllegalArgumentException("a deque cannot be added to itself");
        }
        Object[] values = others.toArray();
        for (Object value : values) {
            Objects.requireNonNull(value);
        }
        // Those before would come and go at once.
        int from = table.isEvicting() ? (int) Math.max(0, values.length - table.maxLength()) : 0;
        boolean added = handle.guarded(() -> {
            Cells cells = new Cells(values.length - from);
            try {
                encode(cells, values, from);
                return table.changing(() -> {
                    if (table.maxLength() > 0
                            && !table.isEvicting()
                            && table.lockedSize() + cells.count() > table.maxLength()) {
                        throw full();
                    }
                    table.addAll(first, cells);
                    return cells.count() > 0;
                });
            } finally {
                cells.end(heap);
            }
        });
        if (added) {
            takers.ring();
        }
        return added;
    }

    private void encode(Cells cells, Object[] values, int from) {
        Encoded encoded = scratch.take();
        try {
            for (int i = from; i < values.length; i++) {
                @SuppressWarnings("unchecked")
                E element = (E) values[i];
                if (table.isFixed()) {
                    encode(encoded, element);
                    if (encoded.isBlock()) {
                        cells.addInSlot(encoded);
                    } else {
                        cells.add(encoded.control(), encoded.word());
                    }
                } else {
                    cells.add(elements, element, encoded, heap, CollectionKinds.DEQUE.code());
                }
            }
        } finally {
            encoded.end(heap);
            scratch.giveBack(encoded);
        }
    }

    /**
     * Moves elements from the end to the front, as many as are told; if that is negative, from the front to the end. So {@code rotate(1)} makes
     * the last one the first.
     */
    public void rotate(int by) {
        table.changing(() -> {
            table.rotate(by);
            return true;
        });
    }

    /**
     * Takes all elements, as {@link #drainTo(Collection, int)} does. For as long as they are read nobody else can change the deque: of a very
     * long one rather take some at a time.
     */
    @Override
    public int drainTo(Collection<? super E> target) {
        return drainTo(target, Integer.MAX_VALUE);
    }

    /**
     * Takes so many elements from the front, or all if there are fewer, in one change: they are added to the target one by one under the
     * lock of the deque, and go when the last one has been added. A process that is killed before that has taken none. If the
     * target takes no more and throws, or an element cannot be read, those that the target has are taken, and the rest stays. Adding to this
     * deque from there is an {@link IllegalStateException}. If the target is shared as well, a process that is killed in between leaves
     * elements in both, and two deques that are drained into each other at the same time wait for each other until one gets {@link
     * dev.shm.error.LockTimeoutException}: drain to a list of your own then. Needs no room in the segment.
     */
    @Override
    public int drainTo(Collection<? super E> target, int most) {
        Objects.requireNonNull(target);
        if (target == this) {
            throw new IllegalArgumentException("a deque cannot be drained to itself");
        }
        if (most <= 0) {
            return 0;
        }
        int[] added = new int[1];
        try {
            table.changing(() -> {
                long count = Math.min(most, table.lockedSize());
                try {
                    return table.compute(() -> {
                        while (added[0] < count) {
                            target.add(table.read(table.head() + added[0], elements));
                            added[0]++;
                        }
                        return true;
                    });
                } finally {
                    if (added[0] > 0) {
                        table.removeFirst(added[0]);
                    }
                }
            });
        } finally {
            if (added[0] > 0) {
                putters.ring();
            }
        }
        return added[0];
    }

    /** Removes all elements. Needs no room in the segment. */
    @Override
    public void clear() {
        table.changing(() -> {
            table.clear();
            return true;
        });
        putters.ring();
    }

    /**
     * Removes at once all for which the filter is true; it is asked for each once, under the lock of the deque, so it should be short, and must
     * not change this deque: {@link IllegalStateException}. Reading it is allowed.
     */
    @Override
    public boolean removeIf(Predicate<? super E> filter) {
        Objects.requireNonNull(filter);
        boolean removed = table.changing(() -> {
            BitSet going = table.compute(() -> {
                BitSet marked = new BitSet();
                for (int i = 0; i < table.lockedSize(); i++) {
                    marked.set(i, filter.test(table.read(table.head() + i, elements)));
                }
                return marked;
            });
            if (going.isEmpty()) {
                return false;
            }
            table.removeAll(going);
            return true;
        });
        if (removed) {
            putters.ring();
        }
        return removed;
    }

    @Override
    public boolean removeAll(Collection<?> others) {
        Objects.requireNonNull(others);
        return removeIf(element -> elements.isIn(others, element));
    }

    @Override
    public boolean retainAll(Collection<?> others) {
        Objects.requireNonNull(others);
        return removeIf(element -> !elements.isIn(others, element));
    }

    @Override
    public boolean remove(@Nullable Object element) {
        return removeOccurrence(element, true);
    }

    @Override
    public boolean removeFirstOccurrence(@Nullable Object element) {
        return removeOccurrence(element, true);
    }

    @Override
    public boolean removeLastOccurrence(@Nullable Object element) {
        return removeOccurrence(element, false);
    }

    private boolean removeOccurrence(@Nullable Object wanted, boolean first) {
        if (wanted == null) {
            return false;
        }
        boolean removed = table.changing(() -> {
            long size = table.lockedSize();
            for (long i = 0; i < size; i++) {
                long position = first ? table.head() + i : table.tail() - 1 - i;
                if (elements.isSame(table.read(position, elements), wanted)) {
                    removeAt(position);
                    return true;
                }
            }
            return false;
        });
        if (removed) {
            putters.ring();
        }
        return removed;
    }

    /** Under the lock. Returns whether those behind it have moved. */
    private boolean removeAt(long position) {
        if (position == table.head()) {
            table.remove(true, 1);
            return false;
        }
        if (position == table.tail() - 1) {
            table.remove(false, 1);
            return false;
        }
        BitSet going = new BitSet();
        going.set((int) (position - table.head()));
        table.removeAll(going);
        return true;
    }

    @Override
    public boolean contains(@Nullable Object wanted) {
        return containsAll(Collections.singletonList(wanted));
    }

    @Override
    public boolean containsAll(Collection<?> others) {
        List<Object> missing = new ArrayList<>(others);
        CellCopy cells = all();
        for (int i = 0; i < cells.count() && !missing.isEmpty(); i++) {
            E element = Objects.requireNonNull(cells.element(i, elements));
            missing.removeIf(other -> other != null && elements.isSame(element, other));
        }
        return missing.isEmpty();
    }

    /** All cells at one moment. */
    private CellCopy all() {
        return copy(Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, false, Long.MAX_VALUE)
                .cells();
    }

    /** A copy that does not change: all of the deque at one moment. Lets writers wait only if they would not leave it a moment. */
    public List<E> snapshot() {
        CellCopy cells = all();
        List<E> copy = new ArrayList<>(cells.count());
        for (int i = 0; i < cells.count(); i++) {
            copy.add(Objects.requireNonNull(cells.element(i, elements)));
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
    public void forEach(Consumer<? super E> action) {
        Objects.requireNonNull(action);
        for (Iterator<E> all = iterator(); all.hasNext(); ) {
            action.accept(all.next());
        }
    }

    @Override
    public Iterator<E> iterator() {
        return new Cursor(false);
    }

    @Override
    public Iterator<E> descendingIterator() {
        return new Cursor(true);
    }

    @Override
    public Spliterator<E> spliterator() {
        return Spliterators.spliteratorUnknownSize(
                iterator(), Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.CONCURRENT);
    }

    @Override
    public String toString() {
        return isOpen() ? snapshot().toString() : "closed";
    }

    /** Goes by positions through copies of some elements. Used by one thread. */
    private final class Cursor implements Iterator<E> {

        private final boolean down;
        /** Position to look at, or the first one below that. */
        private long next;

        private CellCopy cells = CellCopy.EMPTY;
        private long start;
        private long last;
        private long lastControl;
        private long lastWord;
        private byte @Nullable [] lastBytes;
        private boolean mayRemove;

        Cursor(boolean down) {
            this.down = down;
            this.next = down ? Long.MAX_VALUE - 1 : Long.MIN_VALUE;
            handle.payload();
        }

        @Override
        public boolean hasNext() {
            if (!has()) {
                load();
            }
            return has();
        }

        private boolean has() {
            return next >= start && next < start + cells.count();
        }

        private void load() {
            long from = down ? Long.MIN_VALUE : next;
            long to = down ? next + 1 : Long.MAX_VALUE;
            DequeTable.Copied copied = copy(from, to, BATCH_CELLS, down, BATCH_BYTES);
            if (down && copied.cells().count() > 0 && !reaches(copied, to)) {
                // There was too much to copy: one alone.
                copied = copy(from, to, 1, true, BATCH_BYTES);
            }
            cells = copied.cells();
            start = copied.start();
            if (cells.count() > 0) {
                next = down ? start + cells.count() - 1 : start;
            }
        }

        /** Whether the last of those that were asked for is among them. */
        private boolean reaches(DequeTable.Copied copied, long to) {
            long end = copied.start() + copied.cells().count();
            return end == to || copy(end, to, 1, false, 0).cells().count() == 0;
        }

        @Override
        public E next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            int index = (int) (next - start);
            last = next;
            lastControl = cells.control(index);
            lastWord = cells.word(index);
            lastBytes = cells.bytes(index);
            mayRemove = true;
            next += down ? -1 : 1;
            return Objects.requireNonNull(cells.element(index, elements));
        }

        /** Removes the element, if it is still where it was. */
        @Override
        public void remove() {
            if (!mayRemove) {
                throw new IllegalStateException("next() was not called, or its element was removed already");
            }
            mayRemove = false;
            boolean[] found = new boolean[1];
            boolean moved = table.changing(() -> {
                found[0] = table.holds(last, lastControl, lastWord, lastBytes);
                return found[0] && removeAt(last);
            });
            if (moved && !down) {
                next--;
                start--;
            }
            if (found[0]) {
                putters.ring();
            }
        }
    }
}
