package dev.shm.error;

/**
 * A segment of that name exists already and was asked to be created. Use {@code openOrCreate}, another name, or remove
 * the old one with the command line's {@code rm}.
 */
public final class SegmentExistsException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public SegmentExistsException(String message) {
        super(message);
    }
}
