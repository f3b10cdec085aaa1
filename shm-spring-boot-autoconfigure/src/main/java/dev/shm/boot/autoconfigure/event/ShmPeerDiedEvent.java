package dev.shm.boot.autoconfigure.event;

import dev.shm.PeerInfo;
import dev.shm.SharedMemory;

/**
 * A process has died, and what it held has been given back: others get the messages that it had not acknowledged.
 *
 * @param memory the segment
 * @param peer the process
 */
public record ShmPeerDiedEvent(SharedMemory memory, PeerInfo peer) implements ShmPeerEvent {}
