package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.OnStale;
import dev.shm.Role;
import dev.shm.SharedMemory;
import dev.shm.SharedMemoryManager;
import dev.shm.boot.testing.Directory;
import dev.shm.boot.testing.Watchdog;
import dev.shm.error.SegmentClosedException;
import dev.shm.error.SegmentNotFoundException;
import dev.shm.value.SharedLong;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.util.unit.DataSize;

/** Segments from the configuration. */
class ShmAutoConfigurationTest {

    @RegisterExtension
    final Directory directory = new Directory();

    private ApplicationContextRunner runner() {
        return directory.runner(ShmAutoConfiguration.class);
    }

    private SharedMemory.Builder desk() {
        return SharedMemory.named("desk").directory(directory.path()).size(1 << 20);
    }

    @Test
    void shouldHaveAManagerWithoutSegments() {
        runner().run(context -> {
            assertThat(context).hasSingleBean(SharedMemoryManager.class).doesNotHaveBean(SharedMemory.class);
            assertThat(context.getBean(SharedMemoryManager.class).segments()).isEmpty();
        });
    }

    @Test
    void shouldOpenEachSegmentOfTheConfigurationAsABeanOfItsName() {
        runner().withPropertyValues("shm.segments.desk.size=1MB", "shm.segments.archive.size=2MB")
                .run(context -> {
                    SharedMemory desk = context.getBean("desk", SharedMemory.class);
                    SharedMemory archive = context.getBean("archive", SharedMemory.class);
                    assertThat(desk.size()).isEqualTo(1 << 20);
                    assertThat(archive.size()).isEqualTo(2 << 20);
                    assertThat(context.getBean(SharedMemoryManager.class).segments())
                            .containsExactlyInAnyOrder(desk, archive);
                    assertThat(context.getBean(ShmSegments.class).names()).containsExactlyInAnyOrder("desk", "archive");
                    assertThat(context.getBean(ShmSegments.class).get("desk")).isSameAs(desk);
                });
    }

    @Test
    void shouldTakeTheDefaultSizeIfNoneIsGiven() {
        runner().withPropertyValues("shm.segments.desk.role=peer")
                .run(context -> assertThat(context.getBean(SharedMemory.class).size())
                        .isEqualTo(DataSize.parse(Defaults.SIZE).toBytes()));
    }

    @Test
    void shouldApplyWhatIsConfigured() {
        runner().withPropertyValues(
                        "spring.application.name=gateway",
                        "shm.segments.desk.size=1MB",
                        "shm.segments.desk.role=creator",
                        "shm.segments.desk.hash-seed=42",
                        "shm.segments.desk.slots=3")
                .run(context -> {
                    SharedMemory desk = context.getBean(SharedMemory.class);
                    assertThat(desk.role()).isEqualTo(Role.CREATOR);
                    assertThat(desk.hashSeed()).isEqualTo(42);
                    assertThat(desk.path().getParent()).isEqualTo(directory.path());
                    assertThat(desk.self().application()).isEqualTo("gateway");
                    try (SharedMemory second = desk().role(Role.CONSUMER).open();
                            SharedMemory third = desk().role(Role.CONSUMER).open()) {
                        assertThat(desk.peers()).hasSize(3);
                        assertThat(List.of(second, third)).allMatch(SharedMemory::isOpen);
                        assertThatThrownBy(() -> desk().role(Role.CONSUMER).open())
                                .hasMessageContaining("slot");
                    }
                });
    }

    @Test
    void shouldTakeASegmentAsItIsIfNoSizeIsGiven() {
        try (SharedMemory made = desk().create()) {
            runner().withPropertyValues("shm.segments.desk.role=peer")
                    .run(context -> assertThat(
                                    context.getBean(SharedMemory.class).uuid())
                            .isEqualTo(made.uuid()));
        }
    }

    @Test
    void shouldWaitForTheCreator() throws InterruptedException {
        List<SharedMemory> made = new ArrayList<>();
        Thread creator = new Thread(() -> made.add(desk().role(Role.CREATOR).create()));
        try {
            runner().withInitializer(context -> creator.start())
                    .withPropertyValues("shm.segments.desk.role=consumer", "shm.segments.desk.attach-timeout=5m")
                    .run(context -> assertThat(
                                    context.getBean(SharedMemory.class).role())
                            .isEqualTo(Role.CONSUMER));
        } finally {
            creator.join();
            made.forEach(SharedMemory::close);
        }
    }

    // ------------------------------------------------------------------------------------------ what wins

    @Configuration(proxyBeanMethods = false)
    static class OwnManager {
        @Bean
        SharedMemoryManager ours() {
            return SharedMemoryManager.start();
        }
    }

    @Test
    void shouldUseTheManagerOfTheApplication() {
        runner().withUserConfiguration(OwnManager.class)
                .withPropertyValues("shm.segments.desk.size=1MB")
                .run(context -> {
                    assertThat(context).hasSingleBean(SharedMemoryManager.class).hasBean("ours");
                    assertThat(context.getBean(SharedMemoryManager.class).get("desk"))
                            .contains(context.getBean("desk", SharedMemory.class));
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class Customizers {
        @Bean
        @Order(2)
        ShmSegmentCustomizer last() {
            return (name, segment) -> segment.hashSeed(name.equals("desk") ? 7 : 8);
        }

        @Bean
        @Order(1)
        ShmSegmentCustomizer first() {
            return (name, segment) -> segment.hashSeed(1).onStale(OnStale.ADOPT);
        }
    }

    @Test
    void shouldLetCustomizersHaveTheLastWordInTheirOrder() {
        runner().withUserConfiguration(Customizers.class)
                .withPropertyValues(
                        "shm.segments.desk.size=1MB", "shm.segments.desk.hash-seed=42", "shm.segments.hall.size=1MB")
                .run(context -> {
                    assertThat(context.getBean("desk", SharedMemory.class).hashSeed())
                            .isEqualTo(7);
                    assertThat(context.getBean("hall", SharedMemory.class).hashSeed())
                            .isEqualTo(8);
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class Needs {
        @Bean
        SharedLong hits(@Qualifier("desk") SharedMemory memory) {
            return memory.openOrCreate("hits", SharedLong.type());
        }
    }

    @Test
    void shouldInjectASegmentByItsName() {
        runner().withUserConfiguration(Needs.class)
                .withPropertyValues("shm.segments.desk.size=1MB", "shm.segments.hall.size=1MB")
                .run(context -> assertThat(
                                context.getBean("desk", SharedMemory.class).objects())
                        .hasSize(1));
    }

    // ------------------------------------------------------------------------------------------ what is absent

    @Test
    void shouldDoWithoutSpringIntegration() {
        runner().withConfiguration(AutoConfigurations.of(ShmIntegrationAutoConfiguration.class))
                .withClassLoader(new FilteredClassLoader("org.springframework.integration", "dev.shm.integration"))
                .withPropertyValues("shm.segments.desk.size=1MB")
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(SharedMemory.class)
                        .doesNotHaveBean(ShmIntegrationAutoConfiguration.class));
    }

    @Test
    void shouldStandBackIfOnlyTheChannelsAreThere() {
        runner().withConfiguration(AutoConfigurations.of(ShmIntegrationAutoConfiguration.class))
                .withClassLoader(new FilteredClassLoader("org.springframework.integration.config"))
                .run(context ->
                        assertThat(context).hasNotFailed().doesNotHaveBean(ShmIntegrationAutoConfiguration.class));
    }

    @Test
    void shouldRefuseChannelsWithoutSpringIntegration() {
        runner().withConfiguration(AutoConfigurations.of(ShmIntegrationAutoConfiguration.class))
                .withClassLoader(new FilteredClassLoader("org.springframework.integration", "dev.shm.integration"))
                .withPropertyValues("shm.segments.desk.size=8MB", "shm.channels.orders.segment=desk")
                .run(context ->
                        assertThat(context).getFailure().hasStackTraceContaining("dev.shm:shm-spring-boot-starter"));
    }

    @Test
    void shouldStandBackWithoutTheCore() {
        runner().withClassLoader(new FilteredClassLoader(SharedMemory.class))
                .run(context -> assertThat(context).doesNotHaveBean(SharedMemoryManager.class));
    }

    // ------------------------------------------------------------------------------------------ lives

    @Test
    void shouldLeaveNothingBehindWhenItIsClosed() {
        runner().withPropertyValues("shm.segments.desk.size=1MB")
                .run(context -> assertThat(directory.files()).contains("desk"));
        assertThat(directory.files()).doesNotContain("desk");
    }

    @Test
    void shouldLeaveNothingBehindWhenItFailsToStart() {
        runner().withPropertyValues("shm.segments.adesk.size=1MB", "shm.segments.desk.size=1TB")
                .run(context -> assertThat(context).hasFailed());
        assertThat(directory.files()).doesNotContain("adesk", "desk");
    }

    @Test
    void shouldShareASegmentAmongContextsOfOneJvm() {
        ApplicationContextRunner runner = runner().withPropertyValues("shm.segments.desk.size=1MB");
        runner.run(one -> {
            SharedMemory first = one.getBean(SharedMemory.class);
            runner.run(two -> {
                SharedMemory second = two.getBean(SharedMemory.class);
                assertThat(second).isNotSameAs(first);
                first.openOrCreate("hits", SharedLong.type()).set(5);
                assertThat(second.open("hits", SharedLong.type()).get()).isEqualTo(5);
                assertThat(first.peers()).hasSize(2);
            });
            assertThat(first.peers()).hasSize(1);
        });
    }

    @Test
    void shouldOpenSegmentsAtTheStartAlsoWhereBeansAreLazy() {
        runner().withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .withPropertyValues("shm.segments.desk.size=1MB")
                .run(context -> assertThat(directory.files()).contains("desk"));
    }

    @Test
    void shouldOpenTheSuccessorOfASegmentThatHasEnded() {
        SharedMemory creator = desk().role(Role.CREATOR).create();
        runner().withPropertyValues("shm.segments.desk.role=consumer").run(context -> {
            SharedMemory first = context.getBean(SharedMemory.class);
            ShmSegments segments = context.getBean(ShmSegments.class);
            creator.close();
            Watchdog.await("the end", () -> !first.isOpen());
            assertThatThrownBy(() -> segments.get("desk")).isInstanceOf(SegmentNotFoundException.class);
            try (SharedMemory again = desk().role(Role.CREATOR).create()) {
                SharedMemory second = segments.supplier("desk").get();
                assertThat(second.uuid()).isEqualTo(again.uuid());
                assertThat(segments.get("desk")).isSameAs(second);
                assertThat(context.getBean(SharedMemoryManager.class).segments())
                        .containsExactly(second);
            }
        });
    }

    @Test
    void shouldOpenNoSuccessorOnceItIsClosing() {
        ShmSegments[] segments = new ShmSegments[1];
        runner().withPropertyValues("shm.segments.desk.size=1MB")
                .run(context -> segments[0] = context.getBean(ShmSegments.class));
        assertThatThrownBy(() -> segments[0].get("desk")).isInstanceOf(SegmentClosedException.class);
        assertThat(directory.files()).doesNotContain("desk");
    }

    @Test
    void shouldKnowOnlySegmentsThatAreConfigured() {
        runner().withPropertyValues("shm.segments.desk.size=1MB")
                .run(context -> assertThatThrownBy(
                                () -> context.getBean(ShmSegments.class).get("dsk"))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("[desk]"));
    }
}
