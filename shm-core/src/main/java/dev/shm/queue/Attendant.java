package dev.shm.queue;

import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Serves those who wait for one thing about a queue without a thread of their own. It works only while there is something to do, on
 * a thread of the pool and on one at a time; whoever calls meanwhile has it go round once more.
 */
abstract class Attendant implements Lookout.Party {

    /** Where work is done that nobody named an executor for: the common pool, if it has more than one thread. */
    static final Executor POOL =
            ForkJoinPool.getCommonPoolParallelism() > 1 ? ForkJoinPool.commonPool() : growingPool();

    /** How often news that do not help are believed in a row. */
    static final int PATIENCE = 2;

    private static final long IDLE_SECONDS = 10;

    final Lookout lookout;
    private final AtomicInteger calls = new AtomicInteger();

    /** What is left to hand over on this thread, once nothing else is to be done. Only of whoever serves. */
    private @Nullable Runnable last;

    Attendant(Waiter waiter) {
        this.lookout = new Lookout(waiter, this);
    }

    /**
     * As many threads as there are tasks at once. With a single one, a task that waits for what another one does would wait for
     * ever; and a new one for each task, which is what the JDK does there, costs far more than a task. Like those of the common
     * pool, they keep nothing of whoever needed them first, and no process alive.
     */
    private static Executor growingPool() {
        AtomicInteger threads = new AtomicInteger();
        return new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = new Thread(null, task, "shm-pool-" + threads.incrementAndGet(), 0, false);
                    thread.setDaemon(true);
                    thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
                    return thread;
                });
    }

    /** Serves everybody who can be served now. One thread at a time; throws nothing. */
    abstract void serve();

    @Override
    public final void call() {
        if (calls.getAndIncrement() == 0) {
            try {
                POOL.execute(this::run);
            } catch (RuntimeException | OutOfMemoryError e) {
                // No thread to be had now: the clock tries again.
                calls.set(0);
                lookout.rest();
            }
        }
    }

    private void run() {
        int served = calls.get();
        for (; ; ) {
            serve();
            Runnable mine = last;
            last = null;
            served = calls.addAndGet(-served);
            if (served == 0) {
                if (mine != null) {
                    mine.run();
                }
                return;
            }
            last = mine;
        }
    }

    /**
     * Has something done on an executor; for {@link #serve} only. The last of what goes to the pool is done by the thread that
     * served, when another may serve already: so no two threads are woken for one message.
     */
    final void handOver(Executor executor, Runnable task) {
        if (executor == POOL) {
            Runnable before = last;
            last = task;
            if (before != null) {
                execute(before);
            }
            return;
        }
        try {
            executor.execute(task);
        } catch (RuntimeException e) {
            // Shut down, or full. Whoever waits hears of it nevertheless.
            execute(task);
        }
    }

    private static void execute(Runnable task) {
        try {
            POOL.execute(task);
        } catch (RuntimeException | OutOfMemoryError e) {
            task.run();
        }
    }
}
