package dev.shm.boot.autoconfigure.actuate;

import dev.shm.SharedMemoryManager;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Auto-configuration of the endpoints {@code shm} and {@code shmheap}, where they are exposed. */
@AutoConfiguration
@ConditionalOnClass(
        name = {
            "org.springframework.boot.actuate.endpoint.annotation.Endpoint",
            "org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint"
        })
public final class ShmEndpointAutoConfiguration {

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnAvailableEndpoint(ShmEndpoint.class)
    static class ShmEndpointConfiguration {

        @Bean
        @ConditionalOnMissingBean
        ShmEndpoint shmEndpoint(ObjectProvider<SharedMemoryManager> managers) {
            return new ShmEndpoint(new Segments(managers));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnAvailableEndpoint(ShmHeapEndpoint.class)
    static class ShmHeapEndpointConfiguration {

        @Bean
        @ConditionalOnMissingBean
        ShmHeapEndpoint shmHeapEndpoint(ObjectProvider<SharedMemoryManager> managers) {
            return new ShmHeapEndpoint(new Segments(managers));
        }
    }
}
