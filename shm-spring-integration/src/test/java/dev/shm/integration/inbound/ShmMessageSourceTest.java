package dev.shm.integration.inbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmHeaders;
import dev.shm.integration.support.ShmMessageConversionException;
import dev.shm.integration.support.ShmMessageMapper;
import dev.shm.integration.testing.Application;
import dev.shm.integration.testing.Segment;
import dev.shm.integration.testing.Transactions;
import dev.shm.integration.testing.Watchdog;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.integration.StaticMessageHeaderAccessor;
import org.springframework.integration.acks.AcknowledgmentCallback;
import org.springframework.integration.channel.DirectChannel;
import org.springframework.integration.channel.QueueChannel;
import org.springframework.integration.endpoint.SourcePollingChannelAdapter;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.support.ErrorMessage;
import org.springframework.messaging.support.GenericMessage;
import org.springframework.scheduling.support.PeriodicTrigger;
import org.springframework.transaction.support.TransactionTemplate;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShmMessageSourceTest {

    private static final QueueType<Message<?>> TEXTS =
            SharedQueue.of(ShmMessageMapper.defaults().codec(String.class)).capacityBytes(1 << 16);

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

    private ShmMessageSource source() {
        ShmMessageSource source = new ShmMessageSource(ShmDestination.queue(segment.mine(), "texts", TEXTS));
        source.setBeanName("source");
        return source;
    }

    @Test
    void shouldGiveAMessageWithItsAcknowledgement() throws InterruptedException {
        ShmMessageSource source = source();
        assertThat(source.receive()).isNull();
        queue.put(new GenericMessage<>("a"));
        Message<Object> message = source.receive();
        assertThat(message.getPayload()).isEqualTo("a");
        assertThat(message.getHeaders()).containsEntry(ShmHeaders.NAME, "texts");
        assertThat(queue.statistics().received()).isZero();
        StaticMessageHeaderAccessor.getAcknowledgmentCallback(message).acknowledge();
        assertThat(queue.statistics().received()).isEqualTo(1);
        assertThat(source.getComponentType()).isEqualTo("shm:inbound-channel-adapter");
        source.stop();
    }

    @Test
    void shouldGiveBackWhatIsRejectedAndDropItInTheEnd() throws InterruptedException {
        ShmMessageSource source = source();
        source.setMaxDeliveries(2);
        queue.put(new GenericMessage<>("a"));
        AcknowledgmentCallback first = StaticMessageHeaderAccessor.getAcknowledgmentCallback(source.receive());
        first.acknowledge(AcknowledgmentCallback.Status.REJECT);
        Message<Object> second = source.receive();
        assertThat(second.getHeaders()).containsEntry(ShmHeaders.DELIVERY_COUNT, 2);
        StaticMessageHeaderAccessor.getAcknowledgmentCallback(second)
                .acknowledge(AcknowledgmentCallback.Status.REQUEUE);
        Message<Object> third = source.receive();
        assertThat(third.getHeaders()).containsEntry(ShmHeaders.DELIVERY_COUNT, 3);
        StaticMessageHeaderAccessor.getAcknowledgmentCallback(third).acknowledge(AcknowledgmentCallback.Status.REJECT);
        assertThat(source.receive()).isNull();
        assertThat(queue.statistics().depth()).isZero();
        source.stop();
    }

    @Test
    void shouldGiveBackWhatWasNotAcknowledgedWhenItStops() throws InterruptedException {
        ShmMessageSource source = source();
        source.start();
        queue.put(new GenericMessage<>("a"));
        assertThat(source.receive()).isNotNull();
        assertThat(queue.size()).isZero();
        source.stop();
        assertThat(queue.size()).isEqualTo(1);
        assertThat(source.receive()).isNull();
        assertThat(source.isRunning()).isFalse();
        source.start();
        assertThat(source.receive().getPayload()).isEqualTo("a");
        source.stop();
    }

    @Test
    void shouldGiveNothingWhilePaused() throws InterruptedException {
        ShmMessageSource source = source();
        queue.put(new GenericMessage<>("a"));
        source.pause();
        assertThat(source.isPaused()).isTrue();
        assertThat(source.receive()).isNull();
        source.resume();
        assertThat(source.receive()).isNotNull();
        source.stop();
    }

    @Test
    void shouldWaitForAMessageIfTold() throws InterruptedException {
        ShmMessageSource source = source();
        source.setReceiveTimeout(Duration.ofSeconds(60));
        Thread receiver = new Thread(() -> received.add(source.receive()));
        receiver.start();
        queue.put(new GenericMessage<>("late"));
        assertThat(Watchdog.take(received).getPayload()).isEqualTo("late");
        source.stop();
    }

    @Test
    void shouldThrowWhatCannotBeDecoded() {
        ShmMessageSource source = source();
        source.setMaxDeliveries(1);
        queue.tryClaim(1).putByte(0, (byte) 5).commit();
        assertThatThrownBy(source::receive)
                .isInstanceOfSatisfying(
                        ShmMessageConversionException.class,
                        e -> assertThat(e.getRawBytes()).containsExactly(5));
        assertThat(source.receive()).isNull();
        assertThat(queue.statistics().depth()).isZero();
        source.stop();
    }

    private SourcePollingChannelAdapter poll(MessageHandler flow, MethodInterceptor... advice) {
        DirectChannel output = new DirectChannel();
        output.subscribe(flow);
        return application
                .bean("poller", SourcePollingChannelAdapter.class, () -> {
                    SourcePollingChannelAdapter adapter = new SourcePollingChannelAdapter();
                    adapter.setSource(source());
                    adapter.setOutputChannel(output);
                    adapter.setTrigger(new PeriodicTrigger(Duration.ofMillis(1)));
                    adapter.setMaxMessagesPerPoll(10);
                    adapter.setAdviceChain(List.of(advice));
                    return adapter;
                })
                .start()
                .get("poller", SourcePollingChannelAdapter.class);
    }

    @Test
    void shouldBeAcknowledgedByItsPoller() throws InterruptedException {
        BlockingQueue<Object> counts = new LinkedBlockingQueue<>();
        poll(message -> {
            Integer count = message.getHeaders().get(ShmHeaders.DELIVERY_COUNT, Integer.class);
            counts.add(count);
            if (count < 3) {
                throw new IllegalStateException("not yet");
            }
            received.add(message);
        });
        queue.put(new GenericMessage<>("a"));
        Watchdog.take(received);
        Watchdog.await("an empty queue", () -> queue.statistics().depth() == 0);
        assertThat(counts).containsExactly(1, 2, 3);
    }

    @Test
    void shouldHaveItsPollerTellTheErrorChannelOfWhatCannotBeDecoded() throws InterruptedException {
        QueueChannel errors = new QueueChannel();
        application.bean("errorChannel", QueueChannel.class, () -> errors);
        poll(received::add);
        queue.tryClaim(1).putByte(0, (byte) 5).commit();
        queue.put(new GenericMessage<>("a"));
        ErrorMessage error = (ErrorMessage) errors.receive(60_000);
        assertThat(error.getPayload()).isInstanceOf(ShmMessageConversionException.class);
        assertThat(Watchdog.take(received).getPayload()).isEqualTo("a");
        Watchdog.await("an empty queue", () -> queue.statistics().depth() == 0);
    }

    @Test
    void shouldGoBackIfTheTransactionOfItsPollerRollsBack() throws InterruptedException {
        TransactionTemplate transaction = new TransactionTemplate(new Transactions());
        MethodInterceptor inTransaction = call -> transaction.execute(status -> {
            try {
                Object result = call.proceed();
                Message<?> last = received.peek();
                if (last != null
                        && last.getHeaders().get(ShmHeaders.DELIVERY_COUNT).equals(1)) {
                    status.setRollbackOnly();
                }
                return result;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        });
        poll(
                message -> {
                    received.clear();
                    received.add(message);
                },
                inTransaction);
        queue.put(new GenericMessage<>("a"));
        Watchdog.await(
                "an empty queue",
                () -> queue.statistics().depth() == 0 && queue.statistics().sent() == 1);
        assertThat(queue.statistics().redelivered()).isEqualTo(1);
    }
}
