package dev.shm.error;

/**
 * The segment was created with another hash seed than the one this process asks for.
 */
public final class HashSeedMismatchException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public HashSeedMismatchException(String message) {
        super(message);
    }
}
