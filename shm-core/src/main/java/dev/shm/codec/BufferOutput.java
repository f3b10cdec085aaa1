package dev.shm.codec;

import com.esotericsoftware.kryo.io.ByteBufferOutput;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;

/**
 * Writes into the caller's buffer from its position up to its limit and never grows. Kryo puts single bytes and shifts them
 * itself, so the order of the buffer plays no part.
 */
final class BufferOutput extends ByteBufferOutput {

    private static final ByteBuffer NONE = ByteBuffer.allocate(0);

    void attach(ByteBuffer target) {
        setBuffer(target);
        // Kryo takes the capacity for the end.
        capacity = target.limit();
        maxCapacity = capacity;
    }

    void detach() {
        setBuffer(NONE);
    }

    @Override
    protected boolean require(int required) {
        if (capacity - position < required) {
            throw new BufferOverflowException();
        }
        return false;
    }
}
