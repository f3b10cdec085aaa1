package dev.shm.boot.autoconfigure;

import dev.shm.SharedMemory;
import dev.shm.SharedMemoryManager;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of segments: a {@link SharedMemoryManager}, and a {@link SharedMemory} for each entry under {@code shm.segments}.
 * Needs nothing but the core.
 */
@AutoConfiguration
@ConditionalOnClass(SharedMemory.class)
@Import({BeanNamesGuard.class, ShmSegmentRegistrar.class})
@ImportRuntimeHints(ShmPropertiesHints.class)
public final class ShmAutoConfiguration {

    private static final Log logger = LogFactory.getLog(SharedMemoryManager.class);

    @Bean
    @ConditionalOnMissingBean
    SharedMemoryManager sharedMemoryManager() {
        return SharedMemoryManager.builder()
                .errorHandler(
                        failure -> logger.error("The housekeeping of shared memory goes on after an error", failure))
                .start();
    }

    @Bean
    ShmSegments shmSegments(
            SharedMemoryManager manager, Environment environment, ObjectProvider<ShmSegmentCustomizer> customizers) {
        ShmProperties properties = ShmPropertiesReader.read(environment);
        SegmentOpener opener = new SegmentOpener(
                manager,
                properties.directory(),
                environment.getProperty("spring.application.name"),
                customizers.orderedStream().toList());
        return new ShmSegments(manager, opener, properties.segments());
    }

    @Bean
    static SegmentBeansCheck shmSegmentBeansCheck(Environment environment) {
        return new SegmentBeansCheck(environment);
    }

    /** A segment that ends while the application does so too needs no successor. */
    @Bean
    ApplicationListener<ContextClosedEvent> shmSegmentsCloser(ShmSegments segments, ApplicationContext context) {
        return event -> {
            if (event.getApplicationContext() == context) {
                segments.close();
            }
        };
    }

    /** What is wrong with a segment is found at the start, also where beans are made when they are first used. */
    @Bean
    static LazyInitializationExcludeFilter shmSegmentsAreEager() {
        return LazyInitializationExcludeFilter.forBeanTypes(SharedMemory.class);
    }
}
