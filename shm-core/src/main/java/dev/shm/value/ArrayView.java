package dev.shm.value;

import dev.shm.codec.ElementType;
import dev.shm.codec.NdArray;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * An array or a part of one, with a shape of its own: rows, columns, every second element, backwards. What is written through it is written
 * to the array. Immutable apart from that, cheap, and good until the array is closed.
 */
public final class ArrayView implements ElementArray {

    private final ArrayStore store;
    private final ElementType type;
    private final long offset;
    private final long[] shape;
    private final long[] strides;
    private final long length;
    private final boolean contiguous;

    /** The coordinates of the last dimension lie that far apart; for the only one of most arrays. */
    private final long lastStride;

    private ArrayView(ArrayStore store, long offset, long[] shape, long[] strides) {
        this.store = store;
        this.type = store.type();
        this.offset = offset;
        this.shape = shape;
        this.strides = strides;
        long count = 1;
        boolean rows = true;
        for (int i = shape.length - 1; i >= 0; i--) {
            rows &= shape[i] <= 1 || strides[i] == count;
            count *= shape[i];
        }
        this.length = count;
        this.contiguous = rows;
        this.lastStride = shape.length == 0 ? 1 : strides[shape.length - 1];
    }

    /** All of a store, row by row. */
    static ArrayView whole(ArrayStore store, long... shape) {
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= shape[i];
        }
        return new ArrayView(store, 0, shape.clone(), strides);
    }

    @Override
    public ArrayView view() {
        return this;
    }

    @Override
    public ElementType elementType() {
        return type;
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    @Override
    public int rank() {
        return shape.length;
    }

    @Override
    public long length() {
        return length;
    }

    /** Whether its elements lie row by row with nothing between them. */
    public boolean isContiguous() {
        return contiguous;
    }

    ArrayStore store() {
        return store;
    }

    long offset() {
        return offset;
    }

    // ------------------------------------------------------------------------------------------- parts

    @Override
    public ArrayView at(long i) {
        return select(0, i);
    }

    /** What one coordinate of a dimension selects, as an array with one dimension less. */
    public ArrayView select(int dimension, long coordinate) {
        checkDimension(dimension);
        checkCoordinate(coordinate, dimension);
        return new ArrayView(
                store,
                offset + coordinate * strides[dimension],
                without(shape, dimension),
                without(strides, dimension));
    }

    private static long[] without(long[] values, int index) {
        long[] rest = new long[values.length - 1];
        System.arraycopy(values, 0, rest, 0, index);
        System.arraycopy(values, index + 1, rest, index, rest.length - index);
        return rest;
    }

    /**
     * Every so many coordinates of a dimension.
     *
     * @param from the first
     * @param to the first that is not part of it any more; with a negative step it is less than {@code from}, and may be -1
     * @param step how far they are apart; negative for backwards
     */
    public ArrayView slice(int dimension, long from, long to, long step) {
        checkDimension(dimension);
        long size = shape[dimension];
        boolean good =
                step > 0 ? from >= 0 && from <= to && to <= size : step < 0 && from < size && from >= to && to >= -1;
        if (!good) {
            throw new IndexOutOfBoundsException(
                    "from " + from + " to " + to + " by " + step + " is no part of a dimension of " + size);
        }
        long count = from == to ? 0 : (Math.abs(to - from) - 1) / Math.abs(step) + 1;
        long[] newShape = shape.clone();
        long[] newStrides = strides.clone();
        newShape[dimension] = count;
        newStrides[dimension] = count <= 1 ? strides[dimension] : strides[dimension] * step;
        return new ArrayView(store, offset + (count == 0 ? 0 : from * strides[dimension]), newShape, newStrides);
    }

    /** With its dimensions in the opposite order: columns become rows. */
    public ArrayView transpose() {
        int rank = shape.length;
        long[] newShape = new long[rank];
        long[] newStrides = new long[rank];
        for (int i = 0; i < rank; i++) {
            newShape[i] = shape[rank - 1 - i];
            newStrides[i] = strides[rank - 1 - i];
        }
        return new ArrayView(store, offset, newShape, newStrides);
    }

    /**
     * The same elements in another shape.
     *
     * @throws IllegalArgumentException if that has another number of elements
     * @throws UnsupportedOperationException if these do not lie row by row
     */
    public ArrayView reshape(long... newShape) {
        if (!isShapeOf(length, newShape)) {
            throw new IllegalArgumentException("there are " + length + " elements, and the shape "
                    + Arrays.toString(newShape) + " has another number");
        }
        checkContiguous();
        ArrayView row = whole(store, newShape);
        return new ArrayView(store, offset, row.shape, row.strides);
    }

    /** Whether a shape has so many elements, whatever is in it. */
    private static boolean isShapeOf(long elements, long[] shape) {
        long count = 1;
        boolean empty = false;
        for (long dimension : shape) {
            if (dimension < 0) {
                return false;
            }
            empty |= dimension == 0;
            // More than there are elements anywhere, and it stays more whatever else it is multiplied by, but 0.
            count = dimension != 0 && count > Long.MAX_VALUE / dimension
                    ? Long.MAX_VALUE
                    : count * Math.max(1, dimension);
        }
        return elements == (empty ? 0 : count);
    }

    private void checkDimension(int dimension) {
        if (dimension < 0 || dimension >= shape.length) {
            throw new IndexOutOfBoundsException(
                    "dimension " + dimension + " of an array with the shape " + Arrays.toString(shape));
        }
    }

    private void checkCoordinate(long coordinate, int dimension) {
        if (coordinate < 0 || coordinate >= shape[dimension]) {
            throw new IndexOutOfBoundsException("coordinate " + coordinate + " in dimension " + dimension
                    + " of an array with the shape " + Arrays.toString(shape));
        }
    }

    // ---------------------------------------------------------------------------------------- elements

    private long place(long i) {
        if (shape.length != 1) {
            throw wrongRank(1);
        }
        checkCoordinate(i, 0);
        return offset + i * lastStride;
    }

    private long place(long i, long j) {
        if (shape.length != 2) {
            throw wrongRank(2);
        }
        checkCoordinate(i, 0);
        checkCoordinate(j, 1);
        return offset + i * strides[0] + j * lastStride;
    }

    private long place(long[] coordinates) {
        if (shape.length != coordinates.length) {
            throw wrongRank(coordinates.length);
        }
        long place = offset;
        for (int i = 0; i < coordinates.length; i++) {
            checkCoordinate(coordinates[i], i);
            place += coordinates[i] * strides[i];
        }
        return place;
    }

    private IllegalArgumentException wrongRank(int coordinates) {
        return new IllegalArgumentException(
                "the array has " + shape.length + " dimensions and not " + coordinates + ": " + Arrays.toString(shape));
    }

    private long bits(long place) {
        store.check();
        try {
            return store.bits(place);
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    private void setBits(long place, long bits) {
        store.checkWritable();
        try {
            store.setBits(place, bits);
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    @Override
    public long getLong(long i) {
        return type.toLong(bits(place(i)));
    }

    @Override
    public long getLong(long i, long j) {
        return type.toLong(bits(place(i, j)));
    }

    @Override
    public long getLong(long[] coordinates) {
        return type.toLong(bits(place(coordinates)));
    }

    @Override
    public double getDouble(long i) {
        return type.toDouble(bits(place(i)));
    }

    @Override
    public double getDouble(long i, long j) {
        return type.toDouble(bits(place(i, j)));
    }

    @Override
    public double getDouble(long[] coordinates) {
        return type.toDouble(bits(place(coordinates)));
    }

    @Override
    public void setLong(long i, long value) {
        setBits(place(i), type.encode(value));
    }

    @Override
    public void setLong(long i, long j, long value) {
        setBits(place(i, j), type.encode(value));
    }

    @Override
    public void setLong(long[] coordinates, long value) {
        setBits(place(coordinates), type.encode(value));
    }

    @Override
    public void setDouble(long i, double value) {
        setBits(place(i), type.encode(value));
    }

    @Override
    public void setDouble(long i, long j, double value) {
        setBits(place(i, j), type.encode(value));
    }

    @Override
    public void setDouble(long[] coordinates, double value) {
        setBits(place(coordinates), type.encode(value));
    }

    // -------------------------------------------------------------------------------------- many at once

    /** What is done with elements that lie the same distance apart. */
    private interface Row {
        /**
         * Does it.
         *
         * @param from place of the first in the store
         * @param stride places from one to the next
         * @param count how many
         * @param flat which of all elements, row by row, the first one is
         */
        void at(long from, long stride, long count, long flat);
    }

    private void eachRow(Row row) {
        try {
            if (length == 0) {
                return;
            }
            if (contiguous) {
                row.at(offset, 1, length, 0);
            } else {
                eachRow(row, 0, offset, 0);
            }
        } catch (InternalError e) {
            throw store.failed(e);
        } finally {
            Reference.reachabilityFence(store);
        }
    }

    private void eachRow(Row row, int dimension, long from, long flat) {
        if (dimension == shape.length - 1) {
            row.at(from, strides[dimension], shape[dimension], flat);
            return;
        }
        long below = 1;
        for (int i = dimension + 1; i < shape.length; i++) {
            below *= shape[i];
        }
        for (long i = 0; i < shape[dimension]; i++) {
            eachRow(row, dimension + 1, from + i * strides[dimension], flat + i * below);
        }
    }

    @Override
    public void fill(double value) {
        fillBits(type.encode(value));
    }

    @Override
    public void fill(long value) {
        fillBits(type.encode(value));
    }

    private void fillBits(long bits) {
        store.checkWritable();
        eachRow((from, stride, count, flat) -> {
            for (long i = 0; i < count; i++) {
                store.setBits(from + i * stride, bits);
            }
        });
    }

    @Override
    public NdArray toNdArray() {
        int[] dimensions = new int[shape.length];
        for (int i = 0; i < dimensions.length; i++) {
            dimensions[i] = (int) Math.min(Integer.MAX_VALUE, shape[i]);
        }
        store.check();
        try {
            NdArray.Builder copy = NdArray.builder(type, dimensions);
            ByteBuffer bytes = copy.bytes();
            eachRow((from, stride, count, flat) -> {
                if (stride == 1) {
                    eachRun(
                            from,
                            count,
                            (run, at, runFlat) ->
                                    bytes.put((int) (flat + runFlat) << type.shift(), run, at, run.limit() - at));
                    return;
                }
                for (long i = 0; i < count; i++) {
                    copy.setBits((int) (flat + i), store.bits(from + i * stride));
                }
            });
            return copy.build();
        } catch (InternalError e) {
            // Of missing bytes a copy may tell late: as late as the next one makes its room.
            throw store.failed(e);
        }
    }

    @Override
    public void copyFrom(NdArray source) {
        long[] theirs = Arrays.stream(source.shape()).asLongStream().toArray();
        if (source.elementType() != type || !Arrays.equals(theirs, shape)) {
            throw new IllegalArgumentException("the array is " + this + ", and what it should be set to is " + source);
        }
        store.checkWritable();
        ByteBuffer bytes = source.asByteBuffer();
        eachRow((from, stride, count, flat) -> {
            if (stride == 1) {
                eachRun(
                        from,
                        count,
                        (run, at, runFlat) ->
                                run.put(at, bytes, (int) (flat + runFlat) << type.shift(), run.limit() - at));
                return;
            }
            for (long i = 0; i < count; i++) {
                store.setBits(from + i * stride, source.bits((int) (flat + i)));
            }
        });
    }

    /** Sets all elements to those of another of the same type and shape, of which each is the whole of an array. */
    void copyFrom(ArrayView source) {
        store.checkWritable();
        source.store.check();
        try {
            for (long i = 0; i < length; i++) {
                long bits;
                try {
                    bits = source.store.bits(i);
                } catch (InternalError e) {
                    // The fault of the other one, perhaps in another segment.
                    throw source.store.failed(e);
                }
                store.setBits(i, bits);
            }
        } finally {
            Reference.reachabilityFence(store);
            Reference.reachabilityFence(source.store);
        }
    }

    /** What is done with elements that lie one behind the other in one run of bytes. */
    private interface Run {
        /**
         * Does it.
         *
         * @param bytes the run, with the end of the elements as its limit
         * @param at where in it the first one is
         * @param flat which one that is
         */
        void at(ByteBuffer bytes, int at, long flat);
    }

    private void eachRun(long from, long count, Run run) {
        for (long done = 0; done < count; ) {
            long chunk = Math.min(count - done, store.leftInPart(from + done));
            int start = store.offset(from + done);
            ByteBuffer bytes = store.strip(from + done).bytes().duplicate().order(ByteOrder.LITTLE_ENDIAN);
            run.at(bytes.limit(start + (int) (chunk << type.shift())), start, done);
            done += chunk;
        }
    }

    // ------------------------------------------------------------------------------------------ buffers

    private void checkContiguous() {
        if (!contiguous) {
            throw new UnsupportedOperationException(
                    "the elements of this view do not lie one behind the other. Take" + " toNdArray(), or rows of it.");
        }
    }

    /** Throws unless all elements are in one run, with this width and kind. */
    void checkElements(int shift, boolean floating) {
        if (type.shift() != shift || type.isFloating() != floating) {
            throw new IllegalStateException("the elements are " + type + ". Ask for the form of that.");
        }
        checkContiguous();
    }

    @Override
    public ByteBuffer asByteBuffer() {
        List<ByteBuffer> buffers = asByteBuffers();
        if (buffers.size() != 1) {
            throw new UnsupportedOperationException("the elements lie in " + buffers.size()
                    + " runs of bytes, since one" + " cannot be so long. Take asByteBuffers(), or slices.");
        }
        return buffers.get(0);
    }

    /** As {@link #asByteBuffer}, of an array that is so large that it lies in several runs of bytes: all of them, in order. */
    public List<ByteBuffer> asByteBuffers() {
        checkContiguous();
        store.check();
        store.pin();
        List<ByteBuffer> buffers = new ArrayList<>();
        eachRun(offset, length, (bytes, at, flat) -> {
            ByteBuffer part = bytes.slice(at, bytes.limit() - at);
            buffers.add((store.isReadOnly() ? part.asReadOnlyBuffer() : part).order(ByteOrder.LITTLE_ENDIAN));
        });
        if (buffers.isEmpty()) {
            buffers.add(ByteBuffer.allocateDirect(0).order(ByteOrder.LITTLE_ENDIAN));
        }
        return buffers;
    }

    /** As {@link #asByteBuffer}, for elements of two bytes. */
    public ShortBuffer asShortBuffer() {
        if (type.shift() != 1) {
            throw otherElements();
        }
        return asByteBuffer().asShortBuffer();
    }

    /** As {@link #asByteBuffer}, for {@code CHAR16}. As a {@code CharSequence} it is the text that the elements are. */
    public CharBuffer asCharBuffer() {
        if (type != ElementType.CHAR16) {
            throw otherElements();
        }
        return asByteBuffer().asCharBuffer();
    }

    private IllegalStateException otherElements() {
        return new IllegalStateException("the elements are " + type + ". Ask for the form of that.");
    }

    /** As {@link #asByteBuffer}, for {@code INT32} and {@code UINT32}. */
    public IntBuffer asIntBuffer() {
        checkElements(2, false);
        return asByteBuffer().asIntBuffer();
    }

    /** As {@link #asByteBuffer}, for {@code INT64} and {@code UINT64}. */
    public LongBuffer asLongBuffer() {
        checkElements(3, false);
        return asByteBuffer().asLongBuffer();
    }

    /** As {@link #asByteBuffer}, for {@code FLOAT32}. */
    public FloatBuffer asFloatBuffer() {
        checkElements(2, true);
        return asByteBuffer().asFloatBuffer();
    }

    /** As {@link #asByteBuffer}, for {@code FLOAT64}. */
    public DoubleBuffer asDoubleBuffer() {
        checkElements(3, true);
        return asByteBuffer().asDoubleBuffer();
    }

    /** Its type and shape. */
    @Override
    public String toString() {
        return describe(type, shape);
    }

    static String describe(ElementType type, long[] shape) {
        return Objects.requireNonNull(type) + Arrays.toString(shape);
    }
}
