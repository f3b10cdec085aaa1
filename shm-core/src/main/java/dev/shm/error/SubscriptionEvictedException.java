package dev.shm.error;

/**
 * A subscriber held the others up for longer than the topic allows and was put out; it may have been one with a name that nobody had
 * taken up. What it had not read is lost to it. Close the subscription and subscribe again.
 */
public final class SubscriptionEvictedException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    private final long lost;

    public SubscriptionEvictedException(String message, long lost) {
        super(message);
        this.lost = lost;
    }

    /** Messages that waited for it when it was put out. */
    public long lost() {
        return lost;
    }
}
