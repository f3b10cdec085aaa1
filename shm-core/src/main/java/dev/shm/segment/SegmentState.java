package dev.shm.segment;

/** What the header says of the segment as a whole. */
public enum SegmentState {
    /** Not one of the values below: a damaged header. */
    UNKNOWN(0),
    /** In use. */
    READY(2),
    /** Its creator is closing it and waits for the others to leave. */
    CLOSING(3),
    /** Its creator closed it, or its last peer left it. */
    CLOSED(4),
    /** A new creator replaced it by another segment of the same name. */
    SUPERSEDED(5),
    /** A committed change could not be carried out: nobody may trust the bytes. */
    FAILED(6);

    private final long code;

    SegmentState(long code) {
        this.code = code;
    }

    /** The value in the header. */
    public long code() {
        return code;
    }

    /** The state for a value in the header. */
    public static SegmentState of(long code) {
        for (SegmentState state : values()) {
            if (state.code == code) {
                return state;
            }
        }
        return UNKNOWN;
    }
}
