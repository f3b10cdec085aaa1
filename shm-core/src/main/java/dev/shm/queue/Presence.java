package dev.shm.queue;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads of this JVM that are in the middle of an operation on one opening of a queue. Closing waits for them: it gives back
 * what the opening held, and a thread that went on would write where somebody else does by then.
 *
 * <p>Each thread has a mark of its own, which it sets without a fence: that would cost more than a small message. So closing,
 * after it has said that it does, waits for far longer than any processor keeps a store to itself before it looks at the marks.
 */
final class Presence {

    private static final long SETTLE_NANOS = 1_000_000;

    private final List<WeakReference<Mark>> marks = new ArrayList<>();
    private int purgeAt = 64;
    private volatile boolean shut;

    /** One thread's mark. */
    static final class Mark {

        private final AtomicInteger depth = new AtomicInteger();

        /** Whether the thread is inside, as it sees it itself. */
        boolean isInside() {
            return depth.getPlain() > 0;
        }
    }

    /** A mark for the calling thread, which keeps it. */
    Mark newMark() {
        Mark mark = new Mark();
        synchronized (marks) {
            if (marks.size() >= purgeAt) {
                marks.removeIf(other -> other.get() == null);
                purgeAt = Math.max(64, 2 * marks.size());
            }
            marks.add(new WeakReference<>(mark));
        }
        return mark;
    }

    /** Lets the thread in; false if the opening is closed. What was let in leaves; it may enter again before. */
    boolean enter(Mark mark) {
        int depth = mark.depth.getPlain();
        mark.depth.setRelease(depth + 1);
        if (shut) {
            mark.depth.setRelease(depth);
            return false;
        }
        return true;
    }

    void leave(Mark mark) {
        mark.depth.setRelease(mark.depth.getPlain() - 1);
    }

    boolean isShut() {
        return shut;
    }

    /**
     * Lets nobody in any more and waits until everybody has left. Further calls do nothing.
     *
     * @param own the calling thread's mark
     * @throws IllegalStateException if the calling thread is inside
     */
    void shut(@Nullable Mark own) {
        if (own != null && own.isInside()) {
            throw new IllegalStateException(
                    "a handler must not close the queue that it reads: closing would wait for it. Hand it to another thread.");
        }
        boolean first = !shut;
        shut = true;
        if (!first || isAlone(own)) {
            return;
        }
        long settled = System.nanoTime() + SETTLE_NANOS;
        while (System.nanoTime() - settled < 0 || isAnybodyInside()) {
            LockSupport.parkNanos(SETTLE_NANOS / 4);
        }
    }

    /** Whether no other thread was ever here that may still be. One that comes now sees that it is shut. */
    private boolean isAlone(@Nullable Mark own) {
        synchronized (marks) {
            return marks.stream().map(WeakReference::get).allMatch(mark -> mark == null || mark == own);
        }
    }

    private boolean isAnybodyInside() {
        synchronized (marks) {
            for (WeakReference<Mark> reference : marks) {
                Mark mark = reference.get();
                if (mark != null && mark.depth.get() > 0) {
                    return true;
                }
            }
            return false;
        }
    }
}
