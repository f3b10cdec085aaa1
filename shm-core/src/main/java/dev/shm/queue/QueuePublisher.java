package dev.shm.queue;

import dev.shm.error.SharedMemoryException;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the messages of an inbox to whoever subscribes, each as soon as it is asked for. It never completes; it ends with an
 * error when the inbox does.
 *
 * <p>A subscriber takes one message at a time, when it is ready for it, so none is kept from others that are ready sooner.
 *
 * @param <T> payload of the messages
 * @param <E> what subscribers get
 */
final class QueuePublisher<T, E> implements Flow.Publisher<E> {

    /** So many messages one after the other, then others get the thread. */
    private static final int BURST = 256;

    /** Where one subscriber gets its messages from. */
    record Source<T>(AsyncInbox<T> inbox, Runnable close) {}

    /** Opens a source for a subscriber. */
    interface Opener<T> {
        Source<T> open();
    }

    /** What subscribers get of a message. */
    interface View<T, E> {
        /** What to give; if this throws, the message is released, and the subscriber gets the error. */
        E of(Delivery<T> delivery);

        /** {@code onNext} has returned. */
        void done(Delivery<T> delivery);
    }

    private final Opener<T> opener;
    private final View<T, E> view;
    private final Executor executor;

    private QueuePublisher(Opener<T> opener, View<T, E> view, Executor executor) {
        this.opener = opener;
        this.view = view;
        this.executor = Objects.requireNonNull(executor, "executor");
    }

    /** Publishes messages that subscribers acknowledge. */
    static <T> Flow.Publisher<Delivery<T>> ofDeliveries(Opener<T> opener, Executor executor) {
        return new QueuePublisher<>(opener, new Deliveries<>(), executor);
    }

    /** Publishes payloads; each message is acknowledged when {@code onNext} has returned. */
    static <T> Flow.Publisher<T> ofPayloads(Opener<T> opener, Executor executor) {
        return new QueuePublisher<>(opener, new Payloads<>(), executor);
    }

    private static final class Deliveries<T> implements View<T, Delivery<T>> {

        @Override
        public Delivery<T> of(Delivery<T> delivery) {
            return delivery;
        }

        @Override
        public void done(Delivery<T> delivery) {
            // The subscriber's affair.
        }
    }

    private static final class Payloads<T> implements View<T, T> {

        @Override
        public T of(Delivery<T> delivery) {
            return delivery.payload();
        }

        @Override
        public void done(Delivery<T> delivery) {
            try {
                delivery.ack();
            } catch (SharedMemoryException e) {
                // It went to another meanwhile; or all has ended, and then whoever takes the next one is told so.
            }
        }
    }

    @Override
    public void subscribe(Flow.Subscriber<? super E> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        OneSubscription<T, E> subscription;
        try {
            subscription = new OneSubscription<>(opener.open(), view, executor, subscriber);
        } catch (RuntimeException e) {
            subscriber.onSubscribe(new Nothing());
            subscriber.onError(e);
            return;
        }
        subscription.begin();
    }

    /** The subscription of one who gets nothing but an error. */
    private static final class Nothing implements Flow.Subscription {

        @Override
        public void request(long n) {
            // There is nothing.
        }

        @Override
        public void cancel() {
            // There is nothing.
        }
    }

    /** One who asks for messages and waits for them in line. */
    private static final class OneSubscription<T, E> implements Flow.Subscription, AsyncInbox.Taker<T>, Runnable {

        private final Source<T> source;
        private final View<T, E> view;
        private final Executor executor;
        private final AtomicLong demand = new AtomicLong();

        /** Reasons to go round; whoever raises it from 0 has it done. So signals come one after the other. */
        private final AtomicInteger calls = new AtomicInteger();

        private final AtomicReference<@Nullable Delivery<T>> given = new AtomicReference<>();
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private final AtomicBoolean ended = new AtomicBoolean();

        /** Nobody from the end on: whoever holds the subscription need not hold what stands behind the subscriber. */
        private volatile Flow.@Nullable Subscriber<? super E> subscriber;

        /** Whether it stands in line. Only who signals uses it. */
        private boolean waiting;

        OneSubscription(Source<T> source, View<T, E> view, Executor executor, Flow.Subscriber<? super E> subscriber) {
            this.source = source;
            this.view = view;
            this.executor = executor;
            this.subscriber = subscriber;
        }

        /** Nothing else is signalled before {@code onSubscribe} has returned. */
        void begin() {
            calls.set(1);
            boolean subscribed = false;
            try {
                Objects.requireNonNull(subscriber).onSubscribe(this);
                subscribed = true;
            } finally {
                if (!subscribed) {
                    cancel();
                }
            }
            try {
                if (!ended.get()) {
                    source.inbox().join(this);
                    if (ended.get()) {
                        source.inbox().leave(this);
                    }
                }
            } catch (RuntimeException e) {
                failure.compareAndSet(null, e);
                calls.getAndIncrement();
            }
            if (calls.decrementAndGet() != 0) {
                dispatch();
            }
        }

        // ------------------------------------------------------------------------------------ called by the subscriber

        @Override
        public void request(long n) {
            if (n <= 0) {
                failure.compareAndSet(
                        null,
                        new IllegalArgumentException(
                                "a subscriber requests 1 or more messages (Reactive Streams, rule 3.9): n=" + n));
            } else {
                demand.getAndAccumulate(n, (now, more) -> now + more < 0 ? Long.MAX_VALUE : now + more);
            }
            call();
        }

        @Override
        public void cancel() {
            if (ended.compareAndSet(false, true)) {
                subscriber = null;
                source.inbox().leave(this);
                putBackGiven();
                source.close().run();
            }
        }

        // ------------------------------------------------------------------------------------ called by the inbox

        @Override
        public Executor executor() {
            return executor;
        }

        @Override
        public void give(Delivery<T> delivery) {
            given.set(delivery);
            if (ended.get()) {
                putBackGiven();
            } else if (calls.getAndIncrement() == 0) {
                run();
            }
        }

        private void putBackGiven() {
            Delivery<T> back = given.getAndSet(null);
            if (back != null) {
                source.inbox().handBack(back);
            }
        }

        @Override
        public void fail(Throwable reason) {
            failure.compareAndSet(null, reason);
            if (calls.getAndIncrement() == 0) {
                run();
            }
        }

        // ------------------------------------------------------------------------------------ signalling

        private void call() {
            if (!ended.get() && calls.getAndIncrement() == 0) {
                dispatch();
            }
        }

        /** Whoever calls has raised {@link #calls}. */
        private void dispatch() {
            try {
                executor.execute(this);
            } catch (RuntimeException e) {
                failure.compareAndSet(null, new RejectedExecutionException("the executor takes nothing any more", e));
                run();
            }
        }

        @Override
        public void run() {
            int seen = calls.get();
            do {
                for (int i = 0; signalNext(); i++) {
                    if (i == BURST) {
                        dispatch();
                        return;
                    }
                }
                seen = calls.addAndGet(-seen);
            } while (seen != 0);
        }

        /** Signals one message or the end; whether it should be called again. */
        private boolean signalNext() {
            Flow.Subscriber<? super E> to = subscriber;
            if (to == null) {
                return false;
            }
            Throwable reason = failure.get();
            if (reason != null) {
                cancel();
                to.onError(reason);
                return false;
            }
            if (demand.get() == 0) {
                return false;
            }
            Delivery<T> delivery = next();
            if (delivery == null) {
                return failure.get() != null;
            }
            signal(to, delivery);
            return true;
        }

        private @Nullable Delivery<T> next() {
            Delivery<T> delivery = given.getAndSet(null);
            if (delivery != null) {
                waiting = false;
                return delivery;
            }
            if (waiting) {
                return null;
            }
            try {
                delivery = source.inbox().takeOrWait(this);
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
                return null;
            }
            if (delivery == null) {
                waiting = true;
                if (ended.get()) {
                    // Cancelled before it stood in line.
                    source.inbox().leave(this);
                }
            }
            return delivery;
        }

        private void signal(Flow.Subscriber<? super E> to, Delivery<T> delivery) {
            E element;
            try {
                element = view.of(delivery);
            } catch (RuntimeException | Error e) {
                AsyncInbox.release(delivery);
                failure.compareAndSet(null, e);
                return;
            }
            if (demand.get() != Long.MAX_VALUE) {
                demand.getAndDecrement();
            }
            boolean taken = false;
            try {
                to.onNext(element);
                taken = true;
            } finally {
                if (!taken) {
                    // A subscriber must not throw; one that does gets no more.
                    AsyncInbox.release(delivery);
                    cancel();
                }
            }
            view.done(delivery);
        }
    }
}
