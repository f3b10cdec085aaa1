package dev.shm.codec;

import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.io.ByteBufferInput;
import com.esotericsoftware.kryo.io.KryoBufferUnderflowException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads from the caller's buffer from its position up to its limit, stores nothing into it, and checks every length before
 * anything is allocated for it: what one message makes is bounded by the bytes it has.
 */
final class BufferInput extends ByteBufferInput {

    private static final ByteBuffer NONE = ByteBuffer.allocate(0);
    private static final int CHARS_KEPT = 16 << 10;

    /** Elements that arrays and collections may still have; each is at least a byte of its own. */
    private int elements;

    void attach(ByteBuffer source) {
        setBuffer(source);
        elements = source.remaining();
    }

    void detach() {
        setBuffer(NONE);
        if (chars.length > CHARS_KEPT) {
            chars = new char[CHARS_KEPT];
        }
    }

    /** Reads the number of elements of an array or a collection. */
    int readElementCount() {
        int count = readVarInt(true);
        if (count < 0 || count > elements) {
            throw new KryoException("A collection claims to have " + Integer.toUnsignedString(count)
                    + " elements where at most " + elements + " can be");
        }
        elements -= count;
        return count;
    }

    /** Reads the number of bytes that follow. */
    int readLength() {
        int length = readVarInt(true);
        requireLength(length, 1);
        return length;
    }

    /** Kryo's own would move what is left in the buffer to its front. */
    @Override
    protected int require(int required) {
        int remaining = limit - position;
        if (remaining < required) {
            throw new KryoBufferUnderflowException(required + " bytes are expected where " + remaining + " are left");
        }
        return remaining;
    }

    @Override
    protected int optional(int optional) {
        int remaining = limit - position;
        return remaining == 0 ? -1 : Math.min(remaining, optional);
    }

    private void requireLength(int length, int bytesEach) {
        if (length < 0 || length > (limit - position) / bytesEach) {
            throw new KryoBufferUnderflowException("A length of " + Integer.toUnsignedString(length)
                    + " is claimed where " + (limit - position) + " bytes are left");
        }
    }

    @Override
    public byte[] readBytes(int length) {
        requireLength(length, 1);
        return super.readBytes(length);
    }

    @Override
    public void readBytes(byte[] bytes, int offset, int count) {
        requireLength(count, 1);
        super.readBytes(bytes, offset, count);
    }

    @Override
    public int[] readInts(int length) {
        requireLength(length, Integer.BYTES);
        return super.readInts(length);
    }

    /** These may be of variable length: at least one byte each. */
    @Override
    public int[] readInts(int length, boolean optimizePositive) {
        requireLength(length, 1);
        return super.readInts(length, optimizePositive);
    }

    @Override
    public long[] readLongs(int length) {
        requireLength(length, Long.BYTES);
        return super.readLongs(length);
    }

    /** These may be of variable length: at least one byte each. */
    @Override
    public long[] readLongs(int length, boolean optimizePositive) {
        requireLength(length, 1);
        return super.readLongs(length, optimizePositive);
    }

    @Override
    public float[] readFloats(int length) {
        requireLength(length, Float.BYTES);
        return super.readFloats(length);
    }

    @Override
    public double[] readDoubles(int length) {
        requireLength(length, Double.BYTES);
        return super.readDoubles(length);
    }

    @Override
    public short[] readShorts(int length) {
        requireLength(length, Short.BYTES);
        return super.readShorts(length);
    }

    @Override
    public char[] readChars(int length) {
        requireLength(length, Character.BYTES);
        return super.readChars(length);
    }

    @Override
    public boolean[] readBooleans(int length) {
        requireLength(length, 1);
        return super.readBooleans(length);
    }

    @Override
    public @Nullable String readString() {
        requireString();
        return super.readString();
    }

    @Override
    public @Nullable StringBuilder readStringBuilder() {
        requireString();
        return super.readStringBuilder();
    }

    /** A string of ASCII ends with its last byte; any other says first how many characters it has, of a byte or more each. */
    private void requireString() {
        if (readVarIntFlag()) {
            int start = position;
            int charsAndOne = readVarIntFlag(true);
            if (charsAndOne != 0) {
                requireLength(charsAndOne - 1, 1);
            }
            setPosition(start);
        }
    }
}
