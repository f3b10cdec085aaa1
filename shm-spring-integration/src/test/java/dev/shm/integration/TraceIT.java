package dev.shm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.integration.channel.SubscribableShmChannel;
import dev.shm.integration.dsl.Shm;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.testing.Application;
import dev.shm.integration.testing.ChildJvm;
import dev.shm.integration.testing.Segment;
import dev.shm.integration.testing.Watchdog;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingSenderTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelPropagator;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.micrometer.tracing.propagation.Propagator;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.integration.config.EnableIntegrationManagement;
import org.springframework.integration.core.MessagingTemplate;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.GenericMessage;

/** That a trace begun in one JVM goes on in another, as OpenTelemetry sees it. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TraceIT {

    @Order(1)
    @RegisterExtension
    final Segment segment = new Segment();

    @Order(2)
    @RegisterExtension
    final Application application = new Application();

    /** What Boot makes of the bridge. */
    @EnableIntegrationManagement(observationPatterns = "*")
    static class Traced {

        @Bean
        InMemorySpanExporter spans() {
            return InMemorySpanExporter.create();
        }

        @Bean
        SdkTracerProvider provider(InMemorySpanExporter spans) {
            return SdkTracerProvider.builder()
                    .addSpanProcessor(SimpleSpanProcessor.create(spans))
                    .build();
        }

        @Bean
        Tracer tracer(SdkTracerProvider provider) {
            return new OtelTracer(provider.get("test"), new OtelCurrentTraceContext(), event -> {});
        }

        @Bean
        ObservationRegistry observations(Tracer tracer, SdkTracerProvider provider) {
            Propagator propagator = new OtelPropagator(
                    ContextPropagators.create(W3CTraceContextPropagator.getInstance()), provider.get("test"));
            ObservationRegistry registry = ObservationRegistry.create();
            registry.observationConfig()
                    .observationHandler(new ObservationHandler.FirstMatchingCompositeObservationHandler(
                            new PropagatingSenderTracingObservationHandler<>(tracer, propagator),
                            new PropagatingReceiverTracingObservationHandler<>(tracer, propagator),
                            new DefaultTracingObservationHandler(tracer)));
            return registry;
        }

        @Bean
        SubscribableShmChannel texts(SharedMemory desk) {
            return new SubscribableShmChannel(ShmDestination.queue(desk, "texts", String.class));
        }

        @Bean
        IntegrationFlow asks(SharedMemory desk) {
            return flow -> flow.handle(Shm.outboundGateway(ShmDestination.queue(desk, "requests", String.class)));
        }
    }

    static class Consuming {
        @Bean
        IntegrationFlow consumer(Tracer tracer) {
            return IntegrationFlow.from("texts")
                    .handle(
                            String.class,
                            (text, headers) -> {
                                System.out.println("in the flow "
                                        + tracer.currentSpan().context().traceId());
                                return null;
                            },
                            endpoint -> endpoint.id("consumes"))
                    .get();
        }

        @Bean
        IntegrationFlow answers(SharedMemory desk) {
            return IntegrationFlow.from(Shm.inboundGateway(ShmDestination.queue(desk, "requests", String.class))
                            .id("answers.gateway"))
                    .transform(String.class, text -> text + "!")
                    .get();
        }
    }

    /** The other process: says what spans it has made when the parent asks for them. */
    static final class Consumer {

        public static void main(String[] arguments) throws Exception {
            Application application = new Application();
            try (SharedMemory desk =
                    SharedMemory.named("test").directory(Path.of(arguments[0])).open()) {
                application
                        .bean("desk", SharedMemory.class, () -> desk)
                        .with(Traced.class, Consuming.class)
                        .start();
                System.out.println("ready");
                InMemorySpanExporter spans = application.get("spans", InMemorySpanExporter.class);
                while (System.in.read() >= 0) {
                    Watchdog.await("a span", () -> !consumers(spans).isEmpty());
                    System.out.println("spans "
                            + consumers(spans).stream()
                                    .map(span ->
                                            span.getTraceId() + "/" + span.getSpanId() + "/" + span.getParentSpanId())
                                    .collect(Collectors.joining(" ")));
                }
            }
            Runtime.getRuntime().halt(0);
        }

        private static List<SpanData> consumers(InMemorySpanExporter spans) {
            return spans.getFinishedSpanItems().stream()
                    .filter(span -> span.getKind() == SpanKind.CONSUMER || span.getKind() == SpanKind.SERVER)
                    .toList();
        }
    }

    private Application start() {
        return application
                .bean("desk", SharedMemory.class, segment::mine)
                .with(Traced.class)
                .start();
    }

    /** The only span of that kind here, once it has ended. */
    private static SpanData span(Application here, SpanKind... kinds) {
        InMemorySpanExporter spans = here.get("spans", InMemorySpanExporter.class);
        Watchdog.await(
                "the sender's span",
                () -> spans.getFinishedSpanItems().stream()
                        .anyMatch(span -> List.of(kinds).contains(span.getKind())));
        List<SpanData> found = spans.getFinishedSpanItems().stream()
                .filter(span -> List.of(kinds).contains(span.getKind()))
                .toList();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    @Test
    void shouldFindTheTraceOfAMessageInTheConsumerOfAnotherProcess() {
        Application here = start();
        try (ChildJvm child = ChildJvm.start(Consumer.class, segment.directory())) {
            child.await("ready");
            here.get("texts", MessageChannel.class).send(new GenericMessage<>("abc"));
            SpanData sent = span(here, SpanKind.PRODUCER);
            assertThat(child.await("in the flow ")).isEqualTo(sent.getTraceId());
            child.send("");
            String[] received = child.await("spans ").split("/");
            assertThat(received).hasSize(3);
            assertThat(received[0]).as("trace").isEqualTo(sent.getTraceId());
            assertThat(received[1]).as("own span").isNotEqualTo(sent.getSpanId());
            assertThat(received[2]).as("parent span").isEqualTo(sent.getSpanId());
        }
    }

    @Test
    void shouldFindTheTraceOfARequestInTheGatewayOfAnotherProcess() {
        Application here = start();
        try (ChildJvm child = ChildJvm.start(Consumer.class, segment.directory())) {
            child.await("ready");
            MessagingTemplate asks = new MessagingTemplate(here.get("asks.input", MessageChannel.class));
            assertThat(asks.convertSendAndReceive("hello", String.class)).isEqualTo("hello!");
            child.send("");
            String[] received = child.await("spans ").split(" ");
            InMemorySpanExporter spans = here.get("spans", InMemorySpanExporter.class);
            Watchdog.await(
                    "the span that one of the other's is a child of",
                    () -> spans.getFinishedSpanItems().stream()
                            .anyMatch(span -> Stream.of(received)
                                    .map(text -> text.split("/"))
                                    .anyMatch(other ->
                                            other[0].equals(span.getTraceId()) && other[2].equals(span.getSpanId()))));
        }
    }
}
