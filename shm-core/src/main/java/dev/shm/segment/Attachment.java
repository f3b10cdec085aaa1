package dev.shm.segment;

import dev.shm.error.SegmentClosedException;
import dev.shm.error.SegmentFailedException;
import dev.shm.error.SharedMemoryException;
import dev.shm.memory.Memory;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One process's hold on one segment: the memory, where things lie in it, and which slot is ours. Every floor above works
 * through this. Any thread may use it.
 *
 * <p>An attachment ends once, by {@link #end}; from then on {@link #checkOpen} throws what ended it.
 */
public final class Attachment {

    private final Memory memory;
    private final SegmentLayout layout;
    private final String name;
    private final int slot;
    private final int generation;
    private final Gate gate = new Gate();
    private final WaitRoom waitRoom;
    private final Set<Ending> endings = ConcurrentHashMap.newKeySet();
    private final ConcurrentHashMap<Class<?>, Object> commons = new ConcurrentHashMap<>();
    private final Set<Runnable> chores = ConcurrentHashMap.newKeySet();
    private final Set<EndFlag> flags = ConcurrentHashMap.newKeySet();

    private volatile @Nullable SharedMemoryException ended;

    public Attachment(Memory memory, SegmentLayout layout, String name, int slot, int generation) {
        this.memory = memory;
        this.layout = layout;
        this.name = name;
        this.slot = slot;
        this.generation = generation;
        this.waitRoom = new WaitRoom(slot);
    }

    public Memory memory() {
        return memory;
    }

    public SegmentLayout layout() {
        return layout;
    }

    public String name() {
        return name;
    }

    public int slot() {
        return slot;
    }

    public int generation() {
        return generation;
    }

    /** What the owner bits of page and block words hold for this slot: 0 means nobody. */
    public int owner() {
        return slot + 1;
    }

    /**
     * Runs an action that closing waits for: whatever allocates, frees or changes several words is done in here. An action may run
     * others in here.
     *
     * @throws SegmentClosedException if this attachment has ended, with the reason
     * @throws SegmentFailedException if the memory was truncated under the action
     */
    public <T extends @Nullable Object> T guarded(Supplier<T> action) {
        checkOpen();
        if (!gate.enter()) {
            checkOpen();
            throw new SegmentClosedException("segment '" + name + "' is being closed by this process");
        }
        try {
            return action.get();
        } catch (InternalError e) {
            throw failed(e);
        } finally {
            gate.leave();
        }
    }

    /** As {@link #guarded}, for an action without a result. */
    public void runGuarded(Runnable action) {
        guarded(() -> {
            action.run();
            return true;
        });
    }

    /** Those in this process who wait for something in the segment. */
    public WaitRoom waitRoom() {
        return waitRoom;
    }

    /** What is to happen before this process's slot is given back. */
    public interface Ending {
        /** Throws if this very thread is in the middle of what {@link #end} waits for. */
        void check();

        /** Returns when no thread does anything any more. */
        void end();
    }

    public void addEnding(Ending ending) {
        endings.add(ending);
    }

    public void removeEnding(Ending ending) {
        endings.remove(ending);
    }

    /**
     * What all openings of something by this process have in common.
     *
     * @param key tells it from other things; its class says what it is
     */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    public <T> T common(Class<?> key, Supplier<T> maker) {
        return (T) commons.computeIfAbsent(key, absent -> maker.get());
    }

    /** From now on the housekeeping does this every second or so, within {@link #guarded}. */
    public void addChore(Runnable chore) {
        chores.add(chore);
    }

    /** The housekeeping does not begin with it any more; it may be in the middle of it. */
    public void removeChore(Runnable chore) {
        chores.remove(chore);
    }

    /** On the housekeeping thread: does all that was added. */
    public void doChores() {
        chores.forEach(this::runGuarded);
    }

    /** A new flag that is set when this attachment ends, if not before. Whoever has it gives it back. */
    public EndFlag newFlag() {
        EndFlag flag = new EndFlag();
        flags.add(flag);
        if (ended != null) {
            flag.set();
        }
        return flag;
    }

    /** Sets a flag that ends before this attachment does. */
    public void endFlag(EndFlag flag) {
        flag.set();
        flags.remove(flag);
    }

    /**
     * Says whether the calling thread may close this attachment.
     *
     * @throws IllegalStateException if closing would wait for the calling thread itself
     */
    public void checkMayEnd() {
        endings.forEach(Ending::check);
    }

    /** Waits for all that is in {@link #guarded} and for what was added as an ending, and lets nothing in any more. */
    void awaitGuarded() {
        endings.forEach(Ending::end);
        gate.shut();
    }

    public boolean isOpen() {
        return ended == null;
    }

    /**
     * Throws if this attachment has ended: {@link SegmentClosedException}, or {@link SegmentFailedException} if the bytes
     * can no longer be trusted.
     */
    public void checkOpen() {
        SharedMemoryException reason = ended;
        if (reason != null) {
            throw restated(reason);
        }
    }

    /** What {@link #checkOpen} would throw, or null. */
    public @Nullable SharedMemoryException endReason() {
        SharedMemoryException reason = ended;
        return reason == null ? null : restated(reason);
    }

    /** A fresh exception each time, so that its stack trace is the caller's; the first one is its cause. */
    private static SharedMemoryException restated(SharedMemoryException reason) {
        return reason instanceof SegmentFailedException
                ? new SegmentFailedException(String.valueOf(reason.getMessage()), reason)
                : new SegmentClosedException(String.valueOf(reason.getMessage()), reason);
    }

    /** Ends this attachment; the first reason given stays. Returns whether this call was the first. */
    public boolean end(SharedMemoryException reason) {
        synchronized (this) {
            if (ended != null) {
                return false;
            }
            ended = reason;
        }
        flags.forEach(EndFlag::set);
        waitRoom.wakeAll();
        return true;
    }

    /**
     * The memory raised an error: the file was truncated under the mapping. Ends this attachment.
     *
     * @return what to throw
     */
    public SegmentFailedException failed(InternalError error) {
        SegmentFailedException failure = new SegmentFailedException(
                "segment '" + name
                        + "' has failed: its file was truncated by somebody while it was mapped. Close it, and "
                        + "create it again.",
                error);
        end(failure);
        return failure;
    }
}
