package dev.shm.codec;

import org.jspecify.annotations.Nullable;

/**
 * What the elements of an array are: numbers of one width, flags, or characters. The same for arrays in a segment, in a file and in a message.
 * Elements are little-endian and lie one behind the other with nothing between them. A complex number is two of them: give the array
 * one more dimension of 2.
 */
public enum ElementType {
    /** Signed, 1 byte. */
    INT8(1, 0, Byte.MIN_VALUE, Byte.MAX_VALUE),
    /** 1 byte, 0 to 255. */
    UINT8(2, 0, 0, 0xFF),
    /** Signed, 2 bytes. */
    INT16(3, 1, Short.MIN_VALUE, Short.MAX_VALUE),
    /** 2 bytes, 0 to 65,535. */
    UINT16(4, 1, 0, 0xFFFF),
    /** Signed, 4 bytes. */
    INT32(5, 2, Integer.MIN_VALUE, Integer.MAX_VALUE),
    /** 4 bytes, 0 to 4,294,967,295. */
    UINT32(6, 2, 0, 0xFFFF_FFFFL),
    /** Signed, 8 bytes. */
    INT64(7, 3, Long.MIN_VALUE, Long.MAX_VALUE),
    /** 8 bytes; a Java {@code long} stands for its 64 bits, see {@link Long#toUnsignedString(long)}. */
    UINT64(8, 3, Long.MIN_VALUE, Long.MAX_VALUE),
    /** IEEE 754 with 2 bytes: 11 bits of precision, up to 65,504. */
    FLOAT16(9, 1, 0, 0),
    /** A {@code float}. */
    FLOAT32(10, 2, 0, 0),
    /** A {@code double}. */
    FLOAT64(11, 3, 0, 0),
    /** 1 byte, 0 or 1. */
    BOOLEAN(12, 0, 0, 1),
    /** A {@code char}: a code unit of UTF-16, 2 bytes. Its value as a number is 0 to 65,535. */
    CHAR16(13, 1, 0, 0xFFFF);

    private static final @Nullable ElementType[] BY_CODE = new ElementType[16];

    private static final double TWO_TO_63 = 0x1p63;
    private static final double TWO_TO_64 = 0x1p64;
    /** From here on, what is rounded to 11 bits is more than a half float can be. */
    private static final double HALF_OVERFLOW = 65_520;

    static {
        for (ElementType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;
    private final int shift;
    private final long lowest;
    private final long highest;

    ElementType(int code, int shift, long lowest, long highest) {
        this.code = code;
        this.shift = shift;
        this.lowest = lowest;
        this.highest = highest;
    }

    /** The type's number in shared bytes; never given to another. */
    public int code() {
        return code;
    }

    /** The type of that number, or null. */
    public static @Nullable ElementType ofCode(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }

    /** Bytes of an element: 1, 2, 4 or 8. */
    public int bytes() {
        return 1 << shift;
    }

    /** The logarithm of {@link #bytes} to the base of 2. */
    public int shift() {
        return shift;
    }

    /** Whether elements are floating point numbers. */
    public boolean isFloating() {
        return this == FLOAT16 || this == FLOAT32 || this == FLOAT64;
    }

    /**
     * The bits of an element with that value, in the lowest bytes of a long.
     *
     * @throws IllegalArgumentException if it is out of this type's range; a floating point number may be rounded
     */
    public long encode(long value) {
        if (isFloating()) {
            return encodeFloating((double) value, value);
        }
        if (value < lowest || value > highest) {
            throw outOfRange(Long.toString(value));
        }
        return value & mask();
    }

    /**
     * As {@link #encode(long)}, of a number that may have a fraction.
     *
     * @throws IllegalArgumentException if it is out of this type's range, or has a fraction and this type has none
     */
    public long encode(double value) {
        if (isFloating()) {
            return encodeFloating(value, value);
        }
        if (value != Math.rint(value) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(value + " is no whole number, and an element is " + this
                    + ". Round it, or take an array of floating point numbers.");
        }
        if (this == UINT64) {
            if (value < 0 || value >= TWO_TO_64) {
                throw outOfRange(Double.toString(value));
            }
            return value < TWO_TO_63 ? (long) value : (long) (value - TWO_TO_63) | Long.MIN_VALUE;
        }
        if (value < lowest || value > highest || value >= TWO_TO_63) {
            throw outOfRange(Double.toString(value));
        }
        return (long) value & mask();
    }

    private long encodeFloating(double value, Number original) {
        switch (this) {
            case FLOAT64 -> {
                return Double.doubleToRawLongBits(value);
            }
            case FLOAT32 -> {
                float single = (float) value;
                if (Float.isInfinite(single) && !Double.isInfinite(value)) {
                    throw outOfRange(original.toString());
                }
                return Integer.toUnsignedLong(Float.floatToRawIntBits(single));
            }
            default -> {
                if (Math.abs(value) >= HALF_OVERFLOW && !Double.isInfinite(value)) {
                    throw outOfRange(original.toString());
                }
                return doubleToHalf(value);
            }
        }
    }

    private IllegalArgumentException outOfRange(String value) {
        String range = isFloating() || this == UINT64 ? "" : ": " + lowest + " to " + highest;
        return new IllegalArgumentException(
                value + " does not fit into an element of " + this + range + ". Take an array of a larger type.");
    }

    /** The value of an element's bits; a fraction is cut off. */
    public long toLong(long bits) {
        return switch (this) {
            case INT8 -> (byte) bits;
            case INT16 -> (short) bits;
            case INT32 -> (int) bits;
            case FLOAT16, FLOAT32, FLOAT64 -> (long) toDouble(bits);
            default -> bits & mask();
        };
    }

    /** The value of an element's bits as the nearest double. */
    public double toDouble(long bits) {
        return switch (this) {
            case FLOAT16 -> halfToFloat((short) bits);
            case FLOAT32 -> Float.intBitsToFloat((int) bits);
            case FLOAT64 -> Double.longBitsToDouble(bits);
            case UINT64 -> unsignedToDouble(bits);
            default -> toLong(bits);
        };
    }

    private long mask() {
        return -1L >>> (64 - (8 << shift));
    }

    /** The upper bits and the lower ones; what is rounded off must not be rounded twice. */
    private static double unsignedToDouble(long bits) {
        return bits >= 0 ? (double) bits : (double) (bits >>> 1 | (bits & 1)) * 2;
    }

    private static float halfToFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half >>> 10 & 0x1F;
        int fraction = half & 0x3FF;
        int magnitude;
        if (exponent == 0) {
            magnitude = Float.floatToRawIntBits(fraction * 0x1p-24f);
        } else if (exponent == 0x1F) {
            magnitude = 0x7F80_0000 | fraction << 13;
        } else {
            magnitude = (exponent + 127 - 15) << 23 | fraction << 13;
        }
        return Float.intBitsToFloat(sign | magnitude);
    }

    /** To the nearest; a tie goes to the even one. */
    private static long doubleToHalf(double value) {
        long sign = Double.doubleToRawLongBits(value) >>> 48 & 0x8000;
        double magnitude = Math.abs(value);
        if (Double.isNaN(value)) {
            return sign | 0x7E00;
        }
        if (magnitude >= HALF_OVERFLOW) {
            return sign | 0x7C00;
        }
        if (magnitude < 0x1p-14) {
            return sign | (long) Math.rint(magnitude * 0x1p24);
        }
        int exponent = Math.getExponent(magnitude);
        // 1,024 to 2,048: the last is the first of the next exponent, and so the sum makes it.
        long fraction = (long) Math.rint(Math.scalb(magnitude, 10 - exponent));
        return sign | (((exponent + 15L) << 10) + fraction - 1024);
    }
}
