package dev.shm.boot.autoconfigure;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;

/**
 * Explains what is wrong under {@code shm} where Boot's own analyzer has nothing to say: a key that is missing, is written in another form,
 * or comes from a variable.
 */
final class ConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<InvalidConfigurationPropertyValueException> {

    private final Environment environment;

    ConfigurationFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable root, InvalidConfigurationPropertyValueException failure) {
        String key = failure.getName();
        if (!key.startsWith(ShmProperties.PREFIX + ".") || isWrittenSo(key)) {
            return null;
        }
        StringBuilder description = new StringBuilder("Configuration under '" + key + "' cannot be used:\n\n");
        Object value = failure.getValue();
        if (value != null && !value.toString().isEmpty()) {
            description.append("    Value: \"").append(value).append("\"\n");
        }
        ConfigurationProperty property = property(key);
        if (property != null && property.getOrigin() != null) {
            description.append("    Origin: ").append(property.getOrigin()).append('\n');
        }
        description.append("    Reason: ").append(failure.getReason());
        return new FailureAnalysis(description.toString(), "Correct the application's configuration.", failure);
    }

    /** Whether a source has the key letter by letter: that is what Boot's own looks for. */
    private boolean isWrittenSo(String key) {
        return environment instanceof ConfigurableEnvironment configurable
                && configurable.getPropertySources().stream()
                        .filter(source -> !ConfigurationPropertySources.isAttachedConfigurationPropertySource(source))
                        .anyMatch(source -> source.containsProperty(key));
    }

    private @Nullable ConfigurationProperty property(String key) {
        ConfigurationPropertyName name = ConfigurationPropertyName.adapt(key, '.');
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            ConfigurationProperty property = source.getConfigurationProperty(name);
            if (property != null) {
                return property;
            }
        }
        return null;
    }
}
