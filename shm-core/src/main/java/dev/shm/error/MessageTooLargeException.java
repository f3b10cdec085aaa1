package dev.shm.error;

/**
 * A message is larger than the largest one that its queue or topic can ever take, so waiting does not help. Send less, or
 * create the queue with a larger capacity. Nothing was sent.
 */
public final class MessageTooLargeException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    private final long asked;
    private final long largest;

    public MessageTooLargeException(String message, long asked, long largest) {
        super(message);
        this.asked = asked;
        this.largest = largest;
    }

    /** Bytes that the message needs; if only encoding could tell, the bytes that were not enough for it. */
    public long asked() {
        return asked;
    }

    /** Bytes of the largest message that would have been taken. */
    public long largest() {
        return largest;
    }
}
