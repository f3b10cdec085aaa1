package dev.shm.error;

/**
 * A shared lock was not free within the time given. The message names the process that holds it.
 */
public final class LockTimeoutException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public LockTimeoutException(String message) {
        super(message);
    }
}
