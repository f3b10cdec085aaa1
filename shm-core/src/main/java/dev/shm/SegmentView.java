package dev.shm;

import dev.shm.error.SegmentClosedException;
import dev.shm.error.SegmentFailedException;
import dev.shm.error.SegmentFormatException;
import dev.shm.heap.HeapScan;
import dev.shm.segment.Directory;
import dev.shm.segment.Onlooker;
import dev.shm.segment.SegmentDirectory;
import dev.shm.segment.SegmentHeader;
import dev.shm.segment.SegmentLayout;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A look at a segment from outside. It takes no slot and changes nothing, so it does not disturb those who use the segment,
 * and it works as well when all of them are dead.
 *
 * <pre>{@code
 * try (SegmentView view = SegmentView.open("desk")) {
 *     view.peers().forEach(System.out::println);
 * }
 * }</pre>
 *
 * <p>Any thread may use it; whoever opened it closes it. Each answer is one look at memory that others may be changing. A view
 * stays with the segment that it was opened on, also when that one has lost its name meanwhile. When somebody truncates the
 * file, every method that looks at it throws {@link SegmentFailedException}.
 */
public final class SegmentView implements AutoCloseable {

    /** What a segment says of itself. Whether anybody lives in it is another question: see {@link #peers}. */
    public enum State {
        /** It may be used. */
        READY,
        /** Its creator is closing it, and waits for the others to leave. */
        CLOSING,
        /** Its creator closed it, or its last peer left it. */
        CLOSED,
        /** A new creator replaced it by another of the same name. */
        SUPERSEDED,
        /** A committed change could not be carried out. Its bytes are not to be trusted. */
        FAILED
    }

    /**
     * A process that has a slot in the segment.
     *
     * @param info who it is
     * @param alive whether the kernel says that it lives; what a dead one held goes back when a process that is attached
     *     reaps it. When the file is gone by which the kernel would know, it counts as alive.
     * @param unfinished whether it committed a change and has not carried it out yet; if it is dead, whoever reaps it will
     */
    public record Peer(PeerInfo info, boolean alive, boolean unfinished) {}

    private final String name;
    private final Onlooker onlooker;
    private volatile boolean closed;

    private SegmentView(String name, Onlooker onlooker) {
        this.name = name;
        this.onlooker = onlooker;
    }

    /**
     * Opens a view of a segment in the default directory, {@code /dev/shm/shm-<uid>}; throws what {@link #open(Path, String)}
     * throws.
     */
    public static SegmentView open(String name) {
        return open(SegmentDirectory.defaultPath(), name);
    }

    /**
     * Opens a view of a segment.
     *
     * @throws dev.shm.error.SegmentNotFoundException if there is none of that name
     * @throws dev.shm.error.SegmentFormatException if the file of that name is not a segment, or damaged
     * @throws dev.shm.error.SegmentVersionException if another version wrote it
     * @throws dev.shm.error.SegmentAccessException if it belongs to another user, or cannot be read
     */
    public static SegmentView open(Path directory, String name) {
        return new SegmentView(name, Onlooker.open(directory, name));
    }

    /**
     * Names of the segments in a directory, in order; none if there is no such directory. A file that is no segment but
     * could be one by its name is among them.
     *
     * @throws dev.shm.error.SegmentAccessException if the directory belongs to another user, or is open to everybody
     */
    public static List<String> names(Path directory) {
        return SegmentDirectory.names(directory);
    }

    public String name() {
        return name;
    }

    /** The file behind it. */
    public Path path() {
        return onlooker.path();
    }

    /** Names this very segment: one that is created anew under the same name has another. */
    public UUID uuid() {
        return guarded(onlooker::uuid);
    }

    /** Size of the segment in bytes. */
    public long size() {
        return onlooker.layout().segmentBytes();
    }

    /** What the segment says of itself. */
    public State state() {
        return guarded(() -> switch (SegmentHeader.state(onlooker.memory())) {
            case READY -> State.READY;
            case CLOSING -> State.CLOSING;
            case CLOSED -> State.CLOSED;
            case SUPERSEDED -> State.SUPERSEDED;
            case FAILED, UNKNOWN -> State.FAILED;
        });
    }

    /** When it was created. */
    public Instant created() {
        return guarded(() -> Instant.ofEpochMilli(onlooker.memory().getLong(SegmentLayout.CREATED_MILLIS)));
    }

    /** Version of its layout, such as {@code 1.0}. */
    public String layoutVersion() {
        return guarded(() -> Inspection.layoutVersion(onlooker.memory()));
    }

    /** How many processes can be attached at once. */
    public int slots() {
        return onlooker.layout().slotCount();
    }

    /** How many objects can have a name at once. */
    public int objectCapacity() {
        return onlooker.layout().objectCapacity();
    }

    /** Whether one process, its creator, owns the segment; otherwise its peers own it together. */
    public boolean hasCreator() {
        return guarded(() -> SegmentHeader.creatorSlot(onlooker.memory()) >= 0);
    }

    /** Every process that has a slot, the dead that nobody has reaped yet included. */
    public List<Peer> peers() {
        return guarded(() -> onlooker.slots().peers().stream().map(this::look).toList());
    }

    private Peer look(dev.shm.segment.Peer peer) {
        return new Peer(
                SharedMemory.info(peer),
                onlooker.isAlive(peer),
                Verification.isUnfinished(onlooker.memory(), onlooker.layout(), peer.slot()));
    }

    /** All named objects, and those destroyed that somebody still has open. */
    public List<ObjectInfo> objects() {
        return guarded(() -> new Directory(onlooker.memory(), onlooker.layout())
                .entries().stream().map(SharedMemory::info).toList());
    }

    /** The same objects, with what there is to tell of each. */
    public List<ObjectFigures> figures() {
        return guarded(() -> inspection().figures());
    }

    /** Where in the heap what lies, from the page map. */
    public HeapMap heapMap() {
        return guarded(() -> inspection().heapMap());
    }

    private Inspection inspection() {
        return new Inspection(onlooker.memory(), onlooker.layout());
    }

    /** What the memory is used for, quickly: from the page map and its hints. */
    public SegmentStatistics statistics() {
        return guarded(() -> SharedMemory.statistics(onlooker.memory(), onlooker.layout(), scan().fast()));
    }

    /** What the memory is used for, exactly: looks at every block. */
    public SegmentStatistics deepStatistics() {
        return guarded(() -> SharedMemory.statistics(onlooker.memory(), onlooker.layout(), scan().deep()));
    }

    private HeapScan scan() {
        return new HeapScan(onlooker.memory(), onlooker.layout());
    }

    /**
     * Walks the whole segment and says what is wrong with it, a sentence for each problem; an empty list is good. What
     * processes are changing meanwhile is looked at twice, and what dead ones left is no problem: whoever attaches next reaps
     * it.
     */
    public List<String> verify() {
        return guarded(() -> Verification.verify(onlooker.memory(), onlooker.layout()));
    }

    private <T> T guarded(Supplier<T> look) {
        if (closed) {
            throw new SegmentClosedException("this view of segment '" + name + "' was closed. Open another.");
        }
        // Compiled code may go on for a while after it read what is no longer there, and the JVM raises its error only
        // later,
        // perhaps not in here any more. So that is looked at first, and again before anybody believes what was read.
        if (onlooker.isTruncated()) {
            throw truncated(null);
        }
        try {
            T seen = look.get();
            if (onlooker.isTruncated()) {
                throw truncated(null);
            }
            return seen;
        } catch (InternalError e) {
            throw truncated(e);
        } catch (IndexOutOfBoundsException e) {
            throw new SegmentFormatException(
                    path() + " is a damaged segment: something in it points outside. Stop its processes and remove it.",
                    e);
        }
    }

    private SegmentFailedException truncated(@Nullable InternalError error) {
        String message = "the file " + path() + " was truncated by somebody while it was looked at. Remove it.";
        return error == null ? new SegmentFailedException(message) : new SegmentFailedException(message, error);
    }

    /** Ends the view. Further calls do nothing. The memory is unmapped when this object is garbage. */
    @Override
    public void close() {
        closed = true;
    }

    @Override
    public String toString() {
        return "SegmentView[" + path() + (closed ? ", closed" : "") + "]";
    }
}
