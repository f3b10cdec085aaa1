package dev.shm.error;

/**
 * A reference to a block that has been freed, was freed twice, or never was one.
 */
public class StaleReferenceException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public StaleReferenceException(String message) {
        super(message);
    }
}
