package dev.shm.segment;

import dev.shm.error.HashSeedMismatchException;
import dev.shm.error.SegmentAccessException;
import dev.shm.error.SegmentExistsException;
import dev.shm.error.SegmentFailedException;
import dev.shm.error.SegmentInUseException;
import dev.shm.error.SegmentNotFoundException;
import dev.shm.error.SegmentSizeMismatchException;
import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import dev.shm.segment.Settings.Stale;
import dev.shm.segment.Settings.Verb;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A process's part in a segment, from joining to leaving: who creates, who waits, who takes over and who removes. All
 * of it is decided under the role lock of the name.
 *
 * <table>
 *   <caption>What a role does</caption>
 *   <tr><th></th><th>opening</th><th>closing</th></tr>
 *   <tr><td>creator</td><td>makes the segment; refuses while another creator lives; replaces, adopts or refuses that of a dead
 *   one</td><td>says so, waits a little for the others to leave, ends the segment and removes its name</td></tr>
 *   <tr><td>consumer</td><td>waits for a segment whose creator lives</td><td>leaves</td></tr>
 *   <tr><td>peer</td><td>opens it or makes it</td><td>leaves; the last one removes it, unless it has a creator</td></tr>
 * </table>
 */
public final class Membership {

    /** What the upper floors contribute. */
    public interface Floors {
        /** Fills in what they need in a new segment, before it has a name. */
        void initialise(Memory memory, SegmentLayout layout);

        /** Makes the reaper of a segment. */
        Reaper reaper(Memory memory, SegmentLayout layout, Slots slots);
    }

    private static final long POLL_MILLIS = 10;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Settings settings;
    private final SegmentDirectory directory;
    private final FileLocks locks;
    private final SlotGuard guard;
    private final SlotGuard.Seat seat;
    private final Attachment attachment;
    private final Slots slots;
    private final UUID uuid;
    private final @Nullable Object fileKey;
    private @Nullable Doorbell doorbell;

    private Membership(
            Settings settings,
            SegmentDirectory directory,
            FileLocks locks,
            SlotGuard guard,
            SlotGuard.Seat seat,
            Memory memory,
            SegmentLayout layout,
            Slots slots,
            UUID uuid) {
        this.settings = settings;
        this.directory = directory;
        this.locks = locks;
        this.guard = guard;
        this.seat = seat;
        this.attachment = new Attachment(memory, layout, settings.name(), seat.slot(), seat.generation());
        this.slots = slots;
        this.uuid = uuid;
        this.fileKey = directory.fileKey(settings.name());
    }

    // ------------------------------------------------------------------------------------------ joining

    /** Joins a segment in the way that the role and the verb say. */
    public static Membership join(Settings settings, Verb verb, Floors floors) {
        SegmentDirectory.checkName(settings.name());
        boolean mayCreate = verb != Verb.OPEN && settings.role() != SlotLayout.ROLE_CONSUMER;
        SegmentLayout wanted = mayCreate ? SegmentLayout.of(settings.size(), settings.slots()) : null;
        return new Joiner(settings, verb, floors, wanted).join();
    }

    private static final class Joiner {

        private final Settings settings;
        private final String name;
        private final Verb verb;
        private final Floors floors;
        private final @Nullable SegmentLayout wanted;
        private String waitingFor = "it does not exist";

        Joiner(Settings settings, Verb verb, Floors floors, @Nullable SegmentLayout wanted) {
            this.settings = settings;
            this.name = settings.name();
            this.verb = verb;
            this.floors = floors;
            this.wanted = wanted;
        }

        Membership join() {
            boolean waits = settings.role() == SlotLayout.ROLE_CONSUMER;
            long deadline = System.nanoTime() + settings.attachTimeout().toNanos();
            for (; ; ) {
                Membership joined = tryJoin(waits);
                if (joined != null) {
                    return joined;
                }
                if (!waits) {
                    throw new SegmentNotFoundException("there is no segment '" + name + "' in " + settings.directory()
                            + ": " + waitingFor
                            + ". Create it with create() or openOrCreate(), or start the process that "
                            + "does.");
                }
                if (System.nanoTime() - deadline >= 0) {
                    throw new SegmentNotFoundException("no creator has offered segment '" + name + "' in "
                            + settings.directory() + " for "
                            + settings.attachTimeout().toMillis() + " ms: " + waitingFor
                            + ". Start the process that creates it, or wait longer with attachTimeout(...).");
                }
                try {
                    Thread.sleep(POLL_MILLIS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new SegmentAccessException("interrupted while waiting for segment '" + name + "'", e);
                }
            }
        }

        private @Nullable Membership tryJoin(boolean waits) {
            SegmentDirectory.checkSocketPath(settings.directory(), name);
            SegmentDirectory directory;
            try {
                directory = wanted == null
                        ? SegmentDirectory.open(settings.directory(), settings.access())
                        : SegmentDirectory.openOrCreate(settings.directory(), settings.access());
            } catch (SegmentNotFoundException e) {
                return null;
            }
            SegmentDirectory.checkSocketPath(directory.path(), name);
            if (waits && directory.fileKey(name) == null) {
                return null;
            }
            FileLocks locks = new FileLocks(directory, name);
            return locks.withRoleLock(settings.attachTimeout(), () -> decide(directory, locks));
        }

        /** Under the role lock. Null if there is nothing to join, and nothing may be made. */
        private @Nullable Membership decide(SegmentDirectory directory, FileLocks locks) {
            MappedMemory memory;
            SegmentLayout layout;
            try (FileChannel file = directory.openData(name, true)) {
                if (file == null) {
                    return wanted == null ? null : create(directory, locks, wanted);
                }
                layout = SegmentHeader.check(file, directory.data(name));
                memory = MappedMemory.map(file, layout.segmentBytes());
            } catch (IOException e) {
                throw new SegmentAccessException(
                        "the segment " + directory.data(name) + " cannot be opened: " + SegmentDirectory.reason(e), e);
            }
            Slots slots = new Slots(memory, layout);
            UUID uuid = SegmentHeader.uuid(memory);
            SlotGuard guard = new SlotGuard(directory, name, uuid, locks, slots, floors.reaper(memory, layout, slots));
            Existing existing = new Existing(memory, layout, slots, guard, uuid);
            return existing.hasEnded()
                    ? replaceEnded(directory, locks, existing)
                    : useLiving(directory, locks, existing);
        }

        private @Nullable Membership replaceEnded(SegmentDirectory directory, FileLocks locks, Existing existing) {
            waitingFor = "the one of that name has ended";
            if (wanted == null) {
                return null;
            }
            Peer other = existing.anyAlive();
            if (existing.state() == SegmentState.FAILED && other != null) {
                throw new SegmentFailedException("the segment '" + name + "' has failed and is still held by "
                        + other.describe() + ". Stop that process.");
            }
            directory.remove(name);
            return create(directory, locks, wanted);
        }

        private @Nullable Membership useLiving(SegmentDirectory directory, FileLocks locks, Existing existing) {
            Peer creator = existing.livingCreator();
            if (existing.state() == SegmentState.CLOSING) {
                if (settings.role() == SlotLayout.ROLE_CONSUMER) {
                    waitingFor = "its creator is closing it";
                    return null;
                }
                throw new SegmentInUseException("the segment '" + name + "' is being closed by "
                        + (creator == null ? "its creator" : creator.describe()) + ". Try again when it is done.");
            }
            switch (settings.role()) {
                case SlotLayout.ROLE_CREATOR -> {
                    return createOver(directory, locks, existing, creator);
                }
                case SlotLayout.ROLE_CONSUMER -> {
                    if (existing.hasCreator() && creator == null) {
                        waitingFor = "the creator of the one of that name is dead";
                        return null;
                    }
                }
                default -> {
                    if (verb == Verb.CREATE) {
                        throw new SegmentExistsException("there is a segment '" + name + "' in " + directory.path()
                                + " already. Use open() or openOrCreate(), or remove it first.");
                    }
                }
            }
            return enter(directory, locks, existing);
        }

        private Membership createOver(
                SegmentDirectory directory, FileLocks locks, Existing existing, @Nullable Peer creator) {
            if (creator != null) {
                throw new SegmentInUseException("the segment '" + name + "' has a living creator: " + creator.describe()
                        + ". Open it as a consumer, or stop that process.");
            }
            Peer other = existing.anyAlive();
            if (!existing.hasCreator() && other != null) {
                throw new SegmentInUseException(
                        "the segment '" + name + "' is shared by peers without a creator, among them "
                                + other.describe() + ". Open it as a peer.");
            }
            if (settings.stale() == Stale.FAIL) {
                throw new SegmentExistsException("the creator of segment '" + name + "' in " + directory.path()
                        + " is dead, and this process is told to refuse what it left. Remove it, or use "
                        + "onStale(RECREATE) or onStale(ADOPT).");
            }
            if (settings.stale() == Stale.ADOPT || verb == Verb.OPEN) {
                Membership adopted = enter(directory, locks, existing);
                SegmentHeader.setCreator(existing.memory, adopted.seat.slot());
                return adopted;
            }
            // Those who still use the old one must see that it has ended before anybody sees the new one.
            existing.memory.putLongRelease(SegmentLayout.STATE, SegmentState.SUPERSEDED.code());
            directory.remove(name);
            return create(directory, locks, Objects.requireNonNull(wanted));
        }

        private Membership create(SegmentDirectory directory, FileLocks locks, SegmentLayout layout) {
            UUID uuid = UUID.randomUUID();
            directory.removeLeftovers(name, null);
            MappedMemory memory = directory.create(name, layout, uuid, blank -> {
                floors.initialise(blank, layout);
                if (settings.role() == SlotLayout.ROLE_CREATOR) {
                    // Nobody else can join before us, so the first slot will be ours.
                    SegmentHeader.setCreator(blank, 0);
                }
                SegmentHeader.write(
                        blank,
                        layout,
                        uuid,
                        settings.hashSeed().orElseGet(RANDOM::nextLong),
                        ProcessIdentity.current().bootId(),
                        System.currentTimeMillis());
            });
            if (memory == null) {
                throw new SegmentExistsException("something else put a file at " + directory.data(name)
                        + " while the segment was made. Remove it, or choose another name.");
            }
            Slots slots = new Slots(memory, layout);
            SlotGuard guard = new SlotGuard(directory, name, uuid, locks, slots, floors.reaper(memory, layout, slots));
            return enter(directory, locks, new Existing(memory, layout, slots, guard, uuid));
        }

        private Membership enter(SegmentDirectory directory, FileLocks locks, Existing existing) {
            Memory memory = existing.memory;
            if (settings.sizeAsked() && settings.size() > existing.layout.segmentBytes()) {
                throw new SegmentSizeMismatchException(
                        "the segment '" + name + "' has " + existing.layout.segmentBytes()
                                + " bytes, and this process asks for " + settings.size()
                                + ". Give all its processes one size(...), or stop them and remove it.");
            }
            long seed = memory.getLong(SegmentLayout.HASH_SEED);
            if (settings.hashSeed().isPresent() && settings.hashSeed().getAsLong() != seed) {
                throw new HashSeedMismatchException("the segment '" + name + "' was created with hash seed " + seed
                        + ", and this process asks for " + settings.hashSeed().getAsLong()
                        + ". Leave hashSeed(...) away to adopt it, or give all its processes the same.");
            }
            SlotGuard.Seat seat =
                    existing.guard.join(settings.role(), settings.application(), System.currentTimeMillis());
            return new Membership(
                    settings,
                    directory,
                    locks,
                    existing.guard,
                    seat,
                    memory,
                    existing.layout,
                    existing.slots,
                    existing.uuid);
        }
    }

    /** A segment found under the name. */
    private record Existing(Memory memory, SegmentLayout layout, Slots slots, SlotGuard guard, UUID uuid) {

        SegmentState state() {
            return SegmentHeader.state(memory);
        }

        /** Whether nobody will use it again: it says so, its creator died saying so, or the machine was started anew. */
        boolean hasEnded() {
            return switch (state()) {
                case CLOSED, SUPERSEDED, FAILED, UNKNOWN -> true;
                case CLOSING -> livingCreator() == null;
                case READY ->
                    memory.getLong(SegmentLayout.BOOT_ID)
                            != ProcessIdentity.current().bootId();
            };
        }

        boolean hasCreator() {
            return SegmentHeader.creatorSlot(memory) >= 0;
        }

        @Nullable
        Peer livingCreator() {
            return Membership.livingCreator(memory, slots, guard);
        }

        @Nullable
        Peer anyAlive() {
            for (Peer peer : slots.peers()) {
                if (guard.isAlive(peer.slot()) && !guard.isAbandonedHere(peer.slot())) {
                    return peer;
                }
            }
            return null;
        }
    }

    private static @Nullable Peer livingCreator(Memory memory, Slots slots, SlotGuard guard) {
        int slot = SegmentHeader.creatorSlot(memory);
        if (slot < 0 || slot >= slots.count()) {
            return null;
        }
        Peer peer = slots.peer(slot);
        return peer != null && peer.role() == SlotLayout.ROLE_CREATOR && guard.isAlive(slot) ? peer : null;
    }

    /**
     * Rings up the doorbell and tells the others that this process is here.
     *
     * @param suspect told the slot of a peer whose connection ended; on any thread, quickly
     * @param joined told that a peer rang for the first time; likewise
     */
    public void goLive(Housekeeper housekeeper, IntConsumer suspect, Runnable joined) {
        WaitRoom waitRoom = attachment.waitRoom();
        Doorbell opened = Doorbell.open(directory, settings.name(), uuid, seat.slot(), suspect, joined, () -> {
            waitRoom.look();
            if (state() != SegmentState.READY) {
                housekeeper.wakeUp();
            }
        });
        waitRoom.connect(opened::ring, housekeeper.ear());
        doorbell = opened;
        try {
            opened.register(housekeeper.ear());
        } catch (IOException e) {
            opened.close();
            throw new SegmentAccessException("cannot listen for peers: " + SegmentDirectory.reason(e), e);
        }
        slots.live(seat.slot(), seat.generation());
        callPeers(housekeeper);
    }

    /** Connects to every living peer that there is no connection to. */
    public void callPeers(Housekeeper housekeeper) {
        Doorbell bell = doorbell;
        if (bell == null) {
            return;
        }
        for (int slot = 0; slot < slots.count(); slot++) {
            if (SlotLayout.state(slots.word(slot)) == SlotLayout.LIVE) {
                bell.call(slot, housekeeper.ear());
            }
        }
    }

    // ------------------------------------------------------------------------------------------ being in

    public Attachment attachment() {
        return attachment;
    }

    public Slots slots() {
        return slots;
    }

    public Liveness liveness() {
        return guard;
    }

    public UUID uuid() {
        return uuid;
    }

    public Path path() {
        return directory.data(settings.name());
    }

    /** What the header says of the segment. */
    public SegmentState state() {
        return SegmentHeader.state(attachment.memory());
    }

    /** Whether the name still refers to this segment. */
    public boolean isNamed() {
        return fileKey != null && fileKey.equals(directory.fileKey(settings.name()));
    }

    /** Whether the file, as long as it has its name, is shorter than it was: then the mapping must not be touched. */
    public boolean isTruncated() {
        return isNamed()
                && directory.fileBytes(settings.name()) < attachment.layout().segmentBytes();
    }

    /** Whether the segment has a creator and it is dead or gone. */
    public boolean isCreatorLost() {
        return SegmentHeader.creatorSlot(attachment.memory()) >= 0
                && livingCreator(attachment.memory(), slots, guard) == null;
    }

    // ------------------------------------------------------------------------------------------ leaving

    /**
     * Leaves. The attachment has been ended already, so no thread of this process begins anything any more; those that are in the
     * middle of something are waited for.
     *
     * @param grace how long a creator waits for the others to leave first
     */
    public void leave(Duration grace) {
        attachment.awaitGuarded();
        boolean creator = settings.role() == SlotLayout.ROLE_CREATOR
                && SegmentHeader.creatorSlot(attachment.memory()) == seat.slot();
        if (creator) {
            locks.withRoleLock(settings.attachTimeout(), () -> mark(SegmentState.READY, SegmentState.CLOSING));
            ring();
            awaitOthers(grace);
        }
        locks.withRoleLock(settings.attachTimeout(), () -> {
            boolean last = creator
                    || (SegmentHeader.creatorSlot(attachment.memory()) < 0
                            && othersAlive().isEmpty());
            if (last) {
                // Marked first, so that nobody takes the end of the segment for its content.
                mark(SegmentState.READY, SegmentState.CLOSED);
                mark(SegmentState.CLOSING, SegmentState.CLOSED);
            }
            guard.leave(seat);
            if (last && isNamed()) {
                directory.remove(settings.name());
            }
            return null;
        });
        abandonDoorbell();
    }

    /** Leaves a segment whose bytes must not be touched: the kernel gives back the slot, and the others reap it. */
    public void abandon() {
        abandonDoorbell();
        seat.lock().close();
    }

    /** Has the others look at what has changed. */
    private void ring() {
        Doorbell bell = doorbell;
        if (bell != null) {
            bell.ring();
        }
    }

    private void abandonDoorbell() {
        Doorbell bell = doorbell;
        if (bell != null) {
            bell.close();
        }
    }

    private @Nullable Void mark(SegmentState from, SegmentState to) {
        attachment.memory().compareAndSetLong(SegmentLayout.STATE, from.code(), to.code());
        return null;
    }

    private void awaitOthers(Duration grace) {
        long deadline = System.nanoTime() + grace.toNanos();
        boolean interrupted = false;
        while (System.nanoTime() - deadline < 0 && !othersAlive().isEmpty()) {
            try {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                interrupted = true;
                break;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private List<Peer> othersAlive() {
        return slots.peers().stream()
                .filter(peer -> peer.slot() != seat.slot() && guard.isAlive(peer.slot()))
                .toList();
    }
}
