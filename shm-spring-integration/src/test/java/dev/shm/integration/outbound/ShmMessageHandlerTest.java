package dev.shm.integration.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.error.CodecException;
import dev.shm.error.QueueFullException;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmHeaders;
import dev.shm.integration.support.ShmMessageMapper;
import dev.shm.integration.testing.Application;
import dev.shm.integration.testing.Segment;
import dev.shm.queue.FullPolicy;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.Subscription;
import dev.shm.queue.TopicType;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.integration.IntegrationPatternType;
import org.springframework.integration.MessageTimeoutException;
import org.springframework.integration.channel.QueueChannel;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageDeliveryException;
import org.springframework.messaging.support.GenericMessage;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShmMessageHandlerTest {

    private static final QueueType<Message<?>> TEXTS =
            SharedQueue.of(ShmMessageMapper.defaults().codec(String.class)).capacityBytes(1 << 16);

    @Order(1)
    @RegisterExtension
    final Segment segment = new Segment();

    @Order(2)
    @RegisterExtension
    final Application application = new Application();

    private ShmMessageHandler start(Supplier<ShmMessageHandler> handler) {
        return application.bean("out", ShmMessageHandler.class, handler).start().get("out", ShmMessageHandler.class);
    }

    private ShmDestination queue(String name, QueueType<Message<?>> type) {
        return ShmDestination.queue(segment.mine(), name, type);
    }

    private Message<?> take(String name) {
        try (SharedQueue<Message<?>> queue = segment.theirs().open(name, TEXTS)) {
            return queue.poll();
        }
    }

    @Test
    void shouldSendToItsQueue() {
        ShmMessageHandler handler = start(() -> new ShmMessageHandler(queue("texts", TEXTS)));
        assertThat(take("texts")).isNull();
        handler.handleMessage(new GenericMessage<>("a", Map.of("k", 1)));
        Message<?> message = take("texts");
        assertThat(message.getPayload()).isEqualTo("a");
        assertThat(message.getHeaders()).containsEntry("k", 1);
        assertThat(handler.getComponentType()).isEqualTo("shm:outbound-channel-adapter");
        assertThat(handler.getIntegrationPatternType()).isEqualTo(IntegrationPatternType.outbound_channel_adapter);
    }

    @Test
    void shouldSendToATopic() throws InterruptedException {
        TopicType<Message<?>> type = SharedTopic.of(ShmMessageMapper.defaults().codec(String.class));
        ShmMessageHandler handler =
                start(() -> new ShmMessageHandler(ShmDestination.topic(segment.mine(), "news", type)));
        try (SharedTopic<Message<?>> topic = segment.theirs().open("news", type);
                Subscription<Message<?>> subscription = topic.subscribe()) {
            handler.handleMessage(new GenericMessage<>("a"));
            assertThat(subscription.take().getPayload()).isEqualTo("a");
        }
    }

    @Test
    void shouldChooseByAnExpression() {
        ShmMessageHandler handler = start(() -> {
            ShmMessageHandler made =
                    new ShmMessageHandler(Map.of("eu", queue("orders-eu", TEXTS), "us", queue("orders-us", TEXTS)));
            made.setDestinationExpressionString("headers['region']");
            return made;
        });
        handler.handleMessage(new GenericMessage<>("a", Map.of("region", "us")));
        handler.handleMessage(new GenericMessage<>("b", Map.of("region", "eu")));
        assertThat(take("orders-us").getPayload()).isEqualTo("a");
        assertThat(take("orders-eu").getPayload()).isEqualTo("b");
        assertThatThrownBy(() -> handler.handleMessage(new GenericMessage<>("c", Map.of("region", "mars"))))
                .isInstanceOf(MessageDeliveryException.class)
                .hasMessageContaining("'mars'")
                .hasMessageContaining("[eu, us]");
        assertThatThrownBy(() -> handler.handleMessage(new GenericMessage<>("c")))
                .isInstanceOf(MessageDeliveryException.class)
                .hasMessageContaining("null");
    }

    @Test
    void shouldChooseByAFunctionThatNamesADestinationOrGivesOne() {
        ShmDestination other = queue("other", TEXTS);
        ShmMessageHandler handler = start(() -> {
            ShmMessageHandler made = new ShmMessageHandler(Map.of("texts", queue("texts", TEXTS)));
            made.setDestinationFunction(message -> message.getPayload().equals("a") ? "texts" : other);
            return made;
        });
        handler.handleMessage(new GenericMessage<>("a"));
        handler.handleMessage(new GenericMessage<>("b"));
        assertThat(take("texts").getPayload()).isEqualTo("a");
        assertThat(take("other").getPayload()).isEqualTo("b");
    }

    @Test
    void shouldRefuseToGuessTheDestination() {
        assertThatThrownBy(() ->
                        start(() -> new ShmMessageHandler(Map.of("a", queue("a", TEXTS), "b", queue("b", TEXTS)))))
                .rootCause()
                .hasMessageContaining("destinationExpression");
    }

    private static void fill(ShmMessageHandler handler) {
        for (; ; ) {
            try {
                handler.handleMessage(new GenericMessage<>("x".repeat(1_000)));
            } catch (MessageDeliveryException e) {
                return;
            }
        }
    }

    @Test
    void shouldSayThatItIsFull() {
        ShmMessageHandler handler = start(() -> {
            ShmMessageHandler made = new ShmMessageHandler(queue("texts", TEXTS));
            made.setSendTimeout(5);
            return made;
        });
        fill(handler);
        assertThatThrownBy(() -> handler.handleMessage(new GenericMessage<>("x".repeat(1_000))))
                .isInstanceOf(MessageTimeoutException.class)
                .hasMessageContaining("queue 'texts' is full")
                .hasMessageContaining("5 ms");
    }

    @Test
    void shouldFailAtOnceIfThatIsThePolicy() {
        ShmMessageHandler handler = start(() -> new ShmMessageHandler(queue("texts", TEXTS.full(FullPolicy.FAIL))));
        fill(handler);
        assertThatThrownBy(() -> handler.handleMessage(new GenericMessage<>("x".repeat(1_000))))
                .isInstanceOf(MessageDeliveryException.class)
                .hasCauseInstanceOf(QueueFullException.class);
    }

    @Test
    void shouldDropWithoutAWordIfThatIsThePolicy() {
        ShmMessageHandler handler =
                start(() -> new ShmMessageHandler(queue("texts", TEXTS.full(FullPolicy.DROP_NEWEST))));
        for (int i = 0; i < 1_000; i++) {
            handler.handleMessage(new GenericMessage<>("x".repeat(1_000)));
        }
        try (SharedQueue<?> queue = segment.theirs().open("texts", TEXTS)) {
            assertThat(queue.statistics().dropped()).isPositive();
            assertThat(queue.statistics().sent() + queue.statistics().dropped()).isEqualTo(1_000);
        }
    }

    @Test
    void shouldDiscardWhatThereIsNoRoomFor() {
        QueueChannel discards = new QueueChannel();
        application.bean("discards", QueueChannel.class, () -> discards);
        ShmMessageHandler handler = start(() -> {
            ShmMessageHandler made = new ShmMessageHandler(queue("texts", TEXTS.full(FullPolicy.FAIL)));
            made.setDiscardChannelName("discards");
            return made;
        });
        for (int i = 0; i < 100; i++) {
            handler.handleMessage(new GenericMessage<>("x".repeat(1_000)));
        }
        assertThat(discards.getQueueSize()).isPositive();
    }

    @Test
    void shouldSayWhatIsWrongWithAMessage() {
        ShmMessageHandler handler = start(() -> new ShmMessageHandler(queue("texts", TEXTS)));
        assertThatThrownBy(() -> handler.handleMessage(new GenericMessage<>(5)))
                .isInstanceOf(MessageDeliveryException.class)
                .hasCauseInstanceOf(CodecException.class)
                .hasMessageContaining("java.lang.Integer");
        segment.mine().close();
        assertThatThrownBy(() -> handler.handleMessage(new GenericMessage<>("a")))
                .isInstanceOf(MessageDeliveryException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void shouldSendWithThePriorityOfTheHeader() {
        ShmMessageHandler handler = start(() -> new ShmMessageHandler(queue("texts", TEXTS.priorities(2))));
        handler.handleMessage(new GenericMessage<>("low", Map.of(ShmHeaders.PRIORITY, 1)));
        handler.handleMessage(new GenericMessage<>("high"));
        assertThat(take("texts").getPayload()).isEqualTo("high");
        assertThat(take("texts").getPayload()).isEqualTo("low");
    }
}
