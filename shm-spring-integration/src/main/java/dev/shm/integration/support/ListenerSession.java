package dev.shm.integration.support;

import dev.shm.SharedMemory;
import dev.shm.error.SubscriptionEvictedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.core.log.LogAccessor;

/**
 * The threads of a container from one start to one stop, and the receiver that they share.
 *
 * <p>A thread that waits for a message is woken by an interrupt, and only then: one that has a message keeps it, handles it to the
 * end and acknowledges it. One whose message has failed keeps it for a while before it gives it back, the longer the more often it has been
 * delivered; stopping ends that. The last thread that ends closes the receiver, which gives back what nobody has acknowledged.
 */
final class ListenerSession {

    /** Nobody waits for the end of this. */
    private static final Duration LONG = Duration.ofDays(1);

    private static final long LOOK_NANOS = 20_000;

    private final ShmDestination destination;
    private final DeliveryDispatch dispatch;
    private final int maxDeliveries;
    private final int batchSize;
    private final Duration recoveryInterval;
    private final Duration redeliveryDelay;
    private final Duration maxRedeliveryDelay;
    private final Consumer<SharedMemory> reopened;
    private final LogAccessor logger;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ReentrantLock reopening = new ReentrantLock();
    private final Set<Worker> workers = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

    private volatile boolean running = true;
    private volatile boolean paused;
    private volatile ShmReceiver receiver;
    private volatile boolean troubled;
    private int active;

    ListenerSession(
            ShmDestination destination,
            DeliveryDispatch dispatch,
            int maxDeliveries,
            int batchSize,
            boolean paused,
            Duration recoveryInterval,
            Duration redeliveryDelay,
            Duration maxRedeliveryDelay,
            Consumer<SharedMemory> reopened,
            LogAccessor logger) {
        this.destination = destination;
        this.dispatch = dispatch;
        this.maxDeliveries = maxDeliveries;
        this.batchSize = batchSize;
        this.paused = paused;
        this.recoveryInterval = recoveryInterval;
        this.redeliveryDelay = redeliveryDelay;
        this.maxRedeliveryDelay = maxRedeliveryDelay;
        this.reopened = reopened;
        this.logger = logger;
        this.receiver = ShmReceiver.open(destination, maxDeliveries);
    }

    void start(Executor executor, int threads) {
        boolean started = false;
        try {
            for (int i = 0; i < threads; i++) {
                executor.execute(new Worker());
            }
            started = true;
        } finally {
            if (!started) {
                end();
            }
        }
    }

    void setPaused(boolean wanted) {
        lock.lock();
        try {
            paused = wanted;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (wanted) {
            workers.forEach(Worker::wake);
            // One that has looked before may still take a message; after this returns, none does.
            workers.forEach(Worker::awaitLooked);
        }
    }

    /** Lets the threads end when they are done with what they have. */
    void end() {
        boolean last;
        lock.lock();
        try {
            running = false;
            last = active == 0;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        workers.forEach(Worker::wake);
        if (last) {
            close();
        }
    }

    /** Complete when all threads have ended and the receiver is closed. */
    CompletableFuture<@Nullable Void> ended() {
        return ended;
    }

    /** Whether the calling thread is one of this session's. */
    boolean isInside() {
        Thread current = Thread.currentThread();
        return workers.stream().anyMatch(worker -> worker.thread == current);
    }

    /** Takes their messages from threads that do not end, so that others get them. */
    void close() {
        try {
            receiver.close();
        } catch (RuntimeException e) {
            logger.warn(e, "Closing " + destination + " failed");
        } finally {
            ended.complete(null);
        }
    }

    /** Waits while this is paused; whether to go on. */
    private boolean mayGoOn() {
        if (running && !paused) {
            return true;
        }
        lock.lock();
        try {
            while (running && paused) {
                changed.awaitUninterruptibly();
            }
            return running;
        } finally {
            lock.unlock();
        }
    }

    // ------------------------------------------------------------------------------------------ when it cannot receive

    private void recover(ShmReceiver failed, RuntimeException failure) {
        if (!running) {
            return;
        }
        boolean evicted = failure instanceof SubscriptionEvictedException;
        if (!troubled || evicted) {
            troubled = true;
            if (logger.isWarnEnabled()) {
                logger.warn("Cannot receive from " + destination + ": " + failure.getMessage() + " Tries again"
                        + (evicted ? "." : " every " + recoveryInterval.toMillis() + " ms."));
            }
        }
        reopening.lock();
        try {
            if (receiver != failed) {
                // Another thread has done it.
                return;
            }
            failed.close();
            if (!evicted) {
                pause(recoveryInterval);
            }
            if (running) {
                replace(ShmReceiver.open(destination, maxDeliveries));
            }
        } catch (RuntimeException e) {
            if (logger.isDebugEnabled()) {
                logger.debug("Still cannot open " + destination + ": " + e.getMessage());
            }
        } finally {
            reopening.unlock();
        }
    }

    private void replace(ShmReceiver successor) {
        boolean late;
        lock.lock();
        try {
            late = !running;
            if (!late) {
                receiver = successor;
            }
        } finally {
            lock.unlock();
        }
        if (late) {
            successor.close();
        } else {
            reopened.accept(successor.memory());
        }
    }

    private void pause(Duration duration) {
        lock.lock();
        try {
            long left = duration.toNanos();
            while (running && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            // Nobody does that; it only makes the wait shorter.
        } finally {
            lock.unlock();
        }
    }

    /** Before what has been delivered so often goes back. */
    private void keep(int deliveries) {
        long longest = maxRedeliveryDelay.toNanos();
        long nanos = Math.min(redeliveryDelay.toNanos(), longest);
        for (int i = 1; i < deliveries && nanos > 0 && nanos < longest; i++) {
            nanos = Math.min(2 * nanos, longest);
        }
        // A handler may have left it, and it means nothing here.
        Thread.interrupted();
        pause(Duration.ofNanos(nanos));
    }

    private void received() {
        if (troubled) {
            troubled = false;
            if (logger.isInfoEnabled()) {
                logger.info("Receives from " + destination + " again");
            }
        }
    }

    /** One thread. */
    private final class Worker implements Runnable {

        private volatile @Nullable Thread thread;
        private boolean waiting;
        private boolean woken;

        /** Set before it looks whether this is paused, and cleared when it has received or not. */
        private volatile boolean looking;

        @Override
        public void run() {
            lock.lock();
            try {
                if (!running) {
                    return;
                }
                active++;
            } finally {
                lock.unlock();
            }
            thread = Thread.currentThread();
            workers.add(this);
            try {
                while (mayGoOn()) {
                    step();
                }
            } finally {
                workers.remove(this);
                leave();
            }
        }

        private void leave() {
            boolean last;
            lock.lock();
            try {
                active--;
                last = active == 0 && !running;
            } finally {
                lock.unlock();
            }
            if (last) {
                close();
            }
        }

        private void step() {
            try {
                ShmDelivery delivery = receive();
                if (delivery == null) {
                    return;
                }
                received();
                if (batchSize == 1) {
                    dispatch.one(delivery, ListenerSession.this::keep);
                } else {
                    dispatch.batch(batch(delivery), ListenerSession.this::keep);
                }
            } catch (Throwable e) {
                // Nothing that is known ends here, and whatever it is must not end the thread.
                logger.error(e, "A thread that receives from " + destination + " goes on after an error");
                pause(recoveryInterval);
            }
        }

        private @Nullable ShmDelivery receive() {
            ShmReceiver from = receiver;
            looking = true;
            try {
                if (!running || paused) {
                    return null;
                }
                // A handler may have left it, and it means nothing here.
                Thread.interrupted();
                ShmDelivery delivery = from.receive(Duration.ZERO);
                return delivery != null ? delivery : await(from);
            } catch (InterruptedException e) {
                return null;
            } catch (RuntimeException e) {
                looking = false;
                recover(from, e);
                return null;
            } finally {
                looking = false;
            }
        }

        void awaitLooked() {
            while (looking) {
                LockSupport.parkNanos(LOOK_NANOS);
            }
        }

        private @Nullable ShmDelivery await(ShmReceiver from) throws InterruptedException {
            if (!beginWaiting()) {
                return null;
            }
            try {
                return from.receive(LONG);
            } finally {
                endWaiting();
            }
        }

        private synchronized boolean beginWaiting() {
            woken = false;
            waiting = running && !paused;
            return waiting;
        }

        private synchronized void endWaiting() {
            waiting = false;
            if (woken) {
                // It may have come together with a message.
                Thread.interrupted();
            }
        }

        synchronized void wake() {
            Thread waits = thread;
            if (waiting && waits != null) {
                woken = true;
                waits.interrupt();
            }
        }

        /** What is there, up to a batch; does not wait for it to be full. */
        private List<ShmDelivery> batch(ShmDelivery first) {
            List<ShmDelivery> batch = new ArrayList<>(batchSize);
            batch.add(first);
            ShmReceiver from = receiver;
            try {
                while (batch.size() < batchSize) {
                    ShmDelivery next = from.receive(Duration.ZERO);
                    if (next == null) {
                        break;
                    }
                    batch.add(next);
                }
            } catch (InterruptedException e) {
                // What there is will do.
            } catch (RuntimeException e) {
                if (logger.isDebugEnabled()) {
                    logger.debug("A batch from " + destination + " ends early: " + e.getMessage());
                }
            }
            return batch;
        }
    }

    /** Waits for the end of all threads, but not for longer than that; then takes away what they have. */
    void awaitEnd(Duration timeout) {
        if (isInside()) {
            // It ends when the caller, who is one of them, has returned.
            return;
        }
        boolean interrupted = false;
        try {
            ended.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
            giveUp(timeout);
        } catch (TimeoutException e) {
            giveUp(timeout);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    void giveUp(Duration timeout) {
        if (ended.isDone()) {
            return;
        }
        if (logger.isWarnEnabled()) {
            logger.warn("What handles messages from " + destination + " has not returned for " + timeout.toMillis()
                    + " ms since it was stopped. Its messages go back and are delivered again.");
        }
        close();
    }
}
