package dev.shm.testing;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;

/** Waits for what must happen, however slow the machine. Nothing here measures: the time-out is for what never happens. */
public final class Watchdog {

    public static final Duration TIMEOUT = Duration.ofSeconds(90);

    private Watchdog() {}

    /** Waits until the condition holds. */
    public static void await(String what, Callable<Boolean> condition) {
        Awaitility.await(what)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .atMost(TIMEOUT)
                .until(condition);
    }

    /** Waits until the assertion passes. */
    public static void awaitAsserted(ThrowingRunnable assertion) {
        Awaitility.await()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .atMost(TIMEOUT)
                .untilAsserted(assertion);
    }
}
