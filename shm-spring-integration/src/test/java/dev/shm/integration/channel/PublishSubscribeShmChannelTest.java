package dev.shm.integration.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmHeaders;
import dev.shm.integration.support.ShmMessageMapper;
import dev.shm.integration.testing.Application;
import dev.shm.integration.testing.Segment;
import dev.shm.integration.testing.Watchdog;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.TopicType;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.integration.IntegrationPatternType;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.support.GenericMessage;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PublishSubscribeShmChannelTest {

    private static final TopicType<Message<?>> TICKS =
            SharedTopic.of(ShmMessageMapper.defaults().codec(String.class)).capacityBytes(1 << 16);

    @Order(1)
    @RegisterExtension
    final Segment segment = new Segment();

    @Order(2)
    @RegisterExtension
    final Application application = new Application();

    private final BlockingQueue<Object> received = new LinkedBlockingQueue<>();

    private static PublishSubscribeShmChannel start(Application in, ShmDestination destination) {
        return in.bean("ticks", PublishSubscribeShmChannel.class, () -> new PublishSubscribeShmChannel(destination))
                .start()
                .get("ticks", PublishSubscribeShmChannel.class);
    }

    private ShmDestination mine() {
        return ShmDestination.topic(segment.mine(), "ticks", TICKS);
    }

    private ShmDestination theirs() {
        return ShmDestination.topic(segment.theirs(), "ticks", TICKS);
    }

    private static MessageHandler to(BlockingQueue<Object> queue) {
        return message -> queue.add(message.getPayload());
    }

    @Test
    void shouldDeliverToAllSubscribersOfAllProcesses() {
        PublishSubscribeShmChannel here = start(application, mine());
        PublishSubscribeShmChannel there = start(application.another(), theirs());
        BlockingQueue<Object> second = new LinkedBlockingQueue<>();
        BlockingQueue<Object> third = new LinkedBlockingQueue<>();
        here.subscribe(to(received));
        there.subscribe(to(second));
        there.subscribe(to(third));
        for (int i = 0; i < 100; i++) {
            here.send(new GenericMessage<>("t" + i));
        }
        for (BlockingQueue<Object> each : List.of(received, second, third)) {
            for (int i = 0; i < 100; i++) {
                assertThat(Watchdog.take(each)).isEqualTo("t" + i);
            }
        }
    }

    @Test
    void shouldHoldNobodyUpWhileNobodyHereSubscribes() {
        PublishSubscribeShmChannel here = start(application, mine());
        for (int i = 0; i < 10_000; i++) {
            assertThat(here.send(new GenericMessage<>("t" + i), 0)).isTrue();
        }
        here.subscribe(to(received));
        here.send(new GenericMessage<>("now"));
        assertThat(Watchdog.take(received)).isEqualTo("now");
    }

    @Test
    void shouldKeepANamedSubscriptionWhileItsProcessIsAway() {
        PublishSubscribeShmChannel here = start(application, mine());
        Application other = application.another();
        start(other, theirs().subscription("audit")).subscribe(to(received));
        here.send(new GenericMessage<>("1"));
        assertThat(Watchdog.take(received)).isEqualTo("1");
        other.close();
        here.send(new GenericMessage<>("2"));
        start(application.another(), theirs().subscription("audit")).subscribe(to(received));
        assertThat(Watchdog.take(received)).isEqualTo("2");
    }

    @Test
    void shouldWaitForASubscriptionThatAnotherProcessHas() {
        Application other = application.another();
        PublishSubscribeShmChannel first = start(other, theirs().subscription("audit"));
        first.subscribe(to(received));
        PublishSubscribeShmChannel second = start(application, mine().subscription("audit"));
        BlockingQueue<Object> late = new LinkedBlockingQueue<>();
        assertThatThrownBy(() -> second.subscribe(to(late))).hasMessageContaining("audit");
        other.close();
        second.start();
        second.send(new GenericMessage<>("x"));
        assertThat(Watchdog.take(late)).isEqualTo("x");
    }

    @Test
    void shouldDeliverAgainToAllIfOneFails() {
        PublishSubscribeShmChannel here = start(application, mine());
        BlockingQueue<Object> counts = new LinkedBlockingQueue<>();
        here.subscribe(to(received));
        here.subscribe(message -> {
            Integer count = message.getHeaders().get(ShmHeaders.DELIVERY_COUNT, Integer.class);
            counts.add(count);
            if (count < 3) {
                throw new IllegalStateException("not yet");
            }
        });
        here.send(new GenericMessage<>("x"));
        Watchdog.await("three deliveries", () -> counts.size() == 3);
        Watchdog.await("three deliveries", () -> received.size() == 3);
        assertThat(counts).containsExactly(1, 2, 3);
    }

    @Test
    void shouldIgnoreFailuresIfTold() {
        PublishSubscribeShmChannel here = start(application, mine());
        here.setIgnoreFailures(true);
        here.subscribe(message -> {
            throw new IllegalStateException("no");
        });
        here.subscribe(to(received));
        here.send(new GenericMessage<>("x"));
        here.send(new GenericMessage<>("y"));
        assertThat(Watchdog.take(received)).isEqualTo("x");
        assertThat(Watchdog.take(received)).isEqualTo("y");
    }

    @Test
    void shouldSubscribeAgainWhenItWasPutOutForBeingSlow() throws InterruptedException {
        TopicType<Message<?>> impatient = TICKS.evictAfter(Duration.ofMillis(20));
        PublishSubscribeShmChannel here = start(application, ShmDestination.topic(segment.mine(), "ticks", impatient));
        PublishSubscribeShmChannel there =
                start(application.another(), ShmDestination.topic(segment.theirs(), "ticks", impatient));
        CountDownLatch slow = new CountDownLatch(1);
        there.subscribe(message -> {
            try {
                slow.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            received.add(message.getPayload());
        });
        String large = "x".repeat(1_000);
        for (int i = 0; i < 200; i++) {
            assertThat(here.send(new GenericMessage<>(large), 60_000)).isTrue();
        }
        slow.countDown();
        Watchdog.await("a new subscription", () -> {
            here.send(new GenericMessage<>("new"));
            return received.contains("new");
        });
    }

    @Test
    void shouldSayWhatItIs() {
        PublishSubscribeShmChannel here = new PublishSubscribeShmChannel(mine());
        assertThat(here.getComponentType()).isEqualTo("shm:publish-subscribe-channel");
        assertThat(here.getIntegrationPatternType()).isEqualTo(IntegrationPatternType.publish_subscribe_channel);
        assertThatThrownBy(
                        () -> new PublishSubscribeShmChannel(ShmDestination.queue(segment.mine(), "q", String.class)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("SubscribableShmChannel");
    }
}
