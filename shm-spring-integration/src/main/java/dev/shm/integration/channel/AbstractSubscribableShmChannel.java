package dev.shm.integration.channel;

import dev.shm.integration.support.ShmAckMode;
import dev.shm.integration.support.ShmBatchMode;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmErrorMessageStrategy;
import dev.shm.integration.support.ShmListener;
import dev.shm.integration.support.ShmListenerContainer;
import dev.shm.integration.support.ShmMessageConversionException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.integration.context.IntegrationContextUtils;
import org.springframework.integration.dispatcher.AbstractDispatcher;
import org.springframework.integration.support.ErrorMessageStrategy;
import org.springframework.integration.support.ErrorMessageUtils;
import org.springframework.integration.support.management.ManageableSmartLifecycle;
import org.springframework.integration.support.management.SubscribableChannelManagement;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.SubscribableChannel;
import org.springframework.util.Assert;

/**
 * What the channels with subscribers have in common. They receive while they are running and have at least one subscriber in this
 * process; one that has none leaves the messages to others.
 *
 * <p>A message is acknowledged when its handler returns, unless {@linkplain #setAckMode handlers do that}. If the handler throws, it goes back and is delivered again, with {@link
 * dev.shm.integration.support.ShmHeaders#DELIVERY_COUNT} raised, until the queue makes it a dead letter, or, if it has none of
 * these, until it has been delivered {@link #setMaxDeliveries} times. Then, and if it cannot be decoded, it goes to the error channel;
 * if there is none, it is dropped with an error in the log.
 */
public abstract class AbstractSubscribableShmChannel extends AbstractShmChannel
        implements SubscribableChannel, SubscribableChannelManagement, ManageableSmartLifecycle {

    /** That of message producers: after what handles messages has started, and before it stops. */
    private static final int DEFAULT_PHASE = Integer.MAX_VALUE / 2;

    private final AbstractDispatcher dispatcher;
    private final ShmListenerContainer container;
    private final ReentrantLock lifecycle = new ReentrantLock();
    private ErrorMessageStrategy errorMessageStrategy = new ShmErrorMessageStrategy();
    private @Nullable MessageChannel errorChannel;
    private @Nullable String errorChannelName;
    private boolean autoStartup = true;
    private int phase = DEFAULT_PHASE;
    private volatile boolean running;

    AbstractSubscribableShmChannel(ShmDestination destination, AbstractDispatcher dispatcher) {
        super(destination);
        this.dispatcher = dispatcher;
        this.container = new ShmListenerContainer(destination, new Listener());
        this.container.setOriginHeaders(false);
    }

    /** How many threads receive; 1 if not said. With more than one, messages are handled out of order. */
    public void setConcurrency(int threads) {
        container.setConcurrency(threads);
    }

    /**
     * How many messages a subscriber gets as one, if so many are there; 1 if not said, which is not a batch. The payload of a batch is a
     * list, see {@link #setBatchMode}.
     */
    public void setBatchSize(int messages) {
        container.setBatchSize(messages);
    }

    /** What the payload of a batch is; payloads if not said. */
    public void setBatchMode(ShmBatchMode mode) {
        container.setBatchMode(mode);
    }

    /** Who acknowledges; {@link ShmAckMode#AUTO} if not said. */
    public void setAckMode(ShmAckMode mode) {
        container.setAckMode(mode);
    }

    /** Runs the receiving threads, each of them until the channel stops. Threads of its own if not said; virtual ones will do. */
    public void setTaskExecutor(Executor executor) {
        container.setExecutor(executor);
    }

    /** How often a message that fails is delivered where there are no dead letters; 10 if not said, 0 for as often as it takes. */
    public void setMaxDeliveries(int deliveries) {
        container.setMaxDeliveries(deliveries);
    }

    /** How long stopping waits for messages that are being handled; 5 seconds if not said. */
    public void setShutdownTimeout(Duration timeout) {
        container.setShutdownTimeout(timeout);
    }

    /** How long to wait between attempts to open what cannot be received from; a second if not said. */
    public void setRecoveryInterval(Duration interval) {
        container.setRecoveryInterval(interval);
    }

    /** How long a message that has failed is kept before it goes back, doubled each time; 10 milliseconds if not said, 0 for at once. */
    public void setRedeliveryDelay(Duration delay) {
        container.setRedeliveryDelay(delay);
    }

    /** How long a message that has failed is kept at most before it goes back; a second if not said. */
    public void setMaxRedeliveryDelay(Duration delay) {
        container.setMaxRedeliveryDelay(delay);
    }

    /** How many handlers may subscribe. */
    public void setMaxSubscribers(int most) {
        dispatcher.setMaxSubscribers(most);
    }

    /** Gets messages that cannot be decoded and those that have failed too often; the bean {@code errorChannel} if not said. */
    public void setErrorChannel(MessageChannel channel) {
        this.errorChannel = Objects.requireNonNull(channel);
    }

    /** As {@link #setErrorChannel}, by the name of the bean. */
    public void setErrorChannelName(String name) {
        Assert.hasText(name, "'errorChannelName' must not be empty");
        this.errorChannelName = name;
    }

    /** Makes the messages for the error channel. */
    public void setErrorMessageStrategy(ErrorMessageStrategy strategy) {
        this.errorMessageStrategy = Objects.requireNonNull(strategy);
    }

    /** Whether it starts with the application; it does if not said. */
    public void setAutoStartup(boolean wanted) {
        this.autoStartup = wanted;
    }

    /** When it starts and stops, in relation to others. */
    public void setPhase(int phase) {
        this.phase = phase;
    }

    @Override
    public boolean isAutoStartup() {
        return autoStartup;
    }

    @Override
    public int getPhase() {
        return phase;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Whether it is receiving: it runs, and has a subscriber. */
    public boolean isReceiving() {
        return container.isRunning();
    }

    @Override
    protected void onInit() {
        super.onInit();
        container.setName(getComponentName() == null ? getDestination().name() : getComponentName());
    }

    @Override
    public void start() {
        lifecycle.lock();
        try {
            if (dispatcher.getHandlerCount() > 0) {
                container.start();
            }
            running = true;
        } finally {
            lifecycle.unlock();
        }
    }

    @Override
    public void stop() {
        Runnable wait;
        lifecycle.lock();
        try {
            running = false;
            wait = container.beginStop();
        } finally {
            lifecycle.unlock();
        }
        // Not under the lock: what is being handled may subscribe or unsubscribe.
        wait.run();
    }

    @Override
    public void stop(Runnable callback) {
        boolean receiving;
        lifecycle.lock();
        try {
            running = false;
            receiving = container.isRunning();
            if (receiving) {
                container.stop(callback);
            }
        } finally {
            lifecycle.unlock();
        }
        if (!receiving) {
            callback.run();
        }
    }

    @Override
    public boolean subscribe(MessageHandler handler) {
        lifecycle.lock();
        try {
            boolean added = dispatcher.addHandler(handler);
            if (added && running) {
                container.start();
            }
            return added;
        } finally {
            lifecycle.unlock();
        }
    }

    @Override
    public boolean unsubscribe(MessageHandler handler) {
        if (dispatcher.getHandlerCount() == 1) {
            // Before it is gone: what has been received is for it.
            container.stop();
        }
        lifecycle.lock();
        try {
            boolean removed = dispatcher.removeHandler(handler);
            if (running && dispatcher.getHandlerCount() > 0) {
                // Another one came meanwhile, or it was not this one.
                container.start();
            } else if (dispatcher.getHandlerCount() == 0 && container.isRunning()) {
                container.stop(() -> {});
            }
            return removed;
        } finally {
            lifecycle.unlock();
        }
    }

    @Override
    public int getSubscriberCount() {
        return dispatcher.getHandlerCount();
    }

    @Override
    public void destroy() {
        stop();
        super.destroy();
    }

    private @Nullable MessageChannel findErrorChannel() {
        MessageChannel known = errorChannel;
        if (known == null) {
            BeanFactory beans = getBeanFactory();
            String name = errorChannelName;
            if (name != null) {
                known = getChannelResolver().resolveDestination(name);
            } else if (beans != null && beans.containsBean(IntegrationContextUtils.ERROR_CHANNEL_BEAN_NAME)) {
                known = beans.getBean(IntegrationContextUtils.ERROR_CHANNEL_BEAN_NAME, MessageChannel.class);
            }
            errorChannel = known;
        }
        return known;
    }

    /** Hands over what was received. */
    private final class Listener implements ShmListener {

        @Override
        public void onMessage(Message<?> message) {
            dispatcher.dispatch(message);
        }

        @Override
        public boolean onUnreadable(ShmMessageConversionException failure) {
            return tell(failure, failure.getFailedMessage());
        }

        @Override
        public boolean onExhausted(Message<?> message, Throwable failure) {
            return tell(failure, message);
        }

        private boolean tell(Throwable failure, @Nullable Message<?> failed) {
            MessageChannel channel = findErrorChannel();
            return channel != null
                    && channel.send(errorMessageStrategy.buildErrorMessage(
                            failure, ErrorMessageUtils.getAttributeAccessor(failed, failed)));
        }
    }
}
