package dev.shm.sample.gateway;

import dev.shm.boot.autoconfigure.event.ShmPeerEvent;
import dev.shm.boot.autoconfigure.event.ShmPeerJoinedEvent;
import dev.shm.boot.autoconfigure.event.ShmPeerLeftEvent;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.springframework.context.annotation.Profile;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Remembers the processes that came and went while this gateway was there, the last of them first. */
@Component
@Profile("gateway")
class Goings {

    private static final int KEPT = 30;

    private final Deque<Going> goings = new ArrayDeque<>();

    /** What happened to a process. */
    enum What {
        JOINED,
        LEFT,
        KILLED
    }

    /**
     * That a process came or went.
     *
     * @param at when this gateway heard of it
     * @param what what happened
     * @param pid the process
     * @param role its role
     */
    record Going(Instant at, What what, long pid, String role) {}

    @EventListener
    synchronized void hear(ShmPeerEvent event) {
        What what = event instanceof ShmPeerJoinedEvent
                ? What.JOINED
                : event instanceof ShmPeerLeftEvent ? What.LEFT : What.KILLED;
        goings.addFirst(
                new Going(Instant.now(), what, event.peer().pid(), event.peer().application()));
        while (goings.size() > KEPT) {
            goings.removeLast();
        }
    }

    synchronized List<Going> latest() {
        return List.copyOf(goings);
    }
}
