package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.SharedMemory;
import dev.shm.SharedMemoryManager;
import dev.shm.boot.testing.Directory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Segments from the configuration. */
class ShmAutoConfigurationTest {

    @RegisterExtension
    final Directory directory = new Directory();

    private ApplicationContextRunner runner() {
        return directory.runner(ShmAutoConfiguration.class);
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
                    assertThat(context.getBean("desk", SharedMemory.class).size())
                            .isEqualTo(1 << 20);
                    assertThat(context.getBean("archive", SharedMemory.class).size())
                            .isEqualTo(2 << 20);
                    assertThat(context.getBean(SharedMemoryManager.class).segments())
                            .containsExactlyInAnyOrder(
                                    context.getBean("desk", SharedMemory.class),
                                    context.getBean("archive", SharedMemory.class));
                });
    }
}
