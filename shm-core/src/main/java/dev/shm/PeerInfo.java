package dev.shm;

import java.time.Duration;
import java.time.Instant;

/**
 * A process attached to a segment.
 *
 * @param slot its slot
 * @param generation how many attachments this slot had before; with the slot, names this attachment
 * @param pid process id, in the process's own namespace
 * @param application what it calls itself
 * @param role its role
 * @param joined when it joined
 * @param sinceHeartbeat time since it last did its housekeeping. For display: a long time means that it is busy, stopped or
 *     in a debugger, never that it is dead.
 */
public record PeerInfo(
        int slot, int generation, long pid, String application, Role role, Instant joined, Duration sinceHeartbeat) {}
