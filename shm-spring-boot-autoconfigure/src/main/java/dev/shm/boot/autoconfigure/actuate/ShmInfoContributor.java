package dev.shm.boot.autoconfigure.actuate;

import dev.shm.SharedMemory;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;

/** Tells {@code info} of the segments, the version of their layout, and the version of the library. */
final class ShmInfoContributor implements InfoContributor {

    private final Segments segments;

    ShmInfoContributor(Segments segments) {
        this.segments = segments;
    }

    @Override
    public void contribute(Info.Builder builder) {
        Map<String, Object> shm = new LinkedHashMap<>();
        String version = SharedMemory.class.getPackage().getImplementationVersion();
        if (version != null) {
            shm.put("version", version);
        }
        shm.put("segments", Segments.looking(this::describeAll));
        builder.withDetail("shm", shm);
    }

    private Map<String, Object> describeAll() {
        Map<String, Object> described = new LinkedHashMap<>();
        segments.open().forEach(segment -> described.putIfAbsent(segment.name(), describe(segment)));
        return described;
    }

    private static Map<String, Object> describe(SharedMemory segment) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("size", segment.size());
        described.put("role", segment.role().name().toLowerCase(Locale.ROOT));
        String layoutVersion = new Look().at(segment::layoutVersion);
        if (layoutVersion != null) {
            described.put("layoutVersion", layoutVersion);
        }
        return described;
    }
}
