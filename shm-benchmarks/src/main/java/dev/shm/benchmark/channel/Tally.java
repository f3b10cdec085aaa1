package dev.shm.benchmark.channel;

import dev.shm.benchmark.crew.Orders;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what is received, and fails where a message is lost, comes twice or comes out of order. */
final class Tally {

    private final int mask;
    private final AtomicLong received = new AtomicLong();
    private volatile long[] times = {};
    private volatile long timesFrom = Long.MAX_VALUE;
    private volatile boolean ended;

    Tally(Load load) {
        this.mask = load.different - 1;
    }

    /** One thread calls this at a time. */
    void add(long sequence, boolean last) {
        long number = received.getPlain();
        if (sequence != (number & mask) || ended) {
            Orders.fail(new IllegalStateException(
                    "message " + number + " has the sequence " + sequence + (ended ? ", after the last one" : "")));
        }
        long at = number - timesFrom;
        if (at >= 0 && at < times.length) {
            times[(int) at] = System.nanoTime();
        }
        if (last) {
            ended = true;
        }
        received.lazySet(number + 1);
    }

    long received() {
        return received.get();
    }

    /** Keeps the times of so many from now on. */
    void keepTimes(int count) {
        times = new long[count];
        timesFrom = received();
    }

    long[] times() {
        return times;
    }

    void await(long count) throws InterruptedException {
        while (received() < count) {
            Thread.sleep(1);
        }
    }
}
