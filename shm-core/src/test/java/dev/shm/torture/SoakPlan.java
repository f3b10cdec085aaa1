package dev.shm.torture;

import dev.shm.queue.FullPolicy;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.TopicType;
import java.time.Duration;

/** The kinds of queues and topics that are soaked, and by how many. */
enum SoakPlan {
    COMPETING(3, 3, 2),
    ONE_CONSUMER(2, 2, 2),
    ONE_PRODUCER(2, 2, 2),
    DEAD_LETTERS(2, 2, 2),
    VISIBILITY(2, 3, 1),
    TOPIC(2, 2, 1),
    ONE_PUBLISHER(2, 2, 1),
    LOSSY_TOPIC(2, 2, 1);

    static final String SEGMENT = "soak";
    static final String NAME = "soaked";
    /** A topic may have unread messages and their blocks besides those of the ring; this is enough for all. */
    static final int SEGMENT_BYTES = 16 << 20;

    static final int DEAD_AFTER = 3;

    final int producers;
    final int consumers;
    /** Of each consumer. A topic counts acknowledgements in order, so there it is one. */
    final int threads;

    SoakPlan(int producers, int consumers, int threads) {
        this.producers = producers;
        this.consumers = consumers;
        this.threads = threads;
    }

    boolean isTopic() {
        return this == TOPIC || this == ONE_PUBLISHER || this == LOSSY_TOPIC;
    }

    boolean isLossy() {
        return this == LOSSY_TOPIC;
    }

    /** Whether only one of the processes that would can send, and the others wait until it is gone. */
    boolean isExclusive() {
        return this == ONE_PRODUCER || this == ONE_PUBLISHER;
    }

    /** Whether a message may be taken from one who lives. */
    boolean isRevocable() {
        return this == VISIBILITY;
    }

    int priorities() {
        return this == COMPETING ? 3 : 1;
    }

    QueueType<byte[]> queue() {
        QueueType<byte[]> type = SharedQueue.of(byte[].class).capacityBytes(256 << 10);
        return switch (this) {
            case COMPETING -> type.capacityBytes(64 << 10).priorities(priorities());
            case ONE_CONSUMER -> type.singleConsumer();
            case ONE_PRODUCER -> type.singleProducer().capacityBytes(128 << 10);
            case DEAD_LETTERS -> type.deadLettersAfter(DEAD_AFTER);
            case VISIBILITY -> type.visibilityTimeout(Duration.ofMillis(50));
            default -> throw new IllegalStateException(this + " is a topic");
        };
    }

    TopicType<byte[]> topic() {
        TopicType<byte[]> type =
                SharedTopic.of(byte[].class).capacityBytes(256 << 10).subscribers(8);
        return switch (this) {
            case TOPIC -> type;
            case ONE_PUBLISHER -> type.singleProducer().capacityBytes(64 << 10);
            case LOSSY_TOPIC -> type.full(FullPolicy.DROP_OLDEST).capacityBytes(64 << 10);
            default -> throw new IllegalStateException(this + " is a queue");
        };
    }

    /** What a subscriber is called. */
    static String subscription(int consumer) {
        return "subscriber-" + consumer;
    }
}
