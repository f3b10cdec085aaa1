package dev.shm.boot.autoconfigure;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.env.Environment;
import org.springframework.messaging.MessageChannel;

/**
 * Looks whether the channels are there that are to get dead letters. Flows and endpoints make channels that nobody has declared, so this
 * comes when all beans are there; and it comes first of all that is started, so nothing has been sent or received yet.
 */
final class DeadLetterTargetsCheck implements SmartLifecycle {

    private final Environment environment;
    private final ConfigurableListableBeanFactory beans;
    private volatile boolean running;

    DeadLetterTargetsCheck(Environment environment, ConfigurableListableBeanFactory beans) {
        this.environment = environment;
        this.beans = beans;
    }

    @Override
    public void start() {
        ShmPropertiesReader.read(environment).channels().forEach((name, channel) -> {
            if (ShmChannelRegistrar.receives(channel)) {
                check(name, channel.deadLetter());
            }
        });
        running = true;
    }

    private void check(String name, @Nullable String target) {
        if (target == null || (beans.containsBean(target) && beans.isTypeMatch(target, MessageChannel.class))) {
            return;
        }
        Set<String> known = new TreeSet<>(List.of(beans.getBeanNamesForType(MessageChannel.class, true, false)));
        known.remove(name);
        throw new InvalidConfigurationPropertyValueException(
                ShmProperties.channelKey(name) + ".dead-letter",
                target,
                "There is no such channel. " + meant(target, known) + "There are " + String.join(", ", known)
                        + "; or configure it as '" + ShmProperties.channelKey(target)
                        + "', or declare a bean of that name.");
    }

    private static String meant(String written, Set<String> known) {
        String meant = Nearest.of(written, known);
        return meant == null ? "" : "Did you mean '" + meant + "'? ";
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return Integer.MIN_VALUE;
    }
}
