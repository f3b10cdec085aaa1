package dev.shm.error;

/**
 * The file system that holds the directory has too little room for the segment. Nothing was left behind.
 */
public final class InsufficientSpaceException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public InsufficientSpaceException(String message) {
        super(message);
    }

    public InsufficientSpaceException(String message, Throwable cause) {
        super(message, cause);
    }
}
