package dev.shm.boot.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Explains that the application has a bean of that name already. */
final class BeanNameClashFailureAnalyzer extends AbstractFailureAnalyzer<BeanNameClashException> {

    @Override
    protected FailureAnalysis analyze(Throwable root, BeanNameClashException clash) {
        return analysis(clash.key(), clash.bean(), clash.where(), clash);
    }

    static FailureAnalysis analysis(String key, String bean, String where, Throwable failure) {
        boolean channel = key.startsWith(ShmProperties.CHANNELS);
        String description = "'" + key + "' is to be a bean of the name '" + bean
                + "', and the application has a bean of that name of its own" + where + ".";
        String action = channel
                ? channelAction(key.substring(ShmProperties.CHANNELS.length() + 1), bean)
                : "Remove the bean: whatever is in the configuration is a bean by itself. Or rename one of the two; all processes that"
                        + " share a segment give it one name.";
        return new FailureAnalysis(description, action, failure);
    }

    private static String channelAction(String name, String bean) {
        String rename =
                "rename the entry; it keeps its place in the segment with\n\n    shm.channels.<new name>.name: " + name;
        if (!bean.equals(name)) {
            return "Rename the bean: the entry needs one of that name beside its channel. Or " + rename;
        }
        return "Remove the bean: whatever is in the configuration is a bean by itself. Or " + rename
                + "\n\nOr, if the bean is a channel that is to be wired to the queue or topic, say so:\n\n    shm.channels."
                + "<new name>.name: " + name + "\n    shm.channels.<new name>.channel: " + name;
    }
}
