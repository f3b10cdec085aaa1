package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.CrashEnumerator.Operation;
import dev.shm.World.Process;
import java.util.Collection;
import java.util.function.Consumer;

/**
 * A change of a collection that happens wholly or not at all.
 *
 * @param <C> the collection
 * @param <S> what its snapshots are
 */
abstract class ChangingCollection<C extends Collection<Object> & SharedObject, S extends Collection<Object>>
        extends Operation {

    private static final String NAME = "changing";

    private final SharedType<C> type;
    private final S before;
    private final Consumer<C> change;
    private final boolean gradual;
    private S after;
    private C collection;

    ChangingCollection(SharedType<C> type, S before, Consumer<C> change, boolean gradual) {
        this.type = type;
        this.before = before;
        this.change = change;
        this.gradual = gradual;
    }

    abstract S snapshot(C found);

    /** Asserts that it has these elements, and can still be changed. */
    abstract void assertStillWorks(C found, S now);

    /** Asserts that the change has happened wholly or not at all. */
    void assertPossible(S now, S before, S after) {
        assertThat(now).isIn(before, after);
    }

    final C open(Process process) {
        return process.objects.open(NAME, type);
    }

    @Override
    void arrange(Process victim, Process survivor) {
        try (C filler = survivor.objects.create(NAME, type)) {
            filler.addAll(before);
        }
        after = after(victim.other(World.SECOND_SURVIVOR));
        collection = open(victim);
    }

    /** What the change makes of another one. */
    private S after(Process process) {
        S expected;
        try (C model = process.objects.create("model", type)) {
            model.addAll(before);
            change.accept(model);
            expected = snapshot(model);
        }
        process.objects.destroy("model");
        return expected;
    }

    @Override
    void act(Process victim) {
        change.accept(collection);
    }

    @Override
    boolean isGradual() {
        return gradual;
    }

    @Override
    boolean happened(Process survivor) {
        boolean happened;
        try (C found = open(survivor)) {
            S now = snapshot(found);
            assertPossible(now, before, after);
            happened = now.equals(after);
            assertStillWorks(found, now);
        }
        assertThat(survivor.objects.destroy(NAME)).isTrue();
        assertThat(survivor.heap.deepStatistics().usedBytes())
                .as("bytes in use when all is gone")
                .isZero();
        return happened;
    }
}
