package dev.shm.collection;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * Things that one thread at a time uses and that are worth keeping. Tied to no thread, so a million virtual threads share a few; when
 * all are in use another is made. What is not given back, as after an error, is left to the collector.
 */
final class Pool<T> {

    private static final int COUNT =
            Integer.highestOneBit(Math.max(2, Runtime.getRuntime().availableProcessors())) * 4;
    /** Neighbours in the array would share a cache line. */
    private static final int SPREAD = 16;

    private final AtomicReferenceArray<T> places = new AtomicReferenceArray<>(COUNT * SPREAD);
    private final Supplier<T> maker;

    Pool(Supplier<T> maker) {
        this.maker = maker;
    }

    T take() {
        T kept = places.getAndSet(place(), null);
        return kept != null ? kept : maker.get();
    }

    void giveBack(T used) {
        places.setRelease(place(), used);
    }

    private static int place() {
        int thread = (int) Thread.currentThread().getId();
        return ((thread ^ thread >>> 4) & COUNT - 1) * SPREAD;
    }
}
