package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.torture.SoakLog.Entry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Compares what was sent with what was delivered, by the logs of all threads that ever did either. */
final class SoakAccount {

    private static final int MOST_SHOWN = 10;
    private static final int MOST_COUNTED = 64;

    /** What happened to one message. */
    private static final class Story {
        boolean sent;
        boolean refused;
        int batch;
        long acknowledgedAt = Long.MAX_VALUE;
        int acknowledgedCount;
        final List<Entry> deliveries = new ArrayList<>();
        boolean buried;

        boolean arrived() {
            return buried || !deliveries.isEmpty();
        }
    }

    private final SoakPlan plan;
    private final Map<Long, Story> stories = new HashMap<>();
    private final List<String> wrong = new ArrayList<>();
    private long sent;
    private long redelivered;
    /** Messages that were perhaps polled by somebody who was killed before it could write down which. */
    private long polledByTheDead;

    SoakAccount(SoakPlan plan) {
        this.plan = plan;
    }

    void addProducer(SoakLog log) {
        for (Entry entry : log.entries()) {
            Story story = stories.computeIfAbsent(entry.id(), id -> new Story());
            switch (entry.what()) {
                case SoakLog.INTENDED -> story.batch = entry.count();
                case SoakLog.SENT -> {
                    story.sent = true;
                    sent++;
                }
                case SoakLog.REFUSED -> story.refused = true;
                default -> throw new IllegalStateException(entry.toString());
            }
        }
    }

    /** After all producers. */
    void addConsumer(SoakLog log) {
        Map<Long, Long> last = new HashMap<>();
        int lastWhat = 0;
        for (Entry entry : log.entries()) {
            lastWhat = entry.what();
            if (lastWhat != SoakLog.DELIVERED && lastWhat != SoakLog.ACKNOWLEDGED) {
                continue;
            }
            long id = entry.id();
            Story story = stories.get(id);
            if (story == null) {
                wrong(id, "was delivered, and nobody sent it");
                continue;
            }
            if (lastWhat == SoakLog.DELIVERED) {
                story.deliveries.add(entry);
                if (entry.count() == 1) {
                    Long before = last.put(id & ~SoakMessage.MAX_SEQUENCE & ~(1L << 39), SoakMessage.sequence(id));
                    if (before != null && before >= SoakMessage.sequence(id)) {
                        wrong(id, "was delivered for the first time after number " + before);
                    }
                }
            } else if (entry.nanos() < story.acknowledgedAt) {
                story.acknowledgedAt = entry.nanos();
                story.acknowledgedCount = entry.count();
            }
        }
        if (lastWhat == SoakLog.POLLING) {
            polledByTheDead++;
        }
    }

    void addDeadLetter(long id) {
        Story story = stories.get(id);
        if (story == null) {
            wrong(id, "is a dead letter, and nobody sent it");
        } else {
            story.buried = true;
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
            if (!story.refused && !story.arrived() && (story.sent || isInBatchThatArrived(id, story))) {
                lost.add(id);
            }
            examineDeliveries(id, story);
        });
        if (!plan.isLossy() && lost.size() > polledByTheDead) {
            lost.forEach(id -> wrong(id, "was lost"));
        }
        assertThat(wrong.subList(0, Math.min(MOST_SHOWN, wrong.size())))
                .as("the first of %d things that are wrong", wrong.size())
                .isEmpty();
        return sent + " sent, " + redelivered + " delivered again, " + lost.size() + " of at most " + polledByTheDead
                + " taken to the grave";
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
            // One who was stopped before it could write its delivery down may do so when another has had the message.
            boolean late = plan.isRevocable() && count != 0 && count <= story.acknowledgedCount;
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
