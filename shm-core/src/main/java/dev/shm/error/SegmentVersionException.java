package dev.shm.error;

/**
 * The segment was written by a version of the library whose layout this one cannot read.
 */
public class SegmentVersionException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public SegmentVersionException(String message) {
        super(message);
    }
}
