package dev.shm.queue;

import dev.shm.error.SegmentClosedException;
import dev.shm.error.SharedMemoryException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Gives messages to those who wait for one without a thread: who came first is served first. Any thread may use it.
 *
 * <p>A message is taken out of the inbox when somebody waits for it, and handed over on the executor of the one who does. If that one
 * has gone meanwhile, the next who waits gets it, and if nobody waits, it is released.
 */
final class AsyncInbox<T> extends Attendant {

    /** One who waits for a message. */
    interface Taker<T> {
        /** Where it wants to be called. */
        Executor executor();

        /** Gets what it waits for; called on its executor. */
        void give(Delivery<T> delivery);

        /** Gets nothing any more; called on its executor. */
        void fail(Throwable reason);
    }

    private final Inbox<T> inbox;
    private final Opening opening;
    private final Object lock = new Object();

    /** All guarded by the lock, but that anybody may read how many there are. */
    private final Set<Taker<T>> waiting = new LinkedHashSet<>();

    private final Set<Taker<T>> members = new HashSet<>();
    private final Deque<Delivery<T>> returned = new ArrayDeque<>();
    private volatile int waitingCount;

    private volatile boolean shut;

    AsyncInbox(Inbox<T> inbox, Waiter messages) {
        super(messages);
        this.inbox = inbox;
        this.opening = inbox.opening;
    }

    // ------------------------------------------------------------------------------------------ waiting

    /** A stage that gets the next message. */
    CompletionStage<Delivery<T>> receive(Executor executor) {
        Objects.requireNonNull(executor, "executor");
        Stage<T> stage = new Stage<>(this, executor);
        try {
            Delivery<T> delivery = takeOrWait(stage);
            if (delivery != null) {
                stage.complete(delivery);
            } else {
                // Whoever completes it, cancels it or sets it a time-out takes it out of the line.
                CompletableFuture<?> unused = stage.whenComplete((message, failure) -> stopWaiting(stage));
            }
        } catch (RuntimeException | Error e) {
            stage.completeExceptionally(e);
        }
        return stage;
    }

    private static final class Stage<T> extends CompletableFuture<Delivery<T>> implements Taker<T> {

        private final AsyncInbox<T> inbox;
        private final Executor executor;

        Stage(AsyncInbox<T> inbox, Executor executor) {
            this.inbox = inbox;
            this.executor = executor;
        }

        /** What is made from it does not wait in line. */
        @Override
        public <U> CompletableFuture<U> newIncompleteFuture() {
            return new CompletableFuture<>();
        }

        @Override
        public Executor executor() {
            return executor;
        }

        @Override
        public void give(Delivery<T> delivery) {
            if (!complete(delivery)) {
                inbox.handBack(delivery);
            }
        }

        @Override
        public void fail(Throwable reason) {
            completeExceptionally(reason);
        }
    }

    /** A message if there is one and nobody waits for it already. Otherwise null, and the taker is given one later. */
    @Nullable
    Delivery<T> takeOrWait(Taker<T> taker) {
        checkShut();
        if (waitingCount == 0) {
            Delivery<T> delivery = inbox.receive();
            if (delivery != null) {
                return delivery;
            }
        }
        boolean first;
        synchronized (lock) {
            first = waiting.isEmpty();
            waiting.add(taker);
            count();
        }
        // Where somebody waits already, it is being watched, or somebody serves and comes by here.
        if (first && !lookout.watch()) {
            call();
        }
        return null;
    }

    /** Takes one who waits out of the line. */
    void stopWaiting(Taker<T> taker) {
        synchronized (lock) {
            if (waiting.remove(taker)) {
                count();
            }
        }
    }

    /** One who wants to hear of the end whether it waits or not. */
    void join(Taker<T> member) {
        synchronized (lock) {
            checkShut();
            members.add(member);
            count();
        }
        if (!opening.attachment.isOpen()) {
            call();
        }
    }

    /** Neither waits nor wants to hear of the end. */
    void leave(Taker<T> member) {
        synchronized (lock) {
            members.remove(member);
            waiting.remove(member);
            count();
        }
    }

    /** Caller has the lock. */
    private void count() {
        waitingCount = waiting.size();
        if (waiting.isEmpty() && members.isEmpty()) {
            lookout.leave();
        } else {
            lookout.enter();
        }
    }

    /** Takes back what its taker does not want any more. */
    void handBack(Delivery<T> delivery) {
        boolean wanted;
        synchronized (lock) {
            wanted = !waiting.isEmpty();
            if (wanted) {
                returned.add(delivery);
            }
        }
        if (wanted) {
            call();
        } else {
            release(delivery);
        }
    }

    /** Gives a message back to the queue, with its count raised. */
    static void release(Delivery<?> delivery) {
        try {
            delivery.close();
        } catch (SharedMemoryException e) {
            // It goes back with all that the opening had.
        }
    }

    // ------------------------------------------------------------------------------------------ serving

    @Override
    public boolean waits() {
        return waitingCount > 0;
    }

    @Override
    public boolean hasNews() {
        return shut || inbox.hasNews();
    }

    @Override
    void serve() {
        try {
            checkShut();
            opening.attachment.checkOpen();
            serveAll();
        } catch (Throwable e) {
            failAll(e);
        }
    }

    private void serveAll() {
        int inVain = 0;
        while (waitingCount > 0) {
            Delivery<T> delivery = next();
            if (delivery != null) {
                inVain = 0;
                give(delivery);
            } else if (lookout.watch()) {
                return;
            } else if (++inVain > PATIENCE) {
                lookout.rest();
                return;
            }
        }
        // Nobody is left for what came back.
        for (Delivery<T> back = pollReturned(); back != null; back = pollReturned()) {
            release(back);
        }
    }

    private @Nullable Delivery<T> next() {
        Delivery<T> back = pollReturned();
        return back != null ? back : inbox.receive();
    }

    private @Nullable Delivery<T> pollReturned() {
        synchronized (lock) {
            return returned.poll();
        }
    }

    private void give(Delivery<T> delivery) {
        Taker<T> first;
        synchronized (lock) {
            if (waiting.isEmpty()) {
                returned.add(delivery);
                return;
            }
            first = waiting.iterator().next();
            waiting.remove(first);
            count();
        }
        handOver(first.executor(), () -> first.give(delivery));
    }

    private void failAll(Throwable reason) {
        List<Delivery<T>> back;
        Set<Taker<T>> all;
        synchronized (lock) {
            back = List.copyOf(returned);
            returned.clear();
            all = new LinkedHashSet<>(waiting);
            all.addAll(members);
            waiting.clear();
            members.clear();
            count();
        }
        back.forEach(AsyncInbox::release);
        for (Taker<T> taker : all) {
            handOver(taker.executor(), () -> taker.fail(reason));
        }
    }

    // ------------------------------------------------------------------------------------------ closing

    private void checkShut() {
        if (shut) {
            opening.attachment.checkOpen();
            throw new SegmentClosedException("'" + opening.handle.name() + "' was closed by this process");
        }
    }

    /** Sends everybody away. After the inbox was shut; does not wait. */
    void shut() {
        shut = true;
        boolean anybody;
        synchronized (lock) {
            anybody = !waiting.isEmpty() || !members.isEmpty();
        }
        if (anybody) {
            call();
        }
    }
}
