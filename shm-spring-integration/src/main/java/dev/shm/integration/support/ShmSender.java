package dev.shm.integration.support;

import dev.shm.SharedMemory;
import dev.shm.SharedObject;
import dev.shm.error.SegmentClosedException;
import dev.shm.queue.FullPolicy;
import dev.shm.queue.QueueType;
import dev.shm.queue.SendOptions;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.TopicType;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.Message;
import org.springframework.util.Assert;

/**
 * Sends messages to a queue or topic. Any thread may use it. It opens the queue or topic when it is first used; whoever made it
 * closes it. Where the segment has ended and the destination knows a successor, it goes on there.
 *
 * <p>What cannot be written, or could never fit, is refused with the exception of the core, and nothing was sent: {@link
 * dev.shm.error.CodecException}, {@link dev.shm.error.MessageTooLargeException}.
 */
public final class ShmSender implements AutoCloseable {

    /** Waits for as long as it takes. */
    public static final long FOREVER = -1;

    private final ShmDestination destination;
    private final ReentrantLock opening = new ReentrantLock();
    private volatile @Nullable Outlet outlet;
    private volatile boolean closed;

    /** A sender that has nothing open yet. */
    public ShmSender(ShmDestination destination) {
        Assert.isTrue(
                !destination.isDeadLetters(), () -> "nobody sends to the " + destination + ": they come by themselves");
        this.destination = Objects.requireNonNull(destination);
    }

    /** Where it sends to. */
    public ShmDestination destination() {
        return destination;
    }

    /** Opens the queue or topic now, so that what is wrong with it is found before the first message. */
    public void open() {
        outlet(null);
    }

    /**
     * Sends, and does what the queue's {@link FullPolicy} says if it is full: waits, but at most for that time; fails; or drops a
     * message, which counts as sent.
     *
     * @param mostMillis how long to wait at most, if it waits at all; {@link #FOREVER} for as long as it takes
     * @return false if the time was up, or the thread was interrupted
     * @throws dev.shm.error.QueueFullException if it is full and was told to fail
     */
    public boolean sendAsPolicySays(Message<?> message, long mostMillis) {
        FullPolicy policy = destination.fullPolicy();
        boolean waits = policy == FullPolicy.BLOCK || policy == FullPolicy.DROP_OLDEST;
        return send(message, waits ? mostMillis : FOREVER);
    }

    /**
     * Sends, waiting that long for room.
     *
     * @param millis 0 not to wait, {@link #FOREVER} or anything negative to do what the {@link FullPolicy} says for as long as it
     *     takes
     * @return false if it was not sent in time, or the thread was interrupted
     */
    public boolean send(Message<?> message, long millis) {
        SendOptions options = options(message);
        Outlet used = outlet(null);
        try {
            try {
                return used.send(message, options, millis);
            } catch (SegmentClosedException e) {
                Outlet successor = successor(used);
                if (successor == null) {
                    throw e;
                }
                return successor.send(message, options, millis);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static SendOptions options(Message<?> message) {
        Object priority = message.getHeaders().get(ShmHeaders.PRIORITY);
        return priority instanceof Integer level ? SendOptions.priority(level) : SendOptions.NONE;
    }

    private @Nullable Outlet successor(Outlet ended) {
        if (closed || ended.memory.isOpen() || destination.memory() == ended.memory) {
            return null;
        }
        return outlet(ended);
    }

    /** What is open now; opens it if nothing is, or only what has ended. */
    private Outlet outlet(@Nullable Outlet ended) {
        Outlet now = outlet;
        if (now != null && now != ended) {
            return now;
        }
        opening.lock();
        try {
            if (closed) {
                throw new SegmentClosedException("the sender to " + destination + " is closed");
            }
            now = outlet;
            if (now == null || now == ended) {
                if (now != null) {
                    now.object.close();
                }
                now = Outlet.open(destination);
                outlet = now;
            }
            return now;
        } finally {
            opening.unlock();
        }
    }

    /** Closes what is open. Threads that wait for room are sent away with {@link SegmentClosedException}. */
    @Override
    public void close() {
        opening.lock();
        try {
            closed = true;
            Outlet open = outlet;
            outlet = null;
            if (open != null) {
                open.object.close();
            }
        } finally {
            opening.unlock();
        }
    }

    /** An opening of the queue or topic. */
    private abstract static class Outlet {

        final SharedMemory memory;
        final SharedObject object;

        Outlet(SharedMemory memory, SharedObject object) {
            this.memory = memory;
            this.object = object;
        }

        static Outlet open(ShmDestination destination) {
            SharedMemory memory = destination.memory();
            QueueType<Message<?>> queue = destination.queueType();
            if (queue != null) {
                return new QueueOutlet(memory, memory.openOrCreate(destination.name(), queue));
            }
            TopicType<Message<?>> topic = Objects.requireNonNull(destination.topicType());
            return new TopicOutlet(memory, memory.openOrCreate(destination.name(), topic));
        }

        abstract boolean send(Message<?> message, SendOptions options, long millis) throws InterruptedException;
    }

    private static final class QueueOutlet extends Outlet {

        private final SharedQueue<Message<?>> queue;

        QueueOutlet(SharedMemory memory, SharedQueue<Message<?>> queue) {
            super(memory, queue);
            this.queue = queue;
        }

        @Override
        boolean send(Message<?> message, SendOptions options, long millis) throws InterruptedException {
            if (millis < 0) {
                queue.put(message, options);
                return true;
            }
            return millis == 0
                    ? queue.offer(message, options)
                    : queue.offer(message, options, Duration.ofMillis(millis));
        }
    }

    private static final class TopicOutlet extends Outlet {

        private final SharedTopic<Message<?>> topic;

        TopicOutlet(SharedMemory memory, SharedTopic<Message<?>> topic) {
            super(memory, topic);
            this.topic = topic;
        }

        @Override
        boolean send(Message<?> message, SendOptions options, long millis) throws InterruptedException {
            if (millis < 0) {
                topic.publish(message, options);
                return true;
            }
            return millis == 0
                    ? topic.offer(message, options)
                    : topic.offer(message, options, Duration.ofMillis(millis));
        }
    }

    @Override
    public String toString() {
        return "ShmSender[" + destination + "]";
    }
}
