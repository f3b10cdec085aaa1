package dev.shm.integration.support;

import dev.shm.SharedMemory;
import dev.shm.codec.Codec;
import dev.shm.queue.FullPolicy;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.TopicType;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.Message;
import org.springframework.util.Assert;

/**
 * A queue or a topic of messages in a segment: what every channel, adapter and gateway is made for.
 *
 * <pre>{@code
 * ShmDestination orders = ShmDestination.queue(desk, "orders", Order.class);
 * ShmDestination ticks = ShmDestination.topic(desk, "ticks", SharedTopic.of(mapper.codec(Tick.class)).full(FullPolicy.DROP_OLDEST));
 * ShmDestination audit = ticks.subscription("audit");
 * }</pre>
 *
 * <p>Immutable, and it holds nothing open: each component opens the queue or topic for itself, creating it if there is none, and
 * closes it. The segment is not theirs: whoever opened it closes it, after them. If it is given by a supplier, a component whose
 * segment has ended asks for its successor.
 */
public final class ShmDestination {

    private final Supplier<? extends SharedMemory> memory;
    private final String name;
    private final @Nullable QueueType<Message<?>> queue;
    private final @Nullable TopicType<Message<?>> topic;
    private final String subscription;
    private final boolean fromOldest;
    private final boolean deadLetters;

    private ShmDestination(
            Supplier<? extends SharedMemory> memory,
            String name,
            @Nullable QueueType<Message<?>> queue,
            @Nullable TopicType<Message<?>> topic,
            String subscription,
            boolean fromOldest,
            boolean deadLetters) {
        this.memory = memory;
        this.name = name;
        this.queue = queue;
        this.topic = topic;
        this.subscription = subscription;
        this.fromOldest = fromOldest;
        this.deadLetters = deadLetters;
    }

    private static Supplier<SharedMemory> fixed(SharedMemory memory) {
        Assert.notNull(memory, "'memory' must not be null");
        return () -> memory;
    }

    /** The queue of that name, with the defaults, of messages with such payloads. */
    public static ShmDestination queue(SharedMemory memory, String name, Class<?> payloadType) {
        return queue(memory, name, SharedQueue.of(ShmMessageMapper.defaults().codec(payloadType)));
    }

    /** The queue of that name and type. */
    public static ShmDestination queue(SharedMemory memory, String name, QueueType<Message<?>> type) {
        return queue(fixed(memory), name, type);
    }

    /**
     * The queue of that name and type.
     *
     * @param memory asked when the queue is opened, and again when the segment has ended
     */
    public static ShmDestination queue(
            Supplier<? extends SharedMemory> memory, String name, QueueType<Message<?>> type) {
        Assert.hasText(name, "'name' must not be empty");
        return new ShmDestination(
                Objects.requireNonNull(memory), name, Objects.requireNonNull(type), null, "", false, false);
    }

    /** The topic of that name, with the defaults, of messages with such payloads. */
    public static ShmDestination topic(SharedMemory memory, String name, Class<?> payloadType) {
        return topic(memory, name, SharedTopic.of(ShmMessageMapper.defaults().codec(payloadType)));
    }

    /** The topic of that name and type. */
    public static ShmDestination topic(SharedMemory memory, String name, TopicType<Message<?>> type) {
        return topic(fixed(memory), name, type);
    }

    /**
     * The topic of that name and type.
     *
     * @param memory asked when the topic is opened, and again when the segment has ended
     */
    public static ShmDestination topic(
            Supplier<? extends SharedMemory> memory, String name, TopicType<Message<?>> type) {
        Assert.hasText(name, "'name' must not be empty");
        return new ShmDestination(
                Objects.requireNonNull(memory), name, null, Objects.requireNonNull(type), "", false, false);
    }

    /**
     * The same topic, received by the subscription of that name: it is kept when the process ends, with what it has not read, and one
     * process at a time has it. Without a name, a subscription ends with the component.
     */
    public ShmDestination subscription(String subscriptionName) {
        Assert.hasText(subscriptionName, "'subscriptionName' must not be empty");
        return subscribed(subscriptionName, fromOldest);
    }

    /** The same topic; a new subscription begins with the oldest message that is still there. */
    public ShmDestination fromOldest() {
        return subscribed(subscription, true);
    }

    private ShmDestination subscribed(String subscriptionName, boolean oldest) {
        Assert.state(topic != null, () -> "'" + name + "' is a queue, and only topics have subscriptions");
        return new ShmDestination(memory, name, null, topic, subscriptionName, oldest, false);
    }

    /**
     * The dead letters of this queue, which must be created with {@link QueueType#deadLettersAfter}. They can be received and not be
     * sent to. One that fails again stays there, for as often as the receiver says.
     */
    public ShmDestination deadLetters() {
        Assert.state(queue != null, () -> "'" + name + "' is a topic, and only queues have dead letters");
        return new ShmDestination(memory, name, queue, null, "", false, true);
    }

    /** Its name in the segment. */
    public String name() {
        return name;
    }

    /** Whether it is a topic; otherwise it is a queue. */
    public boolean isTopic() {
        return topic != null;
    }

    /** The segment it is in, as it is now. */
    public SharedMemory memory() {
        return memory.get();
    }

    /** The supplier of the segment. */
    public Supplier<? extends SharedMemory> memorySupplier() {
        return memory;
    }

    /** How its messages are written. */
    public Codec<Message<?>> codec() {
        return queue != null ? queue.codec() : Objects.requireNonNull(topic).codec();
    }

    /** What sending does when it is full. */
    public FullPolicy fullPolicy() {
        return queue != null
                ? queue.fullPolicy()
                : Objects.requireNonNull(topic).fullPolicy();
    }

    /** Whether a message counts as acknowledged when it is received, so that it never comes again. */
    boolean isLossy() {
        return topic != null && topic.fullPolicy() == FullPolicy.DROP_OLDEST;
    }

    @Nullable
    QueueType<Message<?>> queueType() {
        return queue;
    }

    @Nullable
    TopicType<Message<?>> topicType() {
        return topic;
    }

    String subscriptionName() {
        return subscription;
    }

    boolean isFromOldest() {
        return fromOldest;
    }

    boolean isDeadLetters() {
        return deadLetters;
    }

    /** In a log, or an exception: {@code queue 'orders'}. */
    @Override
    public String toString() {
        return (deadLetters ? "dead letters of " : "") + (queue != null ? "queue '" : "topic '") + name + "'"
                + (subscription.isEmpty() ? "" : " (subscription '" + subscription + "')");
    }
}
