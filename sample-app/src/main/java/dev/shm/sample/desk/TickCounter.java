package dev.shm.sample.desk;

import dev.shm.collection.SharedMap;
import org.springframework.integration.annotation.ServiceActivator;
import org.springframework.stereotype.Component;

/** Subscribes to the topic {@code ticks} in every process, and shows to all how many came here. */
@Component
class TickCounter {

    private final long pid = ProcessHandle.current().pid();
    private final SharedMap<Long, Long> ticksSeen;
    private long count;

    TickCounter(SharedMap<Long, Long> ticksSeen) {
        this.ticksSeen = ticksSeen;
    }

    /** The channel has one thread. */
    @ServiceActivator(inputChannel = "ticks")
    public void tick(Tick tick) {
        ticksSeen.put(pid, ++count);
    }
}
