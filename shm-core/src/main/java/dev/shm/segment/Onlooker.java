package dev.shm.segment;

import dev.shm.error.SegmentAccessException;
import dev.shm.error.SegmentFormatException;
import dev.shm.error.SegmentInUseException;
import dev.shm.error.SegmentNotFoundException;
import dev.shm.error.SegmentVersionException;
import dev.shm.memory.MappedMemory;
import dev.shm.memory.Memory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a segment without being part of it: takes no slot, stores nothing, and works as well when everybody is dead. The
 * mapping is for reading only. Any thread may use it; there is nothing to close.
 *
 * <p>{@link #remove} is the one thing that changes something: it removes a segment that nobody uses.
 */
public final class Onlooker {

    private static final Duration ROLE_LOCK_TIMEOUT = Duration.ofSeconds(5);

    private final SegmentDirectory directory;
    private final String name;
    private final Memory memory;
    private final SegmentLayout layout;
    private final Slots slots;
    private final FileLocks locks;
    private final @Nullable Object fileKey;

    private Onlooker(SegmentDirectory directory, String name, Memory memory, SegmentLayout layout) {
        this.directory = directory;
        this.name = name;
        this.memory = memory;
        this.layout = layout;
        this.slots = new Slots(memory, layout);
        this.locks = new FileLocks(directory, name);
        this.fileKey = directory.fileKey(name);
    }

    /**
     * Opens the segment of that name.
     *
     * @throws SegmentNotFoundException if there is none
     * @throws SegmentFormatException if the file is no segment, or a damaged one
     * @throws SegmentVersionException if another version wrote it
     * @throws SegmentAccessException if it is not ours, or cannot be read
     */
    public static Onlooker open(Path path, String name) {
        SegmentDirectory.checkName(name);
        return open(SegmentDirectory.openAsFound(path), name);
    }

    private static Onlooker open(SegmentDirectory directory, String name) {
        try (FileChannel file = directory.openData(name, false)) {
            if (file == null) {
                throw notFound(directory, name);
            }
            SegmentLayout layout = SegmentHeader.check(file, directory.data(name));
            return new Onlooker(directory, name, MappedMemory.mapReadOnly(file, layout.segmentBytes()), layout);
        } catch (IOException e) {
            throw new SegmentAccessException(
                    "the segment " + directory.data(name) + " cannot be read: " + SegmentDirectory.reason(e), e);
        }
    }

    private static SegmentNotFoundException notFound(SegmentDirectory directory, String name) {
        return new SegmentNotFoundException("there is no segment '" + name + "' in " + directory.path()
                + ". Check the name, or look into another directory.");
    }

    public Path path() {
        return directory.data(name);
    }

    public Memory memory() {
        return memory;
    }

    public SegmentLayout layout() {
        return layout;
    }

    public Slots slots() {
        return slots;
    }

    public UUID uuid() {
        return SegmentHeader.uuid(memory);
    }

    /** Whether the file, as long as it has its name, is shorter than it was: then the mapping must not be touched. */
    public boolean isTruncated() {
        return fileKey != null
                && fileKey.equals(directory.fileKey(name))
                && directory.fileBytes(name) < layout.segmentBytes();
    }

    /**
     * Whether the owner of the slot is the one that is given and, says the kernel, alive. If the kernel cannot be asked, since
     * the slot's file is gone, it counts as alive.
     */
    public boolean isAlive(Peer peer) {
        return locks.exclusively(() -> {
            // Looked at again inside: the slot may be this JVM's own by now, and then its file must not be opened.
            Peer now = slots.peer(peer.slot());
            if (now == null || now.generation() != peer.generation()) {
                return false;
            }
            ProcessIdentity self = ProcessIdentity.current();
            Path file = directory.slotLock(name, uuid(), peer.slot());
            if (now.process().equals(self) && FileLocks.isOpenHere(file)) {
                return true;
            }
            return now.process().bootId() == self.bootId() && locks.isHeld(file);
        });
    }

    private List<Peer> living() {
        return slots.peers().stream().filter(this::isAlive).toList();
    }

    // ------------------------------------------------------------------------------------------ removing

    /**
     * Removes a segment that nobody uses, with all its files.
     *
     * @param evenUnreadable whether a file that is no segment, or one that cannot be read, goes too
     * @throws SegmentNotFoundException if there is none
     * @throws SegmentInUseException if a living process is attached to it; nothing was changed
     * @throws SegmentFormatException if the file is no segment, or a damaged one
     * @throws SegmentVersionException if another version wrote it
     * @throws SegmentAccessException if it is not ours, or cannot be removed
     */
    public static void remove(Path path, String name, boolean evenUnreadable) {
        SegmentDirectory.checkName(name);
        SegmentDirectory directory = SegmentDirectory.openAsFound(path);
        if (!exists(directory, name)) {
            throw notFound(directory, name);
        }
        FileLocks locks = new FileLocks(directory, name);
        // Whoever joins does so under this lock: nobody comes while we look who is there.
        locks.withRoleLock(ROLE_LOCK_TIMEOUT, () -> {
            if (!exists(directory, name)) {
                throw notFound(directory, name);
            }
            checkUnused(directory, name, locks, evenUnreadable);
            directory.remove(name);
            if (exists(directory, name)) {
                throw new SegmentAccessException(
                        directory.data(name) + " cannot be removed. Look at its type and its permissions with ls -ld.");
            }
            return null;
        });
    }

    private static boolean exists(SegmentDirectory directory, String name) {
        return directory.fileKey(name) != null;
    }

    private static void checkUnused(SegmentDirectory directory, String name, FileLocks locks, boolean evenUnreadable) {
        List<Peer> living;
        try {
            living = open(directory, name).living();
        } catch (SegmentFormatException | SegmentVersionException | SegmentAccessException | InternalError e) {
            if (!evenUnreadable) {
                throw e;
            }
            Path held = heldSlotLock(directory, name, locks);
            if (held != null) {
                throw new SegmentInUseException("the segment '" + name
                        + "' cannot be read, and a living process holds " + held
                        + ". Stop that process first: fuser " + held + " names it.");
            }
            return;
        }
        if (!living.isEmpty()) {
            throw new SegmentInUseException("the segment '" + name + "' is in use by "
                    + living.stream().map(Peer::describe).collect(Collectors.joining(", "))
                    + ". Stop " + (living.size() == 1 ? "that process" : "these processes") + " first.");
        }
    }

    /** A slot's file that somebody holds, whatever the slots say; null if nobody does. */
    private static @Nullable Path heldSlotLock(SegmentDirectory directory, String name, FileLocks locks) {
        for (Path file : directory.slotLocks(name)) {
            if (FileLocks.isOpenHere(file) || locks.isHeld(file)) {
                return file;
            }
        }
        return null;
    }
}
