package dev.shm;

import java.util.Map;
import java.util.Optional;

/**
 * A named object with what there is to tell of it: of a queue, how many messages are in it, how many were sent, and so on.
 *
 * @param object which
 * @param kind its kind, such as {@code queue}; empty if a newer version made it
 * @param figures by names in camel case, in order: a {@link Long}, a {@link String}, or a map of these. A number under a name
 *     that ends in {@code Bytes} counts bytes. Empty if there is nothing to tell.
 * @param problem why there are no figures, if the object is damaged
 */
public record ObjectFigures(ObjectInfo object, String kind, Map<String, Object> figures, Optional<String> problem) {}
