package dev.shm.error;

/**
 * The message no longer belongs to this consumer: its visibility time-out passed, or the process was taken for gone, and the
 * message was given to another consumer. What was done for it may be done a second time. Acknowledge sooner, or give the
 * queue a longer visibility time-out. Or a lock that was taken for a time is another's since that was up.
 */
public final class LeaseLostException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public LeaseLostException(String message) {
        super(message);
    }
}
