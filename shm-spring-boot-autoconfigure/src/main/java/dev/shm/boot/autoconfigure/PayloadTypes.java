package dev.shm.boot.autoconfigure;

import dev.shm.boot.autoconfigure.ShmProperties.Channel;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ClassUtils;

/** Loads the classes that a channel's payloads are made of, by the class loader of the application as it is now. */
final class PayloadTypes {

    private final @Nullable ClassLoader classLoader;

    PayloadTypes(@Nullable ClassLoader classLoader) {
        this.classLoader = classLoader;
    }

    /** What payloads are; {@code Object} where nothing is said. */
    Class<?> payload(String name, Channel channel) {
        String type = channel.payloadType();
        return type == null ? Object.class : load(ShmProperties.channelKey(name) + ".payload-type", type);
    }

    /** What else may be in them. */
    Class<?>[] registered(String name, Channel channel) {
        List<String> names = channel.registeredTypes();
        Class<?>[] types = new Class<?>[names.size()];
        for (int i = 0; i < types.length; i++) {
            types[i] = load(ShmProperties.channelKey(name) + ".registered-types[" + i + "]", names.get(i));
        }
        return types;
    }

    private Class<?> load(String key, String type) {
        try {
            return ClassUtils.forName(type, classLoader);
        } catch (ClassNotFoundException | LinkageError e) {
            throw InvalidValues.because(
                    e,
                    key,
                    type,
                    "There is no such class in this application"
                            + (type.contains(".") ? "" : ", and it has no package")
                            + ". Every process that has the channel needs the classes of its payloads: add the jar that has"
                            + " it, or write its full name, with '$' before the name of a nested class.");
        }
    }
}
