package dev.shm.boot.autoconfigure;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/** Looks, before any bean is made, whether the application has beans that a segment would be confused with, and what channels need. */
final class SegmentBeansCheck implements BeanFactoryPostProcessor {

    private final Environment environment;

    SegmentBeansCheck(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
        ShmProperties properties = ShmPropertiesReader.read(environment);
        properties.segments().keySet().forEach(name -> BeanNames.check(beans, name, ShmProperties.segmentKey(name)));
        if (!properties.channels().isEmpty() && !hasIntegration(beans.getBeanClassLoader())) {
            throw new InvalidConfigurationPropertyValueException(
                    ShmProperties.CHANNELS,
                    "",
                    "Channels need Spring Integration. Add the dependency dev.shm:shm-spring-boot-starter; or both"
                            + " org.springframework.boot:spring-boot-starter-integration and dev.shm:shm-spring-integration.");
        }
    }

    private static boolean hasIntegration(@Nullable ClassLoader classLoader) {
        return ClassUtils.isPresent("dev.shm.integration.channel.SubscribableShmChannel", classLoader)
                && ClassUtils.isPresent(
                        "org.springframework.integration.config.ConsumerEndpointFactoryBean", classLoader);
    }
}
