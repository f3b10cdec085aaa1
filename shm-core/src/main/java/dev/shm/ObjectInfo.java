package dev.shm;

import java.time.Instant;

/**
 * A named object in a segment.
 *
 * @param name its name
 * @param type its type, as its factory describes it
 * @param openers how many processes have it open
 * @param destroyed whether it has been destroyed and waits for them to close it; its name is free
 * @param created when it was created
 */
public record ObjectInfo(String name, String type, int openers, boolean destroyed, Instant created) {}
