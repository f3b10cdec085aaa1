package dev.shm.boot.autoconfigure;

import dev.shm.error.SharedMemoryException;

/** A segment of the configuration could not be opened, for the reason that the cause says. */
final class SegmentOpeningException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    private final String key;
    private final SharedMemoryException reason;

    SegmentOpeningException(String key, SharedMemoryException cause) {
        super("'" + key + "' cannot be opened: " + cause.getMessage(), cause);
        this.key = key;
        this.reason = cause;
    }

    /** Where it is configured. */
    String key() {
        return key;
    }

    /** Why. */
    SharedMemoryException reason() {
        return reason;
    }
}
