package dev.shm.integration.outbound;

import io.micrometer.observation.ObservationRegistry;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.support.MutableMessage;
import org.springframework.integration.support.management.observation.DefaultMessageSenderObservationConvention;
import org.springframework.integration.support.management.observation.IntegrationObservation;
import org.springframework.integration.support.management.observation.MessageSenderContext;
import org.springframework.integration.support.management.observation.MessageSenderObservationConvention;
import org.springframework.messaging.Message;

/** Sends under an observation, whose trace goes with the message. */
final class ObservedSend {

    private ObservedSend() {}

    static void send(
            Message<?> message,
            String destination,
            @Nullable MessageSenderObservationConvention convention,
            ObservationRegistry registry,
            Consumer<Message<?>> send) {
        MutableMessage<?> carrier = new MutableMessage<>(message.getPayload(), message.getHeaders());
        IntegrationObservation.PRODUCER
                .observation(
                        convention,
                        DefaultMessageSenderObservationConvention.INSTANCE,
                        () -> new MessageSenderContext(carrier, destination),
                        registry)
                .observe(() -> send.accept(carrier));
    }
}
