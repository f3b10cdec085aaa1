package dev.shm.boot.autoconfigure;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/** Reads what is configured. Each caller does so for itself: what was read ahead of time would not know of what came later. */
final class ShmPropertiesReader {

    private ShmPropertiesReader() {}

    static ShmProperties read(Environment environment) {
        return Binder.get(environment).bindOrCreate(ShmProperties.PREFIX, ShmProperties.class);
    }
}
