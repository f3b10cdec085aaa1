package dev.shm.value;

import dev.shm.SharedType;
import dev.shm.codec.ElementType;

/** Arrays in several parts that are not large. */
public final class SmallParts {

    private SmallParts() {}

    /** An array in parts of about that many bytes, as soon as it does not fit into one. */
    public static SharedType<SharedArray> array(long partBytes, ElementType type, long... shape) {
        return SharedArray.of(partBytes, 2 * partBytes, type, shape);
    }
}
