package dev.shm.segment;

import dev.shm.error.SharedMemoryException;
import java.io.IOException;
import java.nio.channels.Selector;
import java.util.concurrent.CopyOnWriteArrayList;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.IdleStrategy;

/**
 * Does what segments need done from time to time, for any number of them: hears doorbells, looks after the dead, tells
 * listeners, notices that a creator closed. One thread runs it, through an Agrona {@code AgentRunner}.
 */
public final class Housekeeper implements Agent {

    /** What is looked after. */
    public interface Resident {
        /**
         * Does whatever is due. Called on the housekeeping thread, at the latest when the time asked for has come, and
         * after {@link #wakeUp}.
         *
         * @param nanoTime now
         * @return when to call again, on the same clock
         */
        long keep(long nanoTime);
    }

    private static final long LONGEST_IDLE_MILLIS = 250;

    private final Ear ear;
    private final CopyOnWriteArrayList<Resident> residents = new CopyOnWriteArrayList<>();
    private volatile boolean due = true;
    private volatile boolean stopping;
    private long nextNanos = System.nanoTime();

    public Housekeeper() {
        try {
            this.ear = new Ear(Selector.open());
        } catch (IOException e) {
            throw new SharedMemoryException("cannot open a selector: " + e.getMessage(), e);
        }
    }

    /** Where doorbells are heard. */
    Ear ear() {
        return ear;
    }

    public void add(Resident resident) {
        residents.add(resident);
        wakeUp();
    }

    public void remove(Resident resident) {
        residents.remove(resident);
        wakeUp();
    }

    /** Lets the thread idle no more, since it is about to be stopped. Any thread. */
    public void stopIdling() {
        stopping = true;
        ear.wakeKeeper();
    }

    /** Has the residents looked after at once. Any thread. */
    public void wakeUp() {
        due = true;
        ear.wakeKeeper();
    }

    @Override
    public void onStart() {
        ear.beKeeper();
    }

    @Override
    public int doWork() throws IOException {
        int work = ear.hearNow();
        long now = System.nanoTime();
        if (due || now - nextNanos >= 0) {
            due = false;
            long next = now + LONGEST_IDLE_MILLIS * 4_000_000L;
            for (Resident resident : residents) {
                long wanted = resident.keep(now);
                next = wanted - next < 0 ? wanted : next;
            }
            nextNanos = next;
            return work + 1;
        }
        return work;
    }

    /** Idles until a doorbell rings, somebody calls {@link #wakeUp}, or something is due: no CPU is used meanwhile. */
    public IdleStrategy idleStrategy() {
        return new IdleStrategy() {
            @Override
            public void idle(int workCount) {
                if (workCount <= 0) {
                    idle();
                }
            }

            @Override
            public void idle() {
                long millis = (nextNanos - System.nanoTime()) / 1_000_000;
                if (millis >= 0) {
                    try {
                        ear.idle(() -> due || stopping, Math.max(1, Math.min(millis, LONGEST_IDLE_MILLIS)));
                    } catch (IOException e) {
                        throw new SharedMemoryException("waiting for doorbells failed: " + e.getMessage(), e);
                    }
                }
            }

            @Override
            public void reset() {
                // Nothing is remembered between idles.
            }

            @Override
            public String alias() {
                return "doorbell";
            }
        };
    }

    @Override
    public void onClose() {
        try {
            ear.selector().close();
        } catch (IOException e) {
            // The descriptor is gone whatever close says.
        }
    }

    @Override
    public String roleName() {
        return "shm-housekeeping";
    }
}
