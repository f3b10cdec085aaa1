package dev.shm.value;

import dev.shm.codec.Codec;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.heap.HeapStatistics;
import dev.shm.heap.ObjectHandle;
import dev.shm.value.BlockValue.Seen;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A value that a codec turns into the bytes of a {@link BlockValue}; no bytes are null. */
final class CodedValue<T> {

    private static final int FIRST_BYTES = 256;

    private final ObjectHandle handle;
    private final BlockValue value;
    private final Codec<T> codec;

    CodedValue(ObjectHandle handle, int blockType, Codec<T> codec) {
        this.handle = handle;
        this.value = new BlockValue(handle, blockType);
        this.codec = codec;
    }

    @Nullable
    T get() {
        return decode(value.look().bytes());
    }

    /** Encoded bytes now. */
    int length() {
        return value.length();
    }

    void set(@Nullable T next) {
        value.set(encode(next));
    }

    /** What was there is decoded before it is replaced, so that bytes that cannot be read are not lost unseen. */
    @Nullable
    T getAndSet(@Nullable T next) {
        byte[] bytes = encode(next);
        for (; ; ) {
            Seen seen = value.look();
            T before = decode(seen.bytes());
            if (value.replace(seen, bytes)) {
                return before;
            }
        }
    }

    boolean compareAndSet(@Nullable T expected, @Nullable T next) {
        byte[] bytes = encode(next);
        for (; ; ) {
            Seen seen = value.look();
            if (!Objects.deepEquals(decode(seen.bytes()), expected)) {
                return false;
            }
            if (value.replace(seen, bytes)) {
                return true;
            }
        }
    }

    /** Returns the value after. */
    @Nullable
    T update(UnaryOperator<@Nullable T> function) {
        for (; ; ) {
            Seen seen = value.look();
            T after = function.apply(decode(seen.bytes()));
            if (value.replace(seen, encode(after))) {
                return after;
            }
        }
    }

    private @Nullable T decode(byte @Nullable [] bytes) {
        return bytes == null ? null : codec.decode(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    }

    private byte @Nullable [] encode(@Nullable T next) {
        handle.payload();
        if (next == null) {
            return null;
        }
        int size = codec.size(next);
        for (long room = size >= 0 ? size : FIRST_BYTES; ; room = more(room)) {
            checkFits(room);
            ByteBuffer buffer = ByteBuffer.allocate((int) room).order(ByteOrder.LITTLE_ENDIAN);
            try {
                codec.encode(next, buffer);
                return buffer.hasRemaining() ? Arrays.copyOf(buffer.array(), buffer.position()) : buffer.array();
            } catch (BufferOverflowException e) {
                // Once more, with more room.
            }
        }
    }

    /** Twice the room; but of what fits into a block, nothing is refused because twice the room does not. */
    private long more(long room) {
        long most = most();
        return room < most ? Math.min(most, 2 * room + 1) : room + 1;
    }

    private long most() {
        return Math.max(FIRST_BYTES, value.largest());
    }

    private void checkFits(long bytes) {
        if (bytes > most()) {
            HeapStatistics now = handle.heap().statistics();
            throw new OutOfSharedMemoryException(
                    "a value of " + bytes
                            + " bytes or more is larger than the largest block that this segment could have, "
                            + value.largest()
                            + " bytes. Store it in parts, or create the segment with a larger size(...).",
                    bytes,
                    now.freeBytes(),
                    now.largestFreeBlock(),
                    now.fragmentation());
        }
    }
}
