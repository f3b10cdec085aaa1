package dev.shm.boot.autoconfigure.actuate;

import dev.shm.ObjectFigures;
import dev.shm.PeerInfo;
import dev.shm.SegmentStatistics;
import dev.shm.SharedMemory;
import dev.shm.error.SegmentFailedException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/**
 * Actuator endpoint {@code shm}: the segments of this application, and all about one of them. It only looks. A part that cannot be
 * read, since the segment is damaged or ends just now, is left out, and {@code problems} says why. Any thread may call it.
 */
@Endpoint(id = "shm", defaultAccess = Access.READ_ONLY)
public class ShmEndpoint {

    private final Segments segments;

    public ShmEndpoint(Segments segments) {
        this.segments = segments;
    }

    /** All segments, in short. */
    @ReadOperation
    public SegmentsDescriptor segments() {
        return Segments.looking(() -> {
            Map<String, SegmentSummary> summaries = new LinkedHashMap<>();
            segments.all().forEach(segment -> summaries.putIfAbsent(segment.name(), SegmentSummary.of(segment)));
            return new SegmentsDescriptor(summaries);
        });
    }

    /**
     * One segment.
     *
     * @param segment its name
     * @param deep whether every block is looked at, which takes longer and counts exactly
     * @return null if this application has none of that name
     */
    @ReadOperation
    public @Nullable SegmentDescriptor segment(@Selector String segment, @Nullable Boolean deep) {
        boolean exact = deep != null && deep;
        return segments.find(segment)
                .map(memory -> Segments.looking(() -> SegmentDescriptor.of(memory, exact)))
                .orElse(null);
    }

    private static String stateOf(SharedMemory segment) {
        return segment.endReason()
                .map(reason -> reason instanceof SegmentFailedException ? "failed" : "ended")
                .orElse("open");
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    // ------------------------------------------------------------------------------------------ what is answered

    /**
     * All segments of this application.
     *
     * @param segments by name
     */
    public record SegmentsDescriptor(Map<String, SegmentSummary> segments) implements OperationResponseBody {}

    /**
     * A segment in short. Sizes are in bytes.
     *
     * @param state {@code open}; {@code ended} if its creator ended or replaced it, {@code failed} if its bytes are not to be
     *     trusted
     * @param role what this process is to it, a {@link dev.shm.Role} in lower case
     * @param creatorLost whether it has a creator that is dead
     * @param size of the segment
     * @param used of the heap, held
     * @param free of the heap, in pieces of any size
     * @param largestFree the most that one object or message could get now
     * @param fragmentation {@code 1 - longest free run of pages / free pages}
     * @param peers how many processes are attached
     * @param objects how many objects have a name
     * @param problems what could not be read, and why
     */
    public record SegmentSummary(
            String state,
            String role,
            boolean creatorLost,
            long size,
            @Nullable Long used,
            @Nullable Long free,
            @Nullable Long largestFree,
            @Nullable Double fragmentation,
            @Nullable Integer peers,
            @Nullable Integer objects,
            @Nullable List<String> problems) {

        static SegmentSummary of(SharedMemory segment) {
            Look look = new Look();
            SegmentStatistics memory = look.at(segment::statistics);
            List<PeerInfo> peers = look.at(segment::peers);
            List<?> objects = look.at(segment::objects);
            return new SegmentSummary(
                    stateOf(segment),
                    lower(segment.role()),
                    segment.isCreatorLost(),
                    segment.size(),
                    memory == null ? null : memory.usedBytes(),
                    memory == null ? null : memory.freeBytes(),
                    memory == null ? null : memory.largestFreeBlock(),
                    memory == null ? null : memory.fragmentation(),
                    peers == null ? null : peers.size(),
                    objects == null ? null : objects.size(),
                    look.problems());
        }
    }

    /**
     * All about a segment. Sizes are in bytes.
     *
     * @param name its name
     * @param state as in {@link SegmentSummary}
     * @param role as in {@link SegmentSummary}
     * @param creatorLost as in {@link SegmentSummary}
     * @param path file behind it
     * @param uuid names this very segment; one that is created anew has another
     * @param created when it was created
     * @param layoutVersion version of its layout
     * @param reaped how many processes died in it so far
     * @param memory what the memory is used for
     * @param peers processes attached to it, this one among them
     * @param channels queues and topics, by name
     * @param objects all objects
     * @param problems what could not be read, and why
     */
    public record SegmentDescriptor(
            String name,
            String state,
            String role,
            boolean creatorLost,
            String path,
            String uuid,
            @Nullable Instant created,
            @Nullable String layoutVersion,
            @Nullable Long reaped,
            @Nullable MemoryDescriptor memory,
            @Nullable List<PeerDescriptor> peers,
            @Nullable Map<String, ChannelDescriptor> channels,
            @Nullable List<ObjectDescriptor> objects,
            @Nullable List<String> problems)
            implements OperationResponseBody {

        static SegmentDescriptor of(SharedMemory segment, boolean exact) {
            Look look = new Look();
            SegmentStatistics memory = look.at(exact ? segment::deepStatistics : segment::statistics);
            List<PeerDescriptor> peers = look.at(() -> PeerDescriptor.all(segment));
            List<ObjectFigures> figures = look.at(segment::figures);
            return new SegmentDescriptor(
                    segment.name(),
                    stateOf(segment),
                    lower(segment.role()),
                    segment.isCreatorLost(),
                    segment.path().toString(),
                    segment.uuid().toString(),
                    look.at(segment::created),
                    look.at(segment::layoutVersion),
                    memory == null ? null : memory.reaped(),
                    memory == null ? null : MemoryDescriptor.of(memory),
                    peers,
                    figures == null ? null : ChannelDescriptor.all(figures),
                    figures == null
                            ? null
                            : figures.stream()
                                    .sorted(Comparator.comparing(
                                            described -> described.object().name()))
                                    .map(ObjectDescriptor::of)
                                    .toList(),
                    look.problems());
        }
    }

    /**
     * What the memory of a segment is used for, in bytes. {@code free + used + meta == heap}, and in an exact count {@code live +
     * queued + tentative == used}.
     *
     * @param exact whether every block was looked at
     * @param size of the segment
     * @param heap for blocks; the rest is tables
     * @param used held
     * @param free can be had, in pieces of any size
     * @param meta left over between blocks
     * @param live of the used ones, belonging to objects; in an exact count
     * @param queued of the used ones, belonging to messages; in an exact count
     * @param tentative of the used ones, on their way from or to being free; in an exact count
     * @param waste in used blocks beyond what was asked for; in an exact count
     * @param largestFree the most that one object or message could get now
     * @param fragmentation {@code 1 - longest free run of pages / free pages}
     * @param usedBlocks how many blocks are held
     * @param pages pages, and what they hold
     * @param sizeClasses pages that are cut into small blocks, by the size of these
     */
    public record MemoryDescriptor(
            boolean exact,
            long size,
            long heap,
            long used,
            long free,
            long meta,
            @Nullable Long live,
            @Nullable Long queued,
            @Nullable Long tentative,
            @Nullable Long waste,
            long largestFree,
            double fragmentation,
            long usedBlocks,
            PagesDescriptor pages,
            List<SizeClassDescriptor> sizeClasses) {

        static MemoryDescriptor of(SegmentStatistics memory) {
            boolean exact = memory.exact();
            return new MemoryDescriptor(
                    exact,
                    memory.segmentBytes(),
                    memory.heapBytes(),
                    memory.usedBytes(),
                    memory.freeBytes(),
                    memory.metaBytes(),
                    exact ? memory.liveBytes() : null,
                    exact ? memory.queuedBytes() : null,
                    exact ? memory.tentativeBytes() : null,
                    exact ? memory.wasteBytes() : null,
                    memory.largestFreeBlock(),
                    memory.fragmentation(),
                    memory.usedBlocks(),
                    PagesDescriptor.of(memory),
                    memory.sizeClasses().stream().map(SizeClassDescriptor::of).toList());
        }
    }

    /**
     * Pages of a heap.
     *
     * @param size bytes of a page
     * @param count how many there are
     * @param free how many hold nothing
     * @param freeRuns how many free runs there are, by their length
     */
    public record PagesDescriptor(long size, long count, long free, List<FreeRunsDescriptor> freeRuns) {

        static PagesDescriptor of(SegmentStatistics memory) {
            List<FreeRunsDescriptor> runs = new ArrayList<>();
            for (int i = 0; i < memory.freeRuns().size(); i++) {
                runs.add(new FreeRunsDescriptor(
                        1L << i, (2L << i) - 1, memory.freeRuns().get(i)));
            }
            return new PagesDescriptor(
                    memory.pageBytes(), memory.heapBytes() / memory.pageBytes(), memory.freePages(), runs);
        }
    }

    /**
     * Free runs of pages.
     *
     * @param minPages the shortest that are counted here
     * @param maxPages the longest that are counted here
     * @param runs how many
     */
    public record FreeRunsDescriptor(long minPages, long maxPages, int runs) {}

    /**
     * Slabs of one size of blocks.
     *
     * @param blockSize bytes of a block, header included
     * @param slabs how many slabs
     * @param blocks how many blocks they have
     * @param used how many of these are held
     * @param free how many of these are free
     */
    public record SizeClassDescriptor(int blockSize, int slabs, long blocks, long used, long free) {

        static SizeClassDescriptor of(SegmentStatistics.SizeClass size) {
            return new SizeClassDescriptor(
                    size.blockBytes(),
                    size.slabs(),
                    size.blocks(),
                    size.blocks() - size.freeBlocks(),
                    size.freeBlocks());
        }
    }

    /**
     * A process attached to a segment.
     *
     * @param slot its slot
     * @param generation how many attachments this slot had before
     * @param pid process id, in the process's own namespace
     * @param application what it calls itself
     * @param role {@code peer}, {@code creator} or {@code consumer}
     * @param joined when it joined
     * @param heartbeatMillis milliseconds since it last did its housekeeping; a long time means that it is busy or stopped,
     *     never that it is dead
     * @param self whether it is this process's own attachment
     */
    public record PeerDescriptor(
            int slot,
            int generation,
            long pid,
            String application,
            String role,
            Instant joined,
            long heartbeatMillis,
            boolean self) {

        static List<PeerDescriptor> all(SharedMemory segment) {
            PeerInfo self = segment.self();
            return segment.peers().stream()
                    .map(peer -> new PeerDescriptor(
                            peer.slot(),
                            peer.generation(),
                            peer.pid(),
                            peer.application(),
                            lower(peer.role()),
                            peer.joined(),
                            peer.sinceHeartbeat().toMillis(),
                            peer.slot() == self.slot() && peer.generation() == self.generation()))
                    .toList();
        }
    }

    /**
     * A queue or topic. All counts are since it was created, over all processes, the dead included.
     *
     * @param kind {@code queue} or {@code topic}
     * @param depth messages in it; in a topic, those that its slowest subscriber has not received
     * @param capacity bytes of ring
     * @param used bytes of ring in use
     * @param highWater the most bytes of ring ever in use
     * @param sent messages sent
     * @param received messages acknowledged; in a topic, by each subscriber
     * @param receivedBytes bytes of their payloads
     * @param redelivered deliveries of a message that had been delivered before
     * @param dropped messages dropped or lost for lack of room
     * @param deadLettered messages that became dead letters; queues only
     * @param deadLetters dead letters that are there now; queues only
     * @param subscribers subscriptions; topics only
     * @param evicted subscribers put out; topics only
     * @param blockedBy who keeps the head where it is, if somebody does
     * @param problem why there are no figures, if it is damaged
     */
    public record ChannelDescriptor(
            String kind,
            @Nullable Long depth,
            @Nullable Long capacity,
            @Nullable Long used,
            @Nullable Long highWater,
            @Nullable Long sent,
            @Nullable Long received,
            @Nullable Long receivedBytes,
            @Nullable Long redelivered,
            @Nullable Long dropped,
            @Nullable Long deadLettered,
            @Nullable Long deadLetters,
            @Nullable Long subscribers,
            @Nullable Long evicted,
            @Nullable BlockedByDescriptor blockedBy,
            @Nullable String problem) {

        static Map<String, ChannelDescriptor> all(List<ObjectFigures> figures) {
            Map<String, ChannelDescriptor> channels = new LinkedHashMap<>();
            figures.stream()
                    .filter(ChannelFigures::isChannel)
                    .sorted(Comparator.comparing(described -> described.object().name()))
                    .forEach(described -> channels.put(described.object().name(), of(described)));
            return channels;
        }

        private static ChannelDescriptor of(ObjectFigures described) {
            return new ChannelDescriptor(
                    described.kind(),
                    ChannelFigures.DEPTH.in(described),
                    ChannelFigures.CAPACITY.in(described),
                    ChannelFigures.USED.in(described),
                    ChannelFigures.HIGH_WATER.in(described),
                    ChannelFigures.SENT.in(described),
                    ChannelFigures.RECEIVED.in(described),
                    ChannelFigures.RECEIVED_BYTES.in(described),
                    ChannelFigures.REDELIVERED.in(described),
                    ChannelFigures.DROPPED.in(described),
                    ChannelFigures.DEAD_LETTERED.in(described),
                    ChannelFigures.DEAD_LETTERS.in(described),
                    ChannelFigures.SUBSCRIBERS.in(described),
                    ChannelFigures.EVICTED.in(described),
                    BlockedByDescriptor.of(described),
                    described.problem().orElse(null));
        }
    }

    /**
     * Who holds a queue or topic up. One look: only if it is the same for long does it tell something.
     *
     * @param pid its process id; 0 if it is a subscription that nobody reads
     * @param application what it calls itself; the name of a subscription that nobody reads
     * @param why what it does
     */
    public record BlockedByDescriptor(long pid, String application, String why) {

        static @Nullable BlockedByDescriptor of(ObjectFigures described) {
            return described.figures().get("blockedBy") instanceof Map<?, ?> by && by.get("pid") instanceof Long pid
                    ? new BlockedByDescriptor(
                            pid, Objects.toString(by.get("application"), ""), Objects.toString(by.get("why"), ""))
                    : null;
        }
    }

    /**
     * A named object.
     *
     * @param name its name
     * @param kind its kind; empty if a newer version made it
     * @param type its type, as its factory describes it
     * @param openers how many processes have it open
     * @param destroyed whether it has lost its name and waits for them to close it
     * @param created when it was created
     * @param figures what there is to tell of it; not of queues and topics, which are in {@code channels}
     * @param problem why there are no figures, if it is damaged
     */
    public record ObjectDescriptor(
            String name,
            String kind,
            String type,
            int openers,
            boolean destroyed,
            Instant created,
            @Nullable Map<String, Object> figures,
            @Nullable String problem) {

        static ObjectDescriptor of(ObjectFigures described) {
            boolean toldElsewhere =
                    ChannelFigures.isChannel(described) || described.figures().isEmpty();
            return new ObjectDescriptor(
                    described.object().name(),
                    described.kind(),
                    described.object().type(),
                    described.object().openers(),
                    described.object().destroyed(),
                    described.object().created(),
                    toldElsewhere ? null : described.figures(),
                    described.problem().orElse(null));
        }
    }
}
