package dev.shm.boot.autoconfigure;

import dev.shm.integration.support.ShmRuntimeHints;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.aot.BeanFactoryInitializationAotContribution;
import org.springframework.beans.factory.aot.BeanFactoryInitializationAotProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/** The classes of payloads are written and read by reflection; those that the configuration names are known ahead of time. */
final class PayloadTypeHints implements BeanFactoryInitializationAotProcessor {

    private static final boolean INTEGRATION_PRESENT = ClassUtils.isPresent(
            "dev.shm.integration.support.ShmRuntimeHints", PayloadTypeHints.class.getClassLoader());

    @Override
    public @Nullable BeanFactoryInitializationAotContribution processAheadOfTime(
            ConfigurableListableBeanFactory beans) {
        if (!INTEGRATION_PRESENT || beans.getBeanNamesForType(ShmSegments.class, true, false).length == 0) {
            return null;
        }
        Set<Class<?>> payloads = new LinkedHashSet<>();
        PayloadTypes types = new PayloadTypes(beans.getBeanClassLoader());
        ShmPropertiesReader.read(beans.getBean(Environment.class)).channels().forEach((name, channel) -> {
            payloads.add(types.payload(name, channel));
            payloads.addAll(List.of(types.registered(name, channel)));
        });
        payloads.remove(Object.class);
        return (generation, code) ->
                payloads.forEach(type -> ShmRuntimeHints.registerPayload(generation.getRuntimeHints(), type));
    }
}
