package dev.shm.queue;

/** What is counted of a queue, in a line of each process slot. The sum over all of them outlives the processes. */
enum Counter {
    /** Messages sent. */
    CLAIMED(0),
    /** Bytes of payload acknowledged. */
    BYTES(16),
    /** Messages acknowledged. */
    RECEIVED(24),
    /** Deliveries of a message that had been delivered before. */
    REDELIVERED(32),
    /** Messages dropped because it was full. */
    DROPPED(40),
    /** Messages that became dead letters. */
    DEAD_LETTERED(48),
    /** Subscribers put out. */
    EVICTED(56);

    private final int offset;

    Counter(int offset) {
        this.offset = offset;
    }

    /** In the line of a process. */
    int offset() {
        return offset;
    }
}
