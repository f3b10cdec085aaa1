package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.boot.testing.Directory;
import dev.shm.integration.channel.PollableShmChannel;
import dev.shm.integration.channel.PublishSubscribeShmChannel;
import dev.shm.integration.channel.SubscribableShmChannel;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.integration.autoconfigure.IntegrationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.GenericMessage;

/** Channels from the configuration. */
class ShmIntegrationAutoConfigurationTest {

    @RegisterExtension
    final Directory directory = new Directory();

    record Order(String id, int pieces) {}

    private ApplicationContextRunner runner() {
        return directory.runner(
                        IntegrationAutoConfiguration.class,
                        ShmAutoConfiguration.class,
                        ShmIntegrationAutoConfiguration.class)
                .withPropertyValues("shm.segments.desk.size=64MB");
    }

    @Test
    void shouldMakeAChannelOfTheRightKindForEachEntry() {
        runner().withPropertyValues(
                        "shm.channels.orders.segment=desk",
                        "shm.channels.jobs.pollable=true",
                        "shm.channels.ticks.kind=topic")
                .run(context -> {
                    assertThat(context.getBean("orders")).isInstanceOf(SubscribableShmChannel.class);
                    assertThat(context.getBean("jobs")).isInstanceOf(PollableShmChannel.class);
                    assertThat(context.getBean("ticks")).isInstanceOf(PublishSubscribeShmChannel.class);
                });
    }

    @Test
    void shouldCarryPayloadsOfTheConfiguredTypeFromOneApplicationToAnother() {
        ApplicationContextRunner both =
                runner().withPropertyValues("shm.channels.orders.payload-type=" + Order.class.getName());
        both.run(sends -> both.run(receives -> {
            BlockingQueue<Object> received = new LinkedBlockingQueue<>();
            receives.getBean(SubscribableShmChannel.class).subscribe(message -> received.add(message.getPayload()));
            sends.getBean("orders", MessageChannel.class).send(new GenericMessage<>(new Order("a", 3)));
            assertThat(received.poll(90, TimeUnit.SECONDS)).isEqualTo(new Order("a", 3));
        }));
    }
}
