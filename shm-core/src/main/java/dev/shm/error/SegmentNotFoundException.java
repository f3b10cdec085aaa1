package dev.shm.error;

/**
 * No segment of that name exists, or none appeared within the attach time-out. Create it, or start the process that
 * does.
 */
public final class SegmentNotFoundException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public SegmentNotFoundException(String message) {
        super(message);
    }
}
