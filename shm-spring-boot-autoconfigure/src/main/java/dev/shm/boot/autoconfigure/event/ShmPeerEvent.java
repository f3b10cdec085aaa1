package dev.shm.boot.autoconfigure.event;

import dev.shm.PeerInfo;

/** Something became of another process that is or was attached to a segment. */
public sealed interface ShmPeerEvent extends ShmEvent permits ShmPeerJoinedEvent, ShmPeerLeftEvent, ShmPeerDiedEvent {

    /** Which process. */
    PeerInfo peer();
}
