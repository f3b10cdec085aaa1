package dev.shm.benchmark.queue;

import java.io.IOException;
import java.util.List;

/**
 * A way to get messages from process to process.
 *
 * <p>One instance serves one process. Within a measurement the harness opens receivers before senders, each in its own process;
 * so a receiver creates the files and a sender opens them. The first receiver of all is that of queue 0 and index 0, and what a
 * transport needs once for all its processes, it starts there ({@link Place#first()}). Nothing need be closed: the harness ends
 * the processes and removes the directory.
 */
interface Transport {

    /** What it is called in arguments, tables and files. */
    String name();

    /** Whether it is ours, a peer, or the bare machine. */
    default Kind kind() {
        return Kind.PEER;
    }

    /** What its processes have on the command line, beside what all have. */
    default List<String> jvmOptions() {
        return List.of();
    }

    /**
     * Whether it can do that at all; a cell it cannot do is left out.
     *
     * @param bytes the length of each message
     */
    boolean can(Scenario scenario, int bytes);

    /** The processes of a throughput scenario: fewer than it asks for where this transport has nothing better to offer. */
    default Shape shape(Scenario scenario) {
        return scenario.shape();
    }

    /** The ways its receivers wait for a message, each a contender of its own where waiting is what is measured. */
    default List<Waiting> waits() {
        return List.of(Waiting.PARK, Waiting.BACKOFF);
    }

    /** The most that a measurement may leave in memory-backed files at any time, if that is no small matter. */
    default long roomNeeded() {
        return 0;
    }

    Receiver receiver(Place place) throws IOException;

    Sender sender(Place place) throws IOException;

    /** What a transport is measured as. */
    enum Kind {
        OURS,
        PEER,
        /** Not a transport, but what bounds each of them; selecting peers does not leave it out. */
        MACHINE
    }
}
