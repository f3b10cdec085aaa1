package dev.shm.segment;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Iterator;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Hears the doorbells of a process, on one thread at a time. The best one for that is a thread that waits for a message: the
 * kernel wakes it at once, where another thread that heard the bell would have to wake it in its turn, which takes as long again. So
 * whoever waits takes the place if it is free, and the housekeeping thread has it while nobody does. Who leaves the place
 * hands it on.
 *
 * <p>A virtual thread never takes it, since it would keep its carrier. It is woken by whoever has the place.
 */
final class Ear {

    /** A wait that is shorter is not worth the place, nor does a selector know such times. */
    private static final long SHORTEST_NANOS = 1_000_000;

    /** For so long the place stays free for the one who left it and will soon be back, as long as nobody waits. */
    private static final long FREE_NANOS = 20_000_000;

    private static final @Nullable Method IS_VIRTUAL = isVirtualMethod();

    private final Selector selector;

    /** Who has the place. */
    private final AtomicReference<@Nullable Thread> listener = new AtomicReference<>();

    /** Threads that would take it. */
    private final ConcurrentLinkedQueue<Thread> standby = new ConcurrentLinkedQueue<>();

    /** All who wait for something, those without a thread included. */
    private final AtomicInteger sleepers = new AtomicInteger();

    private volatile @Nullable Thread keeper;

    /** Whether the housekeeping thread sleeps until something is due, and relies on a listener. */
    private volatile boolean keeperRelies;

    private volatile long leftAt = System.nanoTime() - FREE_NANOS;
    private volatile @Nullable Exception failure;

    Ear(Selector selector) {
        this.selector = selector;
    }

    private static @Nullable Method isVirtualMethod() {
        try {
            return Thread.class.getMethod("isVirtual");
        } catch (NoSuchMethodException e) {
            // No virtual threads before JDK 21.
            return null;
        }
    }

    private static boolean mayListen(Thread thread) {
        try {
            return IS_VIRTUAL == null || !(boolean) IS_VIRTUAL.invoke(thread);
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    Selector selector() {
        return selector;
    }

    /** One more waits for something, or one less. */
    void count(int more) {
        sleepers.addAndGet(more);
    }

    /** Sees to it that somebody listens, for one who cannot. */
    void need() {
        // Whoever has the place sees when it leaves that others wait.
        if (listener.get() == null) {
            LockSupport.unpark(keeper);
        }
    }

    // ------------------------------------------------------------------------------------------ who waits

    /**
     * Has the calling thread sleep until it is woken, the time is up, or it is interrupted.
     *
     * @param woken whether it has been; set before {@link #wake} is called
     */
    void sleep(BooleanSupplier woken, long nanos) {
        Thread thread = Thread.currentThread();
        long deadline = System.nanoTime() + nanos;
        boolean inLine = false;
        try {
            while (!woken.getAsBoolean() && !thread.isInterrupted()) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return;
                }
                if (left < SHORTEST_NANOS) {
                    LockSupport.parkNanos(this, left);
                } else if (!mayListen(thread)) {
                    need();
                    LockSupport.parkNanos(this, left);
                } else if (listener.compareAndSet(null, thread)) {
                    inLine = inLine && !standby.remove(thread);
                    try {
                        listen(woken, deadline);
                    } finally {
                        leave();
                    }
                } else if (!inLine) {
                    // Then tries once more: one who left before that did not see it in line.
                    inLine = true;
                    standby.add(thread);
                    dislodgeKeeper();
                } else {
                    LockSupport.parkNanos(this, left);
                }
            }
        } finally {
            if (inLine) {
                standby.remove(thread);
                passOn();
            }
        }
    }

    private void listen(BooleanSupplier woken, long deadline) {
        Thread thread = Thread.currentThread();
        try {
            // Whoever wakes it says so first, and then looks who has the place; here it is the other way round.
            for (long left = deadline - System.nanoTime();
                    left >= SHORTEST_NANOS && !woken.getAsBoolean() && !thread.isInterrupted();
                    left = deadline - System.nanoTime()) {
                hear(TimeUnit.NANOSECONDS.toMillis(left));
            }
        } catch (ClosedSelectorException e) {
            // The housekeeping has ended, and all who wait are told.
            LockSupport.parkNanos(this, SHORTEST_NANOS);
        } catch (IOException | RuntimeException e) {
            // Not this thread's business. Listening to no avail, it must not do so again and again.
            failure = e;
            wakeKeeper();
            LockSupport.parkNanos(this, SHORTEST_NANOS);
        }
    }

    /** Wakes a thread that sleeps here. One that listens and has just heard what it waits for is awake. */
    void wake(Thread thread) {
        if (thread == Thread.currentThread()) {
            return;
        }
        if (listener.get() == thread) {
            selector.wakeup();
        } else {
            LockSupport.unpark(thread);
        }
    }

    private void leave() {
        leftAt = System.nanoTime();
        listener.set(null);
        if (!passOn() && (keeperRelies || sleepers.get() > 1)) {
            LockSupport.unpark(keeper);
        }
    }

    /** If nobody has the place, tells the next who would take it. Also done by one in line who goes away: it may have been told. */
    private boolean passOn() {
        Thread next = standby.peek();
        if (next == null || listener.get() != null) {
            return next != null;
        }
        LockSupport.unpark(next);
        return true;
    }

    // ------------------------------------------------------------------------------------------ the housekeeping
    // thread

    /** The calling thread is the housekeeping thread. */
    void beKeeper() {
        keeper = Thread.currentThread();
    }

    /** Ends what the housekeeping thread waits for, whatever that is. */
    void wakeKeeper() {
        dislodgeKeeper();
        LockSupport.unpark(keeper);
    }

    private void dislodgeKeeper() {
        Thread who = keeper;
        if (who != null && listener.get() == who) {
            selector.wakeup();
        }
    }

    /** What was registered is heard from now on. */
    void attend() {
        selector.wakeup();
    }

    /**
     * Has the housekeeping thread listen if nobody else does, or else sleep.
     *
     * @param awake whether it has been told to do something else; set before {@link #wakeKeeper} is called
     */
    void idle(BooleanSupplier awake, long millis) throws IOException {
        long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
        if (System.nanoTime() - leftAt < FREE_NANOS && (sleepers.get() == 0 || listener.get() != null)) {
            // Threads come and go.
            sleepUnless(awake, Math.min(nanos, FREE_NANOS));
        } else if (standby.isEmpty() && listener.compareAndSet(null, Thread.currentThread())) {
            try {
                if (!awake.getAsBoolean() && standby.isEmpty()) {
                    hear(millis);
                }
            } finally {
                listener.set(null);
                passOn();
            }
        } else {
            keeperRelies = true;
            // Who leaves the place, or the line, tells this thread from now on; who left before that did not.
            if (listener.get() != null || !standby.isEmpty()) {
                sleepUnless(awake, nanos);
            }
            keeperRelies = false;
        }
    }

    private void sleepUnless(BooleanSupplier awake, long nanos) {
        if (!awake.getAsBoolean()) {
            LockSupport.parkNanos(this, nanos);
        }
    }

    /** Hears what there is, if nobody else listens. On the housekeeping thread. */
    int hearNow() throws IOException {
        Exception failed = failure;
        if (failed != null) {
            failure = null;
            throw failed instanceof IOException e ? e : new IOException(failed);
        }
        if (!listener.compareAndSet(null, Thread.currentThread())) {
            return 0;
        }
        try {
            return hear(0);
        } finally {
            listener.set(null);
            passOn();
        }
    }

    private int hear(long millis) throws IOException {
        int heard = millis > 0 ? selector.select(millis) : selector.selectNow();
        for (Iterator<SelectionKey> keys = selector.selectedKeys().iterator(); keys.hasNext(); ) {
            SelectionKey key = keys.next();
            keys.remove();
            try {
                ((Doorbell.Handler) key.attachment()).ready(key);
            } catch (CancelledKeyException e) {
                // Its doorbell was closed meanwhile.
            }
        }
        return heard;
    }
}
