package dev.shm.integration.dsl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.integration.support.ShmAckMode;
import dev.shm.integration.support.ShmBatchMode;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmHeaders;
import dev.shm.integration.testing.Application;
import dev.shm.integration.testing.Segment;
import dev.shm.integration.testing.Trade;
import dev.shm.integration.testing.Watchdog;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.Lifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.integration.StaticMessageHeaderAccessor;
import org.springframework.integration.config.EnableMessageHistory;
import org.springframework.integration.core.MessagingTemplate;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.integration.dsl.Pollers;
import org.springframework.integration.history.MessageHistory;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.PollableChannel;
import org.springframework.messaging.support.GenericMessage;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShmDslTest {

    @Order(1)
    @RegisterExtension
    final Segment segment = new Segment();

    @Order(2)
    @RegisterExtension
    final Application application = new Application();

    private static final BlockingQueue<Message<?>> RECEIVED = new LinkedBlockingQueue<>();

    private Application start(Class<?> configuration) {
        RECEIVED.clear();
        return application
                .bean("desk", SharedMemory.class, segment::mine)
                .with(configuration)
                .start();
    }

    @EnableMessageHistory
    static class Adapters {

        @Bean
        IntegrationFlow in(SharedMemory desk) {
            return IntegrationFlow.from(
                            Shm.messageDrivenChannelAdapter(ShmDestination.queue(desk, "orders", Trade.class))
                                    .id("orders.adapter")
                                    .concurrency(2)
                                    .maxDeliveries(3)
                                    .shutdownTimeout(Duration.ofSeconds(10))
                                    .recoveryInterval(Duration.ofMillis(100))
                                    .redeliveryDelay(Duration.ofMillis(5), Duration.ofMillis(50))
                                    .taskExecutor(new SimpleAsyncTaskExecutor("orders-"))
                                    .retryTemplate(new RetryTemplate(RetryPolicy.withMaxRetries(1)))
                                    .recoveryCallback((attributes, failure) -> {
                                        throw new IllegalStateException(failure);
                                    }))
                    .transform(Trade.class, order -> "booked " + order.id())
                    .handle(Shm.outboundChannelAdapter(Map.of(
                                    "eu", ShmDestination.queue(desk, "eu", String.class),
                                    "us", ShmDestination.queue(desk, "us", String.class)))
                            .destinationExpression("headers.region")
                            .sendTimeout(1_000))
                    .get();
        }

        @Bean
        IntegrationFlow polled(SharedMemory desk) {
            return IntegrationFlow.from(
                            Shm.inboundChannelAdapter(ShmDestination.queue(desk, "eu", String.class))
                                    .receiveTimeout(Duration.ofMillis(1))
                                    .maxDeliveries(3),
                            poller -> poller.id("polled.adapter").poller(Pollers.fixedDelay(1)))
                    .handle((MessageHandler) RECEIVED::add)
                    .get();
        }

        @Bean
        IntegrationFlow out(SharedMemory desk) {
            return flow -> flow.handle(Shm.outboundChannelAdapter(ShmDestination.queue(desk, "orders", Trade.class)));
        }
    }

    @Test
    void shouldRunAdaptersInFlows() {
        Application running = start(Adapters.class);
        MessageChannel out = running.get("out.input", MessageChannel.class);
        for (int i = 0; i < 20; i++) {
            out.send(new GenericMessage<>(new Trade("o" + i, 1), Map.of("region", "eu")));
        }
        for (int i = 0; i < 20; i++) {
            Message<?> message = Watchdog.take(RECEIVED);
            assertThat(message.getPayload()).asString().startsWith("booked o");
            assertThat(message.getHeaders()).containsEntry(ShmHeaders.NAME, "eu");
            // Through shared memory twice, and still there.
            assertThat(MessageHistory.read(message))
                    .extracting(component -> component.getProperty("name"))
                    .contains("out.input", "orders.adapter", "polled.adapter");
            assertThat(MessageHistory.read(message))
                    .extracting(component -> component.getProperty("type"))
                    .contains(
                            "shm:message-driven-channel-adapter",
                            "shm:outbound-channel-adapter",
                            "shm:inbound-channel-adapter");
        }
    }

    static class Channels {

        @Bean
        IntegrationFlow flow(SharedMemory desk) {
            return IntegrationFlow.from("input")
                    .channel(Shm.subscribableChannel("first", ShmDestination.queue(desk, "first", String.class))
                            .concurrency(2)
                            .failover(false)
                            .failoverStrategy(failure -> false)
                            .ackMode(ShmAckMode.AUTO)
                            .maxDeliveries(5)
                            .redeliveryDelay(Duration.ofMillis(5), Duration.ofMillis(50))
                            .maxSubscribers(1)
                            .sendTimeout(1_000)
                            .errorChannel("errorChannel"))
                    .channel(Shm.publishSubscribeChannel("second", ShmDestination.topic(desk, "second", String.class))
                            .ignoreFailures(true)
                            .applySequence(true)
                            .phase(5)
                            .shutdownTimeout(Duration.ofSeconds(7)))
                    .channel(Shm.pollableChannel("third", ShmDestination.queue(desk, "third", String.class))
                            .maxDeliveries(4))
                    .bridge(bridge -> bridge.poller(Pollers.fixedDelay(1).receiveTimeout(1)))
                    .handle((MessageHandler) RECEIVED::add)
                    .get();
        }
    }

    @Test
    void shouldRunChannelsInFlows() {
        Application running = start(Channels.class);
        MessageChannel input = running.get("input", MessageChannel.class);
        input.send(new GenericMessage<>("a"));
        assertThat(Watchdog.take(RECEIVED).getPayload()).isEqualTo("a");
        assertThat(running.get("third", PollableChannel.class).receive(0)).isNull();
    }

    static class Gateways {

        @Bean
        IntegrationFlow asks(SharedMemory desk) {
            return flow -> flow.handle(Shm.outboundGateway(ShmDestination.queue(desk, "requests", String.class))
                            .replyTimeout(60_000)
                            .requestTimeout(1_000)
                            .replyCapacity(1 << 16))
                    .transform(String.class, reply -> reply + "!");
        }

        @Bean
        IntegrationFlow answers(SharedMemory desk) {
            return IntegrationFlow.from(Shm.inboundGateway(ShmDestination.queue(desk, "requests", String.class))
                            .concurrency(2)
                            .maxDeliveries(1)
                            .redeliveryDelay(Duration.ofMillis(5), Duration.ofMillis(50))
                            .replySendTimeout(1_000))
                    .transform(String.class, request -> "re: " + request)
                    .get();
        }
    }

    @Test
    void shouldRunGatewaysInFlows() {
        Application running = start(Gateways.class);
        MessagingTemplate template = new MessagingTemplate(running.get("asks.input", MessageChannel.class));
        assertThat(template.convertSendAndReceive("hello", String.class)).isEqualTo("re: hello!");
    }

    static class Batches {

        @Bean
        IntegrationFlow in(SharedMemory desk) {
            return IntegrationFlow.from(
                            Shm.messageDrivenChannelAdapter(ShmDestination.queue(desk, "texts", String.class))
                                    .batchSize(10)
                                    .batchMode(ShmBatchMode.PAYLOADS)
                                    .ackMode(ShmAckMode.MANUAL)
                                    .autoStartup(false)
                                    .id("batches"))
                    .handle(List.class, (batch, headers) -> batch)
                    .handle((MessageHandler) RECEIVED::add)
                    .get();
        }

        @Bean
        IntegrationFlow out(SharedMemory desk) {
            return flow -> flow.handle(Shm.outboundChannelAdapter(ShmDestination.queue(desk, "texts", String.class)));
        }
    }

    @Test
    void shouldRunBatchesInFlows() {
        Application running = start(Batches.class);
        MessageChannel out = running.get("out.input", MessageChannel.class);
        List.of("a", "b", "c").forEach(text -> out.send(new GenericMessage<>(text)));
        running.get("batches", Lifecycle.class).start();
        Message<?> batch = Watchdog.take(RECEIVED);
        assertThat(batch.getPayload()).isEqualTo(List.of("a", "b", "c"));
        StaticMessageHeaderAccessor.getAcknowledgment(batch).acknowledge();
    }
}
