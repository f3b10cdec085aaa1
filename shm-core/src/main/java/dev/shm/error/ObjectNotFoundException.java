package dev.shm.error;

/**
 * No object of that name is in the segment.
 */
public final class ObjectNotFoundException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public ObjectNotFoundException(String message) {
        super(message);
    }
}
