package dev.shm.integration.support;

/** Who acknowledges what a message-driven endpoint has received. */
public enum ShmAckMode {

    /**
     * The message is acknowledged when the flow returns. If it throws, the message goes back and is delivered again, with its
     * count raised, until it is a dead letter or has been delivered too often.
     */
    AUTO,

    /**
     * The flow acknowledges, on any thread, by the header {@link
     * org.springframework.integration.IntegrationMessageHeaderAccessor#ACKNOWLEDGMENT_CALLBACK}. A message that it does not
     * acknowledge stays with this endpoint until that stops, and goes back then; one whose flow throws goes back at once.
     */
    MANUAL
}
