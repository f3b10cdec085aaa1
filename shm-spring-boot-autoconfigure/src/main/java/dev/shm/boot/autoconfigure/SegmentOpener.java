package dev.shm.boot.autoconfigure;

import dev.shm.Role;
import dev.shm.SharedMemory;
import dev.shm.SharedMemoryManager;
import dev.shm.boot.autoconfigure.ShmProperties.Segment;
import dev.shm.error.SharedMemoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Opens segments as they are configured. */
final class SegmentOpener {

    /** Long enough for others to be through with opening or closing it, short enough for who waits to ask again. */
    private static final Duration REOPEN_TIMEOUT = Duration.ofMillis(200);

    private final SharedMemoryManager manager;
    private final @Nullable String directory;
    private final @Nullable String application;
    private final List<ShmSegmentCustomizer> customizers;

    SegmentOpener(
            SharedMemoryManager manager,
            @Nullable String directory,
            @Nullable String application,
            List<ShmSegmentCustomizer> customizers) {
        this.manager = manager;
        this.directory = directory;
        this.application = application;
        this.customizers = customizers;
    }

    /** Opens it for the first time; what is wrong with it is told with its key. */
    SharedMemory open(String name, Segment segment) {
        String key = ShmProperties.segmentKey(name);
        try {
            return manager.openOrCreate(builder(name, segment));
        } catch (SharedMemoryException e) {
            throw new SegmentOpeningException(key, e);
        } catch (IllegalArgumentException e) {
            throw InvalidValues.because(e, key, Objects.toString(segment.size(), ""), String.valueOf(e.getMessage()));
        }
    }

    /** Opens the successor of one that its creator has ended. Only another creator makes that. */
    SharedMemory openSuccessor(String name, Segment segment) {
        SharedMemory.Builder builder = builder(name, segment).attachTimeout(REOPEN_TIMEOUT);
        return segment.role() == Role.CREATOR ? manager.openOrCreate(builder) : manager.open(builder);
    }

    private SharedMemory.Builder builder(String name, Segment segment) {
        SharedMemory.Builder builder = SharedMemory.named(name)
                .role(segment.role())
                .slots(segment.slots())
                .onStale(segment.onStale())
                .onCreatorLost(segment.onCreatorLost())
                .attachTimeout(segment.attachTimeout())
                .closeGrace(segment.closeGrace());
        if (segment.size() != null) {
            builder.size(segment.size().toBytes());
        }
        if (segment.hashSeed() != null) {
            builder.hashSeed(segment.hashSeed());
        }
        if (segment.group() != null) {
            builder.group(segment.group());
        }
        if (directory != null) {
            builder.directory(Path.of(directory));
        }
        if (application != null) {
            builder.application(application);
        }
        customizers.forEach(customizer -> customizer.customize(name, builder));
        return builder;
    }
}
