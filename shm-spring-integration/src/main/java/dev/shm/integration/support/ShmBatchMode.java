package dev.shm.integration.support;

/** What the payload of a batch is. */
public enum ShmBatchMode {

    /** A list of payloads; their headers are in {@link ShmHeaders#BATCH_HEADERS}, in the same order. */
    PAYLOADS,

    /** A list of messages, each with its headers. */
    MESSAGES
}
