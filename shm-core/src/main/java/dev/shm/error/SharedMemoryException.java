package dev.shm.error;

/**
 * The base of everything that this library throws, apart from the JDK's own {@link IllegalArgumentException} for an
 * argument that can never be right and {@link NullPointerException} for a null.
 */
public class SharedMemoryException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public SharedMemoryException(String message) {
        super(message);
    }

    public SharedMemoryException(String message, Throwable cause) {
        super(message, cause);
    }
}
