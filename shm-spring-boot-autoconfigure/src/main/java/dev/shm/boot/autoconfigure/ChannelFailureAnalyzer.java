package dev.shm.boot.autoconfigure;

import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SharedMemoryException;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.context.ApplicationContextException;
import org.springframework.core.env.Environment;

/** Explains why the queue or topic of a channel cannot be opened, whether the channel is configured or a bean. */
final class ChannelFailureAnalyzer extends AbstractFailureAnalyzer<SharedMemoryException> {

    /** What the context says of a bean that was made and does not start: an adapter opens its queue or topic then. */
    private static final Pattern NOT_STARTED = Pattern.compile("Failed to start bean '(.+)'.*", Pattern.DOTALL);

    private final Environment environment;

    ChannelFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable root, SharedMemoryException failure) {
        String bean = bean(root, failure);
        String channel = bean == null ? null : channel(bean);
        String action = advice(failure, ShmProperties.channelKey(channel == null ? "<name>" : channel));
        if (action == null) {
            return null;
        }
        String who = channel != null
                ? "The channel '" + channel + "'"
                : bean != null ? "The queue or topic of the bean '" + bean + "'" : "A queue or topic";
        return new FailureAnalysis(who + " cannot be opened: " + failure.getMessage(), action, failure);
    }

    private static @Nullable String advice(SharedMemoryException failure, String key) {
        if (failure instanceof ObjectTypeMismatchException) {
            return "All processes say the same of a queue or topic. Compare '" + key
                    + ".kind', '.payload-type', '.registered-types'"
                    + " and '.codec', and whether '.full' is drop-oldest for a topic; and run the same version of the payload's classes"
                    + " everywhere. To go on beside what is there:\n\n    " + key
                    + ".name: <another name>\n\nTo begin anew, stop all"
                    + " processes that use the segment; it goes with the last one, and what was waiting in it as well.";
        }
        if (failure instanceof OutOfSharedMemoryException) {
            return "Raise the segment's size, 'shm.segments.<name>.size', in all processes, and stop all of them so that it is made anew."
                    + " Or take less:\n\n    " + key
                    + ".capacity: 1MB\n\nA queue takes its capacity for each of its priorities, and a"
                    + " quarter more for dead letters.";
        }
        return null;
    }

    /** The channel of the configuration that the bean was made for, or null if it is one of the application. */
    private @Nullable String channel(String bean) {
        Set<String> configured =
                ShmPropertiesReader.read(environment).channels().keySet();
        if (configured.contains(bean)) {
            return bean;
        }
        for (String suffix :
                List.of(ShmChannelRegistrar.ADAPTER, ShmChannelRegistrar.HANDLER, ShmChannelRegistrar.DEAD_LETTERS)) {
            if (bean.endsWith(suffix)) {
                String channel = bean.substring(0, bean.length() - suffix.length());
                if (configured.contains(channel)) {
                    return channel;
                }
            }
        }
        return null;
    }

    /** The bean that was being made or started. */
    private static @Nullable String bean(Throwable root, Throwable failure) {
        String bean = null;
        for (Throwable t = root; t != null && t != failure; t = t.getCause()) {
            if (t instanceof BeanCreationException creation && creation.getBeanName() != null) {
                bean = creation.getBeanName();
            } else if (t instanceof ApplicationContextException && t.getMessage() != null) {
                Matcher message = NOT_STARTED.matcher(t.getMessage());
                bean = message.matches() ? message.group(1) : bean;
            }
        }
        return bean;
    }
}
