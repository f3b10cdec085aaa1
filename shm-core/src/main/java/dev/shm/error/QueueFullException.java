package dev.shm.error;

/** A queue that was told to fail when it is full was full. Nothing was sent. Send again later, or let it block or drop. */
public final class QueueFullException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public QueueFullException(String message) {
        super(message);
    }
}
