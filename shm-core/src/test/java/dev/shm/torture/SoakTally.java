package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.queue.QueueStatistics;

/**
 * How much those who receive have written down, of a queue or of all subscribers of a topic, to be compared with what was counted in
 * the segment. A receiver that is killed may have counted one message that it had not written down yet, and written down such as
 * it had not counted yet; where it was killed as it acknowledged, nobody knows whether it counted that.
 */
final class SoakTally {

    private long deaths;
    private long producerDeaths;
    private long ends;
    private long delivered;
    private long deliveredBytes;
    private long acknowledged;
    private long acknowledgedBytes;
    private long released;
    private long releasedBytes;
    private long longest;

    /** Of a topic: messages sent, once for each subscriber. */
    private long happened;

    private long redelivered;

    /** A receiving thread was killed. */
    void addDeath() {
        deaths++;
    }

    long deaths() {
        return deaths;
    }

    /** A subscriber was told that it was put out, or gave its name up. */
    void addEnd() {
        ends++;
    }

    /** Deliveries that were given back. */
    long released() {
        return released;
    }

    void addDelivery(long id) {
        int length = SoakMessage.length(id);
        delivered++;
        deliveredBytes += length;
        longest = Math.max(longest, length);
    }

    void addAcknowledged(long id) {
        acknowledged++;
        acknowledgedBytes += SoakMessage.length(id);
    }

    /** Given back, and not acknowledged. */
    void addReleased(long id) {
        released++;
        releasedBytes += SoakMessage.length(id);
    }

    /** Sending threads that were killed; the same for all subscribers. */
    void setProducerDeaths(long count) {
        producerDeaths = count;
    }

    /** Adds one subscriber's. */
    void add(SoakTally other, long sentToIt, long deliveredToItAgain) {
        deaths += other.deaths;
        ends += other.ends;
        delivered += other.delivered;
        deliveredBytes += other.deliveredBytes;
        acknowledged += other.acknowledged;
        acknowledgedBytes += other.acknowledgedBytes;
        released += other.released;
        releasedBytes += other.releasedBytes;
        longest = Math.max(longest, other.longest);
        happened += sentToIt;
        redelivered += deliveredToItAgain;
    }

    /**
     * Fails if what was counted as received is not what was acknowledged. Whoever is killed has received one at most that it did not
     * write down.
     */
    void examine(QueueStatistics counted) {
        assertThat(counted.received())
                .as("counted as received, of " + acknowledged + " acknowledged, " + delivered + " delivered, "
                        + released + " given back, " + deaths + " receivers killed")
                .isBetween(acknowledged, delivered - released + deaths);
        assertThat(counted.receivedBytes())
                .as("bytes counted as received, of " + acknowledgedBytes + " acknowledged, " + deliveredBytes
                        + " delivered, " + releasedBytes + " given back, " + deaths + " receivers killed")
                .isBetween(acknowledgedBytes, deliveredBytes - releasedBytes + deaths * longest);
    }

    /** The same for all that a topic counts of its subscribers together. */
    void examineTopic(QueueStatistics counted, SoakPlan plan) {
        examine(counted);
        assertThat(counted.redelivered())
                .as("counted as delivered again, of " + redelivered + " that were, " + deaths + " receivers killed")
                .isBetween(redelivered, redelivered + deaths);
        assertThat(counted.deadLettered()).as("dead letters of a topic").isZero();
        switch (plan) {
            case LOSSY_TOPIC -> {
                // What is delivered there is not lost, and the other way round. One is not counted by who is killed as
                // it
                // takes or drops it, and one that was counted may never have been sent.
                assertThat(counted.dropped())
                        .as("counted as dropped, of " + happened + " sent and " + delivered + " delivered, "
                                + counted.sent() + " counted as sent, " + deaths + " receivers and " + producerDeaths
                                + " senders killed")
                        .isBetween(
                                happened - delivered - deaths - producerDeaths,
                                counted.sent() * plan.consumers - delivered);
                assertThat(counted.evicted()).as("put out").isZero();
            }
            case EVICTING_TOPIC -> {
                // One is not counted by who is killed as it puts it out, and told twice if killed as it is told.
                assertThat(counted.evicted())
                        .as("counted as put out, of " + ends + " that were told, " + deaths + " receivers and "
                                + producerDeaths + " senders killed")
                        .isBetween(ends - deaths - producerDeaths, ends);
                // What was lost while it was being read is counted as both.
                assertThat(counted.dropped())
                        .as("counted as dropped, of " + counted.sent() + " sent and " + acknowledged + " acknowledged, "
                                + ends + " times put out")
                        .isBetween(
                                Math.min(1, counted.evicted()),
                                counted.sent() * plan.consumers
                                        - acknowledged
                                        + ends * SoakAccount.MOST_RECEIVED_AT_ONCE);
            }
            default -> {
                assertThat(counted.dropped()).as("dropped where nothing is").isZero();
                assertThat(counted.evicted()).as("put out where nobody is").isZero();
            }
        }
    }
}
