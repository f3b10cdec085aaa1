package dev.shm;

import dev.shm.CrashEnumerator.Operation;
import dev.shm.World.Process;
import java.util.function.Consumer;

/** Creates an object. Whether that happened or not, it can be had afterwards, and is as a new one is. */
final class ObjectCreation<T extends SharedObject> extends Operation {

    private static final String NAME = "created";

    private final SharedType<T> type;
    private final Consumer<T> assertNew;

    ObjectCreation(SharedType<T> type, Consumer<T> assertNew) {
        this.type = type;
        this.assertNew = assertNew;
    }

    @Override
    void act(Process victim) {
        victim.objects.openOrCreate(NAME, type);
    }

    @Override
    boolean happened(Process survivor) {
        boolean there = !survivor.objects.entries().isEmpty();
        try (T object = survivor.objects.openOrCreate(NAME, type)) {
            assertNew.accept(object);
        }
        if (!there) {
            survivor.objects.destroy(NAME);
        }
        return there;
    }

    @Override
    boolean isGradual() {
        return true;
    }
}
