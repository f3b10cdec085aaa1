package dev.shm.integration.inbound;

import dev.shm.error.SegmentClosedException;
import dev.shm.integration.support.ShmDelivery;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmMessageConversionException;
import dev.shm.integration.support.ShmReceiver;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.core.Pausable;
import org.springframework.integration.endpoint.AbstractMessageSource;
import org.springframework.messaging.Message;
import org.springframework.util.Assert;

/**
 * Receives a message from a queue, or from a subscription to a topic, whenever it is polled. Any thread may poll.
 *
 * <p>The message has the framework's acknowledgment callback for a header. A polling endpoint acknowledges by it when its flow has
 * returned, and rejects when that has thrown: the message goes back then and is delivered again, until the queue makes it a dead
 * letter or, where there are none, it has been delivered {@link #setMaxDeliveries} times. Whoever polls by hand acknowledges by hand.
 * Within a transaction, the message is acknowledged when that has committed, and goes back when that has rolled back.
 *
 * <p>A message that cannot be decoded is thrown as {@link ShmMessageConversionException}, which a poller hands to its error channel, and
 * goes back in the same way.
 *
 * <p>It is opened when it starts, or when it is polled first; stopping it gives back what has not been acknowledged. It can be started
 * again. Where the segment has ended, it goes on with its successor if there is one.
 */
public class ShmMessageSource extends AbstractMessageSource<Object> implements Pausable {

    private final ShmDestination source;
    private final ReentrantLock opening = new ReentrantLock();
    private volatile @Nullable ShmReceiver receiver;
    private volatile boolean running;
    private volatile boolean paused;
    private volatile boolean stopped;
    private Duration receiveTimeout = Duration.ZERO;
    private int maxDeliveries = ShmReceiver.DEFAULT_MAX_DELIVERIES;

    /** A source that receives from there. */
    public ShmMessageSource(ShmDestination source) {
        this.source = Objects.requireNonNull(source);
    }

    /** How long a poll waits for a message; not at all if not said. */
    public void setReceiveTimeout(Duration timeout) {
        Assert.isTrue(!timeout.isNegative(), () -> "'receiveTimeout' must not be negative: " + timeout);
        this.receiveTimeout = timeout;
    }

    /** How often a message that is rejected is delivered where there are no dead letters; 10 if not said, 0 for ever. */
    public void setMaxDeliveries(int deliveries) {
        this.maxDeliveries = deliveries;
    }

    @Override
    public String getComponentType() {
        return "shm:inbound-channel-adapter";
    }

    @Override
    public void start() {
        opening.lock();
        try {
            stopped = false;
            open();
            running = true;
        } finally {
            opening.unlock();
        }
    }

    @Override
    public void stop() {
        opening.lock();
        try {
            stopped = true;
            running = false;
            ShmReceiver open = receiver;
            receiver = null;
            if (open != null) {
                open.close();
            }
        } finally {
            opening.unlock();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Polls get nothing until {@link #resume}. */
    @Override
    public void pause() {
        paused = true;
    }

    @Override
    public void resume() {
        paused = false;
    }

    @Override
    public boolean isPaused() {
        return paused;
    }

    @Override
    protected @Nullable Object doReceive() {
        if (paused) {
            return null;
        }
        ShmReceiver from = receiver;
        if (from == null) {
            from = openUnlessStopped();
            if (from == null) {
                return null;
            }
        }
        try {
            return receive(from);
        } catch (SegmentClosedException e) {
            if (stopped) {
                return null;
            }
            ShmReceiver successor = successor(from);
            if (successor == null) {
                throw e;
            }
            return receive(successor);
        }
    }

    private @Nullable Message<?> receive(ShmReceiver from) {
        ShmDelivery delivery;
        try {
            delivery = from.receive(receiveTimeout);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
        if (delivery == null) {
            return null;
        }
        try {
            return delivery.message(true);
        } catch (ShmMessageConversionException e) {
            delivery.reject();
            throw e;
        }
    }

    private ShmReceiver open() {
        ShmReceiver open = receiver;
        if (open == null) {
            open = ShmReceiver.open(source, maxDeliveries);
            receiver = open;
        }
        return open;
    }

    private @Nullable ShmReceiver openUnlessStopped() {
        opening.lock();
        try {
            return stopped ? null : open();
        } finally {
            opening.unlock();
        }
    }

    private @Nullable ShmReceiver successor(ShmReceiver ended) {
        opening.lock();
        try {
            if (receiver == ended) {
                if (stopped || !ended.hasSuccessor()) {
                    return null;
                }
                ended.close();
                receiver = null;
            }
            return stopped ? null : open();
        } finally {
            opening.unlock();
        }
    }

    @Override
    public void destroy() {
        stop();
        super.destroy();
    }
}
