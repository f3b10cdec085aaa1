package dev.shm.boot.autoconfigure.event;

import dev.shm.PeerInfo;
import dev.shm.SharedMemory;

/**
 * A process has joined a segment. One that leaves again before anybody looks is not told of.
 *
 * @param memory the segment
 * @param peer the process
 */
public record ShmPeerJoinedEvent(SharedMemory memory, PeerInfo peer) implements ShmPeerEvent {}
