package dev.shm.error;

/**
 * The segment's layout is newer than this version knows: upgrade this process.
 */
public final class SegmentTooNewException extends SegmentVersionException {

    private static final long serialVersionUID = 1L;

    public SegmentTooNewException(String message) {
        super(message);
    }
}
