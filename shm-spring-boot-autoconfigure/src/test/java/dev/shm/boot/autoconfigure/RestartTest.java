package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.boot.testing.Directory;
import dev.shm.boot.testing.ReloadingClassLoader;
import dev.shm.boot.testing.Watchdog;
import dev.shm.integration.channel.SubscribableShmChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskSchedulingAutoConfiguration;
import org.springframework.boot.integration.autoconfigure.IntegrationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.integration.annotation.ServiceActivator;
import org.springframework.messaging.support.GenericMessage;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;

/**
 * Applications that are started again in the same JVM: with other classes of the same names, or in the same context. {@code DevToolsIT} has
 * DevTools do it.
 */
class RestartTest {

    public record Parcel(String to, int weight) {}

    private static final String[] CONFIGURATION = {
        "shm.segments.desk.size=16MB",
        "shm.channels.parcels.segment=desk",
        "shm.channels.parcels.payload-type=" + Parcel.class.getName()
    };

    @RegisterExtension
    final Directory directory = new Directory();

    private ApplicationContextRunner runner() {
        return directory
                .runner(
                        IntegrationAutoConfiguration.class,
                        ShmAutoConfiguration.class,
                        ShmIntegrationAutoConfiguration.class)
                .withPropertyValues(CONFIGURATION);
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

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        TaskSchedulingAutoConfiguration.class,
        IntegrationAutoConfiguration.class,
        ShmAutoConfiguration.class,
        ShmIntegrationAutoConfiguration.class
    })
    static class Application {}

    /** What all beans of that context have received that there have been. */
    static final class Received {
        final List<Parcel> parcels = new CopyOnWriteArrayList<>();
    }

    @Configuration(proxyBeanMethods = false)
    @Import(Application.class)
    static class Receiver {

        private final Received received;

        Receiver(Received received) {
            this.received = received;
        }

        @ServiceActivator(inputChannel = "parcels")
        void handle(Parcel parcel) {
            received.parcels.add(parcel);
        }
    }

    /** One that may be refreshed again and again. */
    private AnnotationConfigWebApplicationContext context(Class<?> application, Received received) {
        AnnotationConfigWebApplicationContext context = new AnnotationConfigWebApplicationContext();
        TestPropertyValues.of(CONFIGURATION)
                .and("shm.directory=" + directory.path())
                .applyTo(context.getEnvironment());
        context.addBeanFactoryPostProcessor(beans -> beans.registerSingleton("received", received));
        context.register(application);
        context.refresh();
        return context;
    }

    private static void send(ApplicationContext sender, Parcel parcel) {
        assertThat(sender.getBean(SubscribableShmChannel.class).send(new GenericMessage<>(parcel)))
                .isTrue();
    }

    @Test
    void shouldLoseNothingWhenContextsAreRefreshed() throws Exception {
        Received received = new Received();
        List<Parcel> sent = new ArrayList<>();
        try (AnnotationConfigWebApplicationContext sender = context(Application.class, received);
                AnnotationConfigWebApplicationContext receiver = context(Receiver.class, received)) {
            for (int refresh = 0; refresh < 3; refresh++) {
                int first = refresh * 100;
                CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                    for (int i = first; i < first + 100; i++) {
                        Parcel parcel = new Parcel("desk", i);
                        send(sender, parcel);
                        sent.add(parcel);
                        LockSupport.parkNanos(1_000_000);
                    }
                });
                receiver.refresh();
                sending.join();
                sender.refresh();
            }
            Watchdog.await("all have come", () -> received.parcels.size() >= sent.size());
        }
        assertThat(received.parcels).hasSize(300).containsExactlyInAnyOrderElementsOf(sent);
        assertThat(directory.files()).doesNotContain("desk");
    }

    @Test
    void shouldOpenAnewWhatOnlyOneContextHadWhenThatIsRefreshed() {
        Received received = new Received();
        Set<UUID> segments = new HashSet<>();
        try (AnnotationConfigWebApplicationContext context = context(Receiver.class, received)) {
            for (int i = 0; i < 3; i++) {
                send(context, new Parcel("desk", i));
                int all = i + 1;
                Watchdog.await("it has come", () -> received.parcels.size() == all);
                segments.add(context.getBean(SharedMemory.class).uuid());
                context.refresh();
            }
            assertThat(context.getBean(SharedMemory.class).peers()).hasSize(1);
        }
        assertThat(segments).hasSize(3);
        assertThat(directory.files()).doesNotContain("desk");
    }
}
