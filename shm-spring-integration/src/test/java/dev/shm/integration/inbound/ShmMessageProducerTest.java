package dev.shm.integration.inbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.integration.support.ShmAckMode;
import dev.shm.integration.support.ShmBatchMode;
import dev.shm.integration.support.ShmDelivery;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmHeaders;
import dev.shm.integration.support.ShmListenerContainer;
import dev.shm.integration.support.ShmMessageConversionException;
import dev.shm.integration.support.ShmMessageMapper;
import dev.shm.integration.support.ShmSender;
import dev.shm.integration.testing.Application;
import dev.shm.integration.testing.LogListener;
import dev.shm.integration.testing.Segment;
import dev.shm.integration.testing.Watchdog;
import dev.shm.queue.Delivery;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.TopicType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.integration.IntegrationMessageHeaderAccessor;
import org.springframework.integration.IntegrationPatternType;
import org.springframework.integration.StaticMessageHeaderAccessor;
import org.springframework.integration.acks.AcknowledgmentCallback;
import org.springframework.integration.channel.DirectChannel;
import org.springframework.integration.channel.QueueChannel;
import org.springframework.integration.handler.advice.ErrorMessageSendingRecoverer;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.support.ErrorMessage;
import org.springframework.messaging.support.GenericMessage;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShmMessageProducerTest {

    private static final QueueType<Message<?>> TEXTS =
            SharedQueue.of(ShmMessageMapper.defaults().codec(String.class)).capacityBytes(1 << 18);

    @Order(1)
    @RegisterExtension
    final Segment segment = new Segment();

    @Order(2)
    @RegisterExtension
    final Application application = new Application();

    private final BlockingQueue<Message<?>> received = new LinkedBlockingQueue<>();
    private SharedQueue<Message<?>> queue;

    @BeforeEach
    void open() {
        queue = segment.theirs().create("texts", TEXTS);
    }

    @AfterEach
    void shouldLeaveTheSegmentAsItShouldBe() {
        assertThat(segment.problems()).isEmpty();
    }

    private ShmMessageProducer producer(MessageHandler flow, Consumer<ShmMessageProducer> settings) {
        DirectChannel output = new DirectChannel();
        output.subscribe(flow);
        return application
                .bean("output", DirectChannel.class, () -> output)
                .bean("adapter", ShmMessageProducer.class, () -> {
                    ShmMessageProducer adapter =
                            new ShmMessageProducer(ShmDestination.queue(segment.mine(), "texts", TEXTS));
                    adapter.setOutputChannel(output);
                    settings.accept(adapter);
                    return adapter;
                })
                .start()
                .get("adapter", ShmMessageProducer.class);
    }

    private void send(String... texts) throws InterruptedException {
        for (String text : texts) {
            queue.put(new GenericMessage<>(text, Map.of("length", text.length())));
        }
    }

    private void sendUndecodable() {
        queue.tryClaim(2).putByte(0, (byte) 9).putByte(1, (byte) 8).commit();
    }

    private void awaitEmpty() {
        Watchdog.await("an empty queue", () -> queue.statistics().depth() == 0);
    }

    @Test
    void shouldSendWhatItReceivesToItsChannel() throws InterruptedException {
        ShmMessageProducer adapter = producer(received::add, it -> {});
        send("a", "bb");
        Message<?> first = Watchdog.take(received);
        assertThat(first.getPayload()).isEqualTo("a");
        assertThat(first.getHeaders())
                .containsEntry("length", 1)
                .containsEntry(ShmHeaders.DELIVERY_COUNT, 1)
                .containsEntry(ShmHeaders.NAME, "texts")
                .containsKey(ShmHeaders.TIMESTAMP);
        assertThat(Watchdog.take(received).getPayload()).isEqualTo("bb");
        awaitEmpty();
        assertThat(adapter.getComponentType()).isEqualTo("shm:message-driven-channel-adapter");
        assertThat(adapter.getIntegrationPatternType()).isEqualTo(IntegrationPatternType.inbound_channel_adapter);
        assertThat(adapter.isRunning()).isTrue();
    }

    @Test
    void shouldReceiveFromATopic() throws InterruptedException {
        TopicType<Message<?>> type = SharedTopic.of(ShmMessageMapper.defaults().codec(String.class));
        try (SharedTopic<Message<?>> topic = segment.theirs().create("news", type)) {
            topic.publish(new GenericMessage<>("old"));
            DirectChannel output = new DirectChannel();
            output.subscribe(received::add);
            application
                    .bean("adapter", ShmMessageProducer.class, () -> {
                        ShmMessageProducer adapter =
                                new ShmMessageProducer(ShmDestination.topic(segment.mine(), "news", type)
                                        .subscription("reader")
                                        .fromOldest());
                        adapter.setOutputChannel(output);
                        return adapter;
                    })
                    .start();
            topic.publish(new GenericMessage<>("new"));
            assertThat(Watchdog.take(received).getPayload()).isEqualTo("old");
            assertThat(Watchdog.take(received).getPayload()).isEqualTo("new");
        }
    }

    @Test
    void shouldDeliverAgainWhatFailsUntilItIsDropped() throws InterruptedException {
        try (LogListener log = new LogListener(ShmListenerContainer.class)) {
            BlockingQueue<Object> counts = new LinkedBlockingQueue<>();
            producer(
                    message -> {
                        counts.add(message.getHeaders().get(ShmHeaders.DELIVERY_COUNT));
                        throw new IllegalStateException("no");
                    },
                    it -> it.setMaxDeliveries(4));
            send("a");
            awaitEmpty();
            assertThat(counts).containsExactly(1, 2, 3, 4);
            assertThat(log.lines()).last().asString().startsWith("ERROR Dropped a message from queue 'texts'");
        }
    }

    @Test
    void shouldTellTheErrorChannelAndAcknowledge() throws InterruptedException {
        QueueChannel errors = new QueueChannel();
        producer(
                message -> {
                    throw new IllegalStateException("no");
                },
                it -> it.setErrorChannel(errors));
        send("a");
        ErrorMessage error = (ErrorMessage) errors.receive(60_000);
        assertThat(error.getPayload()).hasRootCauseMessage("no");
        assertThat(error.getOriginalMessage().getPayload()).isEqualTo("a");
        awaitEmpty();
        assertThat(errors.receive(0)).isNull();
    }

    @Test
    void shouldDeliverAgainIfTheErrorFlowFailsToo() throws InterruptedException {
        DirectChannel errors = new DirectChannel();
        AtomicInteger told = new AtomicInteger();
        errors.subscribe(message -> {
            if (told.incrementAndGet() < 3) {
                throw new IllegalStateException("not now");
            }
        });
        producer(
                message -> {
                    throw new IllegalStateException("no");
                },
                it -> it.setErrorChannel(errors));
        send("a");
        awaitEmpty();
        assertThat(told).hasValue(3);
    }

    @Test
    void shouldRetryHereAndRecoverInTheEnd() throws InterruptedException {
        QueueChannel errors = new QueueChannel();
        BlockingQueue<Object> attempts = new LinkedBlockingQueue<>();
        producer(
                message -> {
                    attempts.add(StaticMessageHeaderAccessor.getDeliveryAttempt(message)
                            .get());
                    throw new IllegalStateException("no");
                },
                it -> {
                    it.setRetryTemplate(new RetryTemplate(RetryPolicy.builder()
                            .maxRetries(2)
                            .delay(Duration.ZERO)
                            .build()));
                    it.setRecoveryCallback(new ErrorMessageSendingRecoverer(errors));
                });
        send("a");
        assertThat(errors.receive(60_000)).isInstanceOf(ErrorMessage.class);
        assertThat(attempts).containsExactly(1, 2, 3);
        sendUndecodable();
        assertThat(((ErrorMessage) errors.receive(60_000)).getPayload())
                .isInstanceOf(ShmMessageConversionException.class);
        awaitEmpty();
    }

    @Test
    void shouldDeliverAgainWhatWasRetriedInVainIfNothingRecovers() throws InterruptedException {
        AtomicInteger attempts = new AtomicInteger();
        producer(
                message -> {
                    attempts.incrementAndGet();
                    throw new IllegalStateException("no");
                },
                it -> {
                    it.setMaxDeliveries(2);
                    it.setRetryTemplate(new RetryTemplate(RetryPolicy.builder()
                            .maxRetries(2)
                            .delay(Duration.ZERO)
                            .build()));
                });
        send("a");
        awaitEmpty();
        assertThat(attempts).hasValue(6);
    }

    @Test
    void shouldRefuseSettingsThatContradictEachOther() {
        assertThatThrownBy(() -> producer(received::add, it -> {
                    it.setErrorChannel(new QueueChannel());
                    it.setRetryTemplate(new RetryTemplate());
                }))
                .rootCause()
                .hasMessageContaining("ErrorMessageSendingRecoverer");
        ShmMessageProducer adapter = new ShmMessageProducer(ShmDestination.queue(segment.mine(), "texts", TEXTS));
        assertThatThrownBy(() -> adapter.setConcurrency(0)).hasMessageContaining("concurrency");
        assertThatThrownBy(() -> adapter.setBatchSize(0)).hasMessageContaining("batchSize");
        assertThatThrownBy(() -> adapter.setMaxDeliveries(64)).hasMessageContaining("63");
        assertThatThrownBy(() -> adapter.setShutdownTimeout(Duration.ofMillis(-1)))
                .hasMessageContaining("shutdownTimeout");
        assertThatThrownBy(() -> adapter.setRecoveryInterval(Duration.ZERO)).hasMessageContaining("recoveryInterval");
    }

    @Test
    void shouldSendWhatCannotBeDecodedToTheErrorChannelAndGoOn() throws InterruptedException {
        QueueChannel errors = new QueueChannel();
        producer(received::add, it -> it.setErrorChannel(errors));
        sendUndecodable();
        send("a");
        ErrorMessage error = (ErrorMessage) errors.receive(60_000);
        assertThat((byte[]) error.getHeaders().get(ShmHeaders.RAW_BYTES)).containsExactly(9, 8);
        assertThat(Watchdog.take(received).getPayload()).isEqualTo("a");
        awaitEmpty();
    }

    @Test
    void shouldDropWhatCannotBeDecodedAfterSomeDeliveries() throws InterruptedException {
        try (LogListener log = new LogListener(ShmListenerContainer.class)) {
            producer(received::add, it -> it.setMaxDeliveries(3));
            sendUndecodable();
            send("a");
            assertThat(Watchdog.take(received).getPayload()).isEqualTo("a");
            awaitEmpty();
            Watchdog.await(
                    "the log",
                    () -> log.lines().stream()
                            .anyMatch(line ->
                                    line.startsWith("ERROR Dropped a message from queue 'texts' that cannot be read")));
            assertThat(queue.statistics().redelivered()).isEqualTo(2);
        }
    }

    @Test
    void shouldMakeWhatCannotBeDecodedADeadLetter() {
        queue.close();
        segment.theirs().destroy("texts");
        queue = segment.theirs().create("texts", TEXTS.deadLettersAfter(2));
        producer(received::add, it -> it.setMaxDeliveries(1));
        sendUndecodable();
        Watchdog.await("a dead letter", () -> queue.statistics().deadLettered() == 1);
        assertThat(queue.statistics().depth()).isZero();
    }

    @Test
    void shouldReceiveDeadLettersAndKeepThemUntilTheirFlowReturns() throws InterruptedException {
        queue.close();
        segment.theirs().destroy("texts");
        queue = segment.theirs().create("texts", TEXTS.deadLettersAfter(2));
        send("a");
        producer(
                message -> {
                    throw new IllegalStateException("no");
                },
                it -> {});
        Watchdog.await("a dead letter", () -> queue.statistics().deadLettered() == 1);
        Application other = application.another();
        AtomicInteger refusals = new AtomicInteger();
        QueueChannel target = new QueueChannel() {
            @Override
            protected boolean doSend(Message<?> message, long timeout) {
                if (refusals.incrementAndGet() < 20) {
                    throw new IllegalStateException("not yet");
                }
                return super.doSend(message, timeout);
            }
        };
        other.bean("letters", ShmMessageProducer.class, () -> {
            ShmMessageProducer letters = new ShmMessageProducer(
                    ShmDestination.queue(segment.theirs(), "texts", TEXTS).deadLetters());
            letters.setMaxDeliveries(0);
            letters.setMaxRedeliveryDelay(Duration.ofMillis(10));
            letters.setOutputChannel(target);
            return letters;
        });
        other.start();
        assertThat(target.receive(Watchdog.TIMEOUT.toMillis()).getPayload()).isEqualTo("a");
        assertThat(refusals).hasValue(20);
        Watchdog.await("the last", () -> queue.deadLetters().isEmpty());
    }

    /** Times at which one message was tried, the last one with success. */
    private static final class Tries {

        private final int failures;
        private final List<Long> times = new CopyOnWriteArrayList<>();

        Tries(int failures) {
            this.failures = failures;
        }

        void next() {
            times.add(System.nanoTime());
            if (times.size() <= failures) {
                // As flows do that have waited for something.
                Thread.currentThread().interrupt();
                throw new IllegalStateException("not yet");
            }
        }

        /** Never sooner: how much later is the machine's business. */
        void assertGapsAtLeast(long... millis) {
            assertThat(times).hasSize(millis.length + 1);
            for (int i = 0; i < millis.length; i++) {
                assertThat(times.get(i + 1) - times.get(i))
                        .as("pause %d", i)
                        .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(millis[i]));
            }
        }
    }

    @Test
    void shouldTryAMessageThatFailsAfterPausesThatGrow() throws InterruptedException {
        Tries tries = new Tries(5);
        producer(
                message -> {
                    tries.next();
                    received.add(message);
                },
                it -> {});
        send("a");
        assertThat(Watchdog.take(received).getHeaders()).containsEntry(ShmHeaders.DELIVERY_COUNT, 6);
        tries.assertGapsAtLeast(10, 20, 40, 80, 160);
    }

    @Test
    void shouldPauseNoLongerThanItIsTold() throws InterruptedException {
        Tries tries = new Tries(9);
        producer(
                message -> {
                    tries.next();
                    received.add(message);
                },
                it -> {
                    it.setRedeliveryDelay(Duration.ofMillis(3));
                    it.setMaxRedeliveryDelay(Duration.ofMillis(7));
                });
        send("a");
        Watchdog.take(received);
        tries.assertGapsAtLeast(3, 6, 7, 7, 7, 7, 7, 7, 7);
    }

    @Test
    void shouldTryDeadLettersAfterPausesThatGrow() throws InterruptedException {
        queue.close();
        segment.theirs().destroy("texts");
        queue = segment.theirs().create("texts", TEXTS.deadLettersAfter(1));
        send("a");
        queue.receive(Watchdog.TIMEOUT).release();
        assertThat(queue.poll()).isNull();
        assertThat(queue.statistics().deadLettered()).isEqualTo(1);
        Tries tries = new Tries(4);
        DirectChannel target = new DirectChannel();
        target.subscribe(message -> {
            tries.next();
            received.add(message);
        });
        application
                .bean("letters", ShmMessageProducer.class, () -> {
                    ShmMessageProducer letters = new ShmMessageProducer(
                            ShmDestination.queue(segment.mine(), "texts", TEXTS).deadLetters());
                    letters.setMaxDeliveries(0);
                    letters.setOutputChannel(target);
                    return letters;
                })
                .start();
        Watchdog.take(received);
        tries.assertGapsAtLeast(10, 20, 40, 80);
    }

    @Test
    void shouldTryABatchThatFailsAfterOnePause() throws InterruptedException {
        Tries tries = new Tries(2);
        send("a", "bb", "ccc");
        producer(
                message -> {
                    tries.next();
                    received.add(message);
                },
                it -> {
                    it.setBatchSize(3);
                    it.setRedeliveryDelay(Duration.ofMillis(30));
                });
        assertThat(Watchdog.take(received).getPayload()).isEqualTo(List.of("a", "bb", "ccc"));
        tries.assertGapsAtLeast(30, 60);
    }

    @Test
    void shouldGiveBackAtOnceWhatIsKeptWhenItStops() throws InterruptedException {
        AtomicInteger tries = new AtomicInteger();
        ShmMessageProducer adapter = producer(
                message -> {
                    tries.incrementAndGet();
                    throw new IllegalStateException("no");
                },
                it -> {
                    it.setRedeliveryDelay(Duration.ofDays(1));
                    it.setMaxRedeliveryDelay(Duration.ofDays(1));
                    it.setShutdownTimeout(Watchdog.TIMEOUT);
                });
        send("a");
        Watchdog.await("a try", () -> tries.get() == 1);
        // It is kept from others, until then.
        assertThat(queue.poll()).isNull();
        adapter.stop();
        try (Delivery<Message<?>> again = queue.receive(Watchdog.TIMEOUT)) {
            assertThat(again.deliveryCount()).isEqualTo(2);
            again.ack();
        }
        assertThat(tries).hasValue(1);
    }

    @Test
    void shouldHandleOtherMessagesWhileOneIsKept() throws InterruptedException {
        producer(
                message -> {
                    if (message.getPayload().equals("bad")) {
                        throw new IllegalStateException("no");
                    }
                    received.add(message);
                },
                it -> {
                    it.setConcurrency(2);
                    it.setRedeliveryDelay(Duration.ofDays(1));
                    it.setMaxRedeliveryDelay(Duration.ofDays(1));
                });
        send("bad", "good", "better");
        assertThat(Watchdog.take(received).getPayload()).isEqualTo("good");
        assertThat(Watchdog.take(received).getPayload()).isEqualTo("better");
    }

    @Test
    void shouldRefuseDelaysThatAreNone() {
        ShmListenerContainer container =
                new ShmListenerContainer(ShmDestination.queue(segment.mine(), "texts", TEXTS), received::add);
        assertThatThrownBy(() -> container.setRedeliveryDelay(Duration.ofMillis(-1)))
                .hasMessageContaining("'redeliveryDelay' is neither negative");
        assertThatThrownBy(() -> container.setMaxRedeliveryDelay(Duration.ofDays(2)))
                .hasMessageContaining("'maxRedeliveryDelay'")
                .hasMessageContaining("longer than a day");
    }

    @Test
    void shouldRefuseDeadLettersOfATopicAndSendersToThem() {
        ShmDestination letters =
                ShmDestination.queue(segment.mine(), "texts", TEXTS).deadLetters();
        assertThat(letters).hasToString("dead letters of queue 'texts'");
        assertThatThrownBy(() -> new ShmSender(letters))
                .hasMessageContaining("nobody sends to the dead letters of queue");
        ShmDestination topic = ShmDestination.topic(segment.mine(), "ticks", String.class);
        assertThatThrownBy(topic::deadLetters).hasMessageContaining("only queues have dead letters");
    }

    @Test
    void shouldGiveBatchesOfPayloads() throws InterruptedException {
        send("a", "bb", "ccc");
        sendUndecodable();
        send("dddd", "eeeee");
        QueueChannel errors = new QueueChannel();
        producer(received::add, it -> {
            it.setBatchSize(5);
            it.setErrorChannel(errors);
        });
        Message<?> batch = Watchdog.take(received);
        assertThat(batch.getPayload()).isEqualTo(List.of("a", "bb", "ccc", "dddd"));
        assertThat(batch.getHeaders())
                .containsEntry(ShmHeaders.DELIVERY_COUNT, 1)
                .containsEntry(ShmHeaders.NAME, "texts");
        List<?> headers = batch.getHeaders().get(ShmHeaders.BATCH_HEADERS, List.class);
        assertThat(headers).extracting("length").containsExactly(1, 2, 3, 4);
        assertThat(Watchdog.take(received).getPayload()).isEqualTo(List.of("eeeee"));
        assertThat(errors.receive(60_000)).isInstanceOf(ErrorMessage.class);
        awaitEmpty();
    }

    @Test
    void shouldDeliverAWholeBatchOfMessagesAgainIfItFails() throws InterruptedException {
        send("a", "b");
        AtomicInteger calls = new AtomicInteger();
        producer(
                message -> {
                    if (calls.incrementAndGet() == 1) {
                        throw new IllegalStateException("no");
                    }
                    received.add(message);
                },
                it -> {
                    it.setBatchSize(2);
                    it.setBatchMode(ShmBatchMode.MESSAGES);
                });
        Set<Object> again = ConcurrentHashMap.newKeySet();
        while (again.size() < 2) {
            for (Object each : (List<?>) Watchdog.take(received).getPayload()) {
                Message<?> message = (Message<?>) each;
                assertThat(message.getHeaders()).containsEntry(ShmHeaders.DELIVERY_COUNT, 2);
                again.add(message.getPayload());
            }
        }
        assertThat(again).containsExactlyInAnyOrder("a", "b");
        awaitEmpty();
    }

    @Test
    void shouldLeaveTheAcknowledgementToTheFlow() throws InterruptedException {
        producer(received::add, it -> it.setAckMode(ShmAckMode.MANUAL));
        send("a", "b", "c");
        AcknowledgmentCallback first = StaticMessageHeaderAccessor.getAcknowledgmentCallback(Watchdog.take(received));
        AcknowledgmentCallback second = StaticMessageHeaderAccessor.getAcknowledgmentCallback(Watchdog.take(received));
        Watchdog.take(received);
        assertThat(queue.statistics().received()).isZero();
        assertThat(first).isInstanceOf(ShmDelivery.class);
        assertThat(first.isAcknowledged()).isFalse();
        first.acknowledge();
        assertThat(first.isAcknowledged()).isTrue();
        first.acknowledge();
        assertThat(queue.statistics().received()).isEqualTo(1);
        second.acknowledge(AcknowledgmentCallback.Status.REQUEUE);
        Message<?> again = Watchdog.take(received);
        assertThat(again.getPayload()).isEqualTo("b");
        assertThat(again.getHeaders()).containsEntry(ShmHeaders.DELIVERY_COUNT, 2);
        application.close();
        // What the flow never acknowledged has gone back.
        assertThat(queue.size()).isEqualTo(2);
    }

    @Test
    void shouldGiveBackWhatFailedBeforeTheFlowAcknowledgedIt() throws InterruptedException {
        AtomicInteger calls = new AtomicInteger();
        producer(
                message -> {
                    if (calls.incrementAndGet() < 3) {
                        throw new IllegalStateException("no");
                    }
                    StaticMessageHeaderAccessor.getAcknowledgment(message).acknowledge();
                    throw new IllegalStateException("too late");
                },
                it -> it.setAckMode(ShmAckMode.MANUAL));
        send("a");
        awaitEmpty();
        assertThat(calls).hasValue(3);
    }

    @Test
    void shouldAcknowledgeABatchAsOne() throws InterruptedException {
        send("a", "b");
        producer(received::add, it -> {
            it.setAckMode(ShmAckMode.MANUAL);
            it.setBatchSize(2);
        });
        AcknowledgmentCallback callback = Watchdog.take(received)
                .getHeaders()
                .get(IntegrationMessageHeaderAccessor.ACKNOWLEDGMENT_CALLBACK, AcknowledgmentCallback.class);
        assertThat(queue.statistics().received()).isZero();
        callback.acknowledge();
        assertThat(callback.isAcknowledged()).isTrue();
        assertThat(queue.statistics().received()).isEqualTo(2);
    }

    @Test
    void shouldPauseAndResume() throws InterruptedException {
        ShmMessageProducer adapter = producer(received::add, it -> {});
        send("a");
        Watchdog.take(received);
        adapter.pause();
        assertThat(adapter.isPaused()).isTrue();
        send("b");
        assertThat(queue.size()).isEqualTo(1);
        adapter.stop();
        adapter.start();
        assertThat(received).isEmpty();
        adapter.resume();
        assertThat(Watchdog.take(received).getPayload()).isEqualTo("b");
    }

    @Test
    void shouldReceiveOnTheThreadsItIsGiven() throws InterruptedException {
        BlockingQueue<String> names = new LinkedBlockingQueue<>();
        producer(
                message -> names.add(Thread.currentThread().getName()),
                it -> it.setTaskExecutor(task -> new Thread(task, "given").start()));
        send("a");
        assertThat(Watchdog.take(names)).isEqualTo("given");
        application.close();
    }

    @Test
    void shouldNameItsThreadsAfterTheBean() throws InterruptedException {
        BlockingQueue<String> names = new LinkedBlockingQueue<>();
        producer(message -> names.add(Thread.currentThread().getName()), it -> {});
        send("a");
        assertThat(Watchdog.take(names)).startsWith("adapter-");
    }

    @Test
    void shouldSurviveErrorsAndInterruptsOfAFlow() throws InterruptedException {
        AtomicInteger calls = new AtomicInteger();
        producer(
                message -> {
                    Thread.currentThread().interrupt();
                    if (calls.incrementAndGet() < 3) {
                        throw new AssertionError("bad");
                    }
                    received.add(message);
                },
                it -> {});
        send("a", "b");
        Watchdog.take(received);
        Watchdog.take(received);
        awaitEmpty();
    }

    @Test
    void shouldWaitForWhatIsBeingHandledWhenItStops() throws InterruptedException {
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        ShmMessageProducer adapter = producer(
                message -> {
                    began.countDown();
                    await(goOn);
                    received.add(message);
                },
                it -> it.setShutdownTimeout(Duration.ofSeconds(90)));
        send("a", "b");
        began.await();
        CountDownLatch stopped = new CountDownLatch(1);
        adapter.stop(stopped::countDown);
        assertThat(adapter.isRunning()).isFalse();
        assertThat(stopped.getCount()).isEqualTo(1);
        goOn.countDown();
        stopped.await();
        assertThat(received).hasSize(1);
        assertThat(queue.statistics().received()).isEqualTo(1);
        assertThat(queue.size()).isEqualTo(1);
    }

    private static void await(CountDownLatch latch) {
        boolean interrupted = false;
        for (; ; ) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            throw new AssertionError("a handler must not be interrupted");
        }
    }

    @Test
    void shouldTakeMessagesFromAFlowThatDoesNotReturn() throws InterruptedException {
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        ShmMessageProducer adapter = producer(
                message -> {
                    began.countDown();
                    await(goOn);
                },
                it -> it.setShutdownTimeout(Duration.ofMillis(20)));
        send("a");
        began.await();
        adapter.stop();
        assertThat(queue.size()).isEqualTo(1);
        assertThat(queue.poll().getPayload()).isEqualTo("a");
        goOn.countDown();
    }

    @Test
    void shouldLetItsOwnFlowStopIt() throws InterruptedException {
        ShmMessageProducer[] adapter = new ShmMessageProducer[1];
        adapter[0] = producer(
                message -> {
                    adapter[0].stop();
                    received.add(message);
                },
                it -> {});
        send("a", "b");
        Watchdog.take(received);
        Watchdog.await("the end", () -> queue.statistics().received() == 1);
        assertThat(queue.size()).isEqualTo(1);
        assertThat(adapter[0].isRunning()).isFalse();
    }
}
