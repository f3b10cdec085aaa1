package dev.shm.value;

import dev.shm.SharedType;
import dev.shm.codec.ElementType;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.SegmentFormatException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import dev.shm.memory.Memory;
import dev.shm.memory.Strip;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An array of numbers of fixed shape that lives in a segment: a lookup table or a tensor that lies in memory once, however many processes
 * use it. Starts with zeros.
 *
 * <p>Any thread of any process may read and write any element, without waiting for anybody. Single elements are whole, {@link
 * ElementArray#asLongs} and its kin change one atomically; several at once are not guarded against each other. A process that is killed
 * leaves each element before or after its call. For an array that grows see {@link SharedVector}.
 *
 * <p>Up to a GiB the elements lie in one run of bytes, which {@link #asByteBuffer} shows as a whole. Larger ones, up to some 31 GiB, lie in up to
 * 32 runs of at least 64 MiB, each of which holds whole rows where that is possible, so that a row is always in one. Segments are larger
 * than what is in them: one for an array of 2 GiB has 2.3 GiB, for instance.
 *
 * <p>Closed by whoever opened it, when no thread of this process uses it any more. If its name is destroyed, it stays for those who have it
 * open. Buffers that were taken from it must not be used after that, see {@link #asByteBuffer}.
 */
public final class SharedArray extends SharedValue implements ElementArray {

    private static final long LEAST_PART_BYTES = 64L << 20;

    private final ArrayView view;

    private SharedArray(ObjectHandle handle, @Nullable Shape asked) {
        super(handle);
        Shape shape = Shape.read(memory, handle.payload());
        if (asked != null && !asked.isSame(shape)) {
            throw new ObjectTypeMismatchException("the object '" + handle.name() + "' is an array of " + shape
                    + ", and was asked for as an array of " + asked + ". Ask for the shape it has, take"
                    + " SharedArray.existing(), or destroy it first.");
        }
        this.view = ArrayView.whole(shape.store(handle), shape.dimensions);
    }

    /**
     * An array of that type and shape, for {@link dev.shm.SharedMemory#openOrCreate}. Who opens it with another one gets {@link
     * ObjectTypeMismatchException}.
     *
     * @param shape one to eight dimensions, each at least 1
     * @throws IllegalArgumentException if there can be no such array
     */
    public static SharedType<SharedArray> of(ElementType type, long... shape) {
        return of(LEAST_PART_BYTES, Heap.MAX_BLOCK_BYTES, type, shape);
    }

    /** As {@link #of}, in parts of other sizes. */
    static SharedType<SharedArray> of(long leastPartBytes, long mostBlockBytes, ElementType type, long... shape) {
        Shape asked = Shape.of(leastPartBytes, mostBlockBytes, type, shape);
        return new SharedType<>(ValueKinds.ARRAY, "array of " + asked, 0) {
            @Override
            protected long allocate(Heap heap) {
                return asked.allocate(heap);
            }

            @Override
            protected SharedArray open(ObjectHandle handle) {
                return new SharedArray(handle, asked);
            }
        };
    }

    /** An array that another process created, whatever its type and shape: for {@link dev.shm.SharedMemory#open}. */
    public static SharedType<SharedArray> existing() {
        return new SharedType<>(ValueKinds.ARRAY, "array", 0) {
            @Override
            protected boolean canCreate() {
                return false;
            }

            @Override
            protected long allocate(Heap heap) {
                throw new IllegalArgumentException(
                        "an array cannot be created without a shape. Use SharedArray.of(...), or open.");
            }

            @Override
            protected SharedArray open(ObjectHandle handle) {
                return new SharedArray(handle, null);
            }
        };
    }

    @Override
    public ArrayView view() {
        return view;
    }

    @Override
    SharedType<?> copying() {
        return of(view.elementType(), view.shape()).initially(copy -> copy.view.copyFrom(view));
    }

    /** Its type and shape. */
    @Override
    public String toString() {
        return view.toString();
    }

    /**
     * What an array was created with.
     *
     * @param type of its elements
     * @param dimensions its shape
     * @param parts blocks of elements; 0 if they lie in the root's
     * @param perPart elements in each of them but the last
     */
    @SuppressWarnings("ArrayRecordComponent") // It is compared by what is in it, and stays inside.
    record Shape(ElementType type, long[] dimensions, int parts, long perPart) {

        static Shape of(long leastPartBytes, long mostBlockBytes, ElementType type, long... dimensions) {
            if (dimensions.length < 1 || dimensions.length > ArrayLayout.MAX_RANK) {
                throw new IllegalArgumentException(
                        "an array has 1 to " + ArrayLayout.MAX_RANK + " dimensions, and not " + dimensions.length);
            }
            long bytes = bytes(type, dimensions);
            long most = (long) ArrayLayout.MAX_PARTS * (mostBlockBytes - ArrayLayout.ALIGNMENT);
            if (bytes < 0 || bytes > most) {
                throw new IllegalArgumentException(
                        bytes < 0
                                ? "each dimension is at least 1: " + Arrays.toString(dimensions)
                                : "an array has at most " + most + " bytes, and " + ArrayView.describe(type, dimensions)
                                        + " has more. Use several.");
            }
            long count = bytes >>> type.shift();
            if (bytes + ArrayLayout.REFERENCES + ArrayLayout.ALIGNMENT <= mostBlockBytes) {
                return new Shape(type, dimensions.clone(), 0, count);
            }
            long least = Math.max(leastPartBytes, (bytes - 1) / ArrayLayout.MAX_PARTS + 1);
            long row = (count / dimensions[0]) << type.shift();
            long partBytes = (least - 1) / row * row + row;
            if (partBytes > mostBlockBytes - ArrayLayout.ALIGNMENT) {
                partBytes = least + 7 & -8;
            }
            if (partBytes > mostBlockBytes - ArrayLayout.ALIGNMENT) {
                throw new IllegalArgumentException(
                        "an array of " + ArrayView.describe(type, dimensions) + " is too large. Use several.");
            }
            return new Shape(type, dimensions.clone(), (int) ((bytes - 1) / partBytes + 1), partBytes >>> type.shift());
        }

        /** Bytes of all elements; negative if a dimension is not positive, and the most there is if they are too many. */
        private static long bytes(ElementType type, long[] dimensions) {
            long bytes = type.bytes();
            for (long dimension : dimensions) {
                if (dimension < 1) {
                    return -1;
                }
                bytes = Math.multiplyHigh(bytes, dimension) != 0 || bytes * dimension < 0
                        ? Long.MAX_VALUE
                        : bytes * dimension;
            }
            return bytes;
        }

        long length() {
            return bytes(type, dimensions) >>> type.shift();
        }

        /** Elements of a part. */
        private long elementsOf(int part) {
            return Math.min(perPart, length() - part * perPart);
        }

        boolean isSame(Shape other) {
            return type == other.type && Arrays.equals(dimensions, other.dimensions);
        }

        /** Puts zeros into tentative blocks. */
        long allocate(Heap heap) {
            long bytes = parts == 0
                    ? ArrayLayout.REFERENCES + ArrayLayout.ALIGNMENT + (length() << type.shift())
                    : ArrayLayout.ROOT_BYTES;
            List<Long> taken = new ArrayList<>();
            boolean whole = false;
            try {
                long root = heap.allocateCleared(bytes, ValueKinds.ARRAY.code());
                taken.add(root);
                Memory memory = heap.memory();
                long payload = BlockLayout.payload(root);
                memory.putInt(payload + ArrayLayout.TYPE, type.code());
                memory.putInt(payload + ArrayLayout.RANK, dimensions.length);
                memory.putInt(payload + ArrayLayout.PARTS, parts);
                memory.putLong(payload + ArrayLayout.PART_ELEMENTS, perPart);
                for (int i = 0; i < dimensions.length; i++) {
                    memory.putLong(ArrayLayout.dimension(payload, i), dimensions[i]);
                }
                for (int i = 0; i < parts; i++) {
                    long part = heap.allocateCleared(
                            (elementsOf(i) << type.shift()) + ArrayLayout.ALIGNMENT, ValueKinds.ARRAY.code());
                    taken.add(part);
                    memory.putLong(ArrayLayout.reference(payload, i), part);
                }
                whole = true;
                return root;
            } finally {
                if (!whole) {
                    taken.forEach(heap::free);
                }
            }
        }

        /**
         * Reads what an array was created with.
         *
         * @throws SegmentFormatException if it cannot be that
         */
        static Shape read(Memory memory, long payload) {
            ElementType type = ElementType.ofCode(memory.getInt(payload + ArrayLayout.TYPE));
            int rank = memory.getInt(payload + ArrayLayout.RANK);
            int parts = memory.getInt(payload + ArrayLayout.PARTS);
            long perPart = memory.getLong(payload + ArrayLayout.PART_ELEMENTS);
            if (type == null || rank < 1 || rank > ArrayLayout.MAX_RANK || parts < 0 || parts > ArrayLayout.MAX_PARTS) {
                throw damaged(payload);
            }
            long[] dimensions = new long[rank];
            for (int i = 0; i < rank; i++) {
                dimensions[i] = memory.getLong(ArrayLayout.dimension(payload, i));
            }
            Shape found = new Shape(type, dimensions, parts, perPart);
            long bytes = bytes(type, dimensions);
            long partBytes = perPart << type.shift();
            int expected = parts == 0 ? 1 : parts;
            if (bytes < 1
                    || bytes > memory.size()
                    || perPart < 1
                    || perPart > found.length()
                    || (bytes - 1) / partBytes + 1 != expected) {
                throw damaged(payload);
            }
            return found;
        }

        private static SegmentFormatException damaged(long payload) {
            return new SegmentFormatException(
                    "the block at " + payload + " is damaged: it is no array. Create the segment anew.");
        }

        ArrayStore store(ObjectHandle handle) {
            Memory memory = handle.memory();
            Heap heap = handle.heap();
            long payload = handle.payload();
            List<Strip> strips = new ArrayList<>();
            if (parts == 0) {
                int bytes = Math.toIntExact(length() << type.shift());
                long start = ArrayLayout.elementsInRoot(payload);
                long end = payload
                        + Integer.toUnsignedLong(
                                memory.getInt(payload - BlockLayout.HEADER_BYTES + BlockLayout.LENGTH));
                if (start + bytes > end) {
                    throw damaged(payload);
                }
                strips.add(memory.strip(start, bytes));
            }
            for (int i = 0; i < parts; i++) {
                long reference = memory.getLong(ArrayLayout.reference(payload, i));
                long from = heap.payload(reference);
                long start = ArrayLayout.elements(from);
                int bytes = Math.toIntExact(elementsOf(i) << type.shift());
                if (start + bytes > from + heap.length(reference)) {
                    throw damaged(payload);
                }
                strips.add(memory.strip(start, bytes));
            }
            return new ArrayStore(
                    type, strips, perPart, handle, false, new ArrayStore.Switch(), "the array '" + handle.name() + "'");
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Shape that && isSame(that) && parts == that.parts && perPart == that.perPart;
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(dimensions) + type.code();
        }

        @Override
        public String toString() {
            return ArrayView.describe(type, dimensions);
        }
    }
}
