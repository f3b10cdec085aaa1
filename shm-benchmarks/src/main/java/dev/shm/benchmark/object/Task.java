package dev.shm.benchmark.object;

/**
 * One operation on one thing.
 *
 * @param label what it is, in words
 * @param work does it so many times, and returns something that depends on all of it
 */
record Task(Label label, Work work) {

    /** Does an operation so many times. */
    @FunctionalInterface
    interface Work {
        long times(int times) throws Exception;
    }
}
