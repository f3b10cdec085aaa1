package dev.shm.error;

/**
 * The segment's layout is older than the oldest this version reads: stop the processes that use it, remove it, and let
 * this version create it again.
 */
public final class SegmentTooOldException extends SegmentVersionException {

    private static final long serialVersionUID = 1L;

    public SegmentTooOldException(String message) {
        super(message);
    }
}
