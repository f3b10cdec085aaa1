package dev.shm.integration.channel;

import dev.shm.error.SegmentClosedException;
import dev.shm.integration.support.ShmDelivery;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmMessageConversionException;
import dev.shm.integration.support.ShmReceiver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.IntegrationPatternType;
import org.springframework.integration.acks.AcknowledgmentCallback.Status;
import org.springframework.integration.channel.ExecutorChannelInterceptorAware;
import org.springframework.integration.support.management.IntegrationManagement;
import org.springframework.integration.support.management.metrics.CounterFacade;
import org.springframework.integration.support.management.metrics.MetricsCaptor;
import org.springframework.messaging.Message;
import org.springframework.messaging.PollableChannel;
import org.springframework.messaging.support.ChannelInterceptor;
import org.springframework.messaging.support.ExecutorChannelInterceptor;

/**
 * A channel that is a queue in shared memory, for those who fetch messages when they like: each message goes to one of them, in
 * whatever process.
 *
 * <p>A message is acknowledged when it is received, so it is lost if the process dies before it is handled. Within a transaction it is
 * acknowledged when that commits, and goes back when that rolls back. For at least once without transactions there is {@link
 * dev.shm.integration.inbound.ShmMessageSource}. A message that cannot be decoded is thrown as {@link
 * ShmMessageConversionException}, which a poller hands to its error channel. It goes back meanwhile, and becomes a dead letter or is
 * dropped when that has happened too often.
 *
 * <p>Any thread may receive. What waits for a message when the channel is destroyed gets null.
 */
public class PollableShmChannel extends AbstractShmChannel implements PollableChannel, ExecutorChannelInterceptorAware {

    private final ReentrantLock opening = new ReentrantLock();
    private volatile @Nullable ShmReceiver receiver;
    private volatile boolean destroyed;
    private int maxDeliveries = ShmReceiver.DEFAULT_MAX_DELIVERIES;
    private volatile @Nullable CounterFacade receiveCounter;

    /** A channel on that queue. */
    public PollableShmChannel(ShmDestination queue) {
        super(SubscribableShmChannel.checkQueue(queue));
    }

    /** How often a message that cannot be decoded is delivered where there are no dead letters; 10 if not said. */
    public void setMaxDeliveries(int deliveries) {
        this.maxDeliveries = deliveries;
    }

    @Override
    public String getComponentType() {
        return "shm:pollable-channel";
    }

    @Override
    public IntegrationPatternType getIntegrationPatternType() {
        return IntegrationPatternType.pollable_channel;
    }

    @Override
    public boolean hasExecutorInterceptors() {
        List<ChannelInterceptor> all = getInterceptors();
        return !all.isEmpty() && all.stream().anyMatch(ExecutorChannelInterceptor.class::isInstance);
    }

    /** Waits for a message; null if the thread was interrupted or the channel destroyed. */
    @Override
    public @Nullable Message<?> receive() {
        return receive(-1);
    }

    /** Receives a message, waiting that long, in milliseconds, for one; with -1 for as long as it takes. */
    @Override
    public @Nullable Message<?> receive(long timeout) {
        // As the framework's own does, but that renders a message for a log that is off.
        ChannelInterceptorList list = getIChannelInterceptorList();
        if (list.getSize() == 0) {
            return receiveAndCount(timeout);
        }
        Deque<ChannelInterceptor> called = new ArrayDeque<>();
        try {
            if (!list.preReceive(this, called)) {
                return null;
            }
            Message<?> message = receiveAndCount(timeout);
            if (message != null) {
                message = list.postReceive(message, this);
            }
            list.afterReceiveCompletion(message, this, null, called);
            return message;
        } catch (RuntimeException e) {
            list.afterReceiveCompletion(null, this, e, called);
            throw e;
        }
    }

    private @Nullable Message<?> receiveAndCount(long timeout) {
        MetricsCaptor captor = getMetricsCaptor();
        try {
            Message<?> message = doReceive(timeout);
            if (message != null) {
                if (captor != null) {
                    successes(captor).increment();
                }
                if (isLoggingEnabled() && logger.isDebugEnabled()) {
                    logger.debug("postReceive on channel '" + this + "', message: " + message);
                }
            }
            return message;
        } catch (RuntimeException e) {
            if (captor != null) {
                counter(captor, e.getClass().getSimpleName()).increment();
            }
            throw e;
        }
    }

    private @Nullable Message<?> doReceive(long timeout) {
        long deadline =
                timeout > 0 ? System.nanoTime() + Duration.ofMillis(timeout).toNanos() : 0;
        for (; ; ) {
            ShmReceiver from = receiver();
            if (from == null) {
                return null;
            }
            Duration wait = timeout < 0
                    ? Duration.ofDays(1)
                    : timeout == 0 ? Duration.ZERO : Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
            try {
                ShmDelivery delivery = from.receive(wait);
                if (delivery != null) {
                    return accept(delivery);
                }
                if (timeout >= 0) {
                    return null;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return null;
            } catch (SegmentClosedException e) {
                if (!destroyed && !replace(from)) {
                    throw e;
                }
            }
        }
    }

    private static Message<?> accept(ShmDelivery delivery) {
        Message<?> message;
        try {
            message = delivery.message(false);
        } catch (ShmMessageConversionException e) {
            delivery.reject();
            throw e;
        }
        delivery.acknowledge(Status.ACCEPT);
        return message;
    }

    /** What is open; null once the channel is destroyed. */
    private @Nullable ShmReceiver receiver() {
        ShmReceiver open = receiver;
        if (open != null) {
            return open;
        }
        opening.lock();
        try {
            open = receiver;
            if (open == null && !destroyed) {
                open = ShmReceiver.open(getDestination(), maxDeliveries);
                receiver = open;
            }
            return open;
        } finally {
            opening.unlock();
        }
    }

    /** Whether there is a successor of the segment that has ended, or somebody has seen to that already. */
    private boolean replace(ShmReceiver ended) {
        opening.lock();
        try {
            if (receiver != ended) {
                return true;
            }
            if (!ended.hasSuccessor()) {
                return false;
            }
            ended.close();
            receiver = null;
            return true;
        } finally {
            opening.unlock();
        }
    }

    private CounterFacade successes(MetricsCaptor captor) {
        CounterFacade known = receiveCounter;
        if (known == null) {
            known = counter(captor, null);
            receiveCounter = known;
        }
        return known;
    }

    private CounterFacade counter(MetricsCaptor captor, @Nullable String exception) {
        String name = getComponentName();
        CounterFacade counter = captor.counterBuilder(IntegrationManagement.RECEIVE_COUNTER_NAME)
                .tag("name", name == null ? "unknown" : name)
                .tag("type", "channel")
                .tag("result", exception == null ? "success" : "failure")
                .tag("exception", exception == null ? "none" : exception)
                .description("Messages received")
                .build();
        meters.add(counter);
        return counter;
    }

    @Override
    public void destroy() {
        opening.lock();
        try {
            destroyed = true;
            ShmReceiver open = receiver;
            receiver = null;
            if (open != null) {
                open.close();
            }
        } finally {
            opening.unlock();
        }
        super.destroy();
    }
}
