package dev.shm.benchmark.queue;

/** How many processes are at each end. */
enum Shape {
    ONE_TO_ONE(1, 1),
    TWO_TO_ONE(2, 1),
    /** Each message to one of the two. */
    TWO_TO_TWO(2, 2),
    /** Each message to all three. */
    ONE_TO_ALL(1, 3);

    final int producers;
    final int consumers;

    Shape(int producers, int consumers) {
        this.producers = producers;
        this.consumers = consumers;
    }

    /** Whether a spinning process is in the way of another. */
    boolean crowded() {
        return producers + consumers > Runtime.getRuntime().availableProcessors();
    }

    @Override
    public String toString() {
        return producers + ":" + consumers;
    }
}
