package dev.shm.boot.autoconfigure.health;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What health {@code shm} calls ill.
 *
 * @param freeThreshold Bytes that must be free in a segment. Below that it is down. Zero is no limit.
 * @param creatorLost What a segment is whose creator died or left without ending it.
 */
@ConfigurationProperties("management.health.shm")
public record ShmHealthProperties(
        @DefaultValue("0B") DataSize freeThreshold,
        @DefaultValue("down") CreatorLost creatorLost) {

    public ShmHealthProperties {
        if (freeThreshold.isNegative()) {
            throw new IllegalArgumentException("management.health.shm.free-threshold must not be negative: "
                    + freeThreshold + ". Leave it away, or say 0B, for no limit.");
        }
    }

    /** What a segment is whose creator is lost. */
    public enum CreatorLost {
        /** It is down: nobody owns it, and the next creator may replace it at any time. */
        DOWN,
        /** It is up, with a detail: its processes may go on with it. */
        UP
    }
}
