package dev.shm.boot.testing;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** Waits for what must happen, however slow the machine. Nothing here measures: the time-out is for what never happens. */
public final class Watchdog {

    public static final Duration TIMEOUT = Duration.ofSeconds(120);

    private Watchdog() {}

    /** Waits until the condition holds. */
    public static void await(String what, Callable<Boolean> condition) {
        Awaitility.await(what)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .atMost(TIMEOUT)
                .until(condition);
    }

    /** Waits for an element. */
    public static <T> T take(BlockingQueue<T> queue) {
        try {
            T element = queue.poll(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            if (element == null) {
                throw new AssertionError("nothing came");
            }
            return element;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
