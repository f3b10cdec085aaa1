package dev.shm.queue;

import dev.shm.segment.WaitRoom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits for news about a queue in place of a thread: it has this process rung for, and looks again by the clock, soon after it was
 * announced and then more and more rarely, as a thread does that is parked. One lookout serves everybody who waits for the same
 * thing, so that ten thousand who wait cost no more than one. Any thread may use it.
 *
 * <p>The clock is the one that {@link CompletableFuture} has anyway. It stands still while nobody waits.
 */
final class Lookout implements WaitRoom.Sleeper {

    /**
     * Somebody rang for others, and took our bit with him. It is set again after this time, not at once: where others are rung for
     * all the time, that would make every message of theirs as expensive as one that wakes somebody.
     */
    private static final long RUNG_FOR_OTHERS_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final int REST_GROWTH = 16;

    /** Those for whom it waits. */
    interface Party {
        /** Whether anybody waits. Quick. */
        boolean waits();

        /** Whether there may be what they wait for; changes nothing. */
        boolean hasNews();

        /** Has a look taken, soon, on another thread. */
        void call();
    }

    private final Waiter waiter;
    private final Party party;

    /** All guarded by this. */
    private boolean present;

    private long interval;
    private long due;
    private long clockAt;
    private @Nullable CompletableFuture<Boolean> clock;

    Lookout(Waiter waiter, Party party) {
        this.waiter = waiter;
        this.party = party;
    }

    /** Hears rings from now on. */
    synchronized void enter() {
        if (!present) {
            present = true;
            waiter.add(this);
        }
    }

    /** Hears no rings any more. */
    synchronized void leave() {
        if (present) {
            present = false;
            waiter.remove(this);
        }
    }

    /**
     * Waits for news.
     *
     * @return false if there are news already, so nothing is waited for
     */
    boolean watch() {
        boolean settled = waiter.announce();
        if (seesNews()) {
            return false;
        }
        synchronized (this) {
            lookIn(settled ? waiter.nextLook() : waiter.firstLook());
        }
        return true;
    }

    /** Waits though there seem to be news, since they did not help: whoever rings calls, and the clock does, more and more rarely. */
    synchronized void rest() {
        lookIn(interval == 0 ? waiter.firstLook() : Math.min(interval * REST_GROWTH, waiter.nextLook()));
    }

    @Override
    public boolean hasReason() {
        if (!party.waits()) {
            return false;
        }
        if (seesNews()) {
            return true;
        }
        synchronized (this) {
            if (due - System.nanoTime() > RUNG_FOR_OTHERS_NANOS) {
                lookIn(RUNG_FOR_OTHERS_NANOS);
            }
        }
        return false;
    }

    @Override
    public void stay() {
        // The clock sees to that, see RUNG_FOR_OTHERS_NANOS.
    }

    @Override
    public void wake() {
        party.call();
    }

    private boolean seesNews() {
        try {
            return party.hasNews();
        } catch (RuntimeException | InternalError e) {
            // Whoever is called will run into it, and can tell those who wait.
            return true;
        }
    }

    /** Caller has the monitor. */
    private void lookIn(long nanos) {
        interval = nanos;
        due = System.nanoTime() + nanos;
        setClock();
    }

    /** Sets the clock, unless it will strike sooner and be set again then. */
    private void setClock() {
        CompletableFuture<Boolean> before = clock;
        if (before != null) {
            if (clockAt - due <= 0) {
                return;
            }
            before.complete(false);
        }
        CompletableFuture<Boolean> set = new CompletableFuture<>();
        clock = set;
        clockAt = due;
        CompletableFuture<?> unused = set.thenAccept(struck -> {
            if (struck) {
                strike(set);
            }
        });
        set.completeOnTimeout(true, Math.max(1, due - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private void strike(CompletableFuture<Boolean> which) {
        synchronized (this) {
            if (clock != which) {
                return;
            }
            clock = null;
            if (!present || !party.waits()) {
                return;
            }
            if (due - System.nanoTime() > 0) {
                setClock();
                return;
            }
        }
        boolean settled = waiter.announce();
        if (seesNews()) {
            party.call();
            return;
        }
        synchronized (this) {
            lookIn(settled ? waiter.nextLook() : waiter.firstLook());
        }
    }
}
