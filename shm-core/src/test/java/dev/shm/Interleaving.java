package dev.shm;

import dev.shm.memory.TracingMemory.Killed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Runs several tasks one access to shared memory at a time, switching from one to the next exactly where it is told to. The
 * same switches give the same run, and enough of them give every way in which the tasks can meet.
 */
final class Interleaving {

    /** A task that has made so many accesses in one go waits for another: let that one go on. */
    private static final int FAIRNESS = 500;

    /** For all schedules of all tests: to start threads takes longer than most schedules. */
    private static final ExecutorService THREADS = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "interleaved");
        thread.setDaemon(true);
        return thread;
    });

    private final Set<Integer> switches;
    private final List<Task> tasks = new ArrayList<>();
    private int accesses;
    private int sinceSwitch;
    private volatile @Nullable Throwable failure;

    /** What runs, and who must be told of each access. */
    private final class Task {
        final Runnable body;
        final Semaphore turn = new Semaphore(0);
        boolean done;

        Task(Runnable body) {
            this.body = body;
        }

        void run() {
            // Of what ran here before.
            Thread.interrupted();
            turn.acquireUninterruptibly();
            try {
                body.run();
            } catch (Killed e) {
                // A process that was meant to die did.
            } catch (RuntimeException | Error e) {
                if (failure == null) {
                    failure = e;
                }
            }
            done = true;
            passOn(this);
        }
    }

    /**
     * An interleaving.
     *
     * @param switches before which accesses, counted over all tasks, the turn goes to the next task
     */
    Interleaving(Set<Integer> switches) {
        this.switches = switches;
    }

    /** Does it all once. */
    interface Run {
        /** Runs the tasks anew, with these switches; returns how many accesses there were. */
        int with(Set<Integer> switches);
    }

    /**
     * Tries schedules: none but the tasks' own, then one switch at a time, then two to four of them at random.
     *
     * @param run what is to be run
     * @param stride a switch is tried before every access that is so far behind the last one
     * @param most switches come before so many of the first accesses only
     * @param randomSchedules how many schedules with more than one switch
     */
    static void explore(Run run, int stride, int most, int randomSchedules) {
        int accesses = Math.min(most, run.with(Set.of()));
        for (int only = 1; only <= accesses; only += stride) {
            run.with(Set.of(only));
        }
        Random random = new Random(11);
        for (int i = 0; i < randomSchedules; i++) {
            Set<Integer> switches = new TreeSet<>();
            for (int n = 2 + random.nextInt(3); n > 0; n--) {
                switches.add(1 + random.nextInt(accesses));
            }
            run.with(switches);
        }
    }

    /** Adds a task; the first one begins. */
    void add(Runnable body) {
        tasks.add(new Task(body));
    }

    /** Called by the task whose turn it is, before each of its accesses. */
    void beforeAccess(int task) {
        accesses++;
        sinceSwitch++;
        if (switches.contains(accesses) || sinceSwitch > FAIRNESS) {
            Task me = tasks.get(task);
            if (passOn(me)) {
                me.turn.acquireUninterruptibly();
            }
        }
    }

    /** Gives the turn to the next task that is not done; false if there is none. */
    private boolean passOn(Task from) {
        sinceSwitch = 0;
        int start = tasks.indexOf(from);
        for (int i = 1; i < tasks.size(); i++) {
            Task next = tasks.get((start + i) % tasks.size());
            if (!next.done) {
                next.turn.release();
                return true;
            }
        }
        return false;
    }

    /** Runs all tasks to their end; throws what one of them threw. Returns how many accesses there were. */
    int run() {
        List<Future<?>> ends = new ArrayList<>();
        for (Task task : tasks) {
            ends.add(THREADS.submit(task::run));
        }
        tasks.get(0).turn.release();
        boolean interrupted = false;
        for (Future<?> end : ends) {
            for (; ; ) {
                try {
                    end.get();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw new AssertionError("a task throws nothing out of here", e);
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        Throwable thrown = failure;
        if (thrown instanceof RuntimeException e) {
            throw e;
        }
        if (thrown instanceof Error e) {
            throw e;
        }
        return accesses;
    }
}
