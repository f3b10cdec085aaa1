package dev.shm.sample.testing;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;

/** Waits for what must happen, however slow the machine. Nothing here measures: the time-out is for what never happens. */
public final class Watchdog {

    public static final Duration TIMEOUT = Duration.ofMinutes(2);

    private Watchdog() {}

    /** Waits until the condition holds. */
    public static void await(String what, Callable<Boolean> condition) {
        Awaitility.await(what)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(TIMEOUT)
                .until(condition);
    }
}
