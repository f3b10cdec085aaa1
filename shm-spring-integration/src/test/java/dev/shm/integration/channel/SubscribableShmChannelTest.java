package dev.shm.integration.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.codec.Codecs;
import dev.shm.error.MessageTooLargeException;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.QueueFullException;
import dev.shm.error.SegmentClosedException;
import dev.shm.integration.support.ShmAckMode;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmHeaders;
import dev.shm.integration.support.ShmMessageConversionException;
import dev.shm.integration.support.ShmMessageMapper;
import dev.shm.integration.testing.Application;
import dev.shm.integration.testing.Segment;
import dev.shm.integration.testing.Trade;
import dev.shm.integration.testing.Watchdog;
import dev.shm.queue.FullPolicy;
import dev.shm.queue.QueueStatistics;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.integration.IntegrationPatternType;
import org.springframework.integration.StaticMessageHeaderAccessor;
import org.springframework.integration.channel.QueueChannel;
import org.springframework.integration.support.MessageBuilder;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageDeliveryException;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.support.ErrorMessage;
import org.springframework.messaging.support.GenericMessage;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SubscribableShmChannelTest {

    @Order(1)
    @RegisterExtension
    final Segment segment = new Segment();

    @Order(2)
    @RegisterExtension
    final Application application = new Application();

    private final BlockingQueue<Message<?>> received = new LinkedBlockingQueue<>();

    private static final QueueType<Message<?>> ORDERS =
            SharedQueue.of(ShmMessageMapper.defaults().codec(Trade.class)).capacityBytes(1 << 16);

    private ShmDestination mine() {
        return ShmDestination.queue(segment.mine(), "orders", ORDERS);
    }

    private ShmDestination theirs() {
        return ShmDestination.queue(segment.theirs(), "orders", ORDERS);
    }

    private static SubscribableShmChannel start(Application in, ShmDestination destination) {
        return in.bean("orders", SubscribableShmChannel.class, () -> new SubscribableShmChannel(destination))
                .start()
                .get("orders", SubscribableShmChannel.class);
    }

    private static Message<?> order(int number) {
        return MessageBuilder.withPayload(new Trade("o" + number, number))
                .setHeader("number", number)
                .build();
    }

    @Test
    void shouldDeliverWhatAnotherProcessSends() {
        SubscribableShmChannel here = start(application, mine());
        SubscribableShmChannel there = start(application.another(), theirs());
        there.subscribe(received::add);
        for (int i = 0; i < 1_000; i++) {
            assertThat(here.send(order(i))).isTrue();
        }
        for (int i = 0; i < 1_000; i++) {
            Message<?> message = Watchdog.take(received);
            assertThat(message.getPayload()).isEqualTo(new Trade("o" + i, i));
            assertThat(message.getHeaders())
                    .containsEntry("number", i)
                    .containsEntry(ShmHeaders.DELIVERY_COUNT, 1)
                    .hasSize(2);
            assertThat(message.getHeaders().getTimestamp()).isLessThanOrEqualTo(System.currentTimeMillis());
        }
        assertThat(here.isReceiving()).isFalse();
    }

    @Test
    void shouldHandOverBatchesIfToldTo() {
        SubscribableShmChannel here = start(application, mine());
        here.setBatchSize(3);
        for (int i = 0; i < 4; i++) {
            here.send(order(i));
        }
        here.subscribe(received::add);
        assertThat(Watchdog.take(received).getPayload())
                .isEqualTo(List.of(new Trade("o0", 0), new Trade("o1", 1), new Trade("o2", 2)));
        assertThat(Watchdog.take(received).getPayload()).isEqualTo(List.of(new Trade("o3", 3)));
    }

    /** Stops in the middle of a start: it is as if one had come after the other. */
    @Test
    void shouldBeStoppedByAStopThatComesWhileItStarts() throws InterruptedException {
        SubscribableShmChannel here = start(application, mine());
        here.stop();
        here.subscribe(received::add);
        CountDownLatch starting = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        here.setTaskExecutor(task -> {
            starting.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            new Thread(task).start();
        });
        Thread starts = new Thread(here::start);
        starts.start();
        starting.await();
        Thread stops = new Thread(here::stop);
        stops.start();
        Watchdog.await("a stop that waits for the start", () -> stops.getState() == Thread.State.WAITING);
        goOn.countDown();
        starts.join();
        stops.join();
        assertThat(here.isReceiving()).isFalse();
        assertThat(here.isRunning()).isFalse();
    }

    @Test
    void shouldReceiveNothingWhenItWasStoppedWhileSomebodySubscribed() throws InterruptedException {
        SubscribableShmChannel here = start(application, mine());
        MessageHandler handler = received::add;
        for (int i = 0; i < 300; i++) {
            here.start();
            CyclicBarrier together = new CyclicBarrier(2);
            Thread subscribes = new Thread(() -> {
                await(together);
                here.subscribe(handler);
            });
            Thread stops = new Thread(() -> {
                await(together);
                here.stop();
            });
            subscribes.start();
            stops.start();
            subscribes.join();
            stops.join();
            assertThat(here.isRunning()).isFalse();
            assertThat(here.isReceiving()).isFalse();
            here.unsubscribe(handler);
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldLeaveItToTheHandlerToAcknowledgeIfToldTo() {
        SubscribableShmChannel here = start(application, mine());
        here.setAckMode(ShmAckMode.MANUAL);
        here.subscribe(received::add);
        here.send(order(1));
        here.send(order(2));
        Message<?> first = Watchdog.take(received);
        Watchdog.take(received);
        StaticMessageHeaderAccessor.getAcknowledgment(first).acknowledge();
        here.stop();
        here.start();
        // Only what was not acknowledged comes again.
        Message<?> again = Watchdog.take(received);
        assertThat(again.getPayload()).isEqualTo(new Trade("o2", 2));
        assertThat(again.getHeaders()).containsEntry(ShmHeaders.DELIVERY_COUNT, 2);
    }

    @Test
    void shouldLeaveMessagesToOthersWhileNobodyHereSubscribes() {
        SubscribableShmChannel here = start(application, mine());
        here.send(order(1));
        assertThat(here.isRunning()).isTrue();
        assertThat(here.isReceiving()).isFalse();
        MessageHandler handler = received::add;
        here.subscribe(handler);
        assertThat(Watchdog.take(received).getPayload()).isEqualTo(new Trade("o1", 1));
        assertThat(here.isReceiving()).isTrue();
        assertThat(here.getSubscriberCount()).isEqualTo(1);
        here.unsubscribe(handler);
        assertThat(here.isReceiving()).isFalse();
        here.send(order(2));
        assertThat(received).isEmpty();
        here.subscribe(handler);
        assertThat(Watchdog.take(received).getPayload()).isEqualTo(new Trade("o2", 2));
    }

    @Test
    void shouldStopAndStartAgain() {
        SubscribableShmChannel here = start(application, mine());
        here.subscribe(received::add);
        here.stop();
        assertThat(here.isRunning()).isFalse();
        here.send(order(1));
        assertThat(received).isEmpty();
        here.start();
        assertThat(Watchdog.take(received).getPayload()).isEqualTo(new Trade("o1", 1));
        CountDownLatch stopped = new CountDownLatch(1);
        here.stop(stopped::countDown);
        Watchdog.await("the end", () -> stopped.getCount() == 0);
        assertThat(here.isReceiving()).isFalse();
    }

    @Test
    void shouldDeliverAgainWhatFailsAndGiveUpInTheEnd() {
        QueueChannel errors = new QueueChannel();
        BlockingQueue<Integer> counts = new LinkedBlockingQueue<>();
        SubscribableShmChannel here = start(application.bean("errorChannel", QueueChannel.class, () -> errors), mine());
        here.setMaxDeliveries(3);
        here.subscribe(message -> {
            counts.add(message.getHeaders().get(ShmHeaders.DELIVERY_COUNT, Integer.class));
            throw new IllegalStateException("no");
        });
        here.send(order(1));
        ErrorMessage error = (ErrorMessage) errors.receive(60_000);
        assertThat(counts).containsExactly(1, 2, 3);
        assertThat(error.getPayload()).hasRootCauseMessage("no");
        assertThat(error.getOriginalMessage().getPayload()).isEqualTo(new Trade("o1", 1));
        Watchdog.await("an empty queue", () -> statistics("orders", ORDERS).depth() == 0);
    }

    private QueueStatistics statistics(String name, QueueType<?> type) {
        try (SharedQueue<?> queue = segment.mine().open(name, type)) {
            return queue.statistics();
        }
    }

    @Test
    void shouldLeaveTheDeadLettersToTheQueueThatHasThem() {
        QueueType<Message<?>> type = ORDERS.deadLettersAfter(4);
        SubscribableShmChannel here = start(application, ShmDestination.queue(segment.mine(), "orders", type));
        here.setMaxDeliveries(1);
        AtomicInteger tries = new AtomicInteger();
        here.subscribe(message -> {
            tries.incrementAndGet();
            throw new IllegalStateException("no");
        });
        here.send(order(1));
        try (SharedQueue<Message<?>> queue = segment.mine().open("orders", type)) {
            Watchdog.await("a dead letter", () -> queue.statistics().deadLettered() == 1);
            assertThat(tries).hasValue(4);
            assertThat(queue.deadLetters().poll().getPayload()).isEqualTo(new Trade("o1", 1));
        }
    }

    @Test
    void shouldSendWhatCannotBeDecodedToTheErrorChannel() throws InterruptedException {
        QueueChannel errors = new QueueChannel();
        SubscribableShmChannel here = start(application.bean("errorChannel", QueueChannel.class, () -> errors), mine());
        here.subscribe(received::add);
        byte[] bytes = {1, 4, 0, 0, 0, 0, 1, 'k', 4, 99, 98};
        try (SharedQueue<Message<?>> raw = segment.mine().open("orders", ORDERS)) {
            var claim = raw.tryClaim(bytes.length);
            for (int i = 0; i < bytes.length; i++) {
                claim.putByte(i, bytes[i]);
            }
            claim.commit();
        }
        here.send(order(2));
        ErrorMessage error = (ErrorMessage) errors.receive(60_000);
        ShmMessageConversionException failure = (ShmMessageConversionException) error.getPayload();
        assertThat(failure.getRawBytes()).containsExactly(bytes);
        assertThat((byte[]) error.getHeaders().get(ShmHeaders.RAW_BYTES)).containsExactly(bytes);
        assertThat((byte[]) failure.getFailedMessage().getPayload()).containsExactly(bytes);
        assertThat(failure.getFailedMessage().getHeaders())
                .containsEntry("k", true)
                .containsEntry(ShmHeaders.NAME, "orders")
                .containsEntry(ShmHeaders.DELIVERY_COUNT, 1);
        assertThat(Watchdog.take(received).getPayload()).isEqualTo(new Trade("o2", 2));
    }

    @Test
    void shouldTakeTurnsAmongSubscribersAndTryTheNextIfOneFails() {
        SubscribableShmChannel here = start(application, mine());
        AtomicInteger failures = new AtomicInteger();
        here.subscribe(message -> {
            failures.incrementAndGet();
            throw new IllegalStateException("busy");
        });
        here.subscribe(received::add);
        for (int i = 0; i < 10; i++) {
            here.send(order(i));
        }
        for (int i = 0; i < 10; i++) {
            assertThat(Watchdog.take(received).getHeaders()).containsEntry(ShmHeaders.DELIVERY_COUNT, 1);
        }
        assertThat(failures.get()).isPositive();
    }

    @Test
    void shouldHandleSeveralAtOnce() {
        SubscribableShmChannel here = start(application, mine());
        here.stop();
        here.setConcurrency(3);
        here.start();
        CountDownLatch together = new CountDownLatch(3);
        here.subscribe(message -> {
            together.countDown();
            try {
                if (together.await(60, TimeUnit.SECONDS)) {
                    received.add(message);
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        for (int i = 0; i < 3; i++) {
            here.send(order(i));
        }
        Watchdog.await("all three", () -> received.size() == 3);
    }

    @Test
    void shouldWaitAsLongAsIsSaidWhenFull() {
        SubscribableShmChannel here = start(application, mine());
        fill(here);
        assertThat(here.send(order(1), 0)).isFalse();
        assertThat(here.send(order(1), 5)).isFalse();
        here.setSendTimeout(5);
        assertThat(here.send(order(1))).isFalse();
        here.subscribe(received::add);
        assertThat(here.send(order(1), 60_000)).isTrue();
    }

    private static void fill(SubscribableShmChannel channel) {
        while (channel.send(order(0), 0)) {
            // Until it is full.
        }
    }

    @Test
    void shouldDoWhatThePolicySaysWhenFull() {
        QueueType<Message<?>> fails = ORDERS.full(FullPolicy.FAIL);
        SubscribableShmChannel here = start(application, ShmDestination.queue(segment.mine(), "orders", fails));
        fill(here);
        assertThatThrownBy(() -> here.send(order(1)))
                .isInstanceOf(MessageDeliveryException.class)
                .hasCauseInstanceOf(QueueFullException.class);
        SubscribableShmChannel drops = start(
                application.another(),
                ShmDestination.queue(segment.theirs(), "orders", ORDERS.full(FullPolicy.DROP_NEWEST)));
        drops.setSendTimeout(60_000);
        assertThat(drops.send(order(1))).isTrue();
        assertThat(statistics("orders", ORDERS).dropped()).isEqualTo(1);
    }

    @Test
    void shouldSayWhatIsWrongWithAMessage() {
        SubscribableShmChannel here = start(application, mine());
        assertThatThrownBy(() -> here.send(new GenericMessage<>("no order")))
                .isInstanceOf(MessageDeliveryException.class)
                .rootCause()
                .hasMessageContaining("java.lang.String");
        assertThatThrownBy(() -> here.send(new GenericMessage<>(new Trade("x".repeat(20 << 20), 1))))
                .isInstanceOf(MessageDeliveryException.class)
                .hasCauseInstanceOf(MessageTooLargeException.class);
        assertThatThrownBy(() -> here.send(new GenericMessage<>(new Trade("", 1), Map.of("odd", new Object()))))
                .rootCause()
                .hasMessageContaining("'odd'");
        assertThat(statistics("orders", ORDERS).depth()).isZero();
    }

    @Test
    void shouldRefuseToStartOnAQueueOfAnotherType() {
        try (SharedQueue<String> other = segment.mine().create("orders", SharedQueue.of(Codecs.string()))) {
            assertThatThrownBy(() -> start(application, mine()))
                    .hasRootCauseInstanceOf(ObjectTypeMismatchException.class);
        }
        assertThatThrownBy(() -> new SubscribableShmChannel(ShmDestination.topic(segment.mine(), "t", Trade.class)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PublishSubscribeShmChannel");
    }

    @Test
    void shouldTellASenderThatTheSegmentIsClosed() {
        SubscribableShmChannel there = start(application, theirs());
        there.setRecoveryInterval(Duration.ofMillis(5));
        there.subscribe(received::add);
        segment.theirs().close();
        assertThatThrownBy(() -> there.send(order(1)))
                .isInstanceOf(MessageDeliveryException.class)
                .hasCauseInstanceOf(SegmentClosedException.class);
    }

    @Test
    void shouldGoOnWithTheSuccessorOfItsSegment() {
        var first = segment.builder().open();
        var current = new AtomicReference<>(first);
        SubscribableShmChannel there = start(application, ShmDestination.queue(current::get, "orders", ORDERS));
        there.stop();
        there.setRecoveryInterval(Duration.ofMillis(5));
        there.start();
        there.subscribe(received::add);
        there.send(order(1));
        assertThat(Watchdog.take(received).getPayload()).isEqualTo(new Trade("o1", 1));
        Watchdog.await("its acknowledgement", () -> statistics("orders", ORDERS).depth() == 0);
        first.close();
        current.set(segment.theirs());
        there.send(order(2));
        assertThat(Watchdog.take(received).getPayload()).isEqualTo(new Trade("o2", 2));
    }

    @Test
    void shouldSayWhatItIs() {
        SubscribableShmChannel here = new SubscribableShmChannel(mine());
        assertThat(here.getComponentType()).isEqualTo("shm:channel");
        assertThat(here.getIntegrationPatternType()).isEqualTo(IntegrationPatternType.message_channel);
        assertThat(here.getPhase()).isEqualTo(Integer.MAX_VALUE / 2);
        assertThat(here.getDestination()).hasToString("queue 'orders'");
    }
}
