package dev.shm.heap;

import dev.shm.error.SegmentClosedException;
import dev.shm.error.StaleReferenceException;
import dev.shm.memory.Memory;
import dev.shm.segment.Attachment;
import dev.shm.segment.EndFlag;
import dev.shm.segment.Liveness;
import dev.shm.segment.Peer;
import dev.shm.segment.Slots;
import dev.shm.segment.WaitRoom;
import java.lang.ref.Reference;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntToLongFunction;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a shared object's Java face stands on: one opening of one named object. While it is open, the object's memory stays,
 * even if the name is destroyed meanwhile.
 */
public final class ObjectHandle implements AutoCloseable {

    private final Attachment attachment;
    private final Heap heap;
    private final Slots slots;
    private final Liveness liveness;
    private final Journal journal;
    private final LongFunction<SharedLock> locks;
    private final Runnable release;
    private final String name;
    private final long reference;
    private final long payload;
    private final EndFlag end;
    /** {@link #end}, or one that is set from the beginning if {@link #payload} has more to look at. */
    private final EndFlag unsure;
    /** Address of the word that says that the object was destroyed, or 0. */
    private final long endAddress;
    /** What this is a part of, or null. */
    private final @Nullable ObjectHandle whole;

    private final long part;
    private final IntToLongFunction openers;
    /** Parts that are to be held until this is closed. */
    private final Set<ObjectHandle> pinned;
    /** What asks whether a part may be closed, or null. */
    private volatile Attachment.@Nullable Ending ending;

    private volatile boolean closed;

    /**
     * An opening of an object.
     *
     * @param name its name
     * @param reference its root block
     * @param kind its kind
     * @param locks gives the one lock object of this process for an address
     * @param openers the bits of those who have it open, 64 slots in a word
     * @param release gives the opening back
     */
    public ObjectHandle(
            Attachment attachment,
            Heap heap,
            Slots slots,
            Liveness liveness,
            Journal journal,
            String name,
            long reference,
            ObjectKind kind,
            LongFunction<SharedLock> locks,
            IntToLongFunction openers,
            Runnable release) {
        this.attachment = attachment;
        this.heap = heap;
        this.slots = slots;
        this.liveness = liveness;
        this.journal = journal;
        this.name = name;
        this.reference = reference;
        this.payload = heap.payload(reference);
        this.locks = locks;
        this.release = release;
        this.end = attachment.newFlag();
        this.endAddress = kind.endAddress(payload);
        this.unsure = endAddress != 0 ? EndFlag.alwaysSet() : end;
        this.whole = null;
        this.part = 0;
        this.openers = openers;
        this.pinned = ConcurrentHashMap.newKeySet();
    }

    private ObjectHandle(ObjectHandle whole, long part, long reference) {
        this.attachment = whole.attachment;
        this.heap = whole.heap;
        this.slots = whole.slots;
        this.liveness = whole.liveness;
        this.journal = whole.journal;
        this.name = whole.name;
        this.reference = reference;
        this.payload = heap.payload(reference);
        this.locks = whole.locks;
        this.release = () -> {};
        // Nobody sets it, since the whole is asked each time.
        this.end = new EndFlag();
        this.endAddress = 0;
        this.unsure = EndFlag.alwaysSet();
        this.whole = whole;
        this.part = part;
        this.openers = whole.openers;
        this.pinned = whole.pinned;
    }

    /**
     * A handle to a part of this object that has a root of its own. It can be used for as long as this one can.
     *
     * @param number tells it from other parts
     * @param reference the part's root block
     */
    public ObjectHandle part(long number, long reference) {
        return new ObjectHandle(this, number, reference);
    }

    /** Whether this is a part of the very object that another handle is an opening of. */
    public boolean isPartOf(ObjectHandle other) {
        return whole != null && whole.attachment == other.attachment && whole.reference == other.reference;
    }

    /**
     * Bytes of this were given away that show the segment itself: what this is a part of has it from now on until it is closed, so that its
     * memory stays.
     */
    public void pin() {
        if (whole != null) {
            pinned.add(this);
        }
    }

    /**
     * Something is to be asked before the segment is closed. A part keeps it for itself, and {@link #checkMayEnd} asks it, so that nothing but who
     * uses a part has it.
     */
    public void addEnding(Attachment.Ending added) {
        if (whole == null) {
            attachment.addEnding(added);
        } else {
            ending = added;
        }
    }

    /** It need not be asked any more. */
    public void removeEnding(Attachment.Ending removed) {
        if (whole == null) {
            attachment.removeEnding(removed);
        } else {
            ending = null;
        }
    }

    /**
     * Whether the calling thread may close this part.
     *
     * @throws IllegalStateException if it is in the middle of something
     */
    public void checkMayEnd() {
        Attachment.Ending asked = ending;
        if (asked != null) {
            asked.check();
        }
    }

    /** The bits of those processes that have the object open, of 64 slots. */
    public long openers(int word) {
        return openers.applyAsLong(word);
    }

    /** Which part it is. */
    public long part() {
        return part;
    }

    public String name() {
        return name;
    }

    /** This process's hold on the segment. */
    public Attachment attachment() {
        return attachment;
    }

    /** Who has a slot now, or null. */
    public @Nullable Peer peer(int slot) {
        return slots.peer(slot);
    }

    /** Names this attachment in words that say who holds something; the lowest 16 bits are zero. */
    public long ownerWord() {
        return LockWord.of(attachment.slot(), attachment.generation());
    }

    /** Whether the process that such a word names is gone, so that what it held is free. The lowest 16 bits do not count. */
    public boolean isGone(long ownerWord) {
        return LockWord.isGone(ownerWord, slots);
    }

    /**
     * As {@link #isGone}, for whoever would be refused otherwise: if the process is dead and nobody has reaped it yet, this does, instead
     * of leaving it to the housekeeping. That asks the kernel, so it is not for every look. Not to be called by who has a lock of
     * the segment.
     */
    public boolean isGoneOrDead(long ownerWord) {
        if (isGone(ownerWord)) {
            return true;
        }
        int slot = LockWord.slot(ownerWord);
        if (slot == attachment.slot()) {
            return false;
        }
        return attachment.guarded(() -> {
            if (liveness.reapIfDead(slot)) {
                // Others wait for what it held as well.
                attachment.waitRoom().ring(WaitRoom.EVERYBODY);
            }
            return isGone(ownerWord);
        });
    }

    /** The process that such a word names, in words. */
    public String describeOwner(long ownerWord) {
        Peer peer = isGone(ownerWord) ? null : slots.peer(LockWord.slot(ownerWord));
        return peer == null ? "nobody" : peer.describe();
    }

    /** Rises whenever a process comes or goes. */
    public long peerEpoch() {
        return slots.epoch();
    }

    public Memory memory() {
        return attachment.memory();
    }

    public Heap heap() {
        return heap;
    }

    public Journal journal() {
        return journal;
    }

    /** The lock whose word is at that offset in the root block. */
    public SharedLock lock(int offset) {
        return locks.apply(payload + offset);
    }

    /** The root block; no other object ever has this reference. */
    public long reference() {
        return reference;
    }

    /** Address of the root block's payload, if this opening and the segment are open. */
    public long payload() {
        attachment.checkOpen();
        if (closed) {
            throw new SegmentClosedException("this handle to '" + name + "' is closed. Open the object again.");
        }
        if (whole != null) {
            whole.payload();
        } else if (endAddress != 0 && memory().getLongAcquire(endAddress) != 0) {
            throw new StaleReferenceException("'" + name + "' in segment '" + attachment.name()
                    + "' was destroyed. Close what you have of it, and get another.");
        }
        return payload;
    }

    /** As {@link #payload}, for single reads and stores: see {@link EndFlag} for the difference. */
    public long quickPayload() {
        return unsure.isSet() ? payload() : payload;
    }

    /** Says whether {@link #payload} must be asked; if not, this opening and the segment are open. */
    public EndFlag unsure() {
        return unsure;
    }

    /** What to throw for an error of the memory: the segment's file was truncated under the mapping. */
    public RuntimeException failed(InternalError error) {
        return attachment.failed(error);
    }

    /**
     * Runs an action on the object that closing the segment waits for; see {@link Attachment#guarded}. For as long as it runs this is reachable, and
     * so the memory of a part stays.
     */
    public <T extends @Nullable Object> T guarded(Supplier<T> action) {
        try {
            return attachment.guarded(action);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    public boolean isOpen() {
        return !closed && attachment.isOpen() && (whole == null || whole.isOpen());
    }

    /** Gives this opening back; further calls do nothing. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        attachment.endFlag(end);
        try {
            attachment.runGuarded(release);
        } catch (SegmentClosedException e) {
            // The segment has ended, and this opening with it.
        }
    }
}
