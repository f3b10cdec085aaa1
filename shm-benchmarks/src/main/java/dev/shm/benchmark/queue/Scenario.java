package dev.shm.benchmark.queue;

import java.util.Locale;

/** What is measured. */
enum Scenario {
    /** Messages a second. */
    ONE_TO_ONE(Shape.ONE_TO_ONE, true),
    MANY_TO_ONE(Shape.TWO_TO_ONE, true),
    TWO_TO_TWO(Shape.TWO_TO_TWO, true),
    FAN_OUT(Shape.ONE_TO_ALL, true),
    /** There and back, both spinning. */
    ROUND_TRIP(Shape.ONE_TO_ONE, false),
    /** From a sender that sends now and then to a receiver that waits. */
    WAKE_UP(Shape.ONE_TO_ONE, false),
    /** The processor time of a process that waits on ten queues. */
    IDLE(Shape.ONE_TO_ONE, false);

    private final Shape shape;
    private final boolean throughput;

    Scenario(Shape shape, boolean throughput) {
        this.shape = shape;
        this.throughput = throughput;
    }

    Shape shape() {
        return shape;
    }

    boolean throughput() {
        return throughput;
    }

    static Scenario of(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
