package dev.shm.integration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.integration.channel.SubscribableShmChannel;
import dev.shm.integration.dsl.Shm;
import dev.shm.integration.lock.ShmLockRegistry;
import dev.shm.integration.metadata.ShmMetadataStore;
import dev.shm.integration.store.ShmMessageGroupStore;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmMessageMapper;
import dev.shm.integration.testing.Application;
import dev.shm.integration.testing.Segment;
import dev.shm.integration.testing.Watchdog;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.integration.channel.DirectChannel;
import org.springframework.integration.channel.QueueChannel;
import org.springframework.integration.config.EnableIntegration;
import org.springframework.integration.core.MessagingTemplate;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.integration.support.MessageBuilder;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.GenericMessage;

/** What {@code docs/spring-integration.md} shows. The lines here are the very lines there, and the last test sees to that. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TutorialTest {

    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @org.junit.jupiter.api.Order(1)
    @RegisterExtension
    final Segment segment = new Segment();

    @org.junit.jupiter.api.Order(2)
    @RegisterExtension
    final Application application = new Application();

    private static final BlockingQueue<Order> BOOKED = new LinkedBlockingQueue<>();
    private static SharedMemory memory;

    record Order(String id, int pieces) {}

    @Configuration
    @EnableIntegration
    static class Desk {

        @Bean
        SharedMemory desk() {
            return SharedMemory.named("desk").openOrCreate();
        }

        @Bean
        SubscribableShmChannel orders(SharedMemory desk) {
            return new SubscribableShmChannel(ShmDestination.queue(desk, "orders", Order.class));
        }

        @Bean
        IntegrationFlow work() {
            return IntegrationFlow.from("orders")
                    .handle(Order.class, (order, headers) -> {
                        book(order);
                        return null;
                    })
                    .get();
        }

        private static void book(Order order) {
            BOOKED.add(order);
        }
    }

    /** The same in the directory of the test. */
    @Configuration
    static class TestDesk extends Desk {
        @Bean
        @Override
        SharedMemory desk() {
            return memory;
        }
    }

    @Test
    void shouldRunTheFirstChannel() {
        memory = segment.theirs();
        application.with(TestDesk.class).start();
        application.get("orders", MessageChannel.class).send(new GenericMessage<>(new Order("A-1", 100)));
        assertThat(Watchdog.take(BOOKED)).isEqualTo(new Order("A-1", 100));
    }

    @Test
    void shouldOpenAQueueOfThatType() {
        SharedMemory desk = segment.mine();
        ShmMessageMapper mapper =
                ShmMessageMapper.builder().headers("!http_*", "*").build();
        QueueType<Message<?>> type =
                SharedQueue.of(mapper.codec(Order.class)).capacityBytes(1 << 20).deadLettersAfter(5);
        ShmDestination orders = ShmDestination.queue(desk, "orders", type);
        application
                .bean("orders", SubscribableShmChannel.class, () -> new SubscribableShmChannel(orders))
                .start();
        try (SharedQueue<Message<?>> queue = desk.open("orders", type)) {
            assertThat(queue.deadLetters()).isEmpty();
            assertThat(queue.statistics().capacityBytes()).isEqualTo(1 << 20);
        }
    }

    static class Flows {
        @Bean
        IntegrationFlow answers(SharedMemory desk) {
            return IntegrationFlow.from(Shm.inboundGateway(ShmDestination.queue(desk, "questions", String.class))
                            .concurrency(2))
                    .transform(String.class, question -> "42, since " + question)
                    .get();
        }

        @Bean
        IntegrationFlow asks(SharedMemory desk) {
            return flow -> flow.handle(Shm.outboundGateway(ShmDestination.queue(desk, "questions", String.class))
                    .replyTimeout(5_000));
        }
    }

    @Test
    void shouldRunTheGateways() {
        application
                .bean("desk", SharedMemory.class, segment::mine)
                .with(Flows.class)
                .start();
        MessagingTemplate asks = new MessagingTemplate(application.get("asks.input", MessageChannel.class));
        assertThat(asks.convertSendAndReceive("why?", String.class)).isEqualTo("42, since why?");
    }

    record OrderLine(String article, int pieces) {}

    static class Stores {
        @Bean
        ShmLockRegistry locks(SharedMemory desk) {
            return new ShmLockRegistry(desk);
        }

        @Bean
        ShmMetadataStore metadataStore(SharedMemory desk) {
            return new ShmMetadataStore(desk);
        }

        @Bean
        ShmMessageGroupStore groups(SharedMemory desk) {
            return new ShmMessageGroupStore(desk, OrderLine.class);
        }

        @Bean
        IntegrationFlow completeOrders(ShmMessageGroupStore groups, ShmLockRegistry locks) {
            return IntegrationFlow.from("lines")
                    .aggregate(a -> a.messageStore(groups).lockRegistry(locks).expireGroupsUponCompletion(true))
                    .channel("orders")
                    .get();
        }
    }

    @Test
    void shouldRunTheAggregatorAndTheStores() {
        QueueChannel whole = new QueueChannel();
        application
                .bean("desk", SharedMemory.class, segment::mine)
                .bean("lines", DirectChannel.class, DirectChannel::new)
                .bean("orders", QueueChannel.class, () -> whole)
                .with(Stores.class)
                .start();
        for (int number = 1; number <= 2; number++) {
            application
                    .get("lines", MessageChannel.class)
                    .send(MessageBuilder.withPayload(new OrderLine("a" + number, 1))
                            .setCorrelationId("A-1")
                            .setSequenceNumber(number)
                            .setSequenceSize(2)
                            .build());
        }
        assertThat(whole.receive(Watchdog.TIMEOUT.toMillis()).getPayload())
                .isEqualTo(List.of(new OrderLine("a1", 1), new OrderLine("a2", 1)));
        ShmMetadataStore metadata = application.get("metadataStore", ShmMetadataStore.class);
        assertThat(metadata.putIfAbsent("A-1", "done")).isNull();
        assertThat(application.get("locks", ShmLockRegistry.class).holders()).isEmpty();
    }

    /** Without what a formatter decides, and what a class within a class has more. */
    private static String bare(String java) {
        return java.replaceAll("\\bstatic class", "class").replaceAll("\\s+", "");
    }

    @Test
    void shouldShowTheLinesThatAreTested() throws IOException {
        Path root = Path.of("..").toAbsolutePath().normalize();
        String lines = bare(Files.readString(
                root.resolve("shm-spring-integration/src/test/java/dev/shm/integration/TutorialTest.java"), UTF_8));
        List<String> blocks = BLOCK.matcher(Files.readString(root.resolve("docs/spring-integration.md"), UTF_8))
                .results()
                .map((MatchResult block) -> block.group(1))
                .toList();
        assertThat(blocks).hasSize(6);
        for (String block : blocks) {
            // A test says more before the last brackets.
            assertThat(lines).contains(bare(block).replaceAll("}+$", ""));
        }
    }
}
