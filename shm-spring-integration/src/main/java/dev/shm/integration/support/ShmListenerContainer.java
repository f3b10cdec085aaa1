package dev.shm.integration.support;

import dev.shm.SharedMemory;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.core.log.LogAccessor;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.util.Assert;

/**
 * Threads that receive from a queue or topic and hand what they get to a listener: what channels, adapters and gateways have in common.
 * Idle it costs no processor, unless the queue was opened to spin.
 *
 * <p>It is opened when it starts and closed when it stops, and may be started again. Any thread may start, stop, pause and resume it,
 * the listener included. Stopping waits for messages that are being handled; those whose listener does not return in time go back
 * to the queue, as do those that a flow has not acknowledged by then. A message whose listener throws goes back after {@linkplain
 * #setRedeliveryDelay a while}. When the segment ends, or another process has the one place of a
 * consumer, it tries again from time to time.
 *
 * <p>What is set here counts from the next start on.
 */
public final class ShmListenerContainer {

    private static final Duration DEFAULT_SHUTDOWN_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration DEFAULT_RECOVERY_INTERVAL = Duration.ofSeconds(1);
    private static final Duration DEFAULT_REDELIVERY_DELAY = Duration.ofMillis(10);
    private static final Duration DEFAULT_MAX_REDELIVERY_DELAY = Duration.ofSeconds(1);
    private static final Duration LONGEST_DELAY = Duration.ofDays(1);

    private final ShmDestination destination;
    private final ShmListener listener;
    private final LogAccessor logger = new LogAccessor(ShmListenerContainer.class);
    private final ReentrantLock lifecycle = new ReentrantLock();

    private String name;
    private int concurrency = 1;
    private int batchSize = 1;
    private ShmBatchMode batchMode = ShmBatchMode.PAYLOADS;
    private ShmAckMode ackMode = ShmAckMode.AUTO;
    private int maxDeliveries = ShmReceiver.DEFAULT_MAX_DELIVERIES;
    private boolean originHeaders = true;
    private @Nullable Executor executor;
    private Duration shutdownTimeout = DEFAULT_SHUTDOWN_TIMEOUT;
    private Duration recoveryInterval = DEFAULT_RECOVERY_INTERVAL;
    private Duration redeliveryDelay = DEFAULT_REDELIVERY_DELAY;
    private Duration maxRedeliveryDelay = DEFAULT_MAX_REDELIVERY_DELAY;

    private Consumer<SharedMemory> reopened = memory -> {};

    private volatile boolean paused;
    private volatile @Nullable ListenerSession session;

    /** A container that has nothing open yet. */
    public ShmListenerContainer(ShmDestination destination, ShmListener listener) {
        this.destination = Objects.requireNonNull(destination);
        this.listener = Objects.requireNonNull(listener);
        this.name = destination.name();
    }

    /** Where it receives from. */
    public ShmDestination getDestination() {
        return destination;
    }

    /** What its threads are called. */
    public void setName(String name) {
        this.name = Objects.requireNonNull(name);
    }

    /** How many threads receive; 1 if not said. With more than one, messages are handled out of order. */
    public void setConcurrency(int threads) {
        Assert.isTrue(threads >= 1, () -> "'concurrency' is 1 or more: " + threads);
        this.concurrency = threads;
    }

    /** How many messages the listener gets at once, if so many are there; 1 if not said, which is not a batch. */
    public void setBatchSize(int messages) {
        Assert.isTrue(messages >= 1, () -> "'batchSize' is 1 or more: " + messages);
        this.batchSize = messages;
    }

    /** What the payload of a batch is; payloads if not said. */
    public void setBatchMode(ShmBatchMode mode) {
        this.batchMode = Objects.requireNonNull(mode);
    }

    /** Who acknowledges; {@link ShmAckMode#AUTO} if not said. */
    public void setAckMode(ShmAckMode mode) {
        this.ackMode = Objects.requireNonNull(mode);
    }

    /** Who acknowledges. */
    public ShmAckMode getAckMode() {
        return ackMode;
    }

    /**
     * How often a message that fails is delivered, 1 to 63; 10 if not said, 0 for as often as it takes. It does not matter where the
     * queue has dead letters: it says itself then when one becomes that.
     */
    public void setMaxDeliveries(int deliveries) {
        this.maxDeliveries = ShmReceiver.checkMaxDeliveries(deliveries);
    }

    /** Whether messages get the headers {@link ShmHeaders#NAME} and {@link ShmHeaders#TIMESTAMP}; they do if not said. */
    public void setOriginHeaders(boolean wanted) {
        this.originHeaders = wanted;
    }

    /**
     * Runs the threads, each of them until this stops: it must have one for each. A thread of its own for each if not said. Virtual
     * threads will do.
     */
    public void setExecutor(Executor executor) {
        this.executor = Objects.requireNonNull(executor);
    }

    /** How long stopping waits for messages that are being handled; 5 seconds if not said. */
    public void setShutdownTimeout(Duration timeout) {
        Assert.isTrue(!timeout.isNegative(), () -> "'shutdownTimeout' must not be negative: " + timeout);
        this.shutdownTimeout = timeout;
    }

    /** How long to wait between attempts to open what cannot be received from; a second if not said. */
    public void setRecoveryInterval(Duration interval) {
        Assert.isTrue(
                !interval.isNegative() && !interval.isZero(), () -> "'recoveryInterval' must be positive: " + interval);
        this.recoveryInterval = interval;
    }

    /**
     * How long a message that has failed is kept before it goes back to be delivered again, here or elsewhere: so long after its first
     * delivery, and twice as long after each further one, up to {@link #setMaxRedeliveryDelay}. 10 milliseconds if not said, 0 for at once. The
     * thread that had the message waits; others go on. Stopping ends it, and so does a visibility time-out.
     */
    public void setRedeliveryDelay(Duration delay) {
        this.redeliveryDelay = checkDelay("redeliveryDelay", delay);
    }

    /** How long a message that has failed is kept at most before it goes back; a second if not said. */
    public void setMaxRedeliveryDelay(Duration delay) {
        this.maxRedeliveryDelay = checkDelay("maxRedeliveryDelay", delay);
    }

    private static Duration checkDelay(String what, Duration delay) {
        Assert.isTrue(
                !delay.isNegative() && delay.compareTo(LONGEST_DELAY) <= 0,
                () -> "'" + what + "' is neither negative nor longer than a day: " + delay);
        return delay;
    }

    /**
     * Is told the segment whenever the queue or topic was opened again, by the thread that has done so and receives from it next: after the
     * segment had ended, it is the successor. A failure of it is as one of the opening. Nobody if not said.
     */
    public void setReopened(Consumer<SharedMemory> listener) {
        this.reopened = Objects.requireNonNull(listener);
    }

    /**
     * Opens the queue or topic and begins to receive. Does nothing if it has.
     *
     * @throws dev.shm.error.SharedMemoryException if it cannot be opened
     */
    public void start() {
        lifecycle.lock();
        try {
            if (session != null) {
                return;
            }
            ListenerSession begun = new ListenerSession(
                    destination,
                    new DeliveryDispatch(listener, destination, ackMode, batchMode, originHeaders, logger),
                    maxDeliveries,
                    batchSize,
                    paused,
                    recoveryInterval,
                    redeliveryDelay,
                    maxRedeliveryDelay,
                    reopened,
                    logger);
            Executor runs = executor != null ? executor : new SimpleAsyncTaskExecutor(name + "-");
            begun.start(runs, concurrency);
            session = begun;
        } finally {
            lifecycle.unlock();
        }
    }

    /** Stops receiving, and waits until what is being handled has been; not so if the listener itself calls this. */
    public void stop() {
        beginStop().run();
    }

    /**
     * Stops receiving, and returns at once, for a caller who has a lock that what is being handled may want.
     *
     * @return what then waits as {@link #stop()} does, to be called without that lock
     */
    public Runnable beginStop() {
        ListenerSession stopped = end();
        Duration timeout = shutdownTimeout;
        return () -> {
            if (stopped != null) {
                stopped.awaitEnd(timeout);
            }
        };
    }

    /** Stops receiving, and calls back when what is being handled has been. Returns at once. */
    @SuppressWarnings("FutureReturnValueIgnored") // The callback's failure is logged, and there is none else.
    public void stop(Runnable callback) {
        ListenerSession stopped = end();
        if (stopped == null) {
            callback.run();
            return;
        }
        Duration timeout = shutdownTimeout;
        stopped.ended()
                .copy()
                .orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS)
                .whenCompleteAsync((nothing, late) -> {
                    try {
                        stopped.giveUp(timeout);
                        callback.run();
                    } catch (RuntimeException e) {
                        logger.error(e, "What should hear of the end of a container has failed");
                    }
                });
    }

    private @Nullable ListenerSession end() {
        lifecycle.lock();
        try {
            ListenerSession ending = session;
            session = null;
            if (ending != null) {
                ending.end();
            }
            return ending;
        } finally {
            lifecycle.unlock();
        }
    }

    /** Whether it has been started and not stopped. */
    public boolean isRunning() {
        return session != null;
    }

    /** Receives no more until {@link #resume}; what is being handled goes on. Stays so over a stop and a start. */
    public void pause() {
        setPaused(true);
    }

    /** Goes on receiving. */
    public void resume() {
        setPaused(false);
    }

    private void setPaused(boolean wanted) {
        lifecycle.lock();
        try {
            paused = wanted;
            ListenerSession current = session;
            if (current != null) {
                current.setPaused(wanted);
            }
        } finally {
            lifecycle.unlock();
        }
    }

    /** Whether it is paused. */
    public boolean isPaused() {
        return paused;
    }

    @Override
    public String toString() {
        return "ShmListenerContainer[" + destination + "]";
    }
}
