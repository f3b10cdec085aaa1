package dev.shm.value;

import dev.shm.codec.ElementType;
import dev.shm.codec.NdArray;
import java.nio.ByteBuffer;

/**
 * An array of numbers whose elements lie in memory that other processes share, and any process may change at any time: a {@link
 * SharedArray}, a {@link MappedArray}, or a view of a part of one.
 *
 * <p>Any thread may call any method. A single element is read and written as a whole; nothing more is promised of several at once, nor of the
 * order in which others see them: for that take a typed form such as {@link #asInts}, or tell the others by a message. After the array was
 * closed, every method throws {@link dev.shm.error.SegmentClosedException}.
 *
 * <p>Coordinates and places that are out of range raise {@link IndexOutOfBoundsException}, values that do not fit into an element {@link
 * IllegalArgumentException}, and then nothing is changed.
 */
public interface ElementArray {

    /** All of it, in its shape. */
    ArrayView view();

    /** What its elements are. */
    default ElementType elementType() {
        return view().elementType();
    }

    /** Its dimensions. */
    default long[] shape() {
        return view().shape();
    }

    /** How many dimensions it has. */
    default int rank() {
        return view().rank();
    }

    /** How many elements it has. */
    default long length() {
        return view().length();
    }

    /** An element of an array of one dimension. A fraction is cut off. */
    default long getLong(long i) {
        return view().getLong(i);
    }

    /** An element of an array of two dimensions. */
    default long getLong(long i, long j) {
        return view().getLong(i, j);
    }

    /** An element, by as many coordinates as the array has dimensions. */
    default long getLong(long[] coordinates) {
        return view().getLong(coordinates);
    }

    /** An element of an array of one dimension, as the nearest double. */
    default double getDouble(long i) {
        return view().getDouble(i);
    }

    /** An element of an array of two dimensions. */
    default double getDouble(long i, long j) {
        return view().getDouble(i, j);
    }

    /** An element, by as many coordinates as the array has dimensions. */
    default double getDouble(long[] coordinates) {
        return view().getDouble(coordinates);
    }

    /** Sets an element of an array of one dimension. */
    default void setLong(long i, long value) {
        view().setLong(i, value);
    }

    /** Sets an element of an array of two dimensions. */
    default void setLong(long i, long j, long value) {
        view().setLong(i, j, value);
    }

    /** Sets an element, by as many coordinates as the array has dimensions. */
    default void setLong(long[] coordinates, long value) {
        view().setLong(coordinates, value);
    }

    /** Sets an element of an array of one dimension. */
    default void setDouble(long i, double value) {
        view().setDouble(i, value);
    }

    /** Sets an element of an array of two dimensions. */
    default void setDouble(long i, long j, double value) {
        view().setDouble(i, j, value);
    }

    /** Sets an element, by as many coordinates as the array has dimensions. */
    default void setDouble(long[] coordinates, double value) {
        view().setDouble(coordinates, value);
    }

    /** Sets every element, one after the other. */
    default void fill(double value) {
        view().fill(value);
    }

    /** As {@link #fill(double)}, with all bits of a long. */
    default void fill(long value) {
        view().fill(value);
    }

    /** What the first coordinate selects, as an array with one dimension less: a row of a table. No copy. */
    default ArrayView at(long i) {
        return view().at(i);
    }

    /** What the first coordinate selects from one place up to another. No copy. */
    default ArrayView slice(long from, long to) {
        return view().slice(0, from, to, 1);
    }

    /**
     * A copy of the elements now, in the Java heap. Elements that are changed meanwhile may be in it as they were before or as they are after.
     *
     * @throws IllegalArgumentException if they are too many for an array of Java
     */
    default NdArray toNdArray() {
        return view().toNdArray();
    }

    /**
     * Sets all elements, one after the other.
     *
     * @throws IllegalArgumentException if the other has another type or another shape
     */
    default void copyFrom(NdArray source) {
        view().copyFrom(source);
    }

    /**
     * The bytes of all elements, little-endian. No copy: what is put into it, others see. For reading only if the array is.
     *
     * <p>The buffer knows nothing of the array's closing. It keeps the mapping alive, so touching it is safe for as long as it exists; but
     * once an array in a segment was closed by this process and destroyed, its memory may belong to something else, which would
     * then be read or damaged. Do not use it after closing. An array in a graph that has given one away stays until this process closes the
     * graph. If the file is truncated by somebody, touching it raises {@link InternalError}.
     *
     * @throws UnsupportedOperationException if they do not lie one behind the other in one run of bytes: then take slices, {@link
     *     #toNdArray}, or {@link ArrayView#asByteBuffers}
     */
    default ByteBuffer asByteBuffer() {
        return view().asByteBuffer();
    }

    /** All elements as ints, row by row, of an array of {@code INT32} or {@code UINT32}. */
    default IntElements asInts() {
        return new IntElements(view());
    }

    /** All elements as longs, row by row, of an array of {@code INT64} or {@code UINT64}. */
    default LongElements asLongs() {
        return new LongElements(view());
    }

    /** All elements as floats, row by row, of an array of {@code FLOAT32}. */
    default FloatElements asFloats() {
        return new FloatElements(view());
    }

    /** All elements as doubles, row by row, of an array of {@code FLOAT64}. */
    default DoubleElements asDoubles() {
        return new DoubleElements(view());
    }
}
