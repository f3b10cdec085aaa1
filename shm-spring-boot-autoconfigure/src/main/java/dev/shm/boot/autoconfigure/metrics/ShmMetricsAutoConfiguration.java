package dev.shm.boot.autoconfigure.metrics;

import dev.shm.SharedMemoryManager;
import dev.shm.boot.autoconfigure.actuate.Segments;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of {@link ShmMetrics}; {@code management.metrics.enable.shm=false} switches them off. */
@AutoConfiguration
@ConditionalOnClass(name = "io.micrometer.core.instrument.binder.MeterBinder")
public final class ShmMetricsAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    ShmMetrics shmMetrics(ObjectProvider<SharedMemoryManager> managers) {
        Segments segments = new Segments(managers);
        return new ShmMetrics(segments::open);
    }

    /** Queues that were made after the meters were bound, as channels are when they start. */
    @Bean
    ApplicationListener<ApplicationReadyEvent> shmMetricsRefresher(ShmMetrics metrics) {
        return event -> metrics.refresh();
    }
}
