package dev.shm.error;

/**
 * The file under the segment's name is not a segment, or its header is damaged. It was not touched.
 */
public final class SegmentFormatException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public SegmentFormatException(String message) {
        super(message);
    }

    public SegmentFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
