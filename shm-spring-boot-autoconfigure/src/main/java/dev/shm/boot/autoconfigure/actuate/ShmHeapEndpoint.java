package dev.shm.boot.autoconfigure.actuate;

import dev.shm.HeapMap;
import dev.shm.PeerInfo;
import dev.shm.SegmentStatistics;
import dev.shm.SharedMemory;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.web.annotation.WebEndpoint;

/**
 * Actuator endpoint {@code shmheap}: a picture of the heap of a segment, as SVG. It only looks. The picture of a segment that cannot
 * be read says why. Any thread may call it.
 */
@WebEndpoint(id = "shmheap", defaultAccess = Access.READ_ONLY)
public class ShmHeapEndpoint {

    private final Segments segments;

    public ShmHeapEndpoint(Segments segments) {
        this.segments = segments;
    }

    /**
     * The heap of a segment.
     *
     * @param segment its name
     * @return null if this application has none of that name
     */
    @ReadOperation(produces = "image/svg+xml")
    public @Nullable String picture(@Selector String segment) {
        return segments.find(segment)
                .map(memory -> Segments.looking(() -> draw(memory)))
                .orElse(null);
    }

    private static String draw(SharedMemory segment) {
        Look look = new Look();
        HeapMap map = look.at(segment::heapMap);
        SegmentStatistics memory = look.at(segment::statistics);
        List<PeerInfo> peers = look.at(segment::peers);
        return map == null || memory == null || peers == null
                ? HeapPicture.ofNothing(segment.name(), look.problems())
                : new HeapPicture(segment.name(), map, memory, peers.size()).draw();
    }
}
