package dev.shm.error;

/**
 * The heap of a segment has no block of the size asked for, after what dead processes held was given back and the hints
 * were rebuilt. Nothing was changed.
 */
public final class OutOfSharedMemoryException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    private final long asked;
    private final long free;
    private final long largestFree;
    private final double fragmentation;

    public OutOfSharedMemoryException(String message, long asked, long free, long largestFree, double fragmentation) {
        super(message);
        this.asked = asked;
        this.free = free;
        this.largestFree = largestFree;
        this.fragmentation = fragmentation;
    }

    /** Bytes asked for. */
    public long asked() {
        return asked;
    }

    /** Bytes free in the whole heap, in pieces of any size. */
    public long free() {
        return free;
    }

    /** Bytes in the largest block that could have been had. */
    public long largestFree() {
        return largestFree;
    }

    /** {@code 1 - largest free run of pages / free pages}, between 0 and 1. */
    public double fragmentation() {
        return fragmentation;
    }
}
