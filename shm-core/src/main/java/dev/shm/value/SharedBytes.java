package dev.shm.value;

import dev.shm.SharedType;
import dev.shm.heap.ObjectHandle;
import dev.shm.value.BlockValue.Seen;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A byte string of any length that lives in a segment and is replaced as a whole. Starts empty.
 *
 * <p>Any thread of any process may call any method. A reader never waits for a writer, and never sees half of a value; nor does
 * anybody after a process was killed in the middle of writing one. Writers take turns. When the segment has no room, {@link
 * dev.shm.error.OutOfSharedMemoryException} is thrown and the value stays as it was. Closed by whoever opened it, when no
 * thread of this process uses it any more; then its methods throw {@link dev.shm.error.SegmentClosedException}.
 */
public final class SharedBytes extends SharedValue {

    private static final byte[] EMPTY = {};
    private static final SharedType<SharedBytes> TYPE = type(ValueKinds.BYTES, BytesLayout.BYTES, SharedBytes::new);

    private final BlockValue value;

    private SharedBytes(ObjectHandle handle) {
        super(handle);
        this.value = new BlockValue(handle, ValueKinds.BYTES.code());
    }

    /** What {@link dev.shm.SharedMemory#openOrCreate} needs to know. */
    public static SharedType<SharedBytes> type() {
        return TYPE;
    }

    /** A copy of the value now. */
    public byte[] get() {
        return orEmpty(value.look().bytes());
    }

    /** Length of the value now. */
    public int length() {
        return value.length();
    }

    /** Replaces the value by a copy of these bytes. */
    public void set(byte[] bytes) {
        value.set(orNull(bytes));
    }

    /** Replaces the value by a copy of these bytes and returns the one before. */
    public byte[] getAndSet(byte[] bytes) {
        return orEmpty(value.getAndSet(orNull(bytes)));
    }

    /** Replaces the value if it is equal to the one expected; returns whether it was. */
    public boolean compareAndSet(byte[] expected, byte[] bytes) {
        Objects.requireNonNull(expected);
        byte[] after = orNull(bytes);
        for (; ; ) {
            Seen seen = value.look();
            if (!Arrays.equals(orEmpty(seen.bytes()), expected)) {
                return false;
            }
            if (value.replace(seen, after)) {
                return true;
            }
        }
    }

    private static byte @Nullable [] orNull(byte[] bytes) {
        return bytes.length == 0 ? null : bytes;
    }

    private static byte[] orEmpty(byte @Nullable [] bytes) {
        return bytes == null ? EMPTY : bytes;
    }

    @Override
    SharedType<?> copying() {
        return TYPE.initially(copy -> copy.set(get()));
    }

    @Override
    public String toString() {
        return isOpen() ? "bytes[" + length() + "]" : "closed";
    }
}
