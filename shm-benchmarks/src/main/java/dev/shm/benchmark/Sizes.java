package dev.shm.benchmark;

import java.util.Random;

/** The mix of sizes: as many between 16 and 32 bytes as between 32 and 64 KiB, and one of 500 up to 1 MiB. */
final class Sizes {

    private static final double LOG_SMALLEST = Math.log(16);
    private static final double LOG_LARGE = Math.log(64 << 10);
    private static final double LOG_LARGEST = Math.log(1 << 20);

    private Sizes() {}

    static int next(Random random) {
        double from = LOG_SMALLEST;
        double to = LOG_LARGE;
        if (random.nextInt(500) == 0) {
            from = LOG_LARGE;
            to = LOG_LARGEST;
        }
        return (int) Math.exp(from + (to - from) * random.nextDouble());
    }
}
