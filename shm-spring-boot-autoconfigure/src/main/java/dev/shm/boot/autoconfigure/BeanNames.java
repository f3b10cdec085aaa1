package dev.shm.boot.autoconfigure;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/** Tells the beans that were registered for keys of the configuration from those of the application. */
final class BeanNames {

    private BeanNames() {}

    /** The key that a bean was registered for, which its description is; null if it is somebody else's. */
    static @Nullable String key(BeanDefinition definition) {
        String description = definition.getDescription();
        boolean ours = description != null
                && (description.startsWith(ShmProperties.SEGMENTS + ".")
                        || description.startsWith(ShmProperties.CHANNELS + "."));
        return ours ? description : null;
    }

    /** Makes sure that the bean is that of the key, and nobody has replaced it. */
    static void check(ConfigurableListableBeanFactory beans, String bean, String key) {
        if (!beans.containsBean(bean)) {
            return;
        }
        BeanDefinition definition = beans.containsBeanDefinition(bean) ? beans.getBeanDefinition(bean) : null;
        if (definition == null || !key.equals(key(definition))) {
            throw new BeanNameClashException(key, bean, where(definition));
        }
    }

    /** Where a bean is defined, to go on with a sentence. */
    static String where(@Nullable BeanDefinition definition) {
        String resource = definition == null ? null : definition.getResourceDescription();
        return resource == null ? "" : ", defined in " + resource;
    }
}
