package dev.shm.error;

/**
 * The segment, or this handle to it, is closed: by this process, by its creator, or because it was replaced.
 */
public class SegmentClosedException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public SegmentClosedException(String message) {
        super(message);
    }

    public SegmentClosedException(String message, Throwable cause) {
        super(message, cause);
    }
}
