package dev.shm.integration.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.PeerInfo;
import dev.shm.SegmentListener;
import dev.shm.SharedMemory;
import dev.shm.error.SegmentNotFoundException;
import dev.shm.integration.inbound.ShmInboundGateway;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmHeaders;
import dev.shm.integration.support.ShmMessageMapper;
import dev.shm.integration.support.ShmRemoteFailure;
import dev.shm.integration.support.ShmReplyQueues;
import dev.shm.integration.testing.Application;
import dev.shm.integration.testing.LogListener;
import dev.shm.integration.testing.Segment;
import dev.shm.integration.testing.Trade;
import dev.shm.integration.testing.Watchdog;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.integration.IntegrationPatternType;
import org.springframework.integration.MessageTimeoutException;
import org.springframework.integration.channel.DirectChannel;
import org.springframework.integration.channel.QueueChannel;
import org.springframework.integration.handler.MessageProcessor;
import org.springframework.integration.handler.ServiceActivatingHandler;
import org.springframework.integration.support.MessageBuilder;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageDeliveryException;
import org.springframework.messaging.MessageHandlingException;
import org.springframework.messaging.support.ErrorMessage;
import org.springframework.messaging.support.GenericMessage;

/** Both gateways, each in an application of its own, over two openings of a segment. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GatewaysTest {

    private static final QueueType<Message<?>> TEXTS =
            SharedQueue.of(ShmMessageMapper.defaults().codec(String.class)).capacityBytes(1 << 16);

    @Order(1)
    @RegisterExtension
    final Segment segment = new Segment();

    @Order(2)
    @RegisterExtension
    final Application application = new Application();

    private final List<ShmOutboundGateway> started = new ArrayList<>();

    @AfterEach
    void shouldLeaveNoReplyQueues() {
        started.forEach(ShmOutboundGateway::destroy);
        assertThat(ShmReplyQueues.names(segment.mine())).isEmpty();
        assertThat(segment.problems()).isEmpty();
    }

    private ShmOutboundGateway asks(QueueChannel replies, Consumer<ShmOutboundGateway> settings) {
        ShmOutboundGateway gateway = new ShmOutboundGateway(ShmDestination.queue(segment.mine(), "requests", TEXTS));
        Application asking = application.another();
        asking.start();
        gateway.setBeanFactory(asking.context().getBeanFactory());
        gateway.setBeanName("asks");
        gateway.setOutputChannel(replies);
        settings.accept(gateway);
        gateway.afterPropertiesSet();
        gateway.start();
        started.add(gateway);
        return gateway;
    }

    private ShmInboundGateway answers(Function<Message<?>, Object> service, Consumer<ShmInboundGateway> settings) {
        return answers(segment.theirs(), service, settings);
    }

    private ShmInboundGateway answers(
            SharedMemory memory, Function<Message<?>, Object> service, Consumer<ShmInboundGateway> settings) {
        Application answering = application.another();
        DirectChannel input = new DirectChannel();
        return answering
                .bean("service", ServiceActivatingHandler.class, () -> {
                    ServiceActivatingHandler handler =
                            new ServiceActivatingHandler((MessageProcessor<Object>) service::apply);
                    input.subscribe(handler);
                    return handler;
                })
                .bean("answers", ShmInboundGateway.class, () -> {
                    ShmInboundGateway gateway = new ShmInboundGateway(ShmDestination.queue(memory, "requests", TEXTS));
                    gateway.setRequestChannel(input);
                    settings.accept(gateway);
                    return gateway;
                })
                .start()
                .get("answers", ShmInboundGateway.class);
    }

    private static Object upperCase(Message<?> message) {
        return message.getPayload().toString().toUpperCase(Locale.ROOT);
    }

    @Test
    void shouldAnswerWhoAsked() {
        answers(GatewaysTest::upperCase, it -> {});
        QueueChannel replies = new QueueChannel();
        ShmOutboundGateway gateway = asks(replies, it -> {});
        gateway.handleMessage(new GenericMessage<>("hello", Map.of("mine", 1)));
        Message<?> reply = replies.receive(0);
        assertThat(reply.getPayload()).isEqualTo("HELLO");
        assertThat(reply.getHeaders())
                .containsEntry("mine", 1)
                .doesNotContainKeys(ShmHeaders.REPLY_TO, ShmHeaders.CORRELATION_ID, ShmHeaders.DELIVERY_COUNT);
        assertThat(gateway.getComponentType()).isEqualTo("shm:outbound-gateway");
        assertThat(gateway.getIntegrationPatternType()).isEqualTo(IntegrationPatternType.outbound_gateway);
    }

    @Test
    void shouldGiveEachReplyToTheOneWhoAskedForIt() throws Exception {
        answers(GatewaysTest::upperCase, it -> it.setConcurrency(2));
        answers(segment.mine(), GatewaysTest::upperCase, it -> {});
        List<ShmOutboundGateway> askers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            askers.add(asks(new QueueChannel(), it -> {}));
        }
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int asker = 0; asker < 6; asker++) {
            ShmOutboundGateway gateway = askers.get(asker / 2);
            String name = "a" + asker + "-";
            all.add(CompletableFuture.runAsync(() -> {
                for (int i = 0; i < 300; i++) {
                    Message<?> reply = (Message<?>) gateway.handleRequestMessage(new GenericMessage<>(name + i));
                    assertThat(reply.getPayload()).isEqualTo(("A" + name.substring(1)) + i);
                }
            }));
        }
        for (CompletableFuture<Void> one : all) {
            one.get();
        }
    }

    @Test
    void shouldUseAnotherCodecForReplies() {
        var orders = ShmMessageMapper.defaults().codec(Trade.class);
        answers(message -> new Trade(message.getPayload().toString(), 7), it -> it.setReplyCodec(orders));
        QueueChannel replies = new QueueChannel();
        asks(replies, it -> it.setReplyCodec(orders)).handleMessage(new GenericMessage<>("a"));
        assertThat(replies.receive(0).getPayload()).isEqualTo(new Trade("a", 7));
    }

    @Test
    void shouldGiveUpAfterATimeAndDropTheLateReply() throws InterruptedException {
        CountDownLatch late = new CountDownLatch(1);
        ShmInboundGateway answers = answers(
                message -> {
                    try {
                        late.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return "late";
                },
                it -> {});
        ShmOutboundGateway gateway = asks(new QueueChannel(), it -> it.setReplyTimeout(20));
        try (LogListener log = new LogListener(ShmOutboundGateway.class)) {
            assertThatThrownBy(() -> gateway.handleMessage(new GenericMessage<>("a")))
                    .isInstanceOf(MessageTimeoutException.class)
                    .hasMessageContaining("20 ms");
            late.countDown();
            Watchdog.await("a late reply", () -> gateway.getLateReplies() == 1);
            Watchdog.await("the log", () -> log.lines().stream().anyMatch(line -> line.startsWith("WARN A reply")));
        }
        assertThat(answers.getLostReplies()).isZero();
    }

    @Test
    void shouldDoWithoutAReplyIfNoneIsRequired() {
        QueueChannel replies = new QueueChannel();
        ShmOutboundGateway gateway = asks(replies, it -> {
            it.setReplyTimeout(5);
            it.setRequiresReply(false);
        });
        gateway.handleMessage(new GenericMessage<>("a"));
        assertThat(replies.receive(0)).isNull();
    }

    @Test
    void shouldGoOnWithTheReplyWithoutAWaitingThread() {
        QueueChannel replies = new QueueChannel();
        ShmOutboundGateway gateway = asks(replies, it -> it.setAsync(true));
        gateway.handleMessage(new GenericMessage<>("a"));
        gateway.handleMessage(new GenericMessage<>("b"));
        assertThat(replies.receive(0)).isNull();
        answers(GatewaysTest::upperCase, it -> {});
        assertThat(replies.receive(60_000).getPayload()).isEqualTo("A");
        assertThat(replies.receive(60_000).getPayload()).isEqualTo("B");
    }

    @Test
    void shouldTellTheErrorChannelOfATimeoutWithoutAWaitingThread() {
        QueueChannel errors = new QueueChannel();
        ShmOutboundGateway gateway = asks(new QueueChannel(), it -> {
            it.setAsync(true);
            it.setReplyTimeout(5);
        });
        gateway.handleMessage(
                MessageBuilder.withPayload("a").setErrorChannel(errors).build());
        ErrorMessage error = (ErrorMessage) errors.receive(60_000);
        assertThat(error.getPayload()).isInstanceOf(MessageTimeoutException.class);
    }

    @Test
    void shouldTellWhoAskedThatARequestCouldNotBeHandled() {
        AtomicInteger tries = new AtomicInteger();
        answers(
                message -> {
                    tries.incrementAndGet();
                    throw new IllegalArgumentException("no such order");
                },
                it -> it.setMaxDeliveries(2));
        ShmOutboundGateway gateway = asks(new QueueChannel(), it -> {});
        assertThatThrownBy(() -> gateway.handleMessage(new GenericMessage<>("a")))
                .isInstanceOf(MessageHandlingException.class)
                .hasMessageContaining("no such order");
        assertThat(tries).hasValue(2);
    }

    @Test
    void shouldAnswerWithWhatTheErrorFlowReplies() {
        QueueChannel replies = new QueueChannel();
        DirectChannel errors = new DirectChannel();
        answers(
                message -> {
                    throw new IllegalArgumentException("no such order");
                },
                it -> it.setErrorChannel(errors));
        ServiceActivatingHandler sorry = new ServiceActivatingHandler((MessageProcessor<Object>) message -> "sorry");
        sorry.setBeanFactory(application.another().start().context().getBeanFactory());
        sorry.afterPropertiesSet();
        errors.subscribe(sorry);
        asks(replies, it -> {}).handleMessage(new GenericMessage<>("a"));
        assertThat(replies.receive(0).getPayload()).isEqualTo("sorry");
    }

    @Test
    void shouldTellWhoAskedThatARequestCannotBeRead() throws InterruptedException {
        answers(GatewaysTest::upperCase, it -> {});
        var type =
                SharedQueue.of(ShmMessageMapper.defaults().codec(String.class)).capacityBytes(1 << 16);
        String replyTo = ShmReplyQueues.newName(segment.mine());
        byte[] good = encoded(Map.of(ShmHeaders.REPLY_TO, replyTo, ShmHeaders.CORRELATION_ID, 5L));
        try (SharedQueue<Message<?>> requests = segment.mine().open("requests", TEXTS);
                SharedQueue<Message<?>> replies = segment.mine().create(replyTo, type)) {
            requests.tryClaim(good.length + 1)
                    .putBytes(0, good, 0, good.length)
                    .putByte(good.length, (byte) 0xFF)
                    .commit();
            Message<?> reply = replies.take();
            assertThat(reply.getHeaders()).containsEntry(ShmHeaders.CORRELATION_ID, 5L);
            assertThat(reply.getPayload())
                    .isInstanceOf(ShmRemoteFailure.class)
                    .asString()
                    .contains("UTF-8");
        }
        segment.mine().destroy(replyTo);
    }

    private static byte[] encoded(Map<String, Object> headers) {
        ByteBuffer buffer = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
        ShmMessageMapper.defaults().codec(String.class).encode(new GenericMessage<>("", headers), buffer);
        byte[] bytes = new byte[buffer.position()];
        buffer.get(0, bytes);
        return bytes;
    }

    @Test
    void shouldDropTheReplyToOneWhoIsGone() {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        ShmInboundGateway answers = answers(
                message -> {
                    asked.countDown();
                    try {
                        goOn.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return "x";
                },
                it -> {});
        ShmOutboundGateway gateway = asks(new QueueChannel(), it -> {});
        CompletableFuture<Throwable> failure = CompletableFuture.supplyAsync(() -> {
            try {
                return (Throwable) gateway.handleRequestMessage(new GenericMessage<>("a"));
            } catch (RuntimeException e) {
                return e;
            }
        });
        Watchdog.await("the request", () -> asked.getCount() == 0);
        gateway.stop();
        assertThat(failure.join()).isInstanceOf(MessageDeliveryException.class).hasMessageContaining("stopped");
        goOn.countDown();
        Watchdog.await("a lost reply", () -> answers.getLostReplies() == 1);
        assertThatThrownBy(() -> gateway.handleMessage(new GenericMessage<>("a")))
                .isInstanceOf(MessageDeliveryException.class)
                .hasMessageContaining("not running");
        gateway.start();
        assertThat(gateway.isRunning()).isTrue();
    }

    @Test
    void shouldRemoveTheReplyQueueOfOneWhoHasLeft() {
        ShmInboundGateway answers = answers(GatewaysTest::upperCase, it -> {});
        SharedMemory third = joined(segment.theirs(), segment.builder());
        // As one who was killed leaves it.
        String name = ShmReplyQueues.newName(third);
        third.create(
                name,
                SharedQueue.of(ShmMessageMapper.defaults().codec(String.class)).capacityBytes(1 << 16));
        assertThat(ShmReplyQueues.names(segment.mine())).containsExactly(name);
        third.close();
        Watchdog.await(
                "the end of the queue",
                () -> ShmReplyQueues.names(segment.mine()).isEmpty());
        answers.stop();
        SharedMemory fourth = segment.builder().open();
        fourth.create(
                ShmReplyQueues.newName(fourth),
                SharedQueue.of(ShmMessageMapper.defaults().codec(String.class)).capacityBytes(1 << 16));
        fourth.close();
        // Whoever starts next does it.
        assertThat(ShmReplyQueues.names(segment.mine())).hasSize(1);
        ShmOutboundGateway gateway = asks(new QueueChannel(), it -> {});
        assertThat(ShmReplyQueues.names(segment.mine())).hasSize(1);
        gateway.stop();
        assertThat(ShmReplyQueues.names(segment.mine())).isEmpty();
    }

    /** One more process, which another has heard of: nobody hears that one has left who was never seen. */
    private static SharedMemory joined(SharedMemory other, SharedMemory.Builder builder) {
        List<PeerInfo> seen = new CopyOnWriteArrayList<>();
        SegmentListener listener = new SegmentListener() {
            @Override
            public void peerJoined(SharedMemory memory, PeerInfo peer) {
                seen.add(peer);
            }
        };
        other.addListener(listener);
        SharedMemory memory = builder.openOrCreate();
        int slot = memory.self().slot();
        int generation = memory.self().generation();
        Watchdog.await(
                "news of it",
                () -> seen.stream().anyMatch(peer -> peer.slot() == slot && peer.generation() == generation));
        other.removeListener(listener);
        return memory;
    }

    private SharedMemory.Builder successor() {
        return SharedMemory.named("successor").directory(segment.directory()).size(16 << 20);
    }

    @Test
    void shouldRemoveTheReplyQueuesOfThoseWhoLeaveASuccessor() {
        SharedMemory first = segment.builder().open();
        try (SharedMemory second = successor().openOrCreate()) {
            AtomicReference<SharedMemory> current = new AtomicReference<>(first);
            ShmInboundGateway gateway = new ShmInboundGateway(ShmDestination.queue(current::get, "requests", TEXTS));
            gateway.setRecoveryInterval(Duration.ofMillis(5));
            gateway.setRequestChannel(new QueueChannel());
            Application answering = application
                    .another()
                    .bean("answers", ShmInboundGateway.class, () -> gateway)
                    .start();
            current.set(second);
            first.close();
            Watchdog.await(
                    "the queue of requests",
                    () -> second.objects().stream().anyMatch(it -> it.name().equals("requests")));
            SharedMemory third = joined(second, successor());
            third.create(ShmReplyQueues.newName(third), TEXTS);
            third.close();
            Watchdog.await(
                    "the end of the queue of replies",
                    () -> ShmReplyQueues.names(second).isEmpty());
            // One that has stopped hears no more of it.
            answering.close();
            SharedMemory fourth = joined(second, successor());
            fourth.create(ShmReplyQueues.newName(fourth), TEXTS);
            fourth.close();
            assertThat(ShmReplyQueues.names(second)).hasSize(1);
        }
    }

    @Test
    void shouldFailAsMessagingDoesWhileThereIsNoSuccessor() {
        SharedMemory first = segment.builder().open();
        AtomicReference<SharedMemory> current = new AtomicReference<>(first);
        ShmOutboundGateway gateway = new ShmOutboundGateway(ShmDestination.queue(
                () -> {
                    SharedMemory now = current.get();
                    if (now == null) {
                        throw new SegmentNotFoundException("there is none");
                    }
                    return now;
                },
                "requests",
                TEXTS));
        gateway.setBeanFactory(application.another().start().context().getBeanFactory());
        gateway.setOutputChannel(new QueueChannel());
        gateway.afterPropertiesSet();
        gateway.start();
        started.add(gateway);
        current.set(null);
        first.close();
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> gateway.handleMessage(new GenericMessage<>("a")))
                    .isInstanceOf(MessageDeliveryException.class)
                    .hasMessageContaining("cannot send a request to queue 'requests': there is none")
                    .hasCauseInstanceOf(SegmentNotFoundException.class);
        }
        current.set(segment.mine());
        answers(GatewaysTest::upperCase, it -> {});
        assertThat(((Message<?>) gateway.handleRequestMessage(new GenericMessage<>("b"))).getPayload())
                .isEqualTo("B");
    }

    @Test
    void shouldSayThatThereIsNoRoomForARequest() {
        ShmOutboundGateway gateway = asks(new QueueChannel(), it -> {
            it.setRequestTimeout(5);
            it.setReplyTimeout(0);
            it.setRequiresReply(false);
        });
        assertThatThrownBy(() -> {
                    for (; ; ) {
                        gateway.handleMessage(new GenericMessage<>("x".repeat(1_000)));
                    }
                })
                .isInstanceOf(MessageTimeoutException.class)
                .hasMessageContaining("queue 'requests' is full");
    }

    @Test
    void shouldPauseAndResume() {
        ShmInboundGateway answers = answers(GatewaysTest::upperCase, it -> {});
        answers.pause();
        assertThat(answers.isPaused()).isTrue();
        QueueChannel replies = new QueueChannel();
        asks(replies, it -> it.setAsync(true)).handleMessage(new GenericMessage<>("a"));
        assertThat(replies.receive(0)).isNull();
        answers.resume();
        assertThat(replies.receive(60_000).getPayload()).isEqualTo("A");
        assertThat(answers.getComponentType()).isEqualTo("shm:inbound-gateway");
        assertThat(answers.getIntegrationPatternType()).isEqualTo(IntegrationPatternType.inbound_gateway);
    }

    @Test
    void shouldRefuseTopics() {
        ShmDestination topic = ShmDestination.topic(segment.mine(), "t", String.class);
        assertThatThrownBy(() -> new ShmOutboundGateway(topic)).hasMessageContaining("is a topic");
        assertThatThrownBy(() -> new ShmInboundGateway(topic)).hasMessageContaining("is a topic");
    }
}
