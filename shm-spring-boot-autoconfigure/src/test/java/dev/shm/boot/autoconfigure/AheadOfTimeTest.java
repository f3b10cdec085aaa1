package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.SharedMemoryManager;
import dev.shm.boot.testing.Directory;
import dev.shm.boot.testing.Watchdog;
import dev.shm.integration.channel.PublishSubscribeShmChannel;
import dev.shm.integration.channel.SubscribableShmChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.aot.test.generate.TestGenerationContext;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskSchedulingAutoConfiguration;
import org.springframework.boot.integration.autoconfigure.IntegrationAutoConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.test.tools.CompileWithForkedClassLoader;
import org.springframework.core.test.tools.TestCompiler;
import org.springframework.messaging.support.GenericMessage;

/** An application that was processed ahead of time, and then started with another configuration. */
@CompileWithForkedClassLoader
class AheadOfTimeTest {

    public record Order(String id, int pieces) {}

    @RegisterExtension
    final Directory directory = new Directory();

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        TaskSchedulingAutoConfiguration.class,
        IntegrationAutoConfiguration.class,
        ShmAutoConfiguration.class,
        ShmIntegrationAutoConfiguration.class
    })
    static class Application {}

    private final Map<String, String> configuration = new HashMap<>();

    private TestGenerationContext process() {
        configuration.put("shm.directory", directory.path().toString());
        configuration.put("shm.segments.desk.size", "32MB");
        configuration.put("shm.channels.orders.segment", "desk");
        configuration.put("shm.channels.orders.payload-type", Order.class.getName());
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        TestPropertyValues.of(configuration).applyTo(context);
        context.register(Application.class);
        TestGenerationContext generation = new TestGenerationContext(Application.class);
        new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
        generation.writeGeneratedContent();
        // Nothing is opened while it is processed.
        assertThat(directory.files()).isEmpty();
        return generation;
    }

    @Test
    @SuppressWarnings("unchecked")
    void shouldStartWithWhatIsConfiguredThen() {
        TestGenerationContext generation = process();
        configuration.put("shm.segments.hall.size", "16MB");
        configuration.put("shm.channels.ticks.segment", "hall");
        configuration.put("shm.channels.ticks.kind", "topic");
        configuration.put("shm.segments.desk.size", "16MB");
        TestCompiler.forSystem().with(generation).compile(compiled -> {
            try (GenericApplicationContext context = new GenericApplicationContext()) {
                context.setClassLoader(compiled.getClassLoader());
                TestPropertyValues.of(configuration).applyTo(context);
                compiled.getInstance(ApplicationContextInitializer.class).initialize(context);
                context.refresh();
                assertThat(context.getBean("desk", SharedMemory.class).size()).isEqualTo(16 << 20);
                assertThat(context.getBean(SharedMemoryManager.class).segments())
                        .hasSize(2);
                assertThat(context.getBean("ticks")).isInstanceOf(PublishSubscribeShmChannel.class);
                SubscribableShmChannel orders = context.getBean("orders", SubscribableShmChannel.class);
                BlockingQueue<Object> received = new LinkedBlockingQueue<>();
                orders.subscribe(message -> received.add(message.getPayload()));
                assertThat(orders.send(new GenericMessage<>(new Order("a", 3)))).isTrue();
                assertThat(Watchdog.take(received)).hasToString("Order[id=a, pieces=3]");
            }
        });
        assertThat(directory.files()).doesNotContain("desk", "hall");
    }

    @Test
    void shouldGiveHintsForTheConfigurationAndThePayloads() {
        TestGenerationContext generation = process();
        assertThat(RuntimeHintsPredicates.reflection()
                        .onType(ShmProperties.Channel.class)
                        .withMemberCategory(MemberCategory.INVOKE_DECLARED_CONSTRUCTORS)
                        .or(RuntimeHintsPredicates.reflection()
                                .onConstructorInvocation(
                                        ShmProperties.Channel.class.getDeclaredConstructors()[0])))
                .accepts(generation.getRuntimeHints());
        assertThat(RuntimeHintsPredicates.reflection().onType(Order.class)).accepts(generation.getRuntimeHints());
    }
}
