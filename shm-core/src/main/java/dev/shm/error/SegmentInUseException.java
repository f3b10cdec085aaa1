package dev.shm.error;

/**
 * The segment belongs to a living process, named in the message, that does not share the role asked for.
 */
public final class SegmentInUseException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public SegmentInUseException(String message) {
        super(message);
    }
}
