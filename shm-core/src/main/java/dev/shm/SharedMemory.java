package dev.shm;

import dev.shm.codec.Codec;
import dev.shm.error.SegmentClosedException;
import dev.shm.error.SegmentFailedException;
import dev.shm.error.SharedMemoryException;
import dev.shm.heap.Heap;
import dev.shm.heap.HeapRepair;
import dev.shm.heap.HeapStatistics;
import dev.shm.heap.Journal;
import dev.shm.heap.JournalReplay;
import dev.shm.memory.Memory;
import dev.shm.segment.Attachment;
import dev.shm.segment.DirectoryEntry;
import dev.shm.segment.FileAccess;
import dev.shm.segment.Housekeeper;
import dev.shm.segment.Membership;
import dev.shm.segment.Peer;
import dev.shm.segment.Reaper;
import dev.shm.segment.SegmentDirectory;
import dev.shm.segment.SegmentLayout;
import dev.shm.segment.SegmentState;
import dev.shm.segment.Settings;
import dev.shm.segment.Settings.Verb;
import dev.shm.segment.SlotLayout;
import dev.shm.segment.Slots;
import dev.shm.segment.WaitRoom;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A named segment of memory that several processes on one host share, as this process has it open.
 *
 * <pre>{@code
 * try (SharedMemory memory = SharedMemory.named("desk").size(256L << 20).openOrCreate()) {
 *     SharedLong hits = memory.openOrCreate("hits", SharedLong.type());
 *     hits.incrementAndGet();
 * }
 * }</pre>
 *
 * <p>Any thread may use it. Whoever opened it closes it; a process that ends without closing, in whatever way, is found dead by
 * the others, and what it held goes back. After closing, and after the segment has ended for another reason, every method that
 * touches the segment throws {@link SegmentClosedException} with that reason; if the segment's file was truncated by somebody,
 * {@link SegmentFailedException}. A thread that is in the middle of an access when that happens may instead see the JVM's own
 * {@link InternalError}, which compiled code raises a little late.
 *
 * <p>A thread of its own does the housekeeping: it hears of peers that come and go, reaps the dead and tells {@linkplain
 * SegmentListener listeners}. A {@link SharedMemoryManager} has one such thread for all its segments.
 */
public final class SharedMemory implements AutoCloseable {

    private static final long FULL_ROUND_NANOS = 1_000_000_000L;
    private static final long SUSPECT_RETRY_NANOS = 2_000_000L;
    private static final long SUSPECT_GIVE_UP_NANOS = 5_000_000_000L;

    private final Settings settings;
    private final Membership membership;
    private final Attachment attachment;
    private final Slots slots;
    private final Heap heap;
    private final NamedObjects objects;
    private final PartTypes partTypes;
    private final Housekeeping housekeeping;
    private final boolean ownsHousekeeping;
    private final Duration closeGrace;
    private final OnCreatorLost onCreatorLost;
    private final Keeper keeper = new Keeper();
    private final CopyOnWriteArrayList<SegmentListener> listeners;
    private final AtomicBoolean left = new AtomicBoolean();
    private volatile boolean closedHere;

    private SharedMemory(Builder builder, Settings settings, Verb verb, Housekeeping housekeeping, boolean owns) {
        this.settings = settings;
        this.housekeeping = housekeeping;
        this.ownsHousekeeping = owns;
        this.closeGrace = builder.closeGrace;
        this.onCreatorLost = builder.onCreatorLost;
        this.listeners = new CopyOnWriteArrayList<>(builder.listeners);
        this.membership = Membership.join(settings, verb, FLOORS);
        this.attachment = membership.attachment();
        this.slots = membership.slots();
        this.heap = new Heap(attachment, () -> membership.liveness().reapAllDead() > 0);
        Journal journal = new Journal(attachment, heap);
        this.objects = new NamedObjects(attachment, heap, journal, slots, membership.liveness());
        this.partTypes = new PartTypes();
    }

    /** What the floors above the segment do for it. */
    private static final Membership.Floors FLOORS = new Membership.Floors() {
        @Override
        public void initialise(Memory memory, SegmentLayout layout) {
            Heap.initialise(memory, layout);
        }

        @Override
        public Reaper reaper(Memory memory, SegmentLayout layout, Slots slots) {
            return new Reaper(
                    memory,
                    slots,
                    List.of(new JournalReplay(memory, layout).reaper()),
                    List.of(
                            NamedObjects.leaver(memory, layout),
                            new HeapRepair(memory, layout).reaper(),
                            NamedObjects.reaper(memory, layout)));
        }
    };

    /** Begins to describe the segment of that name: 1 to 64 letters, digits, {@code -} and {@code _}. */
    public static Builder named(String name) {
        return new Builder(name);
    }

    private static SharedMemory open(Builder builder, Verb verb, @Nullable Housekeeping shared) {
        Settings settings = builder.settings();
        Housekeeping housekeeping = shared != null
                ? shared
                : new Housekeeping(
                        Housekeeping.daemon("shm-housekeeping-" + settings.name()), null, builder.errorHandler);
        SharedMemory memory = null;
        boolean opened = false;
        try {
            memory = new SharedMemory(builder, settings, verb, housekeeping, shared == null);
            memory.start();
            opened = true;
            return memory;
        } finally {
            if (!opened) {
                if (memory != null) {
                    memory.close();
                } else if (shared == null) {
                    housekeeping.close();
                }
            }
        }
    }

    private void start() {
        Housekeeper housekeeper = housekeeping.housekeeper();
        keeper.begin();
        membership.goLive(housekeeper, keeper::suspect, housekeeper::wakeUp);
        housekeeper.add(keeper);
    }

    // ------------------------------------------------------------------------------------------ objects

    /**
     * Creates an object.
     *
     * @throws dev.shm.error.ObjectExistsException if the name is taken
     * @throws dev.shm.error.OutOfSharedMemoryException if there is no room; nothing was changed
     */
    public <T extends SharedObject> T create(String name, SharedType<T> type) {
        return guarded(() -> objects.create(name, type));
    }

    /**
     * Opens an object that exists.
     *
     * @throws dev.shm.error.ObjectNotFoundException if there is none of that name
     * @throws dev.shm.error.ObjectTypeMismatchException if it is of another type
     */
    public <T extends SharedObject> T open(String name, SharedType<T> type) {
        return guarded(() -> objects.open(name, type));
    }

    /**
     * Opens an object, or creates it if there is none. Of several processes that do so at once, one creates it.
     *
     * @throws dev.shm.error.ObjectTypeMismatchException if there is one of another type
     * @throws dev.shm.error.OutOfSharedMemoryException if there is no room for a new one; nothing was changed
     */
    public <T extends SharedObject> T openOrCreate(String name, SharedType<T> type) {
        return guarded(() -> objects.openOrCreate(name, type));
    }

    /**
     * Opens an object if there is one of that name.
     *
     * @throws dev.shm.error.ObjectTypeMismatchException if it is of another type
     */
    public <T extends SharedObject> Optional<T> find(String name, SharedType<T> type) {
        return guarded(() -> Optional.ofNullable(objects.find(name, type)));
    }

    /**
     * Takes the name from an object. Its memory is given back when no process has it open any more; until then those that have
     * may use it.
     *
     * @return whether there was one
     */
    public boolean destroy(String name) {
        return guarded(() -> objects.destroy(name));
    }

    /** Destroys an object, and no other that has its name by now. */
    boolean destroy(String name, long reference) {
        return guarded(() -> objects.destroy(name, reference));
    }

    // ------------------------------------------------------------------------------------------ sharing

    /**
     * Puts a copy of a map, set, list or deque into the segment, with all that is in it, and returns what shows it: {@link Shared#get}
     * gives a collection that any process changes and all see, and so are the maps, sets, lists and deques in it, on every level. Where the
     * type of a bean, record, array, vector, reference or single value stands, as {@code SharedLong.type()}, a new one is made, live as well; and
     * where such an object stands, a copy of it. All other values are as in a {@code SharedMap} of {@code Object.class}: strings, numbers,
     * times and so on have a form of their own.
     *
     * <p>It happens wholly or not at all: what cannot be shared is found before anything is stored, and named by the path to it; if the segment
     * is full, or this process is killed, what was stored so far goes back. A collection that is reached twice is stored twice. Neither the
     * order nor the comparator of a map or a set is kept. Only lists have nulls.
     *
     * <p>What was shared stays until it is destroyed, or the segment ends, whether or not the process that shared it lives: see {@link Shared}.
     *
     * @param graph a {@link Map}, {@link java.util.Set}, {@link List} or {@link java.util.Deque}; declare it as such, since what {@link Shared#get}
     *     gives is of no other class
     * @throws IllegalArgumentException if it is none of these, or there is a circle in it, or a null where none can be
     * @throws dev.shm.error.CodecException if a value in it has no form
     * @throws dev.shm.error.OutOfSharedMemoryException if there is no room; nothing was changed
     */
    public <T> Shared<T> share(T graph) {
        return Shared.create(this, Shared.newName(), graph, null);
    }

    /**
     * As {@link #share(Object)}, with records and classes of yours in it: {@code Codecs.kryo(Object.class, Order.class)}. They are values, read and
     * replaced as a whole. Whoever opens it must have the same codec.
     */
    public <T> Shared<T> share(T graph, Codec<Object> values) {
        return Shared.create(this, Shared.newName(), graph, Objects.requireNonNull(values));
    }

    /**
     * As {@link #share(Object)}, under a name by which {@link #shared(String)} finds it.
     *
     * @throws dev.shm.error.ObjectExistsException if the name is taken
     */
    public <T> Shared<T> share(String name, T graph) {
        return Shared.create(this, name, graph, null);
    }

    /** As {@link #share(String, Object)}, with values by a codec: see {@link #share(Object, Codec)}. */
    public <T> Shared<T> share(String name, T graph, Codec<Object> values) {
        return Shared.create(this, name, graph, Objects.requireNonNull(values));
    }

    /**
     * Opens what was shared under a name.
     *
     * @param <T> what it is: {@code Map<String, Object>}
     * @throws dev.shm.error.ObjectNotFoundException if there is none of that name
     * @throws dev.shm.error.ObjectTypeMismatchException if it was not shared, or with another codec
     */
    @SuppressWarnings("TypeParameterUnusedInFormals")
    public <T> Shared<T> shared(String name) {
        return Shared.open(this, name, null);
    }

    /** As {@link #shared(String)}, with values by a codec: see {@link #share(Object, Codec)}. */
    public <T> Shared<T> shared(String name, Codec<Object> values) {
        return Shared.open(this, name, Objects.requireNonNull(values));
    }

    /**
     * What carries {@link Shared} through queues, topics and channels, of this segment or another: not the graph, but some 70 bytes that say which
     * it is. Who receives one opens it by {@link Shared#get}. A codec is for what was shared in this segment with {@link #share(Object)}.
     */
    @SuppressWarnings("TypeParameterUnusedInFormals")
    public <T> Codec<Shared<T>> sharedCodec() {
        return new SharedCodec<>(this, null);
    }

    /** As {@link #sharedCodec()}, for what was shared with values by a codec: see {@link #share(Object, Codec)}. */
    public <T> Codec<Shared<T>> sharedCodec(Codec<Object> values) {
        return new SharedCodec<>(this, Objects.requireNonNull(values));
    }

    /**
     * Tells this process of types that may be live in graphs of this segment: beans, records and references, whose interfaces, classes and codecs
     * are not in the segment. Whoever receives a graph with such in it calls this once, before it looks at them: {@code
     * register(SharedBean.of(Player.class))}. Those of the values that this process itself put into a graph, and all others, are known. A class is
     * never looked for by a name that is in the segment.
     *
     * @throws IllegalArgumentException if there can be none of that type in a graph
     */
    public void register(SharedType<?>... types) {
        for (SharedType<?> type : types) {
            partTypes.register(type);
        }
    }

    PartTypes partTypes() {
        return partTypes;
    }

    // ------------------------------------------------------------------------------------------ what there is

    /** All named objects, and those destroyed that somebody still has open. */
    public List<ObjectInfo> objects() {
        return looked(() -> objects.entries().stream().map(SharedMemory::info).toList());
    }

    /**
     * The same objects, with what there is to tell of each: how many messages are in a queue, who blocks it, and so on. Takes no
     * lock and opens nothing. Of each queue it looks once over what is in it; a damaged object has a problem instead of figures.
     */
    public List<ObjectFigures> figures() {
        return looked(() -> inspection().figures());
    }

    /**
     * Those of the {@link #figures} that are counted anyway and only grow: how many messages a queue was sent, how many became dead letters,
     * and so on. Looks into no queue, so it takes no longer however deep they are: for who looks often. Takes no lock and opens nothing.
     */
    public List<ObjectFigures> counters() {
        return looked(() -> inspection().counters());
    }

    private Inspection inspection() {
        return new Inspection(attachment.memory(), attachment.layout());
    }

    static ObjectInfo info(DirectoryEntry entry) {
        return new ObjectInfo(
                entry.name(),
                entry.type(),
                entry.openers(),
                entry.isDestroyed(),
                Instant.ofEpochMilli(entry.createdMillis()));
    }

    // ------------------------------------------------------------------------------------------ looking

    public String name() {
        return settings.name();
    }

    /** Names this very segment: one that is created anew under the same name has another. */
    public UUID uuid() {
        return membership.uuid();
    }

    /** Size of the segment in bytes. */
    public long size() {
        return attachment.layout().segmentBytes();
    }

    /** Seed of every hash over keys in this segment, the same for all its processes. */
    public long hashSeed() {
        return guarded(() -> attachment.memory().getLong(SegmentLayout.HASH_SEED));
    }

    /** The file behind it. */
    public Path path() {
        return membership.path();
    }

    public Role role() {
        return Role.of(settings.role());
    }

    /** When it was created. */
    public Instant created() {
        return guarded(() -> Instant.ofEpochMilli(attachment.memory().getLong(SegmentLayout.CREATED_MILLIS)));
    }

    /** Version of its layout, such as {@code 1.0}. */
    public String layoutVersion() {
        return guarded(() -> Inspection.layoutVersion(attachment.memory()));
    }

    /** Whether it can be used. */
    public boolean isOpen() {
        return attachment.isOpen();
    }

    /**
     * Why it cannot be used any more: what its methods throw. Empty while it can. {@link SegmentFailedException} if its bytes are
     * not to be trusted; otherwise {@link SegmentClosedException}, which says whether it was closed here, ended, or replaced.
     */
    public Optional<SharedMemoryException> endReason() {
        return Optional.ofNullable(attachment.endReason());
    }

    /** Whether it ended, or failed, before this process closed it. */
    boolean hasEndedUnasked() {
        return !attachment.isOpen() && !closedHere;
    }

    /** Whether it has a creator who died or left without ending it, as the housekeeping last saw. */
    public boolean isCreatorLost() {
        return keeper.creatorLost;
    }

    /** Every process attached now, this one included. */
    public List<PeerInfo> peers() {
        return looked(() -> slots.peers().stream()
                .filter(peer -> peer.state() == SlotLayout.LIVE)
                .map(SharedMemory::info)
                .toList());
    }

    /** This process's own attachment. */
    public PeerInfo self() {
        return guarded(() -> info(Objects.requireNonNull(slots.peer(attachment.slot()))));
    }

    static PeerInfo info(Peer peer) {
        return new PeerInfo(
                peer.slot(),
                peer.generation(),
                peer.process().pid(),
                peer.application(),
                Role.of(peer.role()),
                Instant.ofEpochMilli(peer.joinedMillis()),
                Duration.ofNanos(Math.max(0, System.nanoTime() - peer.heartbeat())));
    }

    /** What the memory is used for, quickly: from the page map and its hints. */
    public SegmentStatistics statistics() {
        return looked(() -> statistics(attachment.memory(), attachment.layout(), heap.statistics()));
    }

    /** What the memory is used for, exactly: looks at every block. */
    public SegmentStatistics deepStatistics() {
        return looked(() -> statistics(attachment.memory(), attachment.layout(), heap.deepStatistics()));
    }

    static SegmentStatistics statistics(Memory memory, SegmentLayout layout, HeapStatistics heap) {
        return new SegmentStatistics(
                heap.exact(),
                layout.segmentBytes(),
                heap.heapBytes(),
                heap.freeBytes(),
                heap.usedBytes(),
                heap.liveBytes(),
                heap.queuedBytes(),
                heap.tentativeBytes(),
                heap.metaBytes(),
                heap.wasteBytes(),
                heap.usedBlocks(),
                layout.pageBytes(),
                heap.freePages(),
                heap.largestFreeBlock(),
                heap.fragmentation(),
                heap.freeRuns(),
                heap.unusable(),
                heap.classes().stream()
                        .map(c ->
                                new SegmentStatistics.SizeClass(c.blockBytes(), c.slabs(), c.blocks(), c.freeBlocks()))
                        .toList(),
                heap.tentativeBySlot(),
                memory.getLongAcquire(SegmentLayout.REAPED));
    }

    /** Where in the heap what lies, from the page map. */
    public HeapMap heapMap() {
        return looked(() -> inspection().heapMap());
    }

    /**
     * Walks the whole segment and says what is wrong with it, a sentence for each problem; an empty list is good. What other
     * processes change meanwhile is looked at twice.
     */
    public List<String> verify() {
        return looked(() -> Verification.verify(attachment.memory(), attachment.layout()));
    }

    /**
     * Gives back now what dead processes held, instead of waiting for the housekeeping.
     *
     * @return how many were found dead
     */
    public int reap() {
        return guarded(() -> {
            int reaped = membership.liveness().reapAllDead();
            if (reaped > 0) {
                attachment.waitRoom().ring(WaitRoom.EVERYBODY);
            }
            objects.collectDestroyed();
            return reaped;
        });
    }

    /** Adds a listener. It hears of what happens from now on; who is there already is in {@link #peers}. */
    public void addListener(SegmentListener listener) {
        listeners.add(Objects.requireNonNull(listener));
    }

    public void removeListener(SegmentListener listener) {
        listeners.remove(listener);
    }

    private <T extends @Nullable Object> T guarded(Supplier<T> action) {
        return attachment.guarded(action);
    }

    /**
     * Looks at many words, and believes them only if they are still there: compiled code may go on for a while after it read what
     * is no longer there, and the JVM raises its error later, perhaps when the caller has the answer already.
     */
    private <T> T looked(Supplier<T> look) {
        return guarded(() -> {
            try {
                T seen = look.get();
                failIfTruncated();
                return seen;
            } catch (RuntimeException e) {
                failIfTruncated();
                throw e;
            }
        });
    }

    private void failIfTruncated() {
        if (membership.isTruncated()) {
            throw truncated();
        }
    }

    private static InternalError truncated() {
        return new InternalError("the file is shorter than the segment");
    }

    Heap heap() {
        return heap;
    }

    // ------------------------------------------------------------------------------------------ closing

    /**
     * Leaves the segment. Blocks and openings of this process go back; a creator ends the segment, after it has waited a little
     * for the others to leave; the last peer removes it. Waits for threads that are in the middle of a change, so nothing is
     * left half done. Further calls do nothing.
     *
     * @throws IllegalStateException if called by a listener, on the housekeeping thread, or by a handler of a queue's messages
     */
    @Override
    public void close() {
        if (housekeeping.isThisThread()) {
            throw new IllegalStateException("a listener must not close segment '" + name()
                    + "': the housekeeping thread would wait for itself. Hand it to another thread.");
        }
        attachment.checkMayEnd();
        closedHere = true;
        attachment.end(new SegmentClosedException("segment '" + name() + "' was closed by this process"));
        housekeeping.housekeeper().remove(keeper);
        try {
            leaveOnce();
        } finally {
            if (ownsHousekeeping) {
                housekeeping.close();
            }
        }
    }

    private void leaveOnce() {
        if (!left.compareAndSet(false, true)) {
            return;
        }
        if (membership.isTruncated() || isFailed()) {
            membership.abandon();
            return;
        }
        try {
            membership.leave(closeGrace);
        } catch (InternalError e) {
            membership.abandon();
            throw attachment.failed(e);
        } catch (RuntimeException e) {
            membership.abandon();
            throw e;
        }
    }

    private boolean isFailed() {
        try {
            attachment.checkOpen();
            return false;
        } catch (SegmentFailedException e) {
            return true;
        } catch (SegmentClosedException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return "SharedMemory[" + name() + ", " + membership.uuid() + ", " + role() + (isOpen() ? "" : ", closed") + "]";
    }

    // ------------------------------------------------------------------------------------------ housekeeping

    /** What the housekeeping thread does for this segment. */
    private final class Keeper implements Housekeeper.Resident {

        /** Slots whose connection ended, with the time until which the kernel is asked again and again. */
        private final Map<Integer, Long> suspects = new ConcurrentHashMap<>();

        private final Map<Integer, Peer> known = new HashMap<>();
        private long knownEpoch;
        private long nextFullRound;
        private volatile boolean creatorLost;
        private boolean closing;

        /** Whoever is here already has not joined just now. */
        void begin() {
            knownEpoch = slots.epoch();
            livingOthers().forEach(peer -> known.put(peer.slot(), peer));
            nextFullRound = System.nanoTime();
        }

        void suspect(int slot) {
            suspects.put(slot, System.nanoTime() + SUSPECT_GIVE_UP_NANOS);
            housekeeping.housekeeper().wakeUp();
        }

        @Override
        public long keep(long now) {
            try {
                if (attachment.isOpen()) {
                    look(now);
                } else if (isFailed()) {
                    finish();
                }
            } catch (InternalError e) {
                attachment.failed(e);
            } catch (SegmentClosedException e) {
                // Closed by another thread while this one looked.
            } catch (RuntimeException e) {
                housekeeping.report(e);
            }
            return suspects.isEmpty() ? nextFullRound : now + SUSPECT_RETRY_NANOS;
        }

        private void look(long now) {
            boolean full = now - nextFullRound >= 0;
            if (full) {
                nextFullRound = now + FULL_ROUND_NANOS;
                if (membership.isTruncated()) {
                    attachment.failed(truncated());
                    finish();
                    return;
                }
                slots.beat(attachment.slot(), now);
                tellOfReaped(membership.liveness().reapAllDead());
            }
            askAboutSuspects(now);
            tellOfPeers();
            if (full || !known.isEmpty()) {
                lookAtCreator();
            }
            lookAtState();
            if (full && attachment.isOpen()) {
                attachment.runGuarded(objects::collectDestroyed);
                attachment.doChores();
                membership.callPeers(housekeeping.housekeeper());
            }
        }

        private void askAboutSuspects(long now) {
            for (Iterator<Map.Entry<Integer, Long>> it = suspects.entrySet().iterator(); it.hasNext(); ) {
                Map.Entry<Integer, Long> suspect = it.next();
                int slot = suspect.getKey();
                boolean reaped = slot >= 0
                        && slot < slots.count()
                        && !slots.isFree(slot)
                        && membership.liveness().reapIfDead(slot);
                if (reaped) {
                    tellOfReaped(1);
                } else if (slot >= 0 && slot < slots.count() && slots.isFree(slot)) {
                    // It left, or somebody else has reaped it: what it held is there for those who wait here.
                    attachment.waitRoom().ring(attachment.waitRoom().ownBit());
                }
                if (reaped
                        || slot < 0
                        || slot >= slots.count()
                        || slots.isFree(slot)
                        || now - suspect.getValue() >= 0) {
                    it.remove();
                }
            }
        }

        /** What the dead had taken is there again, and what they held up goes on: whoever waits has a look. */
        private void tellOfReaped(int count) {
            if (count > 0) {
                attachment.waitRoom().ring(WaitRoom.EVERYBODY);
            }
        }

        private void tellOfPeers() {
            long epoch = slots.epoch();
            if (epoch == knownEpoch) {
                return;
            }
            knownEpoch = epoch;
            List<Peer> living = livingOthers();
            Map<Integer, Peer> present = new HashMap<>();
            living.forEach(peer -> present.put(peer.slot(), peer));
            for (Peer peer : new ArrayList<>(known.values())) {
                Peer now = present.get(peer.slot());
                if (now == null || now.generation() != peer.generation()) {
                    known.remove(peer.slot());
                    boolean died = slots.died(peer.slot(), peer.generation());
                    tell(listener -> {
                        if (died) {
                            listener.peerDied(SharedMemory.this, info(peer));
                        } else {
                            listener.peerLeft(SharedMemory.this, info(peer));
                        }
                    });
                }
            }
            for (Peer peer : living) {
                if (known.putIfAbsent(peer.slot(), peer) == null) {
                    tell(listener -> listener.peerJoined(SharedMemory.this, info(peer)));
                }
            }
            membership.callPeers(housekeeping.housekeeper());
        }

        private List<Peer> livingOthers() {
            return slots.peers().stream()
                    .filter(peer -> peer.state() != SlotLayout.JOINING && peer.slot() != attachment.slot())
                    .toList();
        }

        private void lookAtCreator() {
            boolean lost = membership.state() == SegmentState.READY && membership.isCreatorLost();
            boolean known = creatorLost;
            creatorLost = lost;
            if (lost && !known) {
                tell(listener -> listener.creatorLost(SharedMemory.this));
                if (onCreatorLost == OnCreatorLost.CLOSE && role() == Role.CONSUMER) {
                    attachment.end(
                            new SegmentClosedException(
                                    "the creator of segment '" + name()
                                            + "' is dead, and this process is told to stop then. Open it again when there is a new one."));
                    finish();
                }
            }
        }

        private void lookAtState() {
            if (!attachment.isOpen()) {
                return;
            }
            switch (membership.state()) {
                case READY -> {
                    // As it should be.
                }
                case CLOSING -> {
                    if (!closing) {
                        closing = true;
                        tell(listener -> listener.closing(SharedMemory.this));
                    }
                }
                case CLOSED -> end("was ended by its creator");
                case SUPERSEDED -> end("was replaced by a new creator");
                case FAILED, UNKNOWN -> {
                    // Of a state that is no longer there anything may be read, before the JVM raises its error.
                    if (membership.isTruncated()) {
                        attachment.failed(truncated());
                    } else {
                        attachment.end(
                                new SegmentFailedException(
                                        "segment '" + name()
                                                + "' has failed: a committed change could not be carried out. Stop its processes and remove it."));
                    }
                    finish();
                }
            }
        }

        private void end(String how) {
            attachment.end(new SegmentClosedException(
                    "segment '" + name() + "' " + how + ". Open it again to use its successor."));
            finish();
        }

        /** The segment has ended for this process: leave it, then tell. */
        private void finish() {
            if (left.get()) {
                return;
            }
            suspects.clear();
            leaveOnce();
            try {
                attachment.checkOpen();
            } catch (SharedMemoryException reason) {
                tell(listener -> listener.ended(SharedMemory.this, reason));
            }
        }

        private void tell(Consumer<SegmentListener> event) {
            for (SegmentListener listener : listeners) {
                try {
                    event.accept(listener);
                } catch (Throwable e) {
                    housekeeping.report(e);
                }
            }
        }
    }

    // ------------------------------------------------------------------------------------------ describing

    /**
     * Describes a segment, and then creates or opens it. Not for several threads at once; may be used again.
     *
     * <p>{@code size} and {@code slots} matter to whoever creates the segment; an opener takes what it finds, except that a size
     * it asks for is the least it accepts. A thread that is interrupted while it opens a segment gets an exception, and no
     * segment is left half made.
     */
    public static final class Builder {

        private static final long DEFAULT_SIZE = 64L << 20;
        private static final Duration FOREVER = Duration.ofDays(36_500);

        private final String name;
        private final List<SegmentListener> listeners = new ArrayList<>();
        private @Nullable Path directory;
        private long size = DEFAULT_SIZE;
        private boolean sizeAsked;
        private int slots = SegmentLayout.DEFAULT_SLOTS;
        private Role role = Role.PEER;
        private OptionalLong hashSeed = OptionalLong.empty();
        private OnStale onStale = OnStale.RECREATE;
        private OnCreatorLost onCreatorLost = OnCreatorLost.KEEP;
        private Duration attachTimeout = Duration.ofSeconds(30);
        private Duration closeGrace = Duration.ofSeconds(1);
        private FileAccess access = FileAccess.PRIVATE;
        private String application = defaultApplication();
        private Consumer<Throwable> errorHandler = Housekeeping::uncaught;

        private Builder(String name) {
            this.name = SegmentDirectory.checkName(name);
        }

        /** Size in bytes, a multiple of 4,096; all of it is taken from the file system at once. Default 64 MiB. */
        public Builder size(long bytes) {
            this.size = bytes;
            this.sizeAsked = true;
            return this;
        }

        /** Directory of the segment: ours alone, on a local file system. Default {@code /dev/shm/shm-<uid>}. */
        public Builder directory(Path directory) {
            if (directory.getFileSystem() != FileSystems.getDefault()) {
                throw new IllegalArgumentException("directory must be on the host's own file system, where it can be "
                        + "mapped: directory=" + directory.toUri());
            }
            this.directory = directory;
            return this;
        }

        /** What this process is to the segment. Default {@link Role#PEER}. */
        public Builder role(Role role) {
            this.role = Objects.requireNonNull(role);
            return this;
        }

        /**
         * Seed of hashes over keys. A new segment gets it, or a random one by default; an existing one must have it, and by
         * default is taken with the one it has.
         */
        public Builder hashSeed(long seed) {
            this.hashSeed = OptionalLong.of(seed);
            return this;
        }

        /** How many processes can be attached at once, 1 to 1,023. Default 64. */
        public Builder slots(int slots) {
            this.slots = slots;
            return this;
        }

        /**
         * Lets the members of a group use the directory and the segment too. The group is then as trusted as this user:
         * its members can change every byte. Default: this user alone.
         */
        public Builder group(String group) {
            this.access = new FileAccess(Objects.requireNonNull(group));
            return this;
        }

        /** What this process calls itself to the others; cut to 60 bytes. Default: its main class. */
        public Builder application(String application) {
            this.application = Objects.requireNonNull(application);
            return this;
        }

        /** What a creator does with the segment of a dead one. Default {@link OnStale#RECREATE}. */
        public Builder onStale(OnStale onStale) {
            this.onStale = Objects.requireNonNull(onStale);
            return this;
        }

        /** What a consumer does when the creator dies. Default {@link OnCreatorLost#KEEP}. */
        public Builder onCreatorLost(OnCreatorLost onCreatorLost) {
            this.onCreatorLost = Objects.requireNonNull(onCreatorLost);
            return this;
        }

        /** How long a consumer waits for a creator, and anybody for others that open or close it. Default 30 seconds. */
        public Builder attachTimeout(Duration timeout) {
            this.attachTimeout = notNegative("attachTimeout", timeout);
            return this;
        }

        /** How long a creator that closes waits for the others to leave. Default one second. */
        public Builder closeGrace(Duration grace) {
            this.closeGrace = notNegative("closeGrace", grace);
            return this;
        }

        /** Adds a listener, which misses nothing that happens once the segment is open. */
        public Builder listener(SegmentListener listener) {
            this.listeners.add(Objects.requireNonNull(listener));
            return this;
        }

        /**
         * Gets what listeners throw, and what goes wrong in the housekeeping. Default: the thread's uncaught exception handler.
         */
        public Builder errorHandler(Consumer<Throwable> handler) {
            this.errorHandler = Objects.requireNonNull(handler);
            return this;
        }

        /**
         * Creates the segment.
         *
         * @throws dev.shm.error.SegmentExistsException if there is one of that name
         * @throws dev.shm.error.SegmentInUseException if there is one with a living creator
         * @throws dev.shm.error.InsufficientSpaceException if the file system has too little room
         */
        public SharedMemory create() {
            return open(Verb.CREATE, null);
        }

        /**
         * Opens the segment; a consumer waits until there is one.
         *
         * @throws dev.shm.error.SegmentNotFoundException if there is none
         * @throws dev.shm.error.SegmentFormatException if the file of that name is not a segment, or damaged
         * @throws dev.shm.error.SegmentVersionException if another version wrote it
         * @throws dev.shm.error.TooManyPeersException if every slot is taken by a living process
         */
        public SharedMemory open() {
            return open(Verb.OPEN, null);
        }

        /** Opens the segment, or creates it if there is none; throws what {@link #create} and {@link #open} throw. */
        public SharedMemory openOrCreate() {
            return open(Verb.OPEN_OR_CREATE, null);
        }

        SharedMemory open(Verb verb, @Nullable Housekeeping shared) {
            if (role == Role.CONSUMER && verb == Verb.CREATE) {
                throw new IllegalStateException(
                        "a consumer does not create segment '" + name + "'. Use open(), or another role(...).");
            }
            return SharedMemory.open(this, verb, shared);
        }

        String name() {
            return name;
        }

        private Settings settings() {
            return new Settings(
                    name,
                    directory == null ? SegmentDirectory.defaultPath() : directory,
                    access,
                    role.code(),
                    application,
                    size,
                    sizeAsked,
                    slots,
                    hashSeed,
                    Settings.Stale.valueOf(onStale.name()),
                    attachTimeout);
        }

        private static Duration notNegative(String what, Duration duration) {
            if (duration.isNegative()) {
                throw new IllegalArgumentException(what + " must not be negative: " + duration);
            }
            // Whoever says forever says more than a long has nanoseconds.
            return duration.compareTo(FOREVER) < 0 ? duration : FOREVER;
        }

        private static String defaultApplication() {
            String command = System.getProperty("sun.java.command", "java");
            String main = command.split(" ", 2)[0];
            return main.substring(main.lastIndexOf('/') + 1);
        }
    }
}
