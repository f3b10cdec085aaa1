package dev.shm.benchmark.queue;

import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A JVM and nothing else; at rest, its threads are parked. */
final class BareJvm implements Transport {

    @Override
    public String name() {
        return "bare-jvm";
    }

    @Override
    public Kind kind() {
        return Kind.MACHINE;
    }

    @Override
    public boolean can(Scenario scenario, int bytes) {
        return scenario == Scenario.IDLE;
    }

    @Override
    public List<Waiting> waits() {
        return List.of(Waiting.BLOCK);
    }

    @Override
    public Receiver receiver(Place place) {
        return new Receiver() {
            @Override
            public int poll(Handler handler, int limit) {
                return 0;
            }

            @Override
            public int receive(Handler handler, int limit, Waiting waiting) {
                LockSupport.park(this);
                return 0;
            }
        };
    }

    @Override
    public Sender sender(Place place) {
        return (sequence, payload) -> false;
    }
}
