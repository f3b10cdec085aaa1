package dev.shm.boot.autoconfigure.event;

import java.time.Duration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of {@linkplain ShmEvent application events}. */
@AutoConfiguration
public final class ShmEventAutoConfiguration {

    private static final Duration INTERVAL = Duration.ofSeconds(1);

    @Bean
    static ShmEventPublisher shmEventPublisher(ApplicationContext context) {
        return new ShmEventPublisher(context, INTERVAL);
    }
}
