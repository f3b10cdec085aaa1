package dev.shm.boot.autoconfigure;

import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;

/**
 * Looks, before beans are registered for the configuration, whether one of them would replace a bean of the application, where that is
 * allowed. It registers nothing. What comes later is seen by {@link SegmentBeansCheck} and {@link ChannelBeansCheck}.
 */
final class BeanNamesGuard implements ImportBeanDefinitionRegistrar {

    private final Environment environment;

    BeanNamesGuard(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void registerBeanDefinitions(AnnotationMetadata importing, BeanDefinitionRegistry registry) {
        ShmProperties properties = ShmPropertiesReader.read(environment);
        properties.segments().keySet().forEach(name -> check(registry, name, ShmProperties.segmentKey(name)));
        properties
                .channels()
                .forEach((name, channel) -> ShmChannelRegistrar.beans(name, channel)
                        .forEach(bean -> check(registry, bean, ShmProperties.channelKey(name))));
    }

    private static void check(BeanDefinitionRegistry registry, String bean, String key) {
        if (registry.containsBeanDefinition(bean)) {
            throw new BeanNameClashException(key, bean, BeanNames.where(registry.getBeanDefinition(bean)));
        }
    }
}
