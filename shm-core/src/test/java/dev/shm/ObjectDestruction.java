package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.CrashEnumerator.Operation;
import dev.shm.World.Process;
import java.util.function.Consumer;

/** Destroys an object with all that is in it. */
final class ObjectDestruction<T extends SharedObject> extends Operation {

    private static final String NAME = "destroyed";

    private final SharedType<T> type;
    private final Consumer<T> fill;

    ObjectDestruction(SharedType<T> type, Consumer<T> fill) {
        this.type = type;
        this.fill = fill;
    }

    @Override
    void arrange(Process victim, Process survivor) {
        try (T object = survivor.objects.openOrCreate(NAME, type)) {
            fill.accept(object);
        }
    }

    @Override
    void act(Process victim) {
        victim.objects.destroy(NAME);
    }

    @Override
    boolean happened(Process survivor) {
        boolean happened = survivor.objects.entries().isEmpty();
        survivor.objects.destroy(NAME);
        assertThat(survivor.heap.deepStatistics().usedBytes()).isZero();
        return happened;
    }

    @Override
    boolean isGradual() {
        return true;
    }
}
