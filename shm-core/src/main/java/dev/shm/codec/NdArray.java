package dev.shm.codec;

import dev.shm.error.CodecException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;

/**
 * An array of numbers of any shape, as a value: its elements row by row, what they are, a time stamp and a number. What a queue or
 * a channel carries with the codec {@code ndarray}, and what slices of arrays in a segment are copied into. Arrays of different
 * types and shapes may follow each other in any order.
 *
 * <p>Immutable, so any thread may use it, with one exception: what {@link #inPlace} returns shows bytes that belong to somebody else, and is
 * good for as long as they are.
 */
public final class NdArray {

    /** More dimensions than this are refused. */
    public static final int MAX_RANK = 32;

    /** So many elements fit into no array, and multiplied by a dimension still into a long. */
    private static final long TOO_MANY = 1L << 31;

    private final ElementType type;
    private final int[] shape;
    private final int count;
    private final Instant timestamp;
    private final long index;
    /** Exactly the elements, little-endian, from 0 to the limit. */
    private final ByteBuffer elements;

    private NdArray(ElementType type, int[] shape, int count, Instant timestamp, long index, ByteBuffer elements) {
        this.type = type;
        this.shape = shape;
        this.count = count;
        this.timestamp = timestamp;
        this.index = index;
        this.elements = elements;
    }

    /**
     * An array of zeros, to be filled with {@link Builder#setLong} and its kin.
     *
     * @param shape its dimensions, none of them negative; none at all for a single number
     * @throws IllegalArgumentException if it has too many dimensions, or more bytes than a buffer can have
     */
    public static Builder builder(ElementType type, int... shape) {
        return new Builder(type, shape);
    }

    /**
     * An array with a copy of these elements: what lies between the buffer's position and its limit, little-endian.
     *
     * @throws IllegalArgumentException if they are not exactly as many as the shape has
     */
    public static NdArray of(ElementType type, ByteBuffer elements, int... shape) {
        Builder builder = builder(type, shape);
        if (elements.remaining() != builder.bytes.limit()) {
            throw new IllegalArgumentException("an array of " + type + " with the shape " + Arrays.toString(shape)
                    + " has " + builder.bytes.limit() + " bytes, and there are " + elements.remaining());
        }
        builder.bytes.put(0, elements, elements.position(), elements.remaining());
        return builder.build();
    }

    /** An array of {@link ElementType#INT8}. Without a shape it has one dimension. */
    public static NdArray of(byte[] elements, int... shape) {
        Builder builder = checked(ElementType.INT8, elements.length, shape);
        builder.bytes.put(0, elements);
        return builder.build();
    }

    /** An array of {@link ElementType#INT16}. Without a shape it has one dimension. */
    public static NdArray of(short[] elements, int... shape) {
        Builder builder = checked(ElementType.INT16, elements.length, shape);
        builder.bytes.asShortBuffer().put(elements);
        return builder.build();
    }

    /** An array of {@link ElementType#CHAR16}. Without a shape it has one dimension. */
    public static NdArray of(char[] elements, int... shape) {
        Builder builder = checked(ElementType.CHAR16, elements.length, shape);
        builder.bytes.asCharBuffer().put(elements);
        return builder.build();
    }

    /** An array of {@link ElementType#INT32}. Without a shape it has one dimension. */
    public static NdArray of(int[] elements, int... shape) {
        Builder builder = checked(ElementType.INT32, elements.length, shape);
        builder.bytes.asIntBuffer().put(elements);
        return builder.build();
    }

    /** An array of {@link ElementType#INT64}. Without a shape it has one dimension. */
    public static NdArray of(long[] elements, int... shape) {
        Builder builder = checked(ElementType.INT64, elements.length, shape);
        builder.bytes.asLongBuffer().put(elements);
        return builder.build();
    }

    /** An array of {@link ElementType#FLOAT32}. Without a shape it has one dimension. */
    public static NdArray of(float[] elements, int... shape) {
        Builder builder = checked(ElementType.FLOAT32, elements.length, shape);
        builder.bytes.asFloatBuffer().put(elements);
        return builder.build();
    }

    /** An array of {@link ElementType#FLOAT64}. Without a shape it has one dimension. */
    public static NdArray of(double[] elements, int... shape) {
        Builder builder = checked(ElementType.FLOAT64, elements.length, shape);
        builder.bytes.asDoubleBuffer().put(elements);
        return builder.build();
    }

    /** An array of {@link ElementType#BOOLEAN}. Without a shape it has one dimension. */
    public static NdArray of(boolean[] elements, int... shape) {
        Builder builder = checked(ElementType.BOOLEAN, elements.length, shape);
        for (int i = 0; i < elements.length; i++) {
            builder.setLong(i, elements[i] ? 1 : 0);
        }
        return builder.build();
    }

    private static Builder checked(ElementType type, int length, int[] shape) {
        Builder builder = builder(type, shape.length == 0 ? new int[] {length} : shape);
        if (builder.count != length) {
            throw new IllegalArgumentException("an array with the shape " + Arrays.toString(shape) + " has "
                    + builder.count + " elements, and there are " + length);
        }
        return builder;
    }

    /** The same elements with another time stamp. The codec keeps its nanoseconds. */
    public NdArray withTimestamp(Instant stamp) {
        return new NdArray(type, shape, count, Objects.requireNonNull(stamp), index, elements);
    }

    /** The same elements with another number. */
    public NdArray withIndex(long number) {
        return new NdArray(type, shape, count, timestamp, number, elements);
    }

    /** What its elements are. */
    public ElementType elementType() {
        return type;
    }

    /** Its dimensions. */
    public int[] shape() {
        return shape.clone();
    }

    /** How many dimensions it has. */
    public int rank() {
        return shape.length;
    }

    /** How many elements it has. */
    public int length() {
        return count;
    }

    /** When it was made, as whoever made it says: by default when {@link Builder#build} was called. */
    public Instant timestamp() {
        return timestamp;
    }

    /** A number that whoever made it gave it, such as that of a frame; 0 by default. */
    public long index() {
        return index;
    }

    // ------------------------------------------------------------------------------------------ elements

    /** The element at that place of all, counted row by row. */
    public long longAt(int flat) {
        return type.toLong(bits(flat));
    }

    /** The element at that place of all, counted row by row. */
    public double doubleAt(int flat) {
        return type.toDouble(bits(flat));
    }

    /** The element at these coordinates, one for each dimension. */
    public long getLong(int... coordinates) {
        return longAt(flat(shape, coordinates));
    }

    /** The element at these coordinates, one for each dimension. */
    public double getDouble(int... coordinates) {
        return doubleAt(flat(shape, coordinates));
    }

    /** The bits of the element at that place of all; see {@link ElementType#encode(long)}. */
    public long bits(int flat) {
        return read(elements, type, Objects.checkIndex(flat, count));
    }

    private static long read(ByteBuffer bytes, ElementType type, int at) {
        return switch (type.shift()) {
            case 0 -> bytes.get(at) & 0xFFL;
            case 1 -> bytes.getShort(at << 1) & 0xFFFFL;
            case 2 -> Integer.toUnsignedLong(bytes.getInt(at << 2));
            default -> bytes.getLong(at << 3);
        };
    }

    private static int flat(int[] shape, int[] coordinates) {
        if (coordinates.length != shape.length) {
            throw new IllegalArgumentException("the array has " + shape.length + " dimensions, and there are "
                    + coordinates.length + " coordinates: " + Arrays.toString(coordinates));
        }
        int flat = 0;
        for (int i = 0; i < shape.length; i++) {
            flat = flat * shape[i] + Objects.checkIndex(coordinates[i], shape[i]);
        }
        return flat;
    }

    /** All elements as longs. */
    public long[] toLongArray() {
        long[] all = new long[count];
        for (int i = 0; i < count; i++) {
            all[i] = longAt(i);
        }
        return all;
    }

    /** All elements as doubles. */
    public double[] toDoubleArray() {
        double[] all = new double[count];
        for (int i = 0; i < count; i++) {
            all[i] = doubleAt(i);
        }
        return all;
    }

    /** A copy of the bytes of all elements. */
    public byte[] toBytes() {
        byte[] bytes = new byte[elements.limit()];
        elements.get(0, bytes);
        return bytes;
    }

    /** The bytes of all elements, for reading only, little-endian. No copy. */
    public ByteBuffer asByteBuffer() {
        return elements.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** All elements, for reading only. No copy. */
    public ShortBuffer asShortBuffer() {
        return typed(1, false).asShortBuffer();
    }

    /** All elements, for reading only. No copy. As a {@code CharSequence} it is the text that they are. */
    public CharBuffer asCharBuffer() {
        if (type != ElementType.CHAR16) {
            throw otherElements();
        }
        return asByteBuffer().asCharBuffer();
    }

    /** All elements, for reading only. No copy. */
    public IntBuffer asIntBuffer() {
        return typed(2, false).asIntBuffer();
    }

    /** All elements, for reading only. No copy. */
    public LongBuffer asLongBuffer() {
        return typed(3, false).asLongBuffer();
    }

    /** All elements, for reading only. No copy. */
    public FloatBuffer asFloatBuffer() {
        return typed(2, true).asFloatBuffer();
    }

    /** All elements, for reading only. No copy. */
    public DoubleBuffer asDoubleBuffer() {
        return typed(3, true).asDoubleBuffer();
    }

    private ByteBuffer typed(int shift, boolean floating) {
        boolean fits = type.shift() == shift && (shift == 1 || type.isFloating() == floating);
        if (!fits) {
            throw otherElements();
        }
        return asByteBuffer();
    }

    private IllegalStateException otherElements() {
        return new IllegalStateException(
                "the elements are " + type + ". Ask for a buffer of that, or for asByteBuffer().");
    }

    // ------------------------------------------------------------------------------------------ messages

    /** Bytes of a message with such an array: to claim so much room in a queue and write it with {@link #write}. */
    public static int messageBytes(ElementType type, int... shape) {
        return NdArrayLayout.elements(shape.length) + Math.toIntExact(checkedBytes(type, shape));
    }

    /**
     * Writes all of a message but its elements, and returns where they belong: for elements that are computed or copied straight into a
     * queue's memory. They are whatever was there before until they are written.
     *
     * @param message from its position on, {@link #messageBytes} of room; its position is behind the message afterwards
     * @return room for the elements row by row, little-endian
     * @throws BufferOverflowException if there is less room
     */
    public static ByteBuffer write(ByteBuffer message, ElementType type, Instant timestamp, long index, int... shape) {
        int bytes = messageBytes(type, shape);
        if (message.remaining() < bytes) {
            throw new BufferOverflowException();
        }
        int start = message.position();
        NdArrayLayout.write(message, start, type, timestamp, index, shape);
        int offset = NdArrayLayout.elements(shape.length);
        message.position(start + bytes);
        return message.slice(start + offset, bytes - offset).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Shows an array where it lies, such as in a {@code Message.buffer()} or a block, without copying it. What it returns is good for as long as
     * the bytes are: of a message, until its handler returns or its delivery is acknowledged. {@link #copy} keeps it.
     *
     * @param message exactly one array, from its position to its limit
     * @throws CodecException if it is none
     */
    public static NdArray inPlace(ByteBuffer message) {
        ByteBuffer bytes = message.slice().order(ByteOrder.LITTLE_ENDIAN);
        ElementType type = NdArrayLayout.type(bytes);
        int[] shape = NdArrayLayout.shape(bytes, type);
        int offset = NdArrayLayout.elements(shape.length);
        int count = (bytes.limit() - offset) >>> type.shift();
        return new NdArray(
                type,
                shape,
                count,
                NdArrayLayout.timestamp(bytes),
                NdArrayLayout.index(bytes),
                bytes.slice(offset, bytes.limit() - offset).order(ByteOrder.LITTLE_ENDIAN));
    }

    /** The same array with elements of its own. */
    public NdArray copy() {
        ByteBuffer copy = ByteBuffer.allocate(elements.limit()).order(ByteOrder.LITTLE_ENDIAN);
        copy.put(0, elements, 0, elements.limit());
        return new NdArray(type, shape, count, timestamp, index, copy);
    }

    ByteBuffer elements() {
        return elements;
    }

    static long checkedBytes(ElementType type, int[] shape) {
        if (shape.length > MAX_RANK) {
            throw new IllegalArgumentException(
                    "an array has at most " + MAX_RANK + " dimensions, and not " + shape.length);
        }
        long count = 1;
        boolean empty = false;
        for (int dimension : shape) {
            if (dimension < 0) {
                throw new IllegalArgumentException("a dimension is negative: " + Arrays.toString(shape));
            }
            empty |= dimension == 0;
            count = dimension == 0 ? count : Math.min(TOO_MANY, count * dimension);
        }
        long bytes = empty ? 0 : count << type.shift();
        if (bytes > NdArrayLayout.MAX_BYTES) {
            throw new IllegalArgumentException("an array of " + type + " with the shape " + Arrays.toString(shape)
                    + " has more than " + NdArrayLayout.MAX_BYTES + " bytes. Send it in parts, or share it as a"
                    + " SharedArray.");
        }
        return bytes;
    }

    /** Whether the other is an array of the same type, shape, time stamp, number, and the very same bits. */
    @Override
    public boolean equals(Object other) {
        return other instanceof NdArray that
                && type == that.type
                && Arrays.equals(shape, that.shape)
                && timestamp.equals(that.timestamp)
                && index == that.index
                && hasSameElementsAs(that);
    }

    /** Whether the other has the same bits, type and shape, whenever it was made. */
    public boolean hasSameElementsAs(NdArray other) {
        if (type != other.type || !Arrays.equals(shape, other.shape)) {
            return false;
        }
        // Not by the buffers' own comparison: they may be shared memory.
        for (int i = 0; i < count; i++) {
            if (bits(i) != other.bits(i)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        int hash = 31 * Arrays.hashCode(shape) + type.code();
        for (int i = 0; i < count; i++) {
            hash = 31 * hash + Long.hashCode(bits(i));
        }
        return hash;
    }

    /** Its type and shape. */
    @Override
    public String toString() {
        return type + Arrays.toString(shape);
    }

    /** An array that is being filled, by one thread. */
    public static final class Builder {

        private final ElementType type;
        private final int[] shape;
        private final int count;
        private final ByteBuffer bytes;
        private boolean built;

        private Builder(ElementType type, int[] shape) {
            this.type = Objects.requireNonNull(type);
            this.shape = shape.clone();
            int length = Math.toIntExact(checkedBytes(type, this.shape));
            this.count = length >>> type.shift();
            this.bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        }

        /** How many elements it has. */
        public int length() {
            return count;
        }

        /** Sets the element at that place of all, counted row by row. */
        public Builder setLong(int flat, long value) {
            return setBits(flat, type.encode(value));
        }

        /** Sets the element at that place of all, counted row by row. */
        public Builder setDouble(int flat, double value) {
            return setBits(flat, type.encode(value));
        }

        /** Sets the bits of the element at that place of all; see {@link ElementType#encode(long)}. */
        public Builder setBits(int flat, long bits) {
            int at = Objects.checkIndex(flat, count);
            ByteBuffer target = bytes();
            switch (type.shift()) {
                case 0 -> target.put(at, (byte) bits);
                case 1 -> target.putShort(at << 1, (short) bits);
                case 2 -> target.putInt(at << 2, (int) bits);
                default -> target.putLong(at << 3, bits);
            }
            return this;
        }

        /** The bytes of all elements, little-endian, to be filled from something else. Not to be used after {@link #build}. */
        public ByteBuffer bytes() {
            if (built) {
                throw new IllegalStateException("this builder has built its array. Take another one.");
            }
            return bytes;
        }

        /** The array. */
        public NdArray build() {
            bytes();
            built = true;
            return new NdArray(type, shape, count, Instant.now(), 0, bytes.clear());
        }
    }
}
