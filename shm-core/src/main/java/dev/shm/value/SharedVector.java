package dev.shm.value;

import dev.shm.SharedType;
import dev.shm.codec.ElementType;
import dev.shm.codec.NdArray;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentFormatException;
import dev.shm.error.StaleReferenceException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import dev.shm.heap.SharedLock;
import dev.shm.heap.Transaction;
import dev.shm.memory.Strip;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An array of numbers of one dimension that lives in a segment and grows. Starts empty.
 *
 * <p>Any thread of any process may call any method. Every change happens wholly or not at all, for all who look, also if its process is killed
 * in the middle: of many elements at once, too. Writers take turns; readers wait for nobody, and what a copy holds was there at one moment. A
 * change that finds no room throws {@link OutOfSharedMemoryException}, one with a value that does not fit {@link
 * IllegalArgumentException}; then nothing is changed.
 *
 * <p>Appending and taking off the end cost the same however long it is. What changes the middle writes all elements anew, into another
 * block. The elements are in one block, so they have at most a GiB less a little; a fixed {@link SharedArray} may be larger, is quicker,
 * and is read and written without a lock. Closed by whoever opened it, when no thread of this process uses it any more; then its methods
 * throw {@link dev.shm.error.SegmentClosedException}.
 */
public final class SharedVector extends SharedValue {

    private static final int OPTIMISTIC_READS = 32;
    private static final int LEAST_BYTES = 64;
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);
    private static final Block NOTHING = new Block(0, null, 0);

    private final Heap heap;
    private final SharedLock writers;
    private final ElementType type;
    private final int shift;
    /** The block as this opening saw it last. A reference never comes back, so what it says of the block stays true. */
    private volatile Block lastBlock = NOTHING;

    /**
     * A block of elements.
     *
     * @param reference its reference
     * @param bytes its elements; null if there is none
     * @param capacity how many there can be
     */
    private record Block(long reference, @Nullable Strip bytes, int capacity) {

        Strip strip() {
            return Objects.requireNonNull(bytes);
        }
    }

    private SharedVector(ObjectHandle handle) {
        super(handle);
        this.heap = handle.heap();
        this.writers = handle.lock(VectorLayout.LOCK);
        ElementType found = ElementType.ofCode(memory.getInt(handle.payload() + VectorLayout.TYPE));
        if (found == null) {
            throw new SegmentFormatException("the object '" + handle.name()
                    + "' is damaged: its elements are of an unknown type. Create the segment anew.");
        }
        this.type = found;
        this.shift = found.shift();
    }

    /** A vector of such elements, for {@link dev.shm.SharedMemory#openOrCreate}. */
    public static SharedType<SharedVector> of(ElementType type) {
        return new SharedType<>(ValueKinds.VECTOR, "vector of " + type, type.code()) {
            @Override
            protected long allocate(Heap heap) {
                long root = heap.allocateCleared(VectorLayout.BYTES, ValueKinds.VECTOR.code());
                heap.memory().putInt(BlockLayout.payload(root) + VectorLayout.TYPE, type.code());
                return root;
            }

            @Override
            protected SharedVector open(ObjectHandle handle) {
                return new SharedVector(handle);
            }
        };
    }

    /** What its elements are. */
    public ElementType elementType() {
        return type;
    }

    // ------------------------------------------------------------------------------------------ reading

    /** How many elements there are now. */
    public int size() {
        try {
            return (int) memory.getLongAcquire(handle.payload() + VectorLayout.SIZE);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Whether there is none now. */
    public boolean isEmpty() {
        return size() == 0;
    }

    /**
     * An element; a fraction is cut off.
     *
     * @throws IndexOutOfBoundsException if there is no such element now
     */
    public long getLong(int index) {
        return type.toLong(bits(index));
    }

    /** An element, as the nearest double. */
    public double getDouble(int index) {
        return type.toDouble(bits(index));
    }

    private long bits(int index) {
        try {
            long root = handle.quickPayload();
            for (int i = 0; i < OPTIMISTIC_READS; i++) {
                long version = memory.getLongAcquire(root + VectorLayout.VERSION);
                long reference = memory.getLong(root + VectorLayout.REFERENCE);
                int size = (int) memory.getLong(root + VectorLayout.SIZE);
                Block block = lastBlock;
                if ((version & 1) == 0 && reference == block.reference && index >= 0 && index < size) {
                    // The size may be of another block: the strip checks, and then the version.
                    long bits = index < block.capacity ? bits(block, index) : 0;
                    memory.acquireFence();
                    if (memory.getLongAcquire(root + VectorLayout.VERSION) == version) {
                        return bits;
                    }
                } else {
                    break;
                }
            }
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
        return read((block, size) -> bits(block, Objects.checkIndex(index, size)));
    }

    private long bits(Block block, int index) {
        Strip bytes = block.strip();
        int at = index << shift;
        return switch (shift) {
            case 0 -> bytes.getByte(at) & 0xFFL;
            case 1 -> bytes.getShort(at) & 0xFFFFL;
            case 2 -> Integer.toUnsignedLong(bytes.getInt(at));
            default -> bytes.getLong(at);
        };
    }

    private void put(Strip bytes, int index, long bits) {
        ArrayStore.put(bytes, shift, index << shift, bits);
    }

    /** What is done with the elements of one moment. May be done several times. */
    private interface Reading<T> {
        T of(Block block, int size);
    }

    /** Reads without the lock, until nobody changed anything meanwhile; if somebody always does, with it. */
    private <T> T read(Reading<T> reading) {
        return handle.guarded(() -> {
            long root = handle.payload();
            for (int i = 0; i < OPTIMISTIC_READS; i++) {
                long version = memory.getLongAcquire(root + VectorLayout.VERSION);
                if ((version & 1) != 0) {
                    Thread.onSpinWait();
                    continue;
                }
                try {
                    T result = reading.of(block(root), size(root));
                    if (isUnchanged(root, version)) {
                        return result;
                    }
                } catch (RuntimeException e) {
                    // What was read may be anything, unless nothing changed.
                    if (isUnchanged(root, version)) {
                        throw e;
                    }
                }
            }
            return locked(at -> reading.of(block(at), size(at)));
        });
    }

    private boolean isUnchanged(long root, long version) {
        memory.acquireFence();
        return memory.getLongAcquire(root + VectorLayout.VERSION) == version;
    }

    private int size(long root) {
        return (int) memory.getLongAcquire(root + VectorLayout.SIZE);
    }

    private Block block(long root) {
        long reference = memory.getLongAcquire(root + VectorLayout.REFERENCE);
        Block known = lastBlock;
        if (known.reference == reference) {
            return known;
        }
        Block found = reference == 0 ? NOTHING : view(reference);
        lastBlock = found;
        return found;
    }

    /**
     * A block's elements.
     *
     * @throws StaleReferenceException if there is no such block any more
     */
    private Block view(long reference) {
        long payload = heap.payload(reference);
        long start = ArrayLayout.elements(payload);
        int capacity = (int) (payload + heap.length(reference) - start) >> shift;
        return new Block(reference, memory.strip(start, capacity << shift), capacity);
    }

    /** A copy of all elements. */
    public NdArray toNdArray() {
        return read((block, size) -> copy(block, 0, size));
    }

    /**
     * A copy of some elements: every so many from one to another.
     *
     * @param to the first that is not among them; with a negative step it is less than {@code from}, and may be -1
     * @param step how far they are apart; negative for backwards
     */
    public NdArray slice(int from, int to, int step) {
        return read((block, size) -> {
            boolean good = step > 0
                    ? from >= 0 && from <= to && to <= size
                    : step < 0 && from < size && from >= to && to >= -1;
            if (!good) {
                throw new IndexOutOfBoundsException(
                        "from " + from + " to " + to + " by " + step + " is no part of " + size + " elements");
            }
            if (step == 1) {
                return copy(block, from, to - from);
            }
            int count = from == to ? 0 : (Math.abs(to - from) - 1) / Math.abs(step) + 1;
            NdArray.Builder copy = NdArray.builder(type, count);
            for (int i = 0; i < count; i++) {
                copy.setBits(i, bits(block, from + i * step));
            }
            return copy.build();
        });
    }

    private NdArray copy(Block block, int from, int count) {
        NdArray.Builder copy = NdArray.builder(type, count);
        if (count > 0) {
            copy.bytes().put(0, block.strip().bytes(), from << shift, count << shift);
        }
        return copy.build();
    }

    /** A copy of the bytes of all elements, little-endian. */
    public byte[] toBytes() {
        return read((block, size) -> {
            byte[] bytes = new byte[size << shift];
            if (size > 0) {
                block.strip().bytes().get(0, bytes);
            }
            return bytes;
        });
    }

    /** Writes the bytes of all elements, as {@link #toBytes} gives them. */
    public void writeTo(OutputStream target) throws IOException {
        target.write(toBytes());
    }

    /** Writes the bytes of all elements to a file, which then holds nothing else: a {@link MappedArray} can map it. */
    public void writeTo(Path file) throws IOException {
        Files.write(file, toBytes());
    }

    /**
     * The first place at which there is such an element, or -1. Numbers are compared as {@code ==} does: 0.0 is found where -0.0 is, and NaN
     * nowhere.
     */
    public int indexOf(double value) {
        return read((block, size) -> {
            for (int i = 0; i < size; i++) {
                if (type.toDouble(bits(block, i)) == value) {
                    return i;
                }
            }
            return -1;
        });
    }

    /** As {@link #indexOf(double)}, with all bits of a long. */
    public int indexOf(long value) {
        if (type.isFloating()) {
            return indexOf((double) value);
        }
        return read((block, size) -> indexOf(block, size, value));
    }

    private int indexOf(Block block, int size, long value) {
        for (int i = 0; i < size; i++) {
            if (isValue(bits(block, i), value)) {
                return i;
            }
        }
        return -1;
    }

    /** Whether an element is that whole number, and has no fraction. */
    private boolean isValue(long bits, long value) {
        return type.isFloating() ? type.toDouble(bits) == value : type.toLong(bits) == value;
    }

    /** Whether there is such an element; see {@link #indexOf(double)}. */
    public boolean contains(double value) {
        return indexOf(value) >= 0;
    }

    /** Whether there is such an element. */
    public boolean contains(long value) {
        return indexOf(value) >= 0;
    }

    /** How many such elements there are; see {@link #indexOf(double)}. */
    public int count(double value) {
        return read((block, size) -> {
            int count = 0;
            for (int i = 0; i < size; i++) {
                count += type.toDouble(bits(block, i)) == value ? 1 : 0;
            }
            return count;
        });
    }

    /** As {@link #count(double)}, with all bits of a long. */
    public int count(long value) {
        if (type.isFloating()) {
            return count((double) value);
        }
        return read((block, size) -> {
            int count = 0;
            for (int i = 0; i < size; i++) {
                count += type.toLong(bits(block, i)) == value ? 1 : 0;
            }
            return count;
        });
    }

    // ---------------------------------------------------------------------------------- one element

    /** Sets an element. */
    public void setLong(int index, long value) {
        setBits(index, type.encode(value));
    }

    /** Sets an element. */
    public void setDouble(int index, double value) {
        setBits(index, type.encode(value));
    }

    private void setBits(int index, long bits) {
        locked(root -> {
            replaceBits(root, Objects.checkIndex(index, size(root)), bits);
            return true;
        });
    }

    /**
     * Adds to an element; returns the one before, whose fraction is cut off, but not in the vector. Nobody comes in between.
     *
     * @throws IllegalArgumentException if the sum does not fit; then nothing is changed
     */
    public long getAndAdd(int index, long delta) {
        return locked(root -> {
            long bits = bits(block(root), Objects.checkIndex(index, size(root)));
            long before = type.toLong(bits);
            replaceBits(
                    root,
                    index,
                    type.isFloating() ? type.encode(type.toDouble(bits) + delta) : type.encode(sum(before, delta)));
            return before;
        });
    }

    private long sum(long before, long delta) {
        long sum = before + delta;
        // Of two of the same sign the sum has that sign, too. Without a sign, a sum that wrapped is on the wrong side
        // of the one before.
        boolean wrapped = type == ElementType.UINT64
                ? delta != 0 && delta > 0 == Long.compareUnsigned(sum, before) < 0
                : ((before ^ sum) & (delta ^ sum)) < 0;
        if (wrapped) {
            throw new IllegalArgumentException(
                    (type == ElementType.UINT64 ? Long.toUnsignedString(before) : Long.toString(before)) + " and "
                            + delta + " together do not fit into an element of " + type + ".");
        }
        return sum;
    }

    /** Adds to an element; returns the one before. Nobody comes in between. */
    public double getAndAdd(int index, double delta) {
        return locked(root -> {
            double before = type.toDouble(bits(block(root), Objects.checkIndex(index, size(root))));
            replaceBits(root, index, type.encode(before + delta));
            return before;
        });
    }

    /** Sets an element if it is the one expected, which one with a fraction never is; returns whether it was. */
    public boolean compareAndSet(int index, long expected, long value) {
        long bits = type.encode(value);
        return locked(root -> {
            if (!isValue(bits(block(root), Objects.checkIndex(index, size(root))), expected)) {
                return false;
            }
            replaceBits(root, index, bits);
            return true;
        });
    }

    /** The one store of the element is the commit. A death before or after it leaves an odd version, which whoever is next makes even. */
    private void replaceBits(long root, int index, long bits) {
        Block block = block(root);
        long version = beginChange(root);
        put(block.strip(), index, bits);
        endChange(root, version);
    }

    private long beginChange(long root) {
        long version = memory.getLong(root + VectorLayout.VERSION);
        // SYNC POINT with isUnchanged: whoever sees what is stored after this sees this, too.
        memory.putLongRelease(root + VectorLayout.VERSION, version + 1);
        memory.releaseFence();
        return version;
    }

    private void endChange(long root, long version) {
        memory.putLongRelease(root + VectorLayout.VERSION, version + 2);
    }

    /** Puts an element behind the last one. */
    public void append(long value) {
        appendBits(type.encode(value));
    }

    /** Puts an element behind the last one. */
    public void append(double value) {
        appendBits(type.encode(value));
    }

    private void appendBits(long bits) {
        locked(root -> {
            int size = size(root);
            Block block = block(root);
            if (size < block.capacity) {
                // Nobody looks behind the last one. Whoever read when there was an element here sees another version,
                // since the lock was
                // given and taken between the change that took it off and this.
                put(block.strip(), size, bits);
                publishSize(root, size + 1);
            } else {
                rebuild(root, size + 1, grown(size + 1), fresh -> {
                    copyInto(fresh, 0, block, 0, size);
                    put(fresh.strip(), size, bits);
                });
            }
            return true;
        });
    }

    /** The commit of elements that were stored behind the last one. */
    private void publishSize(long root, int size) {
        // SYNC POINT with size(long): whoever sees the size sees the elements.
        memory.putLongRelease(root + VectorLayout.SIZE, size);
    }

    /**
     * Takes the last element off.
     *
     * @throws NoSuchElementException if there is none
     */
    public long popLong() {
        return type.toLong(popBits());
    }

    /** As {@link #popLong}. */
    public double popDouble() {
        return type.toDouble(popBits());
    }

    private long popBits() {
        return locked(root -> {
            int size = size(root);
            if (size == 0) {
                throw new NoSuchElementException("the vector '" + handle.name() + "' is empty");
            }
            long bits = bits(block(root), size - 1);
            truncate(root, size - 1);
            return bits;
        });
    }

    /** The store of the size is the commit. */
    private void truncate(long root, int size) {
        long version = beginChange(root);
        memory.putLongRelease(root + VectorLayout.SIZE, size);
        endChange(root, version);
    }

    /** Puts an element before that one, or behind the last. */
    public void insert(int index, long value) {
        insertBits(index, type.encode(value));
    }

    /** Puts an element before that one, or behind the last. */
    public void insert(int index, double value) {
        insertBits(index, type.encode(value));
    }

    private void insertBits(int index, long bits) {
        insert(index, NdArray.builder(type, 1).setBits(0, bits).build());
    }

    /** Takes an element out and returns it. */
    public long removeLong(int index) {
        return type.toLong(removeBits(index));
    }

    /** Takes an element out and returns it. */
    public double removeDouble(int index) {
        return type.toDouble(removeBits(index));
    }

    private long removeBits(int index) {
        return locked(root -> {
            long bits = bits(block(root), Objects.checkIndex(index, size(root)));
            splice(root, index, index + 1, nothing());
            return bits;
        });
    }

    /** Takes out the first such element; returns whether there was one. */
    public boolean removeFirst(long value) {
        return locked(root -> {
            int index = indexOf(block(root), size(root), value);
            if (index >= 0) {
                splice(root, index, index + 1, nothing());
            }
            return index >= 0;
        });
    }

    /** Takes out the first such element; returns whether there was one. */
    public boolean removeFirst(double value) {
        return locked(root -> {
            Block block = block(root);
            int size = size(root);
            for (int i = 0; i < size; i++) {
                if (type.toDouble(bits(block, i)) == value) {
                    splice(root, i, i + 1, nothing());
                    return true;
                }
            }
            return false;
        });
    }

    private NdArray nothing() {
        return NdArray.builder(type, 0).build();
    }

    // -------------------------------------------------------------------------------- many elements

    /** Puts elements behind the last one, all of them or none. */
    public void extend(long... values) {
        NdArray.Builder more = NdArray.builder(type, values.length);
        for (int i = 0; i < values.length; i++) {
            more.setLong(i, values[i]);
        }
        extend(more.build());
    }

    /** Puts elements behind the last one, all of them or none. */
    public void extend(double... values) {
        NdArray.Builder more = NdArray.builder(type, values.length);
        for (int i = 0; i < values.length; i++) {
            more.setDouble(i, values[i]);
        }
        extend(more.build());
    }

    /**
     * Puts elements behind the last one, all of them or none, row by row.
     *
     * @throws IllegalArgumentException if they are of another type
     */
    public void extend(NdArray values) {
        checkType(values);
        locked(root -> {
            int size = size(root);
            splice(root, size, size, values);
            return true;
        });
    }

    /**
     * Puts elements behind the last one whose bytes, little-endian, are these.
     *
     * @throws IllegalArgumentException if they are no whole number of elements
     */
    public void extendBytes(byte[] bytes) {
        checkWhole(bytes.length);
        extend(NdArray.of(type, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), bytes.length >> shift));
    }

    private void checkWhole(long bytes) {
        if ((bytes & type.bytes() - 1) != 0) {
            throw new IllegalArgumentException(
                    bytes + " bytes are no whole number of elements of " + type + ", which have " + type.bytes());
        }
    }

    /**
     * Puts so many elements behind the last one as their bytes are read from there.
     *
     * @throws EOFException if there are fewer; then nothing is changed
     */
    public void extendFrom(InputStream source, int count) throws IOException {
        checkRoom((long) count << shift);
        byte[] bytes = source.readNBytes(count << shift);
        if (bytes.length != count << shift) {
            throw new EOFException("there should be " + count + " elements of " + type + ", and there are "
                    + (bytes.length >> shift) + ". Nothing was changed.");
        }
        extendBytes(bytes);
    }

    /** Puts all elements of a file behind the last one. */
    public void extendFrom(Path file) throws IOException {
        long bytes = Files.size(file);
        checkWhole(bytes);
        checkRoom(bytes);
        try (InputStream source = Files.newInputStream(file)) {
            extendFrom(source, (int) (bytes >> shift));
        }
    }

    /** Before anything is read or allocated, whoever says how much it is. */
    private void checkRoom(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a negative number of elements");
        }
        if (bytes > heap.largestBlock() - ArrayLayout.ALIGNMENT) {
            throw new OutOfSharedMemoryException(
                    "the segment has no room for " + bytes + " bytes of elements in one block: at most "
                            + (heap.largestBlock() - ArrayLayout.ALIGNMENT)
                            + ". Take a larger segment, or several vectors.",
                    bytes,
                    heap.statistics().freeBytes(),
                    heap.largestBlock(),
                    0);
        }
    }

    /** Puts elements before that one, all of them or none. */
    public void insert(int index, NdArray values) {
        replace(index, index, values);
    }

    /** Takes elements out. */
    public void remove(int from, int to) {
        replace(from, to, nothing());
    }

    /**
     * Puts elements, row by row, in place of others, which may be fewer or more.
     *
     * @throws IllegalArgumentException if they are of another type
     * @throws IndexOutOfBoundsException if there are no such places now
     */
    public void replace(int from, int to, NdArray values) {
        checkType(values);
        locked(root -> {
            Objects.checkFromToIndex(from, to, size(root));
            splice(root, from, to, values);
            return true;
        });
    }

    private void checkType(NdArray values) {
        if (values.elementType() != type) {
            throw new IllegalArgumentException(
                    "the vector '" + handle.name() + "' is of " + type + ", and the elements are " + values);
        }
    }

    private void splice(long root, int from, int to, NdArray values) {
        int size = size(root);
        int more = values.length();
        long newSize = (long) size - (to - from) + more;
        checkRoom(newSize << shift);
        Block block = block(root);
        if (from == to && more == 0) {
            return;
        }
        if (to == size && more == 0) {
            truncate(root, from);
        } else if (from == size && newSize <= block.capacity) {
            putAll(block, size, values);
            publishSize(root, (int) newSize);
        } else {
            rebuild(root, (int) newSize, Math.max(block.capacity, grown((int) newSize)), fresh -> {
                copyInto(fresh, 0, block, 0, from);
                putAll(fresh, from, values);
                copyInto(fresh, from + more, block, to, size - to);
            });
        }
    }

    private void putAll(Block block, int at, NdArray values) {
        if (values.length() > 0) {
            ByteBuffer source = values.asByteBuffer();
            block.strip().bytes().put(at << shift, source, 0, source.limit());
        }
    }

    private void copyInto(Block target, int at, Block source, int from, int count) {
        if (count > 0) {
            memory.copy(
                    ArrayLayout.elements(BlockLayout.payload(source.reference)) + ((long) from << shift),
                    ArrayLayout.elements(BlockLayout.payload(target.reference)) + ((long) at << shift),
                    (long) count << shift);
        }
    }

    /** Puts the elements in the opposite order. */
    public void reverse() {
        rewrite((block, size, fresh) -> {
            for (int i = 0; i < size; i++) {
                put(fresh, i, bits(block, size - 1 - i));
            }
        });
    }

    /** Puts the bytes of each element in the opposite order: for data of a machine of the other kind. */
    public void byteSwap() {
        int unused = 64 - 8 * type.bytes();
        rewrite((block, size, fresh) -> {
            for (int i = 0; i < size; i++) {
                put(fresh, i, Long.reverseBytes(bits(block, i)) >>> unused);
            }
        });
    }

    private interface Rewriting {
        void of(Block block, int size, Strip fresh);
    }

    private void rewrite(Rewriting rewriting) {
        locked(root -> {
            int size = size(root);
            Block block = block(root);
            if (size > 0) {
                rebuild(root, size, block.capacity, fresh -> rewriting.of(block, size, fresh.strip()));
            }
            return true;
        });
    }

    /** Has all elements there so many times, one after the other. */
    public void repeat(int times) {
        if (times < 0) {
            throw new IllegalArgumentException("times=" + times + " must not be negative");
        }
        locked(root -> {
            int size = size(root);
            long newSize = (long) size * times;
            checkRoom(newSize << shift);
            Block block = block(root);
            if (times == 0 && size > 0) {
                truncate(root, 0);
            } else if (times > 1 && size > 0) {
                rebuild(root, (int) newSize, (int) newSize, fresh -> {
                    for (int i = 0; i < times; i++) {
                        copyInto(fresh, i * size, block, 0, size);
                    }
                });
            }
            return true;
        });
    }

    /** Takes out all elements, and gives their memory back. */
    public void clear() {
        locked(root -> {
            if (block(root).capacity > 0) {
                rebuild(root, 0, 0, fresh -> {});
            }
            return true;
        });
    }

    /** Gives back memory that is kept for more elements. */
    public void trim() {
        locked(root -> {
            int size = size(root);
            if (size < block(root).capacity) {
                resizeBlock(root, size);
            }
            return true;
        });
    }

    /**
     * Has memory ready for so many elements in all, so that appending them does not make it grow.
     *
     * @throws OutOfSharedMemoryException if there is no room for so many; then nothing is changed
     */
    public void ensureCapacity(int elements) {
        checkRoom((long) elements << shift);
        locked(root -> {
            if (elements > block(root).capacity) {
                resizeBlock(root, elements);
            }
            return true;
        });
    }

    /** Puts the elements into a block with room for exactly so many. */
    private void resizeBlock(long root, int capacity) {
        int size = size(root);
        Block block = block(root);
        rebuild(root, size, capacity == 0 ? 0 : allocate(capacity), fresh -> copyInto(fresh, 0, block, 0, size));
    }

    // ---------------------------------------------------------------------------------------- changing

    /** What is done under the lock. */
    private interface Change<T> {
        T at(long root);
    }

    private <T> T locked(Change<T> change) {
        Supplier<T> action = () -> {
            long root = handle.payload();
            writers.lock(LOCK_TIMEOUT);
            try {
                makeEven(root);
                return change.at(root);
            } finally {
                writers.unlock();
            }
        };
        return handle.guarded(action);
    }

    /** The lock's last holder died between its commit and the end of its change, or before the commit. All is whole. */
    private void makeEven(long root) {
        long version = memory.getLong(root + VectorLayout.VERSION);
        if ((version & 1) != 0) {
            memory.putLongRelease(root + VectorLayout.VERSION, version + 1);
        }
    }

    /** Room for that many and some more. */
    private int grown(int size) {
        long most = (heap.largestBlock() - ArrayLayout.ALIGNMENT) >> shift;
        long some = Math.max(LEAST_BYTES >> shift, size + (size >> 1));
        return (int) Math.max(size, Math.min(most, some));
    }

    /** Fills a new block. */
    private interface Filling {
        void into(Block fresh);
    }

    /** Writes all elements into another block, with more room if there is, which takes the place of this one. */
    private void rebuild(long root, int size, int capacity, Filling filling) {
        rebuild(root, size, capacity == 0 ? 0 : allocate(size, capacity), filling);
    }

    /**
     * Writes all elements into another block, which takes the place of this one.
     *
     * @param fresh a tentative block that this is given; 0 for none
     */
    private void rebuild(long root, int size, long fresh, Filling filling) {
        long old = 0;
        boolean replaced = false;
        try {
            Block block = fresh == 0 ? NOTHING : view(fresh);
            filling.into(block);
            long version = memory.getLong(root + VectorLayout.VERSION);
            long current = memory.getLong(root + VectorLayout.REFERENCE);
            try (Transaction change = handle.journal().begin()) {
                change.store(root + VectorLayout.VERSION, version + 1);
                if (fresh != 0) {
                    change.publish(fresh);
                }
                change.store(root + VectorLayout.REFERENCE, fresh);
                change.store(root + VectorLayout.SIZE, size);
                old = current == 0 ? 0 : change.detach(current);
                change.store(root + VectorLayout.VERSION, version + 2);
                change.commit();
            }
            replaced = true;
            lastBlock = block;
        } finally {
            if (!replaced && fresh != 0) {
                heap.free(fresh);
            }
        }
        if (old != 0) {
            heap.free(old);
        }
    }

    /** A block with room to grow; if there is none, one without. */
    private long allocate(int size, int capacity) {
        try {
            return allocate(capacity);
        } catch (OutOfSharedMemoryException e) {
            if (size == capacity) {
                throw e;
            }
            return allocate(size);
        }
    }

    private long allocate(int capacity) {
        return heap.allocate(((long) capacity << shift) + ArrayLayout.ALIGNMENT, ValueKinds.VECTOR.code());
    }

    @Override
    SharedType<?> copying() {
        return of(type).initially(copy -> {
            NdArray elements = toNdArray();
            if (elements.length() > 0) {
                copy.extend(elements);
            }
        });
    }

    @Override
    public String toString() {
        return isOpen() ? type + "[" + size() + "]" : "closed";
    }
}
