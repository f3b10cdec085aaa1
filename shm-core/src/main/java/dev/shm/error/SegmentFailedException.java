package dev.shm.error;

/**
 * The segment can no longer be trusted: its file was truncated under the mapping, or a committed change could not be
 * carried out. Every later call fails in the same way. Close it and open it again.
 */
public final class SegmentFailedException extends SegmentClosedException {

    private static final long serialVersionUID = 1L;

    public SegmentFailedException(String message) {
        super(message);
    }

    public SegmentFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
