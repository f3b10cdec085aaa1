package dev.shm.boot.autoconfigure;

import dev.shm.boot.autoconfigure.ShmProperties.Channel;
import dev.shm.boot.autoconfigure.ShmProperties.Segment;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.core.convert.ConverterNotFoundException;
import org.springframework.core.env.Environment;

/**
 * Reads what is configured, and refuses what cannot be right. Each caller does so for itself: what was read ahead of time would not know
 * of what came later.
 */
final class ShmPropertiesReader {

    private ShmPropertiesReader() {}

    /**
     * Reads it.
     *
     * @throws org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException if a key is unknown, or a
     *     value cannot be right
     */
    static ShmProperties read(Environment environment) {
        UnknownKeys.refuse(environment);
        ShmProperties bound = Binder.get(environment)
                .bindOrCreate(ShmProperties.PREFIX, Bindable.of(ShmProperties.class), new EmptyIsDefault());
        ShmProperties properties =
                new ShmProperties(bound.directory(), eachOnce(bound.segments()), eachOnce(bound.channels()));
        new ShmPropertiesValidator(properties).validate();
        return properties;
    }

    /**
     * A variable such as {@code SHM_SEGMENTS_MYDESK_SIZE} changes what a file says of {@code my-desk}, and looks like an entry of its own
     * besides.
     */
    private static <T> Map<String, T> eachOnce(Map<String, T> entries) {
        Map<String, String> names = new LinkedHashMap<>();
        for (String name : entries.keySet()) {
            names.merge(
                    KnownKeys.uniform(name),
                    name,
                    (one, other) -> KnownKeys.uniform(one).equals(one) ? other : one);
        }
        Map<String, T> once = new LinkedHashMap<>();
        names.values().forEach(name -> once.put(name, entries.get(name)));
        return once;
    }

    /** {@code desk:} with nothing behind it is a desk with all the defaults. */
    private static final class EmptyIsDefault implements BindHandler {

        private static final Map<Class<?>, Object> DEFAULTS = Map.of(
                Segment.class,
                new Binder().bindOrCreate("none", Segment.class),
                Channel.class,
                new Binder().bindOrCreate("none", Channel.class),
                Map.class,
                Map.of());

        @Override
        public @Nullable Object onFailure(
                ConfigurationPropertyName name, Bindable<?> target, BindContext context, Exception error)
                throws Exception {
            Object empty = DEFAULTS.get(target.getType().toClass());
            if (empty != null && error instanceof ConverterNotFoundException && isBlank(name, context)) {
                return empty;
            }
            throw error;
        }

        /** By the sources: which property failed, the context does not tell in Spring Boot 4.0. */
        private static boolean isBlank(ConfigurationPropertyName name, BindContext context) {
            for (ConfigurationPropertySource source : context.getSources()) {
                ConfigurationProperty property = source.getConfigurationProperty(name);
                if (property != null) {
                    return property.getValue().toString().isBlank();
                }
            }
            return false;
        }
    }
}
