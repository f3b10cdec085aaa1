package dev.shm.boot.autoconfigure;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/** What tells that a value of the configuration cannot be used, with what came of it. */
final class InvalidValues {

    private InvalidValues() {}

    /** The constructor that takes a cause is public from Spring Boot 4.1 on; before, the cause cannot be set afterwards either. */
    static InvalidConfigurationPropertyValueException because(
            Throwable cause, String key, String value, String reason) {
        InvalidConfigurationPropertyValueException invalid =
                new InvalidConfigurationPropertyValueException(key, value, reason);
        invalid.addSuppressed(cause);
        return invalid;
    }
}
