package dev.shm.error;

/**
 * A value could not be turned into bytes, or bytes could not be turned back into a value because they are damaged or were
 * written by something else. The message names the codec, what was wrong, and what to do. Nothing was changed.
 */
public final class CodecException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public CodecException(String message) {
        super(message);
    }

    public CodecException(String message, Throwable cause) {
        super(message, cause);
    }
}
