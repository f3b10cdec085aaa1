package dev.shm.collection;

import dev.shm.memory.Memory;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Looks for problems at something that others may be changing. */
final class Looks {

    private static final int MOST = 100;

    private Looks() {}

    /**
     * What is wrong with something, if it is the same before and after the look.
     *
     * @param versionAddress of its version
     */
    static @Nullable String problem(Memory memory, long versionAddress, Supplier<@Nullable String> look) {
        for (int i = 0; i < MOST; i++) {
            long version = memory.getLongAcquire(versionAddress);
            if ((version & 1) != 0) {
                // Half carried out. Whoever does it, or reaps who did, will finish it.
                Thread.onSpinWait();
                continue;
            }
            String problem;
            try {
                problem = look.get();
            } catch (IndexOutOfBoundsException e) {
                problem = "it refers to what is outside the segment";
            }
            memory.acquireFence();
            if (problem == null || memory.getLongAcquire(versionAddress) == version) {
                return problem;
            }
        }
        return null;
    }
}
