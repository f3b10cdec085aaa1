package dev.shm.boot.autoconfigure.event;

import dev.shm.PeerInfo;
import dev.shm.SharedMemory;

/**
 * A process has closed a segment.
 *
 * @param memory the segment
 * @param peer the process
 */
public record ShmPeerLeftEvent(SharedMemory memory, PeerInfo peer) implements ShmPeerEvent {}
