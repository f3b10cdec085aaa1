package dev.shm.boot.autoconfigure;

import static dev.shm.boot.autoconfigure.ShmPropertiesValidator.invalid;

import dev.shm.boot.autoconfigure.ShmProperties.Ack;
import dev.shm.boot.autoconfigure.ShmProperties.Channel;
import dev.shm.boot.autoconfigure.ShmProperties.Direction;
import dev.shm.boot.autoconfigure.ShmProperties.Kind;
import dev.shm.codec.Codecs;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.TopicType;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Checks one channel of the configuration: each value by itself, and whether a key means anything beside the others. The limits of queues
 * and topics are the core's, which is asked.
 */
final class ChannelValidator {

    private static final int MOST_DELIVERIES = 63;
    private static final int DEFAULT_SUBSCRIBERS = 64;
    private static final Duration DEFAULT_DELAY = Duration.ofMillis(10);
    private static final Duration DEFAULT_MAX_DELAY = Duration.ofSeconds(1);
    private static final Duration LONGEST_DELAY = Duration.ofDays(1);
    private static final QueueType<byte[]> QUEUE = SharedQueue.of(Codecs.bytes());
    private static final TopicType<byte[]> TOPIC = SharedTopic.of(Codecs.bytes());

    private final String name;
    private final Channel channel;

    ChannelValidator(String name, Channel channel) {
        this.name = name;
        this.channel = channel;
    }

    void validate() {
        validateText();
        validateRing();
        validateDelivery();
        if (channel.isTopic()) {
            validateTopic();
        } else {
            validateQueue();
        }
        if (channel.pollable()) {
            validatePollable();
        }
        if (channel.channel() == null && channel.direction() != Direction.INBOUND) {
            throw refuse("direction", "outbound", "It goes with '" + key("channel") + "', which is missing.");
        }
    }

    private void validateText() {
        notBlank("segment", channel.segment());
        notBlank("name", channel.name());
        notBlank("payload-type", channel.payloadType());
        notBlank("codec", channel.codec());
        notBlank("dead-letter", channel.deadLetter());
        notBlank("subscription", channel.subscription());
        notBlank("channel", channel.channel());
    }

    private void notBlank(String which, @Nullable String value) {
        if (value != null && value.isBlank()) {
            throw refuse(which, value, "Give it a value, or leave the key out.");
        }
    }

    private void validateRing() {
        checked(
                "capacity",
                channel.capacity(),
                () -> QUEUE.capacityBytes(channel.capacity().toBytes()));
        checked("priorities", channel.priorities(), () -> QUEUE.priorities(channel.priorities()));
        checked("subscribers", channel.subscribers(), () -> TOPIC.subscribers(channel.subscribers()));
        Duration visibility = channel.visibilityTimeout();
        if (visibility != null) {
            checked("visibility-timeout", visibility, () -> QUEUE.visibilityTimeout(visibility));
        }
        Duration patience = channel.evictAfter();
        if (patience != null) {
            checked("evict-after", patience, () -> TOPIC.evictAfter(patience));
        }
        notNegative("offer-timeout", channel.offerTimeout());
    }

    private void notNegative(String which, Duration time) {
        if (time.isNegative()) {
            throw refuse(which, time, "A time is not negative; 0 for not to wait.");
        }
    }

    private void validateDelay(String which, Duration delay) {
        notNegative(which, delay);
        if (delay.compareTo(LONGEST_DELAY) > 0) {
            throw refuse(which, delay, "A message that has failed is kept for a day at most.");
        }
    }

    private void checked(String which, Object value, Runnable check) {
        try {
            check.run();
        } catch (IllegalArgumentException e) {
            throw refuse(which, value, String.valueOf(e.getMessage()));
        }
    }

    private void validateDelivery() {
        atLeastOne("concurrency", channel.concurrency());
        atLeastOne("batch-size", channel.batchSize());
        if (channel.maxDeliveries() < 0 || channel.maxDeliveries() > MOST_DELIVERIES) {
            throw refuse(
                    "max-deliveries",
                    channel.maxDeliveries(),
                    "A message is delivered at most 1 to " + MOST_DELIVERIES
                            + " times, or 0 for as often as it takes.");
        }
        validateDelay("redelivery-delay", channel.redeliveryDelay());
        validateDelay("max-redelivery-delay", channel.maxRedeliveryDelay());
        if (channel.deadLetter() == null) {
            return;
        }
        if (channel.maxDeliveries() == 0) {
            throw refuse(
                    "max-deliveries",
                    0,
                    "Without end, nothing ever goes to '" + key("dead-letter") + "'. Write 1 to 63.");
        }
        if (channel.deadLetter().equals(name)) {
            throw refuse(
                    "dead-letter",
                    name,
                    "A message that has failed would come back to where it failed. Name another channel.");
        }
    }

    private void atLeastOne(String which, int value) {
        if (value < 1) {
            throw refuse(which, value, "It is 1 or more.");
        }
    }

    private void validateTopic() {
        if (channel.pollable()) {
            throw refuse(
                    "pollable",
                    true,
                    "A topic has subscribers; only a queue is polled. Leave it out, or 'kind: queue'.");
        }
        onlyQueues("priorities", channel.priorities(), channel.priorities() != 1);
        onlyQueues("dead-letter", channel.deadLetter(), channel.deadLetter() != null);
        onlyQueues("visibility-timeout", channel.visibilityTimeout(), channel.visibilityTimeout() != null);
    }

    private void onlyQueues(String which, @Nullable Object value, boolean said) {
        if (said) {
            throw refuse(which, value, "Only queues have that, and this is 'kind: topic'.");
        }
    }

    private void validateQueue() {
        onlyTopics("subscription", channel.subscription(), channel.subscription() != null);
        onlyTopics("from-oldest", true, channel.fromOldest());
        onlyTopics("evict-after", channel.evictAfter(), channel.evictAfter() != null);
        onlyTopics("subscribers", channel.subscribers(), channel.subscribers() != DEFAULT_SUBSCRIBERS);
    }

    private void onlyTopics(String which, @Nullable Object value, boolean said) {
        if (said) {
            throw refuse(which, value, "Only topics have that: add 'kind: topic'.");
        }
    }

    private void validatePollable() {
        if (channel.channel() != null) {
            throw refuse(
                    "pollable", true, "The channel '" + channel.channel() + "' is there already, and is what it is.");
        }
        String reason =
                "Who polls decides that; a pollable channel has no threads of its own. Leave it out, or do not poll.";
        if (channel.concurrency() != 1) {
            throw refuse("concurrency", channel.concurrency(), reason);
        }
        if (channel.batchSize() != 1) {
            throw refuse("batch-size", channel.batchSize(), reason);
        }
        if (channel.ack() != Ack.AUTO) {
            throw refuse("ack", "manual", reason);
        }
        if (channel.deadLetter() == null) {
            // Dead letters are handed on, not polled.
            onlyPushed("redelivery-delay", channel.redeliveryDelay(), DEFAULT_DELAY, reason);
            onlyPushed("max-redelivery-delay", channel.maxRedeliveryDelay(), DEFAULT_MAX_DELAY, reason);
        }
    }

    private void onlyPushed(String which, Duration said, Duration usual, String reason) {
        if (!said.equals(usual)) {
            throw refuse(which, said, reason);
        }
    }

    private RuntimeException refuse(String which, @Nullable Object value, String reason) {
        return invalid(key(which), value, reason);
    }

    private String key(String which) {
        return ShmProperties.channelKey(name) + "." + which;
    }

    static String text(Kind kind) {
        return kind == Kind.TOPIC ? "a topic" : "a queue";
    }
}
