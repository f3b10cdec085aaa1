package dev.shm.boot.autoconfigure.event;

import dev.shm.SharedMemory;

/**
 * The creator of a segment has died or left without ending it. Its other processes may go on, until a new creator replaces it.
 *
 * @param memory the segment
 */
public record ShmCreatorLostEvent(SharedMemory memory) implements ShmEvent {}
