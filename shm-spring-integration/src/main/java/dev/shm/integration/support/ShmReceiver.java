package dev.shm.integration.support;

import dev.shm.SharedMemory;
import dev.shm.SharedObject;
import dev.shm.queue.Delivery;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.Subscription;
import dev.shm.queue.TopicType;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.Message;

/**
 * Receives messages from a queue, or from a subscription of its own to a topic. Any thread may use it. Whoever opened it closes it:
 * what was received and not acknowledged goes back then, for others.
 */
public final class ShmReceiver implements AutoCloseable {

    /** Deliveries of a message that fails, if nobody says otherwise. */
    public static final int DEFAULT_MAX_DELIVERIES = 10;

    private static final int MOST_DELIVERIES = 63;

    private final ShmDestination destination;
    private final int maxDeliveries;
    private final SharedMemory memory;
    private final SharedObject object;
    private final Source source;
    private final boolean deadLetters;

    private interface Source {
        @Nullable
        Delivery<Message<?>> receive(Duration timeout) throws InterruptedException;
    }

    private ShmReceiver(ShmDestination destination, int maxDeliveries) {
        this.destination = destination;
        this.maxDeliveries = checkMaxDeliveries(maxDeliveries);
        this.memory = destination.memory();
        QueueType<Message<?>> queueType = destination.queueType();
        if (queueType != null) {
            SharedQueue<Message<?>> queue = memory.openOrCreate(destination.name(), queueType);
            this.object = queue;
            this.source = source(queue, destination)::receive;
            this.deadLetters = !destination.isDeadLetters() && hasDeadLetters(queue);
        } else {
            TopicType<Message<?>> topicType = Objects.requireNonNull(destination.topicType());
            SharedTopic<Message<?>> topic = memory.openOrCreate(destination.name(), topicType);
            this.object = topic;
            this.source = subscribe(topic, destination)::receive;
            this.deadLetters = false;
        }
    }

    /**
     * Opens the queue or topic.
     *
     * @param maxDeliveries how often a message that fails is delivered, where there are no dead letters that it would go to, from 1
     *     to 63; 0 for as often as it takes
     */
    public static ShmReceiver open(ShmDestination destination, int maxDeliveries) {
        return new ShmReceiver(destination, maxDeliveries);
    }

    static int checkMaxDeliveries(int deliveries) {
        if (deliveries < 0 || deliveries > MOST_DELIVERIES) {
            throw new IllegalArgumentException("a message is delivered at most 1 to " + MOST_DELIVERIES
                    + " times, or 0 for as often as it takes: maxDeliveries=" + deliveries);
        }
        return deliveries;
    }

    private static SharedQueue<Message<?>> source(SharedQueue<Message<?>> queue, ShmDestination destination) {
        if (!destination.isDeadLetters()) {
            return queue;
        }
        boolean opened = false;
        try {
            SharedQueue<Message<?>> dead = queue.deadLetters();
            opened = true;
            return dead;
        } finally {
            if (!opened) {
                queue.close();
            }
        }
    }

    private static Subscription<Message<?>> subscribe(SharedTopic<Message<?>> topic, ShmDestination destination) {
        boolean subscribed = false;
        try {
            String name = destination.subscriptionName();
            Subscription<Message<?>> subscription;
            if (destination.isFromOldest()) {
                subscription = name.isEmpty() ? topic.subscribeFromOldest() : topic.subscribeFromOldest(name);
            } else {
                subscription = name.isEmpty() ? topic.subscribe() : topic.subscribe(name);
            }
            subscribed = true;
            return subscription;
        } finally {
            if (!subscribed) {
                topic.close();
            }
        }
    }

    private static boolean hasDeadLetters(SharedQueue<Message<?>> queue) {
        try {
            queue.deadLetters();
            return true;
        } catch (IllegalStateException e) {
            // It was created without, by whichever process that was.
            return false;
        }
    }

    /** Where it receives from. */
    public ShmDestination destination() {
        return destination;
    }

    /** The segment that it was opened in. */
    SharedMemory memory() {
        return memory;
    }

    /** Whether its segment has ended and the destination knows another one by now. */
    public boolean hasSuccessor() {
        return !memory.isOpen() && destination.memory() != memory;
    }

    /** Whether it can be used. */
    public boolean isOpen() {
        return object.isOpen();
    }

    /**
     * Lends a message.
     *
     * @return null if there was none in that time
     */
    public @Nullable ShmDelivery receive(Duration timeout) throws InterruptedException {
        Delivery<Message<?>> delivery = source.receive(timeout);
        return delivery == null ? null : new ShmDelivery(this, delivery);
    }

    /** Whether a message that was delivered so often and fails will not be delivered again, nor become a dead letter. */
    boolean isLast(int deliveryCount) {
        return !deadLetters && maxDeliveries > 0 && deliveryCount >= maxDeliveries;
    }

    /** Gives back what was received and not acknowledged. A subscription without a name ends. */
    @Override
    public void close() {
        object.close();
    }

    @Override
    public String toString() {
        return "ShmReceiver[" + destination + "]";
    }
}
