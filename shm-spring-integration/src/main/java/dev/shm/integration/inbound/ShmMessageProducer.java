package dev.shm.integration.inbound;

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
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.core.AttributeAccessor;
import org.springframework.core.retry.RetryException;
import org.springframework.core.retry.RetryOperations;
import org.springframework.integration.IntegrationMessageHeaderAccessor;
import org.springframework.integration.StaticMessageHeaderAccessor;
import org.springframework.integration.context.OrderlyShutdownCapable;
import org.springframework.integration.core.Pausable;
import org.springframework.integration.core.RecoveryCallback;
import org.springframework.integration.endpoint.MessageProducerSupport;
import org.springframework.integration.support.ErrorMessageUtils;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessageHandlingException;
import org.springframework.util.Assert;

/**
 * Receives messages from a queue, or from a subscription to a topic, and sends them to a channel: a message-driven channel adapter.
 *
 * <p>A message is acknowledged when the channel's flow returns. If that throws:
 *
 * <ul>
 *   <li>with a {@linkplain #setRetryTemplate retry template} it is tried again here, and in the end goes to the {@linkplain
 *       #setRecoveryCallback recovery callback}
 *   <li>with an error channel the failure goes there, and the message is acknowledged if the error flow returns
 *   <li>otherwise the message goes back and is delivered again, to this or another process, with {@link
 *       dev.shm.integration.support.ShmHeaders#DELIVERY_COUNT} raised, until the queue makes it a dead letter; where there are none, it
 *       is dropped after {@link #setMaxDeliveries} deliveries, with an error in the log
 * </ul>
 *
 * <p>A message that cannot be decoded is treated alike, with a {@link ShmMessageConversionException} that has its bytes. When this stops,
 * messages that are being handled are waited for, and others go back: nothing is lost. Any thread may start, stop and pause it.
 */
public class ShmMessageProducer extends MessageProducerSupport implements Pausable, OrderlyShutdownCapable {

    private final ShmListenerContainer container;
    private @Nullable RetryOperations retryTemplate;
    private @Nullable RecoveryCallback<?> recoveryCallback;

    /** An adapter that receives from there. */
    @SuppressWarnings("this-escape")
    public ShmMessageProducer(ShmDestination source) {
        this.container = new ShmListenerContainer(source, new Listener());
        setErrorMessageStrategy(new ShmErrorMessageStrategy());
    }

    /** How many threads receive; 1 if not said. With more than one, messages are handled out of order. */
    public void setConcurrency(int threads) {
        container.setConcurrency(threads);
    }

    /** How many messages go to the channel as one, if so many are there; 1 if not said, which is not a batch. */
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

    /** How often a message that fails is delivered where there are no dead letters; 10 if not said, 0 for as often as it takes. */
    public void setMaxDeliveries(int deliveries) {
        container.setMaxDeliveries(deliveries);
    }

    /** Runs the receiving threads, each of them until this stops. Threads of its own if not said; virtual ones will do. */
    public void setTaskExecutor(Executor executor) {
        container.setExecutor(executor);
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

    /** Tries a message again in this process before it goes back. Not together with an error channel. */
    public void setRetryTemplate(RetryOperations template) {
        this.retryTemplate = Objects.requireNonNull(template);
    }

    /**
     * Gets a message that was retried in vain, and is acknowledged then unless this throws. To send to an error channel, give an
     * {@code ErrorMessageSendingRecoverer}.
     */
    public void setRecoveryCallback(RecoveryCallback<?> callback) {
        this.recoveryCallback = Objects.requireNonNull(callback);
    }

    @Override
    public String getComponentType() {
        return "shm:message-driven-channel-adapter";
    }

    @Override
    protected void onInit() {
        super.onInit();
        Assert.state(
                retryTemplate == null || getErrorChannel() == null,
                "an error channel would get a message before the retry template has tried it again: give the recovery "
                        + "callback an ErrorMessageSendingRecoverer for that channel instead");
        Assert.state(
                recoveryCallback == null || retryTemplate != null,
                "a recovery callback needs a retry template, which calls it in the end");
        if (getComponentName() != null) {
            container.setName(getComponentName());
        }
    }

    @Override
    protected void doStart() {
        super.doStart();
        container.start();
    }

    @Override
    protected void doStop() {
        super.doStop();
        container.stop();
    }

    @Override
    protected void doStop(Runnable callback) {
        super.doStop();
        container.stop(callback);
    }

    @Override
    public void pause() {
        container.pause();
    }

    @Override
    public void resume() {
        container.resume();
    }

    @Override
    public boolean isPaused() {
        return container.isPaused();
    }

    @Override
    public int beforeShutdown() {
        stop();
        return 0;
    }

    @Override
    public int afterShutdown() {
        return 0;
    }

    /** Hands over what was received. */
    private final class Listener implements ShmListener {

        @Override
        public void onMessage(Message<?> message) {
            RetryOperations retries = retryTemplate;
            if (retries == null) {
                sendMessage(message);
            } else {
                retry(message, retries);
            }
        }

        private void retry(Message<?> message, RetryOperations retries) {
            Message<?> counted = getMessageBuilderFactory()
                    .fromMessage(message)
                    .setHeader(IntegrationMessageHeaderAccessor.DELIVERY_ATTEMPT, new AtomicInteger())
                    .build();
            try {
                retries.execute(() -> {
                    AtomicInteger attempt = StaticMessageHeaderAccessor.getDeliveryAttempt(counted);
                    if (attempt != null) {
                        attempt.incrementAndGet();
                    }
                    sendMessage(counted);
                    return true;
                });
            } catch (RetryException e) {
                if (!recover(counted, e)) {
                    throw new MessageHandlingException(
                            message,
                            "failed after " + e.getRetryCount() + " retries in '" + getComponentName() + "'",
                            e);
                }
            }
        }

        private boolean recover(@Nullable Message<?> message, Throwable failure) {
            RecoveryCallback<?> callback = recoveryCallback;
            if (callback == null) {
                return false;
            }
            AttributeAccessor attributes = ErrorMessageUtils.getAttributeAccessor(message, message);
            callback.recover(attributes, failure);
            return true;
        }

        @Override
        public boolean onUnreadable(ShmMessageConversionException failure) {
            MessageChannel errors = getErrorChannel();
            if (errors == null) {
                return recover(failure.getFailedMessage(), failure);
            }
            getMessagingTemplate().send(errors, buildErrorMessage(failure.getFailedMessage(), failure));
            return true;
        }
    }
}
