package dev.shm.error;

/**
 * Every process slot of the segment is taken by a living process.
 */
public final class TooManyPeersException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public TooManyPeersException(String message) {
        super(message);
    }
}
