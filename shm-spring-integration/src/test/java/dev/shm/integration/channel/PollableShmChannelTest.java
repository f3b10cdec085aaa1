package dev.shm.integration.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.codec.NdArray;
import dev.shm.integration.support.PayloadCodecs;
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
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.integration.IntegrationPatternType;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.ChannelInterceptor;
import org.springframework.messaging.support.GenericMessage;
import org.springframework.transaction.support.TransactionTemplate;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PollableShmChannelTest {

    private static final QueueType<Message<?>> TEXTS =
            SharedQueue.of(ShmMessageMapper.defaults().codec(String.class)).capacityBytes(1 << 16);

    @Order(1)
    @RegisterExtension
    final Segment segment = new Segment();

    @Order(2)
    @RegisterExtension
    final Application application = new Application();

    private PollableShmChannel start() {
        return application
                .bean(
                        "texts",
                        PollableShmChannel.class,
                        () -> new PollableShmChannel(ShmDestination.queue(segment.mine(), "texts", TEXTS)))
                .start()
                .get("texts", PollableShmChannel.class);
    }

    @Test
    void shouldReceiveWhatWasSent() {
        PollableShmChannel channel = start();
        assertThat(channel.receive(0)).isNull();
        assertThat(channel.receive(1)).isNull();
        channel.send(new GenericMessage<>("a"));
        channel.send(new GenericMessage<>("b"));
        Message<?> first = channel.receive(0);
        assertThat(first.getPayload()).isEqualTo("a");
        assertThat(first.getHeaders()).containsEntry(ShmHeaders.NAME, "texts");
        assertThat(channel.receive().getPayload()).isEqualTo("b");
        assertThat(depth()).isZero();
        assertThat(channel.getComponentType()).isEqualTo("shm:pollable-channel");
        assertThat(channel.getIntegrationPatternType()).isEqualTo(IntegrationPatternType.pollable_channel);
    }

    @Test
    void shouldCarryArraysOfMixedShapes() {
        QueueType<Message<?>> arrays = SharedQueue.of(
                        ShmMessageMapper.defaults().codec(PayloadCodecs.named("ndarray", NdArray.class)))
                .capacityBytes(1 << 16);
        PollableShmChannel channel = application
                .bean(
                        "arrays",
                        PollableShmChannel.class,
                        () -> new PollableShmChannel(ShmDestination.queue(segment.mine(), "arrays", arrays)))
                .start()
                .get("arrays", PollableShmChannel.class);
        NdArray first = NdArray.of(new float[] {1, 2, 3, 4}, 2, 2).withIndex(7);
        NdArray second = NdArray.of(new boolean[] {true});
        channel.send(new GenericMessage<>(first));
        channel.send(new GenericMessage<>(second));
        assertThat(channel.receive(0).getPayload()).isEqualTo(first);
        assertThat(channel.receive(0).getPayload()).isEqualTo(second);
    }

    private long depth() {
        try (SharedQueue<?> queue = segment.mine().open("texts", TEXTS)) {
            return queue.statistics().depth();
        }
    }

    @Test
    void shouldWaitForAMessageAndForItsEnd() throws Exception {
        PollableShmChannel channel = start();
        CompletableFuture<Message<?>> waiting = CompletableFuture.supplyAsync(channel::receive);
        channel.send(new GenericMessage<>("a"));
        assertThat(waiting.get().getPayload()).isEqualTo("a");
        BlockingQueue<Object> told = new LinkedBlockingQueue<>();
        Thread receiver = new Thread(() -> told.add(String.valueOf(channel.receive())));
        receiver.start();
        Watchdog.await(
                "a waiting thread",
                () -> receiver.getState() == Thread.State.TIMED_WAITING || receiver.getState() == Thread.State.WAITING);
        channel.destroy();
        assertThat(Watchdog.take(told)).isEqualTo("null");
    }

    @Test
    void shouldReturnNullIfInterrupted() throws Exception {
        PollableShmChannel channel = start();
        BlockingQueue<Object> told = new LinkedBlockingQueue<>();
        Thread receiver = new Thread(() -> {
            told.add(String.valueOf(channel.receive()));
            told.add(Thread.currentThread().isInterrupted());
        });
        receiver.start();
        receiver.interrupt();
        assertThat(Watchdog.take(told)).isEqualTo("null");
        assertThat(Watchdog.take(told)).isEqualTo(true);
    }

    @Test
    void shouldCallInterceptors() {
        List<String> calls = new CopyOnWriteArrayList<>();
        PollableShmChannel channel = start();
        channel.addInterceptor(new ChannelInterceptor() {
            @Override
            public boolean preReceive(MessageChannel of) {
                calls.add("before");
                return true;
            }

            @Override
            public Message<?> postReceive(Message<?> message, MessageChannel of) {
                calls.add("after " + message.getPayload());
                return message;
            }

            @Override
            public void afterReceiveCompletion(Message<?> message, MessageChannel of, Exception failure) {
                calls.add("in the end " + (message == null ? failure : message.getPayload()));
            }
        });
        channel.send(new GenericMessage<>("a"));
        channel.receive(0);
        channel.receive(0);
        assertThat(calls).containsExactly("before", "after a", "in the end a", "before", "in the end null");
    }

    @Test
    void shouldThrowWhatCannotBeDecodedAndDropItInTheEnd() throws InterruptedException {
        PollableShmChannel channel = start();
        channel.setMaxDeliveries(2);
        try (SharedQueue<Message<?>> raw = segment.mine().open("texts", TEXTS)) {
            raw.tryClaim(1).putByte(0, (byte) 77).commit();
        }
        for (int i = 0; i < 2; i++) {
            assertThat(depth()).isEqualTo(1);
            assertThatThrownBy(() -> channel.receive(0))
                    .isInstanceOfSatisfying(
                            ShmMessageConversionException.class,
                            e -> assertThat(e.getRawBytes()).containsExactly(77));
        }
        assertThat(depth()).isZero();
        channel.send(new GenericMessage<>("a"));
        assertThat(channel.receive(0).getPayload()).isEqualTo("a");
    }

    @Test
    void shouldAcknowledgeWhenTheTransactionCommits() {
        PollableShmChannel channel = start();
        TransactionTemplate transaction = new TransactionTemplate(new Transactions());
        channel.send(new GenericMessage<>("a"));
        transaction.executeWithoutResult(status -> {
            assertThat(channel.receive(0).getPayload()).isEqualTo("a");
            assertThat(channel.receive(0)).isNull();
            assertThat(depth()).isEqualTo(1);
            status.setRollbackOnly();
        });
        transaction.executeWithoutResult(status -> {
            Message<?> again = channel.receive(0);
            assertThat(again.getHeaders()).containsEntry(ShmHeaders.DELIVERY_COUNT, 2);
            assertThat(depth()).isEqualTo(1);
        });
        assertThat(depth()).isZero();
    }
}
