package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemoryManager;
import dev.shm.boot.autoconfigure.actuate.Segments;
import dev.shm.boot.autoconfigure.actuate.ShmEndpoint;
import dev.shm.boot.autoconfigure.actuate.ShmEndpointAutoConfiguration;
import dev.shm.boot.autoconfigure.actuate.ShmHeapEndpoint;
import dev.shm.boot.autoconfigure.actuate.ShmInfoContributorAutoConfiguration;
import dev.shm.boot.autoconfigure.event.ShmEventAutoConfiguration;
import dev.shm.boot.autoconfigure.health.ShmHealthContributor;
import dev.shm.boot.autoconfigure.health.ShmHealthContributorAutoConfiguration;
import dev.shm.boot.autoconfigure.health.ShmHealthProperties;
import dev.shm.boot.autoconfigure.metrics.ShmMetrics;
import dev.shm.boot.autoconfigure.metrics.ShmMetricsAutoConfiguration;
import dev.shm.boot.autoconfigure.testing.Segment;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.jmx.JmxEndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointAutoConfiguration;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.jmx.JmxAutoConfiguration;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.registry.HealthContributorRegistry;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.ApplicationContext;

/** When there are endpoints, health, info, meters and events, and when not. */
class ActuatorConditionsTest {

    private static final AutoConfigurations OURS = AutoConfigurations.of(
            ShmEndpointAutoConfiguration.class,
            ShmInfoContributorAutoConfiguration.class,
            ShmHealthContributorAutoConfiguration.class,
            ShmMetricsAutoConfiguration.class,
            ShmEventAutoConfiguration.class);

    // Conditions that Boot has beside these stay: where they are missing, the annotations that name them are, too.
    private static final String ENDPOINTS = "org.springframework.boot.actuate.endpoint";
    private static final String INFO = "org.springframework.boot.actuate.info";
    private static final String HEALTH = "org.springframework.boot.health.contributor";
    private static final String METERS = "io.micrometer.core";

    @TempDir
    private Path directory;

    private final WebApplicationContextRunner web = new WebApplicationContextRunner()
            .withConfiguration(OURS)
            .withConfiguration(
                    AutoConfigurations.of(EndpointAutoConfiguration.class, WebEndpointAutoConfiguration.class))
            .withUserConfiguration(Segment.ManagerConfiguration.class);

    private final ApplicationContextRunner plain = new ApplicationContextRunner()
            .withConfiguration(OURS)
            .withUserConfiguration(Segment.ManagerConfiguration.class);

    @Test
    void shouldBeFoundByBoot() {
        List<String> found = ImportCandidates.load(org.springframework.boot.autoconfigure.AutoConfiguration.class, null)
                .getCandidates();
        assertThat(found)
                .contains(
                        ShmEndpointAutoConfiguration.class.getName(),
                        ShmInfoContributorAutoConfiguration.class.getName(),
                        ShmHealthContributorAutoConfiguration.class.getName(),
                        ShmMetricsAutoConfiguration.class.getName(),
                        ShmEventAutoConfiguration.class.getName());
    }

    // ------------------------------------------------------------------------------------------ endpoints

    @Test
    void shouldHaveEndpointsThatAreExposed() {
        web.withPropertyValues("management.endpoints.web.exposure.include=shm,shmheap")
                .run(context -> {
                    assertThat(context).hasSingleBean(ShmEndpoint.class).hasSingleBean(ShmHeapEndpoint.class);
                    SharedMemoryManager manager = context.getBean(SharedMemoryManager.class);
                    manager.create(Segment.in(directory, "desk"));
                    assertThat(context.getBean(ShmEndpoint.class).segments().segments())
                            .containsOnlyKeys("desk");
                });
        web.withPropertyValues("management.endpoints.web.exposure.include=*")
                .run(context -> assertThat(context).hasSingleBean(ShmHeapEndpoint.class));
        web.withPropertyValues("management.endpoints.web.exposure.include=shm")
                .run(context ->
                        assertThat(context).hasSingleBean(ShmEndpoint.class).doesNotHaveBean(ShmHeapEndpoint.class));
    }

    @Test
    void shouldHaveTheListInJmxAndThePictureNot() {
        plain.withConfiguration(AutoConfigurations.of(
                        EndpointAutoConfiguration.class,
                        JmxAutoConfiguration.class,
                        JmxEndpointAutoConfiguration.class))
                .withPropertyValues("spring.jmx.enabled=true", "management.endpoints.jmx.exposure.include=*")
                .run(context -> assertThat(context).hasSingleBean(ShmEndpoint.class));
    }

    @Test
    void shouldHaveNoEndpointsThatAreNotExposedOrNotAllowed() {
        web.run(context ->
                assertThat(context).doesNotHaveBean(ShmEndpoint.class).doesNotHaveBean(ShmHeapEndpoint.class));
        web.withPropertyValues(
                        "management.endpoints.web.exposure.include=*",
                        "management.endpoint.shm.access=NONE",
                        "management.endpoint.shmheap.access=NONE")
                .run(context ->
                        assertThat(context).doesNotHaveBean(ShmEndpoint.class).doesNotHaveBean(ShmHeapEndpoint.class));
    }

    @Test
    void shouldPreferTheUsersEndpoint() {
        web.withPropertyValues("management.endpoints.web.exposure.include=*")
                .withBean(
                        "mine",
                        ShmEndpoint.class,
                        () -> new ShmEndpoint(new Segments(
                                new StaticListableBeanFactory().getBeanProvider(SharedMemoryManager.class))))
                .run(context ->
                        assertThat(context).hasSingleBean(ShmEndpoint.class).hasBean("mine"));
    }

    // ------------------------------------------------------------------------------------------ what is not there

    private static void assertNothingOf(ApplicationContext context, Class<?>... types) {
        for (Class<?> type : types) {
            assertThat(context.getBeanNamesForType(type)).as(type.getName()).isEmpty();
        }
    }

    @Test
    void shouldDoWithoutActuator() {
        plain.withClassLoader(new FilteredClassLoader(ENDPOINTS, INFO)).run(context -> {
            assertThat(context)
                    .hasNotFailed()
                    .hasSingleBean(ShmMetrics.class)
                    .hasSingleBean(ShmHealthContributor.class);
            assertNothingOf(context, ShmEndpoint.class, ShmHeapEndpoint.class);
            assertThat(context).doesNotHaveBean("shmInfoContributor");
        });
    }

    @Test
    void shouldDoWithoutHealth() {
        plain.withClassLoader(new FilteredClassLoader(HEALTH)).run(context -> {
            assertThat(context).hasNotFailed().hasSingleBean(ShmMetrics.class).hasBean("shmInfoContributor");
            assertThat(context).doesNotHaveBean("shmHealthContributor").doesNotHaveBean(ShmHealthProperties.class);
        });
    }

    @Test
    void shouldDoWithoutMicrometer() {
        plain.withClassLoader(new FilteredClassLoader(METERS))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(ShmHealthContributor.class)
                        .doesNotHaveBean("shmMetrics"));
    }

    @Test
    void shouldDoWithoutAllOfThem() {
        plain.withClassLoader(new FilteredClassLoader(METERS, HEALTH, ENDPOINTS, INFO))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasBean("shmEventPublisher")
                        .doesNotHaveBean("shmMetrics")
                        .doesNotHaveBean("shmHealthContributor")
                        .doesNotHaveBean("shmInfoContributor"));
    }

    @Test
    void shouldDoWithoutAManager() {
        new ApplicationContextRunner().withConfiguration(OURS).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBean(ShmHealthContributor.class).stream()).isEmpty();
            SimpleMeterRegistry registry = new SimpleMeterRegistry();
            context.getBean(ShmMetrics.class).bindTo(registry);
            assertThat(registry.get("shm.segments").gauge().value()).isZero();
        });
    }

    // ------------------------------------------------------------------------------------------ health

    @Test
    void shouldRegisterHealthUnderItsName() {
        plain.withConfiguration(AutoConfigurations.of(
                        HealthContributorAutoConfiguration.class, HealthContributorRegistryAutoConfiguration.class))
                .run(context -> {
                    context.getBean(SharedMemoryManager.class).create(Segment.in(directory, "desk"));
                    assertThat(context.getBean(HealthContributorRegistry.class).getContributor("shm"))
                            .isInstanceOfSatisfying(
                                    CompositeHealthContributor.class,
                                    shm -> assertThat(shm.getContributor("desk"))
                                            .isNotNull());
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"management.health.shm.enabled=false", "management.health.defaults.enabled=false"})
    void shouldHaveNoHealthThatIsSwitchedOff(String property) {
        plain.withPropertyValues(property)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ShmHealthContributor.class));
    }

    @Test
    void shouldReadWhatHealthCallsIll() {
        plain.run(context -> {
            assertThat(context.getBean(ShmHealthProperties.class)
                            .freeThreshold()
                            .toBytes())
                    .isZero();
            assertThat(context.getBean(ShmHealthProperties.class).creatorLost())
                    .isEqualTo(ShmHealthProperties.CreatorLost.DOWN);
        });
        plain.withPropertyValues("management.health.shm.free-threshold=3MB", "management.health.shm.creator-lost=up")
                .run(context -> {
                    assertThat(context.getBean(ShmHealthProperties.class)
                                    .freeThreshold()
                                    .toMegabytes())
                            .isEqualTo(3);
                    assertThat(context.getBean(ShmHealthProperties.class).creatorLost())
                            .isEqualTo(ShmHealthProperties.CreatorLost.UP);
                });
        plain.withPropertyValues("management.health.shm.free-threshold=-3MB")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("management.health.shm.free-threshold must not be negative"));
    }

    // ------------------------------------------------------------------------------------------ info and meters

    @Test
    void shouldTellInfo() {
        plain.run(context -> {
            SharedMemoryManager manager = context.getBean(SharedMemoryManager.class);
            manager.create(Segment.in(directory, "desk"));
            Info.Builder info = new Info.Builder();
            context.getBean("shmInfoContributor", InfoContributor.class).contribute(info);
            assertThat(info.build().getDetails().get("shm"))
                    .asString()
                    .contains("segments={desk={size=4194304, role=peer, layoutVersion=");
        });
        plain.withPropertyValues("management.info.shm.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean("shmInfoContributor"));
    }

    @Test
    void shouldBindMetersAndLetThemBeSwitchedOff() {
        ApplicationContextRunner metered = plain.withConfiguration(
                        AutoConfigurations.of(MetricsAutoConfiguration.class))
                .withBean(SimpleMeterRegistry.class);
        metered.run(context -> assertThat(context.getBean(SimpleMeterRegistry.class)
                        .find("shm.segments")
                        .gauge())
                .isNotNull());
        metered.withPropertyValues("management.metrics.enable.shm=false")
                .run(context -> assertThat(
                                context.getBean(SimpleMeterRegistry.class).getMeters())
                        .isEmpty());
    }
}
