package dev.shm.boot.autoconfigure.health;

import dev.shm.PeerInfo;
import dev.shm.SegmentStatistics;
import dev.shm.SharedMemory;
import dev.shm.boot.autoconfigure.actuate.Segments;
import dev.shm.boot.autoconfigure.health.ShmHealthProperties.CreatorLost;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthContributors;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Health of the segments of an application, a component for each; those that come and go are followed. A segment is down if it ended
 * or failed and this process did not close it, if its creator is lost, or if less is free than asked for. It takes no lock and reads
 * the page map only, so it is never slow, and it never throws.
 */
public final class ShmHealthContributor implements CompositeHealthContributor {

    private final Segments segments;
    private final ShmHealthProperties properties;

    public ShmHealthContributor(Segments segments, ShmHealthProperties properties) {
        this.segments = segments;
        this.properties = properties;
    }

    @Override
    public @Nullable HealthContributor getContributor(String name) {
        return segments.find(name).map(this::indicator).orElse(null);
    }

    @Override
    public Stream<HealthContributors.Entry> stream() {
        Map<String, HealthContributors.Entry> entries = new LinkedHashMap<>();
        segments.all()
                .forEach(segment -> entries.putIfAbsent(
                        segment.name(), new HealthContributors.Entry(segment.name(), indicator(segment))));
        return entries.values().stream();
    }

    private HealthIndicator indicator(SharedMemory segment) {
        return () -> Segments.looking(() -> health(segment));
    }

    private Health health(SharedMemory segment) {
        Health.Builder health =
                Health.up().withDetail("role", lower(segment.role())).withDetail("size", segment.size());
        try {
            segment.endReason().ifPresent(reason -> {
                throw reason;
            });
            SegmentStatistics memory = segment.statistics();
            List<Map<String, Object>> peers =
                    segment.peers().stream().map(ShmHealthContributor::describe).toList();
            health.withDetail("used", memory.usedBytes())
                    .withDetail("free", memory.freeBytes())
                    .withDetail("largestFree", memory.largestFreeBlock())
                    .withDetail("fragmentation", memory.fragmentation())
                    .withDetail("peers", peers);
            long threshold = properties.freeThreshold().toBytes();
            if (threshold > 0) {
                health.withDetail("threshold", threshold);
            }
            if (memory.freeBytes() < threshold) {
                health.down();
            }
            if (segment.isCreatorLost()) {
                health.withDetail("creator", "lost");
                if (properties.creatorLost() == CreatorLost.DOWN) {
                    health.down();
                }
            }
        } catch (RuntimeException | InternalError e) {
            // The latter is what the JVM raises if a file was truncated under it.
            health.down(e);
        }
        return health.build();
    }

    private static Map<String, Object> describe(PeerInfo peer) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("pid", peer.pid());
        described.put("application", peer.application());
        described.put("role", lower(peer.role()));
        return described;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
