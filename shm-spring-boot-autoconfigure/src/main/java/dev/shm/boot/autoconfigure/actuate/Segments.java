package dev.shm.boot.autoconfigure.actuate;

import dev.shm.SharedMemory;
import dev.shm.SharedMemoryManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.ObjectProvider;

/**
 * The segments of an application: those that its {@link SharedMemoryManager} beans have open now, and those that ended without
 * having been closed. Asked anew each time, so it follows segments that come and go. Any thread may use it. An application that is
 * starting, or closing, or has no manager has no segments; that is no error.
 */
public final class Segments {

    private static final int LATE_ERRORS = 10;

    private final ObjectProvider<SharedMemoryManager> provider;
    private volatile List<SharedMemoryManager> managers = List.of();

    public Segments(ObjectProvider<SharedMemoryManager> managers) {
        this.provider = managers;
    }

    private List<SharedMemoryManager> managers() {
        List<SharedMemoryManager> known = managers;
        if (known.isEmpty()) {
            try {
                known = provider.orderedStream().toList();
                managers = known;
            } catch (BeansException | IllegalStateException e) {
                // The context is not ready, or not any more.
                return List.of();
            }
        }
        return known;
    }

    /** Those that are open. */
    public List<SharedMemory> open() {
        return managers().stream()
                .flatMap(manager -> manager.segments().stream())
                .toList();
    }

    /** Those that are open, and those that ended or failed and have not been closed or opened again. */
    public List<SharedMemory> all() {
        List<SharedMemory> all = new ArrayList<>(open());
        managers().stream().flatMap(manager -> manager.ended().stream()).forEach(all::add);
        return all;
    }

    /** The one of that name; one that is open rather than one that has ended. */
    public Optional<SharedMemory> find(String name) {
        Stream<SharedMemory> named =
                all().stream().filter(segment -> segment.name().equals(name));
        return named.findFirst();
    }

    /**
     * Looks into segments, and once more if the JVM raises its error for a truncated file so late that nobody caught it who was
     * looking: compiled code may have left there by then. The look must not change anything.
     */
    public static <T> T looking(Supplier<T> look) {
        for (int late = 1; ; late++) {
            try {
                return look.get();
            } catch (InternalError e) {
                if (late == LATE_ERRORS) {
                    throw e;
                }
            }
        }
    }
}
