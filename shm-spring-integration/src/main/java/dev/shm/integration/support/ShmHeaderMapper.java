package dev.shm.integration.support;

import org.springframework.util.Assert;
import org.springframework.util.PatternMatchUtils;

/**
 * Says which message headers travel. Asked when a message is written, by any number of threads, for each header that may travel
 * at all: those that mean something in this process only, such as {@code replyChannel}, never do, and {@code id} and {@code
 * timestamp} only if the {@link ShmMessageMapper} was told to.
 */
@FunctionalInterface
public interface ShmHeaderMapper {

    /** Whether the header of that name travels. */
    boolean travels(String name);

    /** All headers travel that may. */
    static ShmHeaderMapper all() {
        return name -> true;
    }

    /**
     * Headers travel whose name matches a pattern, such as {@code order*} or {@code *Id}. A pattern that begins with {@code !}
     * excludes what it matches. The first pattern that matches decides; what none matches stays behind. So {@code ("!http_*",
     * "*")} lets all travel but those of HTTP.
     */
    static ShmHeaderMapper patterns(String... patterns) {
        Assert.notEmpty(patterns, "give at least one pattern; \"*\" lets all headers travel");
        Assert.noNullElements(patterns, "a pattern must not be null");
        String[] copy = patterns.clone();
        return name -> {
            for (String pattern : copy) {
                boolean negated = pattern.startsWith("!");
                if (PatternMatchUtils.simpleMatch(negated ? pattern.substring(1) : pattern, name)) {
                    return !negated;
                }
            }
            return false;
        };
    }
}
