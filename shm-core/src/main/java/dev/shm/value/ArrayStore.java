package dev.shm.value;

import dev.shm.codec.ElementType;
import dev.shm.error.SegmentClosedException;
import dev.shm.error.SegmentFailedException;
import dev.shm.heap.ObjectHandle;
import dev.shm.memory.Strip;
import dev.shm.segment.EndFlag;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the elements of an array lie: in one run of bytes, or in several of equal length but for the last. Checks that they may be
 * touched.
 */
final class ArrayStore {

    private final ElementType type;
    private final int shift;
    private final Strip first;
    private final Strip[] parts;
    private final long perPart;
    private final @Nullable ObjectHandle handle;
    private final boolean readOnly;
    private final String what;
    private final Switch closing;
    private final EndFlag end;

    /** Whether an array was closed: for all stores that it had one after the other. */
    static final class Switch {
        private final EndFlag end = new EndFlag();
        private volatile boolean off;
        private volatile @Nullable InternalError cause;

        void turnOff() {
            off = true;
            end.set();
        }

        /** It was closed by what somebody did to the file. */
        void fail(InternalError error) {
            cause = error;
            turnOff();
        }
    }

    /**
     * The elements of an array.
     *
     * @param parts their bytes, at least one
     * @param perPart elements in each but the last
     * @param handle the opening they belong to, or null if they are in no segment
     * @param closing turned off when an array that is in no segment is closed
     * @param what the array, for messages
     */
    ArrayStore(
            ElementType type,
            List<Strip> parts,
            long perPart,
            @Nullable ObjectHandle handle,
            boolean readOnly,
            Switch closing,
            String what) {
        this.type = type;
        this.shift = type.shift();
        this.parts = parts.toArray(new Strip[0]);
        this.first = parts.get(0);
        this.perPart = perPart;
        this.handle = handle;
        this.readOnly = readOnly;
        this.closing = closing;
        this.end = handle == null ? closing.end : handle.unsure();
        this.what = what;
    }

    ElementType type() {
        return type;
    }

    boolean isReadOnly() {
        return readOnly;
    }

    boolean isOpen() {
        return !closing.off && (handle == null || handle.isOpen());
    }

    /** Buffers are given away that show its memory: see {@link ObjectHandle#pin}. */
    void pin() {
        if (handle != null) {
            handle.pin();
        }
    }

    /** Throws unless the array is open; for reads: see {@link EndFlag}. */
    void check() {
        if (end.isSet()) {
            checkOpen();
        }
    }

    private void checkOpen() {
        if (handle != null) {
            handle.payload();
        } else if (closing.off) {
            throw ended();
        }
    }

    /** Throws unless the array is open and may be written to. */
    void checkWritable() {
        checkOpen();
        if (readOnly) {
            throw new UnsupportedOperationException(what + " was opened for reading only. Open it for writing.");
        }
    }

    /** What to throw when the bytes were taken away. */
    RuntimeException failed(InternalError error) {
        if (handle != null) {
            return handle.failed(error);
        }
        closing.fail(error);
        return ended();
    }

    private SegmentClosedException ended() {
        InternalError cause = closing.cause;
        return cause == null
                ? new SegmentClosedException(what + " is closed. Open it again.")
                : new SegmentFailedException(
                        what + " has failed: its file was truncated by somebody while it was mapped. Open it again.",
                        cause);
    }

    /** The run of bytes with that element. */
    Strip strip(long index) {
        return index < perPart ? first : parts[(int) (index / perPart)];
    }

    /** Where that element is in its run of bytes. */
    int offset(long index) {
        return (int) (index < perPart ? index : index % perPart) << shift;
    }

    /** How many elements from that one on lie in the same run. */
    long leftInPart(long index) {
        return perPart - index % perPart;
    }

    /** The bits of an element, without a check. */
    long bits(long index) {
        Strip strip = strip(index);
        int at = offset(index);
        return switch (shift) {
            case 0 -> strip.getByte(at) & 0xFFL;
            case 1 -> strip.getShort(at) & 0xFFFFL;
            case 2 -> Integer.toUnsignedLong(strip.getInt(at));
            default -> strip.getLong(at);
        };
    }

    /** Stores the bits of an element, without a check. */
    void setBits(long index, long bits) {
        put(strip(index), shift, offset(index), bits);
    }

    static void put(Strip strip, int shift, int at, long bits) {
        switch (shift) {
            case 0 -> strip.putByte(at, (byte) bits);
            case 1 -> strip.putShort(at, (short) bits);
            case 2 -> strip.putInt(at, (int) bits);
            default -> strip.putLong(at, bits);
        }
    }
}
