package dev.shm.error;

/**
 * A place that only one may have at a time is taken: that of the one producer or the one consumer of a queue that was created for
 * one, or a subscription. The message names the process that has it. Wait until it has closed or died, or create the queue for
 * several.
 */
public final class EndpointTakenException extends SharedMemoryException {

    private static final long serialVersionUID = 1L;

    public EndpointTakenException(String message) {
        super(message);
    }
}
