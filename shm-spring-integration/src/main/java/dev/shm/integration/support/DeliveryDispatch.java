package dev.shm.integration.support;

import dev.shm.error.SharedMemoryException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.springframework.core.log.LogAccessor;
import org.springframework.integration.IntegrationMessageHeaderAccessor;
import org.springframework.integration.acks.AcknowledgmentCallback;
import org.springframework.messaging.Message;
import org.springframework.messaging.support.GenericMessage;

/**
 * Hands deliveries to a listener and ends them by what it did. What goes back is kept for a while before, so that neither this nor another
 * consumer has it again at once. Never throws; any number of threads may use it.
 */
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

    /**
     * Handles a delivery.
     *
     * @param keep waits before a message goes back that has been delivered so often
     */
    void one(ShmDelivery delivery, IntConsumer keep) {
        Message<?> message;
        try {
            message = delivery.message(withOrigin, isManual());
        } catch (ShmMessageConversionException e) {
            if (!unreadable(delivery, e)) {
                giveBack(List.of(delivery), keep);
            }
            return;
        }
        try {
            listener.onMessage(message);
        } catch (Throwable e) {
            log(e, delivery.isLast() ? "and was the last time" : "and goes back", delivery.deliveryCount());
            if (!failed(delivery, message, e)) {
                giveBack(List.of(delivery), keep);
            }
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

    /** Whether that was the end of it; if not, it goes back. */
    private boolean failed(ShmDelivery delivery, Message<?> message, Throwable failure) {
        if (delivery.isAcknowledged()) {
            return true;
        }
        if (!delivery.isLast()) {
            return false;
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
        return true;
    }

    /** Whether that was the end of it; if not, it goes back. */
    private boolean unreadable(ShmDelivery delivery, ShmMessageConversionException failure) {
        boolean dealtWith = false;
        try {
            dealtWith = listener.onUnreadable(failure);
        } catch (Throwable e) {
            logger.error(e, "What should have dealt with a message that cannot be read has failed itself");
        }
        if (!dealtWith && !delivery.isLast()) {
            if (logger.isWarnEnabled()) {
                logger.warn(failure.getMessage() + ". It goes back.");
            }
            return false;
        }
        if (!dealtWith) {
            dropped(delivery, "cannot be read", failure);
        }
        ack(delivery);
        return true;
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

    /** Gives back what failed together, after one wait. */
    private void giveBack(List<ShmDelivery> deliveries, IntConsumer keep) {
        if (deliveries.isEmpty()) {
            return;
        }
        if (!destination.isLossy()) {
            keep.accept(mostDeliveries(deliveries));
        }
        deliveries.forEach(this::release);
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

    /**
     * Handles several deliveries as one message.
     *
     * @param keep waits before messages go back of which one has been delivered so often
     */
    void batch(List<ShmDelivery> deliveries, IntConsumer keep) {
        List<ShmDelivery> back = new ArrayList<>();
        handle(deliveries, back);
        giveBack(back, keep);
    }

    /** Handles all, and tells which go back. */
    private void handle(List<ShmDelivery> deliveries, List<ShmDelivery> back) {
        List<ShmDelivery> readable = new ArrayList<>(deliveries.size());
        List<Message<?>> messages = new ArrayList<>(deliveries.size());
        for (ShmDelivery delivery : deliveries) {
            try {
                messages.add(delivery.message(withOrigin, isManual() && batchMode == ShmBatchMode.MESSAGES));
                readable.add(delivery);
            } catch (ShmMessageConversionException e) {
                if (!unreadable(delivery, e)) {
                    back.add(delivery);
                }
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
                if (!failed(readable.get(i), messages.get(i), e)) {
                    back.add(readable.get(i));
                }
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
