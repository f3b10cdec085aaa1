package dev.shm.collection;

import java.util.Deque;
import java.util.concurrent.LinkedBlockingDeque;
import org.jspecify.annotations.Nullable;

/**
 * How many elements a deque in a graph has at most.
 *
 * @param maxLength 0 if it grows
 * @param evicting whether an element goes where one comes that there is no room for
 */
record DequeBound(int maxLength, boolean evicting) {

    static final DequeBound NONE = new DequeBound(0, false);

    /** A copy that is to be evicting where it is shared again. */
    private static final class Evicting extends LinkedBlockingDeque<Object> {

        private static final long serialVersionUID = 1;

        private final int maxLength;

        Evicting(int maxLength) {
            super(maxLength);
            this.maxLength = maxLength;
        }
    }

    /** That of a deque that is put into a graph. */
    static DequeBound of(Object deque) {
        if (deque instanceof DequeType<?> type) {
            return type.bound();
        }
        if (deque instanceof SharedDeque<?> shared) {
            return shared.bound();
        }
        if (deque instanceof Evicting evicting) {
            return new DequeBound(evicting.maxLength, true);
        }
        if (deque instanceof LinkedBlockingDeque<?> bounded) {
            long most = capacity(bounded);
            return most >= Integer.MAX_VALUE ? NONE : new DequeBound((int) most, false);
        }
        return NONE;
    }

    /** It does not tell by itself, and others may change it between the two questions. */
    private static long capacity(LinkedBlockingDeque<?> deque) {
        for (long before = -1; ; ) {
            long now = (long) deque.size() + deque.remainingCapacity();
            if (now == before) {
                return now;
            }
            before = now;
        }
    }

    /** A deque of {@code java.util} with that bound; null if it has none. */
    @Nullable
    Deque<Object> copy() {
        if (maxLength == 0) {
            return null;
        }
        return evicting ? new Evicting(maxLength) : new LinkedBlockingDeque<>(maxLength);
    }
}
