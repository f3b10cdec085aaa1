package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.queue.QueueStatistics;
import dev.shm.torture.SoakLog.Entry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compares what was sent with what was delivered, by the logs of all threads that ever did either. */
final class SoakAccount {

    /** Of a batch. */
    private static final int MOST_SENT_AT_ONCE = 8;

    /** By one call of drain. */
    static final int MOST_RECEIVED_AT_ONCE = 20;

    /** A message that takes no more than this part of a ring lies in the ring. */
    private static final int INLINE_PART = 8;

    /** Where less than this part of a ring is added to what was in use, that may go unnoticed. */
    private static final int UNNOTED_PART = 16;

    private static final int MOST_SHOWN = 10;
    private static final int MOST_COUNTED = 64;

    /** What happened to one message. */
    private static final class Story {
        boolean sent;
        boolean refused;
        int batch;
        long intendedAt;
        long sentAt = Long.MAX_VALUE;
        long acknowledgedAt = Long.MAX_VALUE;
        int acknowledgedCount;
        final List<Entry> deliveries = new ArrayList<>();
        int buried;
        /** Somebody was killed who had it, and may have acknowledged it. */
        boolean perhaps;

        boolean arrived() {
            return buried > 0 || !deliveries.isEmpty();
        }

        boolean isAcknowledged() {
            return acknowledgedAt != Long.MAX_VALUE;
        }

        boolean isOver() {
            return buried > 0 || perhaps || isAcknowledged();
        }
    }

    /**
     * A time without a subscription. Messages may be lost that were sent before it ended, and not such as come before one that was
     * acknowledged before: of the same producer, or since that one was begun later than they were sent.
     */
    private record Gap(Map<Integer, Long> acknowledged, long begunBefore, long until) {
        boolean excuses(long id, Story story) {
            return SoakMessage.sequence(id) > acknowledged.getOrDefault(SoakMessage.producer(id), 0L)
                    && story.sentAt >= begunBefore
                    && story.intendedAt <= until;
        }
    }

    private final SoakPlan plan;
    private final Map<Long, Story> stories = new HashMap<>();
    private final List<String> wrong = new ArrayList<>();
    private final SoakTally tally = new SoakTally();
    private long sent;
    private long redelivered;
    /** Messages that were perhaps polled by somebody who was killed before it could write down which. */
    private long polledByTheDead;
    /** Sending threads that were killed. */
    private long producerDeaths;

    private long dropped;
    private long buried;
    private long buriedTwice;
    private final List<Gap> gaps = new ArrayList<>();
    private final Map<Integer, Long> acknowledged = new HashMap<>();
    /** When the sending of an acknowledged message began, the latest of all. */
    private long acknowledgedIntent;

    private boolean gone;

    SoakAccount(SoakPlan plan) {
        this.plan = plan;
    }

    void addProducer(SoakLog log) {
        producerDeaths++;
        for (Entry entry : log.entries()) {
            if (entry.what() == SoakLog.LEFT) {
                producerDeaths--;
                break;
            }
            Story story = stories.computeIfAbsent(entry.id(), id -> new Story());
            switch (entry.what()) {
                case SoakLog.INTENDED -> {
                    story.batch = entry.count();
                    story.intendedAt = entry.nanos();
                }
                case SoakLog.SENT -> {
                    story.sent = true;
                    story.sentAt = entry.nanos();
                    sent++;
                }
                case SoakLog.REFUSED -> story.refused = true;
                default -> throw new IllegalStateException(entry.toString());
            }
        }
    }

    /** What the queue says that was dropped. */
    void addDropped(long count) {
        dropped += count;
    }

    /**
     * After all producers.
     *
     * @param kept whether a subscription goes on from one process to the next, and from one log to the next
     */
    void addConsumer(SoakLog log, boolean kept) {
        Map<Long, Long> last = new HashMap<>();
        Set<Long> open = new HashSet<>();
        int lastWhat = 0;
        for (Entry entry : log.entries()) {
            lastWhat = entry.what();
            long id = entry.id();
            switch (lastWhat) {
                case SoakLog.SUBSCRIBED -> {
                    if (gone || !kept) {
                        gaps.add(gap(entry.nanos()));
                    }
                    gone = false;
                    open.clear();
                    // A new one counts anew.
                    if (!kept) {
                        last.clear();
                    }
                }
                case SoakLog.GONE -> {
                    gone = true;
                    tally.addEnd();
                }
                case SoakLog.DELIVERED, SoakLog.ACKNOWLEDGED -> {
                    Story story = stories.get(id);
                    if (story == null) {
                        wrong(id, "was delivered, and nobody sent it");
                    } else if (lastWhat == SoakLog.DELIVERED) {
                        open.add(id);
                        tally.addDelivery(id);
                        addDelivery(id, story, entry, last);
                    } else {
                        // Where it is acknowledged as it is received, that may be written down twice.
                        if (open.remove(id)) {
                            tally.addAcknowledged(id);
                        }
                        acknowledged.merge(SoakMessage.producer(id), SoakMessage.sequence(id), Math::max);
                        acknowledgedIntent = Math.max(acknowledgedIntent, story.intendedAt);
                        if (entry.nanos() < story.acknowledgedAt) {
                            story.acknowledgedAt = entry.nanos();
                            story.acknowledgedCount = entry.count();
                        }
                    }
                }
                case SoakLog.RELEASING -> {
                    if (open.remove(id)) {
                        tally.addReleased(id);
                    }
                }
                case SoakLog.DEAD -> addDeadLetter(id);
                default -> {
                    // Says only how far it came.
                }
            }
        }
        if (lastWhat == SoakLog.POLLING || lastWhat == SoakLog.POLLING_DEAD) {
            polledByTheDead++;
        }
        if (lastWhat != SoakLog.LEFT) {
            tally.addDeath();
            open.forEach(id -> stories.get(id).perhaps = true);
        }
    }

    /** After all consumers: nobody took it up again, or whoever did was told that it was gone. */
    void endSubscription(boolean kept) {
        if (gone || !kept) {
            gaps.add(gap(Long.MAX_VALUE));
        }
    }

    private Gap gap(long until) {
        return new Gap(Map.copyOf(acknowledged), acknowledgedIntent, until);
    }

    private void addDelivery(long id, Story story, Entry entry, Map<Long, Long> last) {
        story.deliveries.add(entry);
        if (entry.count() == 1) {
            Long before = last.put(SoakMessage.line(id), SoakMessage.sequence(id));
            if (before != null && before >= SoakMessage.sequence(id)) {
                wrong(id, "was delivered for the first time after number " + before);
            }
        }
    }

    private void addDeadLetter(long id) {
        Story story = stories.get(id);
        if (story == null) {
            wrong(id, "is a dead letter, and nobody sent it");
        } else {
            story.buried++;
        }
    }

    private void wrong(long id, String what) {
        wrong.add(SoakMessage.describe(id) + " " + what);
    }

    /** Fails if anything was lost, invented, or delivered when it should not be. Returns what happened in a line. */
    String settle() {
        List<Long> lost = new ArrayList<>();
        stories.forEach((id, story) -> {
            if (story.refused && story.arrived()) {
                wrong(id, "was refused, and delivered");
            }
            boolean due = story.arrived() || (!story.refused && (story.sent || isInBatchThatArrived(id, story)));
            // Where leases end, one who acknowledges many at once is not told which came too late.
            boolean over = plan.isRevocable() || plan.isLossy() || plan.isDropping() ? story.arrived() : story.isOver();
            if (due && !over && gaps.stream().noneMatch(gap -> gap.excuses(id, story))) {
                lost.add(id);
            }
            examineDeliveries(id, story);
        });
        examineDeadLetters();
        long most = polledByTheDead;
        if (plan.isDropping()) {
            // Who is killed as it drops one has not counted it, and one who has what is acknowledged has not written it
            // down.
            most += dropped + producerDeaths + tally.deaths();
        }
        if ((!plan.isLossy() || plan.isDropping()) && lost.size() > most) {
            lost.forEach(id -> wrong(id, "was lost"));
        }
        assertThat(wrong.subList(0, Math.min(MOST_SHOWN, wrong.size())))
                .as("the first of %d things that are wrong", wrong.size())
                .isEmpty();
        return sent + " sent, " + redelivered + " delivered again, " + lost.size() + " of at most " + most
                + " taken to the grave or dropped, " + gaps.size() + " times without a subscription, " + buried
                + " buried, "
                + buriedTwice + " of at most " + tally.deaths() + " more than once";
    }

    /** Who is killed between burying and acknowledging has a message buried twice, or buried and delivered; nobody else does. */
    private void examineDeadLetters() {
        long unseen = 0;
        for (Story story : stories.values()) {
            if (story.buried > 0) {
                buried++;
                buriedTwice += story.buried - 1 + (story.isAcknowledged() ? 1 : 0);
                // Killed when it had been handed out and not been written down: one for each thread.
                unseen += Math.max(0, SoakPlan.DEAD_AFTER - story.deliveries.size());
            }
        }
        assertThat(buriedTwice)
                .as("dead letters that are not the end of their message")
                .isLessThanOrEqualTo(tally.deaths());
        assertThat(unseen).as("deliveries of dead letters that nobody had").isLessThanOrEqualTo(tally.deaths());
    }

    /**
     * Fails if what a queue has counted is not what happened. Each thread that was killed may have counted one operation that did not
     * happen, or not counted one that did. After {@link #settle}.
     */
    void examineCounters(QueueStatistics counted) {
        examineSent(counted);
        tally.examine(counted);
        long deaths = tally.deaths();
        long ended = counted.received() + counted.dropped() + counted.deadLettered();
        // Where the oldest is dropped from one consumer, who gives a message back gives it away.
        long vanished = plan.isLossy() ? tally.released() : 0;
        assertThat(ended)
                .as("counted as received, dropped or buried, of " + counted.sent() + ", " + deaths
                        + " receivers killed, " + vanished + " given away")
                .isBetween(
                        counted.sent() - producerDeaths * MOST_SENT_AT_ONCE - deaths * MOST_RECEIVED_AT_ONCE - vanished,
                        counted.sent() + deaths * MOST_RECEIVED_AT_ONCE);
        assertThat(counted.redelivered())
                .as("counted as delivered again, of " + redelivered + " that were, " + deaths + " receivers killed")
                .isBetween(redelivered - deaths * MOST_RECEIVED_AT_ONCE, redelivered + deaths * MOST_RECEIVED_AT_ONCE);
    }

    /**
     * The same for what is sent, and for how much of the ring was in use: of a topic, where each subscriber has an account of its own.
     */
    void examineSent(QueueStatistics counted) {
        long happened = happened();
        // What was sent and taken by those who were killed right after nobody has written down.
        assertThat(counted.sent())
                .as("counted as sent, of " + happened + " that were, " + producerDeaths + " senders killed")
                .isBetween(happened, happened + producerDeaths * MOST_SENT_AT_ONCE);
        long ring = counted.capacityBytes() / plan.priorities();
        // Whatever lies in the ring for certain was in use there, and that is known to within a part of the ring.
        long longest = stories.entrySet().stream()
                .filter(story -> story.getValue().sent)
                .mapToLong(story -> SoakMessage.length(story.getKey()))
                .filter(length -> length <= ring / INLINE_PART)
                .max()
                .orElse(0);
        assertThat(counted.highWaterBytes())
                .as("the most bytes of ring in use, of messages of up to " + longest)
                .isBetween(Math.max(1, longest - ring / UNNOTED_PART), counted.capacityBytes());
    }

    /** Adds what is known of a topic by this one of its subscribers. After {@link #settle}. */
    void addTo(SoakTally all) {
        all.add(tally, happened(), redelivered);
        all.setProducerDeaths(producerDeaths);
    }

    private long happened() {
        return stories.values().stream()
                .filter(story -> story.sent || story.arrived())
                .count();
    }

    private boolean isInBatchThatArrived(long id, Story story) {
        if (story.batch < 2) {
            return false;
        }
        for (long other = id - story.batch + 1; other < id + story.batch; other++) {
            Story of = stories.get(other);
            // Two batches of a process that died have a commit between them.
            if (of != null && of.batch == story.batch && !of.sent && of.arrived()) {
                return true;
            }
        }
        return false;
    }

    private void examineDeliveries(long id, Story story) {
        story.deliveries.sort(Comparator.comparingLong(Entry::nanos));
        int before = 0;
        boolean first = true;
        for (Entry delivery : story.deliveries) {
            int count = delivery.count();
            // One who was stopped before it could write its delivery down may do so when another has had the message; a
            // poll
            // does not know which delivery it acknowledged.
            boolean late = plan.isRevocable()
                    && count != 0
                    && (story.acknowledgedCount == 0 || count <= story.acknowledgedCount);
            if (delivery.nanos() > story.acknowledgedAt && !late) {
                wrong(id, "was delivered after it was acknowledged");
            }
            if (!first) {
                redelivered++;
                if (count == 1 && !plan.isRevocable()) {
                    wrong(id, "was delivered again as if for the first time");
                }
                // A subscriber that dies takes the count of what it released with it.
                if (count != 0 && count <= before && count < MOST_COUNTED && !plan.isTopic() && !plan.isRevocable()) {
                    wrong(id, "was delivered as number " + count + " after number " + before);
                }
            }
            before = Math.max(before, count);
            first = false;
        }
    }
}
