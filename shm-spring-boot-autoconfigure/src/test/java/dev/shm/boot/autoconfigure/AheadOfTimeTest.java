package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.shm.SharedMemory;
import dev.shm.SharedMemoryManager;
import dev.shm.boot.testing.Directory;
import dev.shm.boot.testing.Watchdog;
import dev.shm.integration.channel.PublishSubscribeShmChannel;
import dev.shm.integration.channel.SubscribableShmChannel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.aot.test.generate.TestGenerationContext;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskSchedulingAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.integration.autoconfigure.IntegrationAutoConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.test.tools.CompileWithForkedClassLoader;
import org.springframework.core.test.tools.Compiled;
import org.springframework.core.test.tools.TestCompiler;
import org.springframework.integration.channel.DirectChannel;
import org.springframework.messaging.support.GenericMessage;

/** An application that was processed ahead of time, and then started with another configuration. */
@CompileWithForkedClassLoader
class AheadOfTimeTest {

    public record Order(String id, int pieces) {}

    public record Part(String name) {}

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

    @Configuration(proxyBeanMethods = false)
    @Import(Application.class)
    static class WithBeansOfItsOwn {
        @Bean
        DirectChannel ticks() {
            return new DirectChannel();
        }

        @Bean
        String hall() {
            return "a bean of its own";
        }
    }

    private final Map<String, String> configuration = new HashMap<>();

    private TestGenerationContext process() {
        return process(Application.class);
    }

    private TestGenerationContext process(Class<?> application) {
        configuration.put("shm.directory", directory.path().toString());
        configuration.put("shm.segments.desk.size", "32MB");
        configuration.put("shm.channels.orders.segment", "desk");
        configuration.put("shm.channels.orders.payload-type", Order.class.getName());
        configuration.put("shm.channels.orders.registered-types", Part.class.getName());
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        TestPropertyValues.of(configuration).applyTo(context);
        context.register(application);
        TestGenerationContext generation = new TestGenerationContext(application);
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

    /** Starts an application that has such beans with what was added to the configuration after it was built. */
    private Throwable startWithBeansOfItsOwn(boolean mayReplace, String key, String value) {
        TestGenerationContext generation = process(WithBeansOfItsOwn.class);
        configuration.put(key, value);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        TestCompiler.forSystem().with(generation).compile(compiled -> {
            try (GenericApplicationContext context = new GenericApplicationContext()) {
                context.setAllowBeanDefinitionOverriding(mayReplace);
                context.setClassLoader(compiled.getClassLoader());
                TestPropertyValues.of(configuration).applyTo(context);
                failure.set(catchThrowable(() -> initialise(compiled, context)));
            }
        });
        assertThat(directory.files()).isEmpty();
        return failure.get();
    }

    @SuppressWarnings("unchecked")
    private static void initialise(Compiled compiled, GenericApplicationContext context) {
        compiled.getInstance(ApplicationContextInitializer.class).initialize(context);
        context.refresh();
    }

    @Test
    void shouldRefuseAChannelOfLaterIfTheApplicationHasABeanOfThatName() {
        Throwable failure = startWithBeansOfItsOwn(false, "shm.channels.ticks.codec", "string");
        assertClash(new BeanOverrideFailureAnalyzer().analyze(failure), "shm.channels.ticks");
    }

    @Test
    void shouldRefuseASegmentOfLaterIfTheApplicationHasABeanOfThatName() {
        Throwable failure = startWithBeansOfItsOwn(false, "shm.segments.hall.size", "16MB");
        assertClash(new BeanOverrideFailureAnalyzer().analyze(failure), "shm.segments.hall");
    }

    @Test
    void shouldRefuseAChannelOfLaterAlsoWhereBeansMayReplaceOthers() {
        Throwable failure = startWithBeansOfItsOwn(true, "shm.channels.ticks.codec", "string");
        assertClash(new BeanNameClashFailureAnalyzer().analyze(failure), "shm.channels.ticks");
    }

    @Test
    void shouldRefuseASegmentOfLaterAlsoWhereBeansMayReplaceOthers() {
        Throwable failure = startWithBeansOfItsOwn(true, "shm.segments.hall.size", "16MB");
        assertClash(new BeanNameClashFailureAnalyzer().analyze(failure), "shm.segments.hall");
    }

    private static void assertClash(FailureAnalysis analysis, String key) {
        assertThat(analysis).isNotNull();
        assertThat(analysis.getDescription()).contains("'" + key + "' is to be a bean of the name");
    }

    @Test
    void shouldGiveHintsForTheConfigurationAndThePayloads() {
        RuntimeHints hints = process().getRuntimeHints();
        for (Class<?> record : List.of(ShmProperties.class, ShmProperties.Segment.class, ShmProperties.Channel.class)) {
            assertThat(RuntimeHintsPredicates.reflection()
                            .onType(record)
                            .withMemberCategory(MemberCategory.INVOKE_DECLARED_CONSTRUCTORS)
                            .or(RuntimeHintsPredicates.reflection()
                                    .onConstructorInvocation(record.getDeclaredConstructors()[0])))
                    .as(record.getName())
                    .accepts(hints);
        }
        for (Class<?> payload : List.of(Order.class, Part.class)) {
            assertThat(RuntimeHintsPredicates.reflection()
                            .onConstructorInvocation(payload.getDeclaredConstructors()[0]))
                    .as(payload.getName())
                    .accepts(hints);
        }
        assertThat(RuntimeHintsPredicates.reflection().onType(SubscribableShmChannel.class))
                .accepts(hints);
    }
}
