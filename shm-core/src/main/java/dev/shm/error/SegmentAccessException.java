package dev.shm.error;

/**
 * The directory or a file in it is not ours, not private, a symbolic link, not on a local file system, or not
 * accessible.
 */
public final class SegmentAccessException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public SegmentAccessException(String message) {
        super(message);
    }

    public SegmentAccessException(String message, Throwable cause) {
        super(message, cause);
    }
}
