package dev.shm.error;

/**
 * The object of that name has another type than the one asked for; the message names both.
 */
public final class ObjectTypeMismatchException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public ObjectTypeMismatchException(String message) {
        super(message);
    }
}
