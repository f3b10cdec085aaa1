package dev.shm.integration.support;

import org.springframework.messaging.Message;

/** Gets what a {@link ShmListenerContainer} receives, on as many threads at once as that has. */
@FunctionalInterface
public interface ShmListener {

    /**
     * Handles a message, or a batch as a message. If it throws, the message goes back, as {@link ShmAckMode} says.
     */
    void onMessage(Message<?> message);

    /**
     * Hears of a message that cannot be decoded.
     *
     * @return whether that was dealt with: it is acknowledged then, and otherwise goes back until it has been delivered too often
     */
    default boolean onUnreadable(ShmMessageConversionException failure) {
        return false;
    }

    /**
     * Hears of a message whose last delivery has failed, where there are no dead letters. It is acknowledged afterwards.
     *
     * @return whether that was dealt with; otherwise there is an error in the log
     */
    default boolean onExhausted(Message<?> message, Throwable failure) {
        return false;
    }
}
