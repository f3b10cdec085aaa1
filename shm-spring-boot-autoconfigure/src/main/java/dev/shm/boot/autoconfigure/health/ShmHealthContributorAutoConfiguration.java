package dev.shm.boot.autoconfigure.health;

import dev.shm.SharedMemoryManager;
import dev.shm.boot.autoconfigure.actuate.Segments;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of health {@code shm}. */
@AutoConfiguration
@ConditionalOnClass(
        name = {
            "org.springframework.boot.health.contributor.CompositeHealthContributor",
            "org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator"
        })
@ConditionalOnEnabledHealthIndicator("shm")
@EnableConfigurationProperties(ShmHealthProperties.class)
public final class ShmHealthContributorAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = {"shmHealthContributor", "shmHealthIndicator"})
    ShmHealthContributor shmHealthContributor(
            ObjectProvider<SharedMemoryManager> managers, ShmHealthProperties properties) {
        return new ShmHealthContributor(new Segments(managers), properties);
    }
}
