package dev.shm.boot.autoconfigure.event;

import dev.shm.SharedMemory;

/**
 * Messages of a queue have become dead letters, whichever process found that they were. Seen by counters that are looked at once a
 * second, so it tells how many, not which. Of dead letters that were there before this process began to look, nothing is told.
 *
 * @param memory the segment
 * @param channel name of the queue; its dead letters are in {@link dev.shm.queue.SharedQueue#deadLetters}
 * @param count how many since the last event of this queue, or since this process began to look
 * @param total how many since the queue was created
 */
public record ShmDeadLetterEvent(SharedMemory memory, String channel, long count, long total) implements ShmEvent {}
