package dev.shm;

import dev.shm.segment.Housekeeper;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;

/** The housekeeping thread of one segment, or of all those of a manager. */
final class Housekeeping implements AutoCloseable {

    private final Housekeeper housekeeper = new Housekeeper();
    private final AgentRunner runner;
    private final Thread thread;
    private final Consumer<Throwable> errors;

    /**
     * Starts the thread.
     *
     * @param idle what it does when there is nothing to do; null to wait for doorbells
     */
    Housekeeping(ThreadFactory threads, @Nullable IdleStrategy idle, Consumer<Throwable> errors) {
        this.errors = errors;
        this.runner =
                new AgentRunner(idle == null ? housekeeper.idleStrategy() : idle, this::report, null, housekeeper);
        // Not by startOnThread, which would take from the thread the name that it was made with.
        this.thread = threads.newThread(runner);
        thread.start();
    }

    static ThreadFactory daemon(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    Housekeeper housekeeper() {
        return housekeeper;
    }

    /** Hands an error to the thread's handler of uncaught exceptions, and goes on. */
    static void uncaught(Throwable error) {
        Thread current = Thread.currentThread();
        current.getUncaughtExceptionHandler().uncaughtException(current, error);
    }

    void report(Throwable error) {
        try {
            errors.accept(error);
        } catch (Throwable failure) {
            // It would end the housekeeping, and the dead would stay where they are.
            failure.addSuppressed(error);
            uncaught(failure);
        }
    }

    boolean isThisThread() {
        return Thread.currentThread() == thread;
    }

    @Override
    public void close() {
        // A thread that began to idle just now would be waited for.
        housekeeper.stopIdling();
        runner.close();
    }
}
