package dev.shm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Threads that do something at the same time. */
public final class Threads {

    /** What each of them does, by its number and a random generator that gives the same in each run. */
    public interface Work {
        void run(int thread, SplittableRandom random);
    }

    private Threads() {}

    /** Runs so many to their end, and fails if one of them failed. */
    public static void run(int count, Work work) throws InterruptedException {
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            Thread thread = new Thread(() -> {
                try {
                    work.run(number, new SplittableRandom(number));
                } catch (Throwable e) {
                    failures.add(e);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
    }
}
