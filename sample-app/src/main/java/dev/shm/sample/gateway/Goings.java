package dev.shm.sample.gateway;

import dev.shm.PeerInfo;
import dev.shm.SegmentListener;
import dev.shm.SharedMemory;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/** Remembers the processes that came and went while this gateway was there, the last of them first. */
@Component
@Profile("gateway")
class Goings implements SegmentListener, DisposableBean {

    private static final int KEPT = 30;

    private final SharedMemory desk;
    private final Deque<Going> goings = new ArrayDeque<>();

    Goings(SharedMemory desk) {
        this.desk = desk;
        desk.addListener(this);
    }

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

    @Override
    public void peerJoined(SharedMemory memory, PeerInfo peer) {
        add(What.JOINED, peer);
    }

    @Override
    public void peerLeft(SharedMemory memory, PeerInfo peer) {
        add(What.LEFT, peer);
    }

    @Override
    public void peerDied(SharedMemory memory, PeerInfo peer) {
        add(What.KILLED, peer);
    }

    private synchronized void add(What what, PeerInfo peer) {
        goings.addFirst(new Going(Instant.now(), what, peer.pid(), peer.application()));
        while (goings.size() > KEPT) {
            goings.removeLast();
        }
    }

    synchronized List<Going> latest() {
        return List.copyOf(goings);
    }

    @Override
    public void destroy() {
        desk.removeListener(this);
    }
}
