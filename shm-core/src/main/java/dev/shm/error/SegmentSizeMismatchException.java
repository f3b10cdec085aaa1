package dev.shm.error;

/**
 * The segment that exists is smaller than the size this process asks for.
 */
public final class SegmentSizeMismatchException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public SegmentSizeMismatchException(String message) {
        super(message);
    }
}
