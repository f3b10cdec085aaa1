package dev.shm.integration.support;

import dev.shm.error.SharedMemoryException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.core.log.LogAccessor;
import org.springframework.integration.IntegrationMessageHeaderAccessor;
import org.springframework.integration.acks.AcknowledgmentCallback;
import org.springframework.messaging.Message;
import org.springframework.messaging.support.GenericMessage;

/** Hands deliveries to a listener and ends them by what it did. Never throws; any number of threads may use it. */
final class DeliveryDispatch {

    private final ShmListener listener;
    private final ShmDestination destination;
    private final ShmAckMode ackMode;
    private final ShmBatchMode batchMode;
    private final boolean withOrigin;
    private final LogAccessor logger;

    DeliveryDispatch(
            ShmListener listener,
            ShmDestination destination,
            ShmAckMode ackMode,
            ShmBatchMode batchMode,
            boolean withOrigin,
            LogAccessor logger) {
        this.listener = listener;
        this.destination = destination;
        this.ackMode = ackMode;
        this.batchMode = batchMode;
        this.withOrigin = withOrigin;
        this.logger = logger;
    }

    private boolean isManual() {
        return ackMode == ShmAckMode.MANUAL;
    }

    // ------------------------------------------------------------------------------------------ one

    void one(ShmDelivery delivery) {
        Message<?> message;
        try {
            message = delivery.message(withOrigin, isManual());
        } catch (ShmMessageConversionException e) {
            unreadable(delivery, e);
            return;
        }
        try {
            listener.onMessage(message);
        } catch (Throwable e) {
            log(e, delivery.isLast() ? "and was the last time" : "and goes back", delivery.deliveryCount());
            failed(delivery, message, e);
            return;
        }
        if (!isManual()) {
            ack(delivery);
        }
    }

    private void log(Throwable failure, String what, int deliveryCount) {
        if (logger.isWarnEnabled()) {
            logger.warn(
                    failure,
                    "Handling a message from " + destination + " failed (delivery " + deliveryCount + ") " + what);
        }
    }

    private void failed(ShmDelivery delivery, Message<?> message, Throwable failure) {
        if (delivery.isAcknowledged()) {
            return;
        }
        if (!delivery.isLast()) {
            release(delivery);
            return;
        }
        boolean dealtWith = false;
        try {
            dealtWith = listener.onExhausted(message, failure);
        } catch (Throwable e) {
            logger.error(e, "What should have dealt with a message that had failed too often has failed itself");
        }
        if (!dealtWith) {
            dropped(delivery, "failed", failure);
        }
        ack(delivery);
    }

    private void unreadable(ShmDelivery delivery, ShmMessageConversionException failure) {
        boolean dealtWith = false;
        try {
            dealtWith = listener.onUnreadable(failure);
        } catch (Throwable e) {
            logger.error(e, "What should have dealt with a message that cannot be read has failed itself");
        }
        if (dealtWith) {
            ack(delivery);
        } else if (delivery.isLast()) {
            dropped(delivery, "cannot be read", failure);
            ack(delivery);
        } else {
            if (logger.isWarnEnabled()) {
                logger.warn(failure.getMessage() + ". It goes back.");
            }
            release(delivery);
        }
    }

    private void dropped(ShmDelivery delivery, String why, Throwable failure) {
        if (logger.isErrorEnabled()) {
            logger.error(
                    failure,
                    "Dropped a message from " + destination + " that " + why + ", after " + delivery.deliveryCount()
                            + " deliveries. To keep such messages, give an error channel, or create the queue with "
                            + "deadLettersAfter(...).");
        }
    }

    private void ack(ShmDelivery delivery) {
        try {
            delivery.ack();
        } catch (SharedMemoryException | IllegalStateException e) {
            if (logger.isWarnEnabled()) {
                logger.warn("A message from " + destination
                        + " was handled and could not be acknowledged, so it is delivered again: " + e.getMessage());
            }
        }
    }

    private void release(ShmDelivery delivery) {
        try {
            delivery.release();
        } catch (SharedMemoryException | IllegalStateException e) {
            if (logger.isDebugEnabled()) {
                logger.debug(
                        "A message from " + destination + " went back before it was given back: " + e.getMessage());
            }
        }
    }

    // ------------------------------------------------------------------------------------------ several

    void batch(List<ShmDelivery> deliveries) {
        List<ShmDelivery> readable = new ArrayList<>(deliveries.size());
        List<Message<?>> messages = new ArrayList<>(deliveries.size());
        for (ShmDelivery delivery : deliveries) {
            try {
                messages.add(delivery.message(withOrigin, isManual() && batchMode == ShmBatchMode.MESSAGES));
                readable.add(delivery);
            } catch (ShmMessageConversionException e) {
                unreadable(delivery, e);
            }
        }
        if (readable.isEmpty()) {
            return;
        }
        try {
            listener.onMessage(batchOf(readable, messages));
        } catch (Throwable e) {
            log(e, "with " + (readable.size() - 1) + " others of its batch", mostDeliveries(readable));
            for (int i = 0; i < readable.size(); i++) {
                failed(readable.get(i), messages.get(i), e);
            }
            return;
        }
        if (!isManual()) {
            readable.forEach(this::ack);
        }
    }

    private static int mostDeliveries(List<ShmDelivery> deliveries) {
        int most = 0;
        for (ShmDelivery delivery : deliveries) {
            most = Math.max(most, delivery.deliveryCount());
        }
        return most;
    }

    private Message<?> batchOf(List<ShmDelivery> deliveries, List<Message<?>> messages) {
        ShmMessageHeaders headers = new ShmMessageHeaders();
        headers.raw().put(ShmHeaders.DELIVERY_COUNT, mostDeliveries(deliveries));
        headers.raw().put(ShmHeaders.NAME, destination.name());
        if (isManual()) {
            headers.raw()
                    .put(
                            IntegrationMessageHeaderAccessor.ACKNOWLEDGMENT_CALLBACK,
                            new BatchAcknowledgment(List.copyOf(deliveries)));
        }
        if (batchMode == ShmBatchMode.MESSAGES) {
            return new GenericMessage<>(messages, headers);
        }
        List<Object> payloads = new ArrayList<>(messages.size());
        List<Map<String, Object>> headersOfEach = new ArrayList<>(messages.size());
        for (Message<?> message : messages) {
            payloads.add(message.getPayload());
            headersOfEach.add(new HashMap<>(message.getHeaders()));
        }
        headers.raw().put(ShmHeaders.BATCH_HEADERS, headersOfEach);
        return new GenericMessage<>(payloads, headers);
    }

    /** Ends those of a batch that have not been ended one by one. */
    private record BatchAcknowledgment(List<ShmDelivery> deliveries) implements AcknowledgmentCallback {
        @Override
        public void acknowledge(Status status) {
            deliveries.forEach(delivery -> delivery.acknowledge(status));
        }

        @Override
        public boolean isAcknowledged() {
            return deliveries.stream().allMatch(ShmDelivery::isAcknowledged);
        }

        @Override
        public void noAutoAck() {
            deliveries.forEach(ShmDelivery::noAutoAck);
        }

        @Override
        public boolean isAutoAck() {
            return deliveries.stream().allMatch(ShmDelivery::isAutoAck);
        }
    }
}
