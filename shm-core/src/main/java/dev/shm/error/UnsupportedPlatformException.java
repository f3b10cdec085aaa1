package dev.shm.error;

/** This is not Linux, or {@code /proc} is not mounted: nobody could tell here who is alive. */
public final class UnsupportedPlatformException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public UnsupportedPlatformException(String message, Throwable cause) {
        super(message, cause);
    }
}
