package dev.shm.codec;

import dev.shm.error.CodecException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;

/**
 * The bytes of an {@link NdArray} in a message, little-endian. Elements begin at a multiple of 8, which they are in memory too if the message
 * is.
 *
 * <pre>
 *   0    u8 version, 1 | u8 element type | u8 rank | 5 bytes of 0
 *   8    time stamp: seconds since 1970
 *   16   u32 nanoseconds | u32 0
 *   24   number
 *   32   u32 for each dimension, up to a multiple of 8 with zeros
 *   ...  elements, row by row
 * </pre>
 */
final class NdArrayLayout {

    static final int VERSION_VALUE = 1;

    static final int VERSION = 0;
    static final int TYPE = VERSION + 1;
    static final int RANK = TYPE + 1;
    static final int SECONDS = 8;
    static final int NANOS = SECONDS + 8;
    static final int INDEX = NANOS + 8;
    static final int SHAPE = INDEX + 8;

    /** Bits of the first word that mean something. */
    private static final int HEAD_BITS = 8 * (RANK + 1);

    /** Bytes of the elements of the largest array: with all else they fit into an array of Java. */
    static final int MAX_BYTES = Integer.MAX_VALUE - 8 - SHAPE - 4 * NdArray.MAX_RANK;

    private NdArrayLayout() {}

    /** Where the elements begin. */
    static int elements(int rank) {
        return SHAPE + 4 * rank + 7 & -8;
    }

    static void write(ByteBuffer target, int start, ElementType type, Instant timestamp, long index, int[] shape) {
        ByteBuffer at = target.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        at.putLong(start, VERSION_VALUE | (long) type.code() << (8 * TYPE) | (long) shape.length << (8 * RANK));
        at.putLong(start + SECONDS, timestamp.getEpochSecond());
        at.putLong(start + NANOS, timestamp.getNano());
        at.putLong(start + INDEX, index);
        for (int i = 0; i < shape.length; i++) {
            at.putInt(start + SHAPE + 4 * i, shape[i]);
        }
        if ((shape.length & 1) != 0) {
            at.putInt(start + SHAPE + 4 * shape.length, 0);
        }
    }

    static ElementType type(ByteBuffer message) {
        if (message.limit() < SHAPE) {
            throw damaged("has " + message.limit() + " bytes, and the head of an array alone has " + SHAPE);
        }
        if (message.get(VERSION) != VERSION_VALUE) {
            throw damaged("is of version " + message.get(VERSION) + ", and this is " + VERSION_VALUE);
        }
        ElementType type = ElementType.ofCode(message.get(TYPE));
        if (type == null) {
            throw damaged("has elements of the unknown type " + message.get(TYPE));
        }
        return type;
    }

    /** The shape, which accounts for every byte of the message. */
    static int[] shape(ByteBuffer message, ElementType type) {
        int rank = message.get(RANK) & 0xFF;
        if (rank > NdArray.MAX_RANK || elements(rank) > message.limit()) {
            throw damaged("says it has " + rank + " dimensions");
        }
        boolean padded = (rank & 1) != 0;
        if (message.getLong(0) >>> HEAD_BITS != 0 || (padded && message.getInt(SHAPE + 4 * rank) != 0)) {
            throw damaged("has something where nothing can be");
        }
        int[] shape = new int[rank];
        for (int i = 0; i < rank; i++) {
            shape[i] = message.getInt(SHAPE + 4 * i);
        }
        long bytes;
        try {
            bytes = NdArray.checkedBytes(type, shape);
        } catch (IllegalArgumentException e) {
            throw damaged("says it has the shape " + Arrays.toString(shape));
        }
        if (bytes != message.limit() - elements(rank)) {
            throw damaged("says it has the shape " + Arrays.toString(shape) + ", which makes " + bytes
                    + " bytes of elements, and has " + (message.limit() - elements(rank)));
        }
        return shape;
    }

    static Instant timestamp(ByteBuffer message) {
        long nanos = message.getLong(NANOS);
        if (nanos < 0 || nanos > 999_999_999) {
            throw damaged("has a time stamp with " + nanos + " nanoseconds");
        }
        try {
            return Instant.ofEpochSecond(message.getLong(SECONDS), nanos);
        } catch (DateTimeException e) {
            throw damaged("has a time stamp of " + message.getLong(SECONDS) + " seconds");
        }
    }

    static long index(ByteBuffer message) {
        return message.getLong(INDEX);
    }

    private static CodecException damaged(String what) {
        return new CodecException("The codec ndarray found a message that " + what
                + ". It was damaged, or written by another codec: make sure that every process uses the same one.");
    }
}
