package dev.shm.codec;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A few things that are expensive to make and that one thread at a time may use. No lock, no garbage, and nothing tied to a
 * thread: a million virtual threads share what a few processors need. When all are in use another is made, and when there is
 * no slot to put it back it is left to the collector.
 *
 * <p>Whoever takes something out owns it until it is put back: {@code getAndSet} gives each to one taker, and what the last
 * owner wrote before it put it back happens before what the next one reads.
 */
final class Slots<T> {

    private static final int COUNT =
            Integer.highestOneBit(Math.max(2, Runtime.getRuntime().availableProcessors())) * 2;

    private final AtomicReferenceArray<@Nullable T> slots = new AtomicReferenceArray<>(COUNT);
    private final Supplier<T> maker;

    Slots(Supplier<T> maker) {
        this.maker = maker;
    }

    T take() {
        int start = start();
        for (int i = 0; i < COUNT; i++) {
            int slot = (start + i) & (COUNT - 1);
            // A look before the exchange, so that a miss does not take the cache line from its owner.
            if (slots.get(slot) != null) {
                T taken = slots.getAndSet(slot, null);
                if (taken != null) {
                    return taken;
                }
            }
        }
        return maker.get();
    }

    void giveBack(T used) {
        int start = start();
        for (int i = 0; i < COUNT; i++) {
            int slot = (start + i) & (COUNT - 1);
            if (slots.get(slot) == null && slots.compareAndSet(slot, null, used)) {
                return;
            }
        }
    }

    /** Threads begin at different slots, and a thread where it left off. */
    private static int start() {
        return (int) Thread.currentThread().getId() & (COUNT - 1);
    }
}
