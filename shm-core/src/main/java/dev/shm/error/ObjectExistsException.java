package dev.shm.error;

/**
 * An object of that name is in the segment already. Use {@code openOrCreate}, or destroy it first.
 */
public final class ObjectExistsException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public ObjectExistsException(String message) {
        super(message);
    }
}
