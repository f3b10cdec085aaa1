package dev.shm.torture;

import dev.shm.queue.FullPolicy;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.TopicType;
import dev.shm.queue.Waiting;
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
    LOSSY_TOPIC(2, 2, 1),
    LARGE(2, 2, 2),
    /** By whatever waits without a time-out, or without a thread. */
    ASYNC(2, 2, 2),
    DROPPING(2, 2, 2),
    DROPPING_FROM_ONE(2, 2, 2),
    LARGE_TOPIC(2, 2, 1),
    EVICTING_TOPIC(2, 2, 1),
    /** One subscriber stays, one has no name, and one gives its name up now and then. */
    PASSING_BY(2, 3, 1);

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
        return switch (this) {
            case TOPIC, ONE_PUBLISHER, LOSSY_TOPIC, LARGE_TOPIC, EVICTING_TOPIC, PASSING_BY -> true;
            default -> false;
        };
    }

    /** One message of so many has more bytes than the ring takes of any; 0 for none. */
    int largeOf() {
        return switch (this) {
            case LARGE, LARGE_TOPIC -> 3;
            case ONE_CONSUMER, ONE_PRODUCER, DEAD_LETTERS, VISIBILITY, ASYNC, DROPPING, DROPPING_FROM_ONE -> 16;
            default -> 0;
        };
    }

    /** Whether a subscriber is kept by its name. */
    boolean isKept(int consumer) {
        return this != PASSING_BY || consumer != 1;
    }

    /** Whether a subscriber gives up its name now and then. */
    boolean isFickle(int consumer) {
        return this == PASSING_BY && consumer == 2;
    }

    /** Whether messages are acknowledged as they are received, and may be dropped before. */
    boolean isLossy() {
        return this == LOSSY_TOPIC || this == DROPPING_FROM_ONE;
    }

    /** Whether messages of a queue may be dropped before anybody has acknowledged them. */
    boolean isDropping() {
        return this == DROPPING || this == DROPPING_FROM_ONE;
    }

    /** Whether threads wait until they are interrupted. */
    boolean isPatient() {
        return this == ASYNC;
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
        return switch (this) {
            case COMPETING -> 3;
            case DEAD_LETTERS, VISIBILITY -> 2;
            default -> 1;
        };
    }

    QueueType<byte[]> queue() {
        QueueType<byte[]> type = SharedQueue.of(byte[].class).capacityBytes(256 << 10);
        return switch (this) {
            case COMPETING -> type.capacityBytes(64 << 10).priorities(priorities());
            case ONE_CONSUMER -> type.singleConsumer();
            case ONE_PRODUCER -> type.singleProducer().capacityBytes(128 << 10);
            case DEAD_LETTERS -> type.deadLettersAfter(DEAD_AFTER).priorities(priorities());
            case VISIBILITY -> type.visibilityTimeout(Duration.ofMillis(50)).priorities(priorities());
            case LARGE -> type.capacityBytes(1 << 20);
            case ASYNC -> type.capacityBytes(128 << 10);
            case DROPPING ->
                type.capacityBytes(64 << 10).full(FullPolicy.DROP_OLDEST).waiting(Waiting.SPIN);
            case DROPPING_FROM_ONE ->
                type.capacityBytes(64 << 10)
                        .singleConsumer()
                        .full(FullPolicy.DROP_OLDEST)
                        .waiting(Waiting.BACKOFF);
            default -> throw new IllegalStateException(this + " is a topic");
        };
    }

    TopicType<byte[]> topic() {
        TopicType<byte[]> type =
                SharedTopic.of(byte[].class).capacityBytes(256 << 10).subscribers(subscribers());
        return switch (this) {
            case TOPIC -> type;
            case LARGE_TOPIC -> type.capacityBytes(1 << 20);
            case EVICTING_TOPIC -> type.capacityBytes(64 << 10).evictAfter(Duration.ofMillis(8));
            case PASSING_BY -> type.capacityBytes(64 << 10);
            case ONE_PUBLISHER -> type.singleProducer().capacityBytes(64 << 10);
            case LOSSY_TOPIC -> type.full(FullPolicy.DROP_OLDEST).capacityBytes(64 << 10);
            default -> throw new IllegalStateException(this + " is a queue");
        };
    }

    /** Places for subscribers. Where some come and go there are few, as one that stays taken is to be missed. */
    int subscribers() {
        return this == PASSING_BY ? consumers + 3 : 8;
    }

    /** What a subscriber is called. */
    static String subscription(int consumer) {
        return "subscriber-" + consumer;
    }

    /** Which subscriber is called so. */
    static int consumer(String subscription) {
        return Integer.parseInt(subscription.substring("subscriber-".length()));
    }
}
