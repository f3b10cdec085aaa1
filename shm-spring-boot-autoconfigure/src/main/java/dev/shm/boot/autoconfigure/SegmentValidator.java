package dev.shm.boot.autoconfigure;

import static dev.shm.boot.autoconfigure.ShmPropertiesValidator.invalid;

import dev.shm.SharedMemory;
import dev.shm.boot.autoconfigure.ShmProperties.Segment;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** Checks one segment of the configuration. */
final class SegmentValidator {

    private static final int PAGE_BYTES = 4096;
    private static final DataSize MOST = DataSize.ofTerabytes(1);
    private static final int MOST_SLOTS = 1023;

    private final String name;
    private final Segment segment;

    SegmentValidator(String name, Segment segment) {
        this.name = name;
        this.segment = segment;
    }

    void validate() {
        try {
            SharedMemory.named(name);
        } catch (IllegalArgumentException e) {
            throw invalid(ShmProperties.segmentKey(name), "", e.getMessage() + ". Choose another name.");
        }
        validateSize(segment.size());
        if (segment.slots() < 1 || segment.slots() > MOST_SLOTS) {
            throw invalid(
                    key("slots"),
                    segment.slots(),
                    "A segment has 1 to " + MOST_SLOTS + " slots, one for each process.");
        }
        notNegative("attach-timeout", segment.attachTimeout());
        notNegative("close-grace", segment.closeGrace());
        if (segment.group() != null && segment.group().isBlank()) {
            throw invalid(key("group"), segment.group(), "Name a group of this host, or leave the key out.");
        }
    }

    private void validateSize(@Nullable DataSize size) {
        if (size == null) {
            return;
        }
        long bytes = size.toBytes();
        if (bytes <= 0) {
            throw invalid(
                    key("size"), size, "A segment has a size, all of which is taken when it is made: write 64MB, say.");
        }
        if (bytes > MOST.toBytes()) {
            throw invalid(
                    key("size"), size, "A segment has at most 1 TiB, and this host will not have that. Write less.");
        }
        if (bytes % PAGE_BYTES != 0) {
            long below = bytes / PAGE_BYTES * PAGE_BYTES;
            String instead = below == 0 ? "64MB, say" : below + "B or " + (below + PAGE_BYTES) + "B";
            throw invalid(key("size"), size, "A size is a multiple of 4KB: write " + instead + ".");
        }
    }

    private void notNegative(String which, Duration duration) {
        if (duration.isNegative()) {
            throw invalid(key(which), duration, "A time is not negative; 0 for not to wait.");
        }
    }

    private String key(String which) {
        return ShmProperties.segmentKey(name) + "." + which;
    }
}
