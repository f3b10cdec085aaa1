package dev.shm.boot.autoconfigure;

import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SharedMemoryException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Explains why the queue or topic of a channel cannot be opened, whether the channel is configured or a bean. */
final class ChannelFailureAnalyzer extends AbstractFailureAnalyzer<SharedMemoryException> {

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable root, SharedMemoryException failure) {
        String bean = bean(root, failure);
        String key = ShmProperties.channelKey(bean == null ? "<name>" : bean.replaceFirst("\\.[A-Za-z]+$", ""));
        String action = advice(failure, key);
        if (action == null) {
            return null;
        }
        String who = bean == null ? "A queue or topic" : "The channel '" + bean + "'";
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

    /** The bean that was being made. */
    private static @Nullable String bean(Throwable root, Throwable failure) {
        String bean = null;
        for (Throwable t = root; t != null && t != failure; t = t.getCause()) {
            if (t instanceof BeanCreationException creation && creation.getBeanName() != null) {
                bean = creation.getBeanName();
            }
        }
        return bean;
    }
}
