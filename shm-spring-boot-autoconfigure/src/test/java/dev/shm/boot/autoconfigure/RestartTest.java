package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.boot.testing.Directory;
import dev.shm.boot.testing.ReloadingClassLoader;
import dev.shm.boot.testing.Watchdog;
import dev.shm.integration.channel.SubscribableShmChannel;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.integration.autoconfigure.IntegrationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.messaging.support.GenericMessage;

/** Applications that are started again in the same JVM with other classes of the same names, as DevTools does. */
class RestartTest {

    public record Parcel(String to, int weight) {}

    @RegisterExtension
    final Directory directory = new Directory();

    private ApplicationContextRunner runner() {
        return directory
                .runner(
                        IntegrationAutoConfiguration.class,
                        ShmAutoConfiguration.class,
                        ShmIntegrationAutoConfiguration.class)
                .withPropertyValues(
                        "shm.segments.desk.size=16MB",
                        "shm.channels.parcels.segment=desk",
                        "shm.channels.parcels.payload-type=" + Parcel.class.getName());
    }

    private static Object parcel(ClassLoader loader) throws ReflectiveOperationException {
        return loader.loadClass(Parcel.class.getName())
                .getConstructor(String.class, int.class)
                .newInstance("desk", 3);
    }

    @Test
    void shouldUseThePayloadTypesOfTheNewClassLoader() {
        // Another application, so that the segment outlives the restart.
        runner().run(stays -> {
            for (int restart = 0; restart < 3; restart++) {
                ReloadingClassLoader loader = new ReloadingClassLoader(Parcel.class.getName());
                runner().withClassLoader(loader).run(context -> {
                    BlockingQueue<Object> received = new LinkedBlockingQueue<>();
                    SubscribableShmChannel channel = context.getBean(SubscribableShmChannel.class);
                    channel.subscribe(message -> received.add(message.getPayload()));
                    Object sent = parcel(loader);
                    assertThat(channel.send(new GenericMessage<>(sent))).isTrue();
                    Object payload = Watchdog.take(received);
                    assertThat(payload).isEqualTo(sent).isNotInstanceOf(Parcel.class);
                    assertThat(payload.getClass().getClassLoader()).isSameAs(loader);
                });
            }
            assertThat(stays).hasNotFailed();
        });
    }
}
