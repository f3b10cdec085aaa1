package dev.shm.queue;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One subscriber's place in a {@link SharedTopic}. Receives as a queue does, but acknowledgements count in order: a message that is
 * acknowledged before an earlier one is delivered again if this process dies before the earlier one is.
 *
 * <p>Any thread may use it; they take turns. In a topic that drops the oldest, messages are acknowledged when they are received. If
 * the subscriber was put out, every method that receives throws {@link dev.shm.error.SubscriptionEvictedException}, until it is
 * closed. One with a name that is closed or dies without having thrown it leaves it to the next one of that name.
 *
 * @param <T> the payload
 */
public final class Subscription<T> implements AutoCloseable {

    private final SharedTopic<T> topic;
    private final String name;
    private final CursorInbox<T> inbox;
    private final Intake<T> intake;
    private final Waiter messages;
    private final AsyncInbox<T> asyncInbox;

    Subscription(SharedTopic<T> topic, String name, CursorInbox<T> inbox, Waiter messages) {
        this.topic = topic;
        this.name = name;
        this.inbox = inbox;
        this.intake = new Intake<>(inbox, messages);
        this.messages = messages;
        this.asyncInbox = new AsyncInbox<>(inbox, messages);
    }

    /** The name it is kept under; empty if it is not kept. */
    public String name() {
        return name;
    }

    /** The topic. */
    public SharedTopic<T> topic() {
        return topic;
    }

    /** Receives a message if there is one. */
    public @Nullable T poll() {
        return inbox.poll();
    }

    /** Receives a message, waiting that long for one. */
    public @Nullable T poll(Duration timeout) throws InterruptedException {
        return intake.poll(Waiter.deadline(timeout));
    }

    /** Receives a message, waiting for one. */
    public T take() throws InterruptedException {
        return intake.take();
    }

    /** As {@link SharedQueue#poll(long, TimeUnit)}. */
    public @Nullable T poll(long timeout, TimeUnit unit) throws InterruptedException {
        return intake.poll(Waiter.deadline(unit.toNanos(timeout)));
    }

    /** Lends a message, see {@link SharedQueue#receive}. */
    public @Nullable Delivery<T> receive(Duration timeout) throws InterruptedException {
        return intake.receive(Waiter.deadline(timeout));
    }

    /** Reads up to so many messages in place, see {@link SharedQueue#drain(MessageHandler, int)}. */
    public int drain(MessageHandler handler, int limit) {
        return intake.drain(handler, limit);
    }

    /** As {@link #drain(MessageHandler, int)}, after waiting that long for a message if there is none. */
    public int drain(MessageHandler handler, int limit, Duration timeout) throws InterruptedException {
        return intake.drain(handler, limit, Waiter.deadline(timeout));
    }

    /** As {@link #receiveAsync(Executor)}, with the common pool. */
    public CompletionStage<Delivery<T>> receiveAsync() {
        return asyncInbox.receive(Attendant.POOL);
    }

    /**
     * Lends a message as soon as there is one, see {@link SharedQueue#receiveAsync(Executor)}. If the subscriber is put out meanwhile,
     * the stage fails with {@link dev.shm.error.SubscriptionEvictedException}.
     */
    public CompletionStage<Delivery<T>> receiveAsync(Executor executor) {
        return asyncInbox.receive(executor);
    }

    /** As {@link #publisher(Executor)}, with the common pool. */
    public Flow.Publisher<T> publisher() {
        return publisher(Attendant.POOL);
    }

    /**
     * The payloads of what arrives in this subscription, see {@link SharedQueue#publisher(Executor)}. Several who subscribe to it share
     * it: each message goes to one of them. If this is closed or put out, they get the error.
     */
    public Flow.Publisher<T> publisher(Executor executor) {
        return QueuePublisher.ofPayloads(this::source, executor);
    }

    /** As {@link #deliveries(Executor)}, with the common pool. */
    public Flow.Publisher<Delivery<T>> deliveries() {
        return deliveries(Attendant.POOL);
    }

    /** As {@link #publisher(Executor)}, for subscribers that acknowledge; see {@link SharedQueue#deliveries(Executor)}. */
    public Flow.Publisher<Delivery<T>> deliveries(Executor executor) {
        return QueuePublisher.ofDeliveries(this::source, executor);
    }

    private QueuePublisher.Source<T> source() {
        return new QueuePublisher.Source<>(asyncInbox, () -> {});
    }

    /** For one subscriber to a publisher, with which this ends. */
    QueuePublisher.Source<T> ownSource() {
        return new QueuePublisher.Source<>(asyncInbox, this::close);
    }

    /** Messages that were sent and never reached it, since it was too slow. */
    public long lost() {
        return inbox.lost();
    }

    /** Messages that wait for it. */
    public int size() {
        return inbox.size(Integer.MAX_VALUE);
    }

    /**
     * Gives back what was received and not acknowledged. A subscription without a name ends, and so does one that was put out and has
     * said so; whoever takes up that name begins anew.
     *
     * @throws IllegalStateException if a handler of its messages or the codec calls this
     */
    @Override
    public void close() {
        if (isInside()) {
            throw topic.insideOfItself();
        }
        inbox.shut();
        asyncInbox.shut();
        topic.forget(this);
        messages.wakeAll();
    }

    boolean isInside() {
        return inbox.isInside();
    }

    @Override
    public String toString() {
        return "Subscription[" + topic.name() + (name.isEmpty() ? "" : ", " + name) + "]";
    }
}
