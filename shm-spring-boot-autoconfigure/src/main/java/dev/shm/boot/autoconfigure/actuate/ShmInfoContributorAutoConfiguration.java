package dev.shm.boot.autoconfigure.actuate;

import dev.shm.SharedMemoryManager;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.info.ConditionalOnEnabledInfoContributor;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of what {@code info} tells of segments. */
@AutoConfiguration
@ConditionalOnClass(
        name = {
            "org.springframework.boot.actuate.info.InfoContributor",
            "org.springframework.boot.actuate.autoconfigure.info.ConditionalOnEnabledInfoContributor"
        })
@ConditionalOnEnabledInfoContributor("shm")
public final class ShmInfoContributorAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "shmInfoContributor")
    InfoContributor shmInfoContributor(ObjectProvider<SharedMemoryManager> managers) {
        return new ShmInfoContributor(new Segments(managers));
    }
}
