package dev.shm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.integration.channel.PollableShmChannel;
import dev.shm.integration.channel.SubscribableShmChannel;
import dev.shm.integration.dsl.Shm;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.testing.Application;
import dev.shm.integration.testing.Segment;
import dev.shm.integration.testing.Watchdog;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.micrometer.observation.transport.ReceiverContext;
import io.micrometer.observation.transport.SenderContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.integration.config.EnableIntegrationManagement;
import org.springframework.integration.core.MessagingTemplate;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.integration.support.management.observation.MessageSenderContext;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.support.GenericMessage;

/** That sends and receives are observed, and that the trace of a message goes with it through shared memory. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ObservationTest {

    @Order(1)
    @RegisterExtension
    final Segment segment = new Segment();

    @Order(2)
    @RegisterExtension
    final Application application = new Application();

    private static final BlockingQueue<Message<?>> RECEIVED = new LinkedBlockingQueue<>();

    /** Does with traces what a bridge to a tracer does: each send has one, and each receiver finds that of its message. */
    static final class Traces implements ObservationHandler<Observation.Context> {

        private final AtomicInteger numbers = new AtomicInteger();

        @Override
        public boolean supportsContext(Observation.Context context) {
            return true;
        }

        @Override
        public void onStart(Observation.Context context) {
            if (context instanceof SenderContext<?> sender) {
                send(sender);
            } else if (context instanceof ReceiverContext<?> receiver) {
                receive(receiver);
            }
        }

        private <C> void send(SenderContext<C> context) {
            String trace = ((MessageSenderContext) context).getProducerName() + "#" + numbers.incrementAndGet();
            context.getSetter().set(context.getCarrier(), "traceparent", trace);
        }

        private static <C> void receive(ReceiverContext<C> context) {
            String trace = context.getGetter().get(context.getCarrier(), "traceparent");
            context.put("parent", trace == null ? "none" : trace);
        }
    }

    @EnableIntegrationManagement(observationPatterns = "*")
    static class Observed {

        @Bean
        TestObservationRegistry observations() {
            TestObservationRegistry registry = TestObservationRegistry.create();
            registry.observationConfig().observationHandler(new Traces());
            return registry;
        }
    }

    private Application start(Class<?>... configurations) {
        RECEIVED.clear();
        return application
                .bean("desk", SharedMemory.class, segment::mine)
                .with(configurations)
                .start();
    }

    static class Channels {
        @Bean
        SubscribableShmChannel texts(SharedMemory desk) {
            return new SubscribableShmChannel(ShmDestination.queue(desk, "texts", String.class));
        }

        @Bean
        IntegrationFlow flow() {
            return IntegrationFlow.from("texts")
                    .handle(String.class, (text, headers) -> text.length(), endpoint -> endpoint.id("counts"))
                    .handle((MessageHandler) RECEIVED::add)
                    .get();
        }
    }

    @Test
    void shouldCarryTheTraceThroughAChannel() {
        Application running = start(Observed.class, Channels.class);
        running.get("texts", MessageChannel.class).send(new GenericMessage<>("abc"));
        Watchdog.take(RECEIVED);
        TestObservationRegistry registry = running.get("observations", TestObservationRegistry.class);
        Watchdog.await("the observations", () -> {
            TestObservationRegistryAssert.assertThat(registry)
                    .hasObservationWithNameEqualTo("spring.integration.producer")
                    .that()
                    .hasLowCardinalityKeyValue("spring.integration.name", "texts");
            return true;
        });
        TestObservationRegistryAssert.assertThat(registry)
                .hasAnObservation(context -> context.hasNameEqualTo("spring.integration.handler")
                        .hasLowCardinalityKeyValue("spring.integration.name", "counts"));
        assertThat(parents(registry, "counts")).containsExactly("texts#1");
    }

    /** The traces that observations of that component have found in their messages. */
    private static List<Object> parents(TestObservationRegistry registry, String component) {
        List<Object> parents = new ArrayList<>();
        TestObservationRegistryAssert.assertThat(registry)
                .hasHandledContextsThatSatisfy(contexts -> contexts.stream()
                        .filter(context -> context.getLowCardinalityKeyValue("spring.integration.name") != null
                                && context.getLowCardinalityKeyValue("spring.integration.name")
                                        .getValue()
                                        .equals(component)
                                && context.get("parent") != null)
                        .forEach(context -> parents.add(context.get("parent"))));
        return parents;
    }

    static class Adapters {
        @Bean
        IntegrationFlow out(SharedMemory desk) {
            return flow -> flow.handle(
                    Shm.outboundChannelAdapter(ShmDestination.queue(desk, "texts", String.class)),
                    endpoint -> endpoint.id("sends"));
        }

        @Bean
        IntegrationFlow in(SharedMemory desk) {
            return IntegrationFlow.from(
                            Shm.messageDrivenChannelAdapter(ShmDestination.queue(desk, "texts", String.class))
                                    .id("receives"))
                    .handle((MessageHandler) RECEIVED::add)
                    .get();
        }
    }

    @Test
    void shouldCarryTheTraceFromTheOutboundToTheMessageDrivenAdapter() {
        Application running = start(Observed.class, Adapters.class);
        running.get("out.input", MessageChannel.class).send(new GenericMessage<>("abc"));
        Watchdog.take(RECEIVED);
        TestObservationRegistry registry = running.get("observations", TestObservationRegistry.class);
        Watchdog.await("the observations", () -> !parents(registry, "receives").isEmpty());
        assertThat(parents(registry, "receives")).singleElement().asString().startsWith("texts#");
    }

    static class Gateways {
        @Bean
        IntegrationFlow asks(SharedMemory desk) {
            return flow -> flow.handle(
                    Shm.outboundGateway(ShmDestination.queue(desk, "requests", String.class)),
                    endpoint -> endpoint.id("asks.gateway"));
        }

        @Bean
        IntegrationFlow answers(SharedMemory desk) {
            return IntegrationFlow.from(Shm.inboundGateway(ShmDestination.queue(desk, "requests", String.class))
                            .id("answers.gateway"))
                    .transform(String.class, text -> text + "!")
                    .get();
        }
    }

    @Test
    void shouldCarryTheTraceFromTheOutboundToTheInboundGateway() {
        Application running = start(Observed.class, Gateways.class);
        MessagingTemplate template = new MessagingTemplate(running.get("asks.input", MessageChannel.class));
        assertThat(template.convertSendAndReceive("hello", String.class)).isEqualTo("hello!");
        TestObservationRegistry registry = running.get("observations", TestObservationRegistry.class);
        Watchdog.await(
                "the observations", () -> !parents(registry, "answers.gateway").isEmpty());
        assertThat(parents(registry, "answers.gateway"))
                .singleElement()
                .asString()
                .startsWith("requests#");
    }

    @EnableIntegrationManagement
    static class Measured {
        @Bean
        MeterRegistry meters() {
            return new SimpleMeterRegistry();
        }

        @Bean
        PollableShmChannel polled(SharedMemory desk) {
            return new PollableShmChannel(ShmDestination.queue(desk, "polled", String.class));
        }
    }

    @Test
    void shouldCountAndTimeWhatIsSentAndReceived() {
        Application running = start(Measured.class, Channels.class);
        running.get("texts", MessageChannel.class).send(new GenericMessage<>("abc"));
        Watchdog.take(RECEIVED);
        PollableShmChannel polled = running.get("polled", PollableShmChannel.class);
        polled.send(new GenericMessage<>("a"));
        assertThat(polled.receive(0)).isNotNull();
        MeterRegistry meters = running.get("meters", MeterRegistry.class);
        assertThat(meters.get("spring.integration.send")
                        .tag("name", "texts")
                        .tag("result", "success")
                        .timer()
                        .count())
                .isEqualTo(1);
        assertThat(meters.get("spring.integration.receive")
                        .tag("name", "polled")
                        .tag("result", "success")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(running.context().getBeansOfType(ObservationRegistry.class)).isEmpty();
    }
}
