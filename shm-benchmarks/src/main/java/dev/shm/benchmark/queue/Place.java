package dev.shm.benchmark.queue;

import java.nio.file.Path;

/**
 * Which end of what a process opens.
 *
 * @param directory of this measurement, in shared memory, empty at first and removed afterwards
 * @param queue the number of the queue, from 0; only the round trip and the idle process have more than one
 * @param shape how many processes are on this queue
 * @param bytes the length of each message
 * @param index the number of this producer among the producers, or of this consumer among the consumers
 */
record Place(Path directory, int queue, Shape shape, int bytes, int index) {

    private static final int LEAST_RING_BYTES = 4 << 20;

    Place of(int otherQueue) {
        return new Place(directory, otherQueue, shape, bytes, index);
    }

    /** Whether this is the receiver that is opened before everything else. */
    boolean first() {
        return queue == 0 && index == 0;
    }

    /** A file of this queue. */
    Path file(String name) {
        return directory.resolve(queue + "." + name);
    }

    /**
     * What a ring holds: the same for all rings, since what stays in the cache is several times faster than what does not. Agrona's
     * take messages up to an eighth of it.
     */
    int ringBytes() {
        return ringBytes(bytes);
    }

    static int ringBytes(int messageBytes) {
        return Math.max(LEAST_RING_BYTES, 8 * Integer.highestOneBit(2 * messageBytes - 1));
    }
}
