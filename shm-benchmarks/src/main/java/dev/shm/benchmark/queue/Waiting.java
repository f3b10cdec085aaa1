package dev.shm.benchmark.queue;

import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.BackoffIdleStrategy;

/** How a receiver waits. */
enum Waiting {
    /** Until something wakes it. */
    BLOCK("blocks"),
    /** Looks, and parks for as short as it can: about 55 µs on Linux, whose timers are that lax. */
    PARK("parkNanos(1000)"),
    /** Agrona's backing off with its defaults: spins, yields, then parks for 1 µs to 1 ms. */
    BACKOFF("backs off to 1 ms");

    private final String words;

    Waiting(String words) {
        this.words = words;
    }

    int await(Receiver receiver, Handler handler, int limit) {
        if (this == BLOCK) {
            throw new UnsupportedOperationException("a receiver that blocks says how");
        }
        BackoffIdleStrategy backoff = new BackoffIdleStrategy();
        while (true) {
            int received = receiver.poll(handler, limit);
            if (received > 0) {
                return received;
            }
            if (this == PARK) {
                LockSupport.parkNanos(1000);
            } else {
                backoff.idle();
            }
        }
    }

    @Override
    public String toString() {
        return words;
    }
}
