package dev.shm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.integration.inbound.ShmMessageProducer;
import dev.shm.integration.support.ShmAckMode;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmMessageMapper;
import dev.shm.integration.testing.Application;
import dev.shm.integration.testing.Segment;
import dev.shm.integration.testing.Watchdog;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.integration.StaticMessageHeaderAccessor;
import org.springframework.integration.channel.DirectChannel;
import org.springframework.messaging.Message;
import org.springframework.messaging.support.GenericMessage;

/** Consumers are stopped and started while messages flow: each message is handled, and where nothing fails it is handled once. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StopUnderLoadTest {

    private static final int MESSAGES = 40_000;

    private static final QueueType<Message<?>> NUMBERS =
            SharedQueue.of(ShmMessageMapper.defaults().codec(Integer.class)).capacityBytes(1 << 18);

    @Order(1)
    @RegisterExtension
    final Segment segment = new Segment();

    @Order(2)
    @RegisterExtension
    final Application application = new Application();

    private final Map<Integer, AtomicInteger> handled = new ConcurrentHashMap<>();
    private final AtomicBoolean done = new AtomicBoolean();

    private ShmMessageProducer consumer(Application in, boolean mine, int concurrency, int batch, ShmAckMode mode) {
        DirectChannel output = new DirectChannel();
        output.subscribe(message -> {
            Object payload = message.getPayload();
            List<?> numbers = payload instanceof List<?> list ? list : List.of(payload);
            numbers.forEach(number -> handled.computeIfAbsent((Integer) number, n -> new AtomicInteger())
                    .incrementAndGet());
            if (mode == ShmAckMode.MANUAL) {
                StaticMessageHeaderAccessor.getAcknowledgment(message).acknowledge();
            }
        });
        return in.bean("consumer", ShmMessageProducer.class, () -> {
                    ShmMessageProducer adapter = new ShmMessageProducer(
                            ShmDestination.queue(mine ? segment.mine() : segment.theirs(), "numbers", NUMBERS));
                    adapter.setOutputChannel(output);
                    adapter.setConcurrency(concurrency);
                    adapter.setBatchSize(batch);
                    adapter.setAckMode(mode);
                    adapter.setMaxDeliveries(0);
                    return adapter;
                })
                .start()
                .get("consumer", ShmMessageProducer.class);
    }

    @ParameterizedTest
    @CsvSource({"1,1,AUTO", "3,1,AUTO", "2,16,AUTO", "2,1,MANUAL", "2,16,MANUAL"})
    void shouldHandleEachMessageOnceThoughConsumersStopAndStart(int concurrency, int batch, ShmAckMode mode)
            throws InterruptedException {
        List<ShmMessageProducer> consumers = List.of(
                consumer(application, true, concurrency, batch, mode),
                consumer(application.another(), false, concurrency, batch, mode));
        List<Thread> stoppers = new ArrayList<>();
        for (ShmMessageProducer consumer : consumers) {
            Thread stopper = new Thread(() -> stopAndStart(consumer));
            stopper.start();
            stoppers.add(stopper);
        }
        try (SharedQueue<Message<?>> queue = segment.mine().openOrCreate("numbers", NUMBERS)) {
            for (int i = 0; i < MESSAGES; i++) {
                queue.put(new GenericMessage<>(i));
            }
            done.set(true);
            for (Thread stopper : stoppers) {
                stopper.join();
            }
            Watchdog.await("all messages", () -> handled.size() == MESSAGES);
            Watchdog.await("an empty queue", () -> queue.statistics().depth() == 0);
            consumers.forEach(ShmMessageProducer::stop);
            Map<Integer, Integer> often = new HashMap<>();
            handled.forEach((number, times) -> {
                if (times.get() != 1) {
                    often.put(number, times.get());
                }
            });
            assertThat(often).isEmpty();
            assertThat(queue.statistics().redelivered()).isZero();
        }
    }

    private void stopAndStart(ShmMessageProducer consumer) {
        Random random = new Random(consumer.hashCode());
        while (!done.get()) {
            switch (random.nextInt(3)) {
                case 0 -> consumer.stop();
                case 1 -> {
                    CountDownLatch stopped = new CountDownLatch(1);
                    consumer.stop(stopped::countDown);
                    Watchdog.await("the end", () -> stopped.getCount() == 0);
                }
                default -> {
                    consumer.pause();
                    Thread.onSpinWait();
                    consumer.resume();
                }
            }
            consumer.start();
        }
    }

    @Test
    void shouldLoseNothingThoughFlowsFailWhileConsumersStop() throws InterruptedException {
        DirectChannel output = new DirectChannel();
        AtomicInteger calls = new AtomicInteger();
        output.subscribe(message -> {
            if (calls.incrementAndGet() % 7 == 0) {
                throw new IllegalStateException("now and then");
            }
            handled.computeIfAbsent((Integer) message.getPayload(), n -> new AtomicInteger())
                    .incrementAndGet();
        });
        ShmMessageProducer consumer = application
                .bean("consumer", ShmMessageProducer.class, () -> {
                    ShmMessageProducer adapter =
                            new ShmMessageProducer(ShmDestination.queue(segment.mine(), "numbers", NUMBERS));
                    adapter.setOutputChannel(output);
                    adapter.setConcurrency(2);
                    adapter.setMaxDeliveries(0);
                    return adapter;
                })
                .start()
                .get("consumer", ShmMessageProducer.class);
        Thread stopper = new Thread(() -> stopAndStart(consumer));
        stopper.start();
        try (SharedQueue<Message<?>> queue = segment.theirs().openOrCreate("numbers", NUMBERS)) {
            for (int i = 0; i < 5_000; i++) {
                queue.put(new GenericMessage<>(i));
            }
            done.set(true);
            stopper.join();
            Watchdog.await("all messages", () -> handled.size() == 5_000);
            assertThat(handled.values()).allSatisfy(times -> assertThat(times).hasValue(1));
        }
    }
}
