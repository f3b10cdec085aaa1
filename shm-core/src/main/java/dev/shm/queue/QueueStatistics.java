package dev.shm.queue;

import java.util.Optional;

/**
 * What has happened in a queue or topic since it was created, whichever processes did it and whether they still live, and what is
 * in it now. Counted without a lock, so the numbers of a busy queue belong to slightly different moments; a process that is
 * killed may take the count of the message it was just working on with it.
 *
 * @param sent messages sent
 * @param received messages acknowledged; in a topic, by each subscriber
 * @param receivedBytes bytes of their payloads
 * @param redelivered deliveries of a message that had been delivered before
 * @param dropped messages dropped since there was no room; in a topic, lost to subscribers that are there or have left no
 *     more than their name
 * @param deadLettered messages that became dead letters
 * @param evicted subscribers put out
 * @param depth messages in it now: in a topic, those that its slowest subscriber has not received
 * @param usedBytes bytes of ring in use now, without what is left over between its end and the last message before it
 * @param highWaterBytes the most bytes of ring ever in use, to within a tenth of it; what was left over at its end counts
 * @param capacityBytes bytes of ring
 * @param blockedBy who holds everybody up at the head: a producer that has not committed, or the slowest consumer or subscriber
 */
public record QueueStatistics(
        long sent,
        long received,
        long receivedBytes,
        long redelivered,
        long dropped,
        long deadLettered,
        long evicted,
        long depth,
        long usedBytes,
        long highWaterBytes,
        long capacityBytes,
        Optional<Blocker> blockedBy) {

    /**
     * A process whose doing nothing keeps the head where it is, or a subscription that nobody has taken up again.
     *
     * @param pid its process id; 0 if it is a subscription that is away
     * @param application what it calls itself; the name of a subscription that is away
     * @param why what it does: {@code "writes a message"}, {@code "has a message"}, {@code "is the consumer"}, {@code "is the
     *     slowest subscriber"}, {@code "is a subscription that nobody reads"}; the last three only where there is little room left
     */
    public record Blocker(long pid, String application, String why) {}
}
