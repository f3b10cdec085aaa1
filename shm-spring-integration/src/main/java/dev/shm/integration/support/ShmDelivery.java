package dev.shm.integration.support;

import dev.shm.codec.Codec;
import dev.shm.queue.Delivery;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.integration.IntegrationMessageHeaderAccessor;
import org.springframework.integration.acks.AcknowledgmentCallback;
import org.springframework.integration.support.MutableMessageBuilder;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.support.GenericMessage;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A message that was received and not yet acknowledged. It is also the callback by which a flow acknowledges it: {@code ACCEPT} ends
 * it. {@code REJECT} and {@code REQUEUE} give it back, to be delivered again with its count raised; but a rejected one that has been
 * delivered as often as its receiver allows, and has no dead letters to go to, is dropped with an error in the log.
 *
 * <p>Within a transaction it is acknowledged when that has committed, and goes back when that has rolled back. Any thread may end
 * it, once; further calls do nothing. If it belongs to another consumer by then, {@link dev.shm.error.LeaseLostException} says so.
 */
public final class ShmDelivery implements AcknowledgmentCallback {

    private static final Log LOGGER = LogFactory.getLog(ShmDelivery.class);

    private static final int ENDED = 1;
    private static final int NO_AUTO_ACK = 2;

    // There is one for each message, so it is to be small.
    private static final AtomicIntegerFieldUpdater<ShmDelivery> STATE =
            AtomicIntegerFieldUpdater.newUpdater(ShmDelivery.class, "state");

    private final ShmReceiver receiver;
    private final Delivery<Message<?>> delivery;
    private volatile int state;

    ShmDelivery(ShmReceiver receiver, Delivery<Message<?>> delivery) {
        this.receiver = receiver;
        this.delivery = delivery;
    }

    /** How often the message has been delivered, this time included. */
    public int deliveryCount() {
        return delivery.deliveryCount();
    }

    /** Whether it will not be delivered again if it fails now, nor become a dead letter. */
    public boolean isLast() {
        return receiver.isLast(delivery.deliveryCount());
    }

    /**
     * The message, with the headers {@link ShmHeaders#DELIVERY_COUNT}, {@link ShmHeaders#TIMESTAMP} and {@link ShmHeaders#NAME}, and
     * if it is wanted this as callback.
     *
     * @throws ShmMessageConversionException if it cannot be decoded
     */
    public Message<?> message(boolean withCallback) {
        return message(true, withCallback);
    }

    /** As {@link #message(boolean)}; channels, whose name everybody knows, leave all but the delivery count away. */
    Message<?> message(boolean withOrigin, boolean withCallback) {
        Message<?> message;
        try {
            message = delivery.payload();
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            throw unreadable(e);
        }
        long sent = delivery.timestamp();
        if (message.getHeaders() instanceof ShmMessageHeaders headers) {
            headers.sentAt(sent);
            headers.delivered(
                    delivery.deliveryCount(),
                    withOrigin ? receiver.destination().name() : null,
                    withCallback ? this : null);
            return message;
        }
        Map<String, Object> added = new HashMap<>();
        addHeaders(added, sent, withOrigin, withCallback);
        return MutableMessageBuilder.fromMessage(message).copyHeaders(added).build();
    }

    private void addHeaders(Map<String, Object> headers, long sent, boolean withOrigin, boolean withCallback) {
        headers.put(ShmHeaders.DELIVERY_COUNT, delivery.deliveryCount());
        if (withOrigin) {
            headers.put(ShmHeaders.NAME, receiver.destination().name());
            if (sent != 0) {
                headers.put(ShmHeaders.TIMESTAMP, sent);
            }
        }
        if (withCallback) {
            headers.put(IntegrationMessageHeaderAccessor.ACKNOWLEDGMENT_CALLBACK, this);
        }
    }

    private ShmMessageConversionException unreadable(Throwable cause) {
        byte[] bytes = delivery.message().toBytes();
        Map<String, Object> headers = new HashMap<>();
        Codec<Message<?>> codec = receiver.destination().codec();
        if (codec instanceof ShmMessageCodec messages) {
            headers.putAll(messages.headersOfUnreadable(delivery.message().buffer()));
        }
        addHeaders(headers, delivery.timestamp(), true, false);
        headers.put(ShmHeaders.RAW_BYTES, bytes);
        headers.remove(MessageHeaders.ID);
        headers.remove(MessageHeaders.TIMESTAMP);
        return new ShmMessageConversionException(
                new GenericMessage<>(bytes, headers),
                "a message of " + bytes.length + " bytes from " + receiver.destination() + " (delivery "
                        + delivery.deliveryCount() + ") cannot be read: " + cause.getMessage(),
                cause);
    }

    /** Whether it is the caller who ends it. */
    private boolean end() {
        return (STATE.getAndUpdate(this, now -> now | ENDED) & ENDED) == 0;
    }

    /** Ends it: it is not delivered again. */
    public void ack() {
        if (end()) {
            delivery.ack();
        }
    }

    /** Gives it back: it is delivered again, with its count raised. */
    public void release() {
        if (end()) {
            delivery.release();
        }
    }

    /** Gives it back, or drops it if that was the last delivery. */
    public void reject() {
        if (!isLast()) {
            release();
            return;
        }
        if (LOGGER.isErrorEnabled()) {
            LOGGER.error("Dropped a message from " + receiver.destination() + " that was rejected after "
                    + delivery.deliveryCount() + " deliveries. To keep such messages, create the queue with "
                    + "deadLettersAfter(...).");
        }
        ack();
    }

    @Override
    public void acknowledge(Status status) {
        switch (status) {
            case ACCEPT -> {
                if (!TransactionSynchronizationManager.isActualTransactionActive()
                        || !TransactionSynchronizationManager.isSynchronizationActive()) {
                    ack();
                } else if (end()) {
                    TransactionSynchronizationManager.registerSynchronization(new AfterTransaction());
                }
            }
            case REJECT -> reject();
            case REQUEUE -> release();
        }
    }

    @Override
    public boolean isAcknowledged() {
        return (state & ENDED) != 0;
    }

    @Override
    public void noAutoAck() {
        STATE.getAndUpdate(this, now -> now | NO_AUTO_ACK);
    }

    @Override
    public boolean isAutoAck() {
        return (state & NO_AUTO_ACK) == 0;
    }

    private final class AfterTransaction implements TransactionSynchronization {
        @Override
        public void afterCompletion(int status) {
            if (status == STATUS_COMMITTED) {
                delivery.ack();
            } else {
                delivery.release();
            }
        }
    }

    @Override
    public String toString() {
        return "ShmDelivery[" + receiver.destination() + ", delivery " + delivery.deliveryCount()
                + (isAcknowledged() ? ", ended" : "") + "]";
    }
}
