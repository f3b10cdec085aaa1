package dev.shm.boot.autoconfigure;

import dev.shm.SharedMemory;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.core.env.Environment;

/** Registers a bean for each segment of the configuration. */
final class ShmSegmentRegistrar implements BeanRegistrar {

    @Override
    public void register(BeanRegistry registry, Environment environment) {
        ShmPropertiesReader.read(environment).segments().keySet().forEach(name -> register(registry, name));
    }

    private static void register(BeanRegistry registry, String name) {
        registry.registerBean(
                name,
                SharedMemory.class,
                spec -> spec.description(ShmProperties.segmentKey(name))
                        .supplier(context -> context.bean(ShmSegments.class).open(name)));
    }
}
