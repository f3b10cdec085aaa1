package dev.shm.boot.autoconfigure.event;

import dev.shm.SharedMemory;

/**
 * A segment has ended without this process having closed it.
 *
 * @param memory the segment; nothing more can be done with it but to close it
 * @param reason what its methods throw now: {@link dev.shm.error.SegmentClosedException} if its creator ended or replaced it,
 *     {@link dev.shm.error.SegmentFailedException} if its bytes are not to be trusted
 */
public record ShmSegmentEndedEvent(SharedMemory memory, RuntimeException reason) implements ShmEvent {}
