package dev.shm;

import dev.shm.error.ObjectExistsException;
import dev.shm.error.ObjectNotFoundException;
import dev.shm.error.SegmentFormatException;
import dev.shm.error.SharedMemoryException;
import dev.shm.error.StaleReferenceException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.heap.Journal;
import dev.shm.heap.ObjectHandle;
import dev.shm.heap.ObjectKind;
import dev.shm.heap.ObjectKinds;
import dev.shm.heap.SharedLock;
import dev.shm.heap.Transaction;
import dev.shm.memory.Memory;
import dev.shm.segment.Attachment;
import dev.shm.segment.Directory;
import dev.shm.segment.DirectoryEntry;
import dev.shm.segment.DirectoryLayout;
import dev.shm.segment.Liveness;
import dev.shm.segment.Reaper;
import dev.shm.segment.SegmentLayout;
import dev.shm.segment.Slots;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Creates, opens, destroys and collects named objects. Whatever changes the directory holds its lock and commits by the
 * journal; finding and listing need no lock.
 *
 * <p>An object that is destroyed loses its name at once and its memory when the last process that has it open closes it or
 * is reaped. Since a process's opener bit says so for all its openings, a count in the Java heap decides when the bit goes.
 */
final class NamedObjects {

    /** Long enough for any process that runs at all: nothing is waited for while the lock is held. */
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);

    private final Attachment attachment;
    private final Memory memory;
    private final Heap heap;
    private final Journal journal;
    private final Directory directory;
    private final Slots slots;
    private final Liveness liveness;
    private final SharedLock lock;
    private final LockObjects locks;

    /** Openings by this process of each entry. Guarded by the directory's lock. */
    private final int[] openings;

    NamedObjects(Attachment attachment, Heap heap, Journal journal, Slots slots, Liveness liveness) {
        this.attachment = attachment;
        this.memory = attachment.memory();
        this.heap = heap;
        this.journal = journal;
        this.slots = slots;
        this.liveness = liveness;
        this.directory = new Directory(memory, attachment.layout());
        this.lock = new SharedLock(attachment, slots, liveness, SegmentLayout.DIRECTORY_LOCK, "the directory");
        this.locks =
                new LockObjects(address -> new SharedLock(attachment, slots, liveness, address, "a lock of an object"));
        this.openings = new int[directory.capacity()];
    }

    <T extends SharedObject> T create(String name, SharedType<T> type) {
        Directory.checkName(name);
        if (directory.find(name) != null) {
            throw exists(name);
        }
        T created = createOrOpen(name, type, false);
        if (created == null) {
            throw exists(name);
        }
        return created;
    }

    private ObjectExistsException exists(String name) {
        return new ObjectExistsException("segment '" + attachment.name() + "' has an object '" + name
                + "' already. Use openOrCreate, or destroy it first.");
    }

    <T extends SharedObject> T openOrCreate(String name, SharedType<T> type) {
        Directory.checkName(name);
        for (; ; ) {
            T opened = find(name, type);
            if (opened == null) {
                opened = createOrOpen(name, type, true);
            }
            if (opened != null) {
                return opened;
            }
        }
    }

    <T extends SharedObject> T open(String name, SharedType<T> type) {
        T opened = find(Directory.checkName(name), type);
        if (opened == null) {
            throw new ObjectNotFoundException("segment '" + attachment.name() + "' has no object '" + name
                    + "'. Use openOrCreate, or start the process that creates it.");
        }
        return opened;
    }

    <T extends SharedObject> @Nullable T find(String name, SharedType<T> type) {
        attachment.checkOpen();
        if (directory.find(name) == null) {
            return null;
        }
        lock.lock(LOCK_TIMEOUT);
        try {
            DirectoryEntry entry = directory.find(name);
            return entry == null ? null : openFound(entry, type);
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. */
    private <T extends SharedObject> T openFound(DirectoryEntry entry, SharedType<T> type) {
        type.check(entry.name(), entry.kind(), entry.schema(), entry.type());
        if (openings[entry.index()] == 0 && directory.openers(entry.index()) == 0) {
            type.kind().tidy(heap, journal, memory, heap.payload(entry.reference()));
        }
        ObjectHandle handle = handle(entry.name(), entry.index(), entry.reference(), type.kind());
        T opened = type.open(handle);
        if (openings[entry.index()]++ == 0) {
            directory.setOpener(entry.index(), attachment.slot());
        }
        return opened;
    }

    private ObjectHandle handle(String name, int index, long reference, ObjectKind kind) {
        return new ObjectHandle(
                attachment,
                heap,
                slots,
                liveness,
                journal,
                name,
                reference,
                kind,
                locks::at,
                word -> directory.openersOf(index, word),
                () -> release(index));
    }

    /** Makes the object before taking the lock, so that nobody waits while a large one is filled. */
    private <T extends SharedObject> @Nullable T createOrOpen(String name, SharedType<T> type, boolean mayOpen) {
        attachment.checkOpen();
        long reference = type.allocate(heap);
        boolean published = false;
        T unfilled;
        int place;
        try {
            lock.lock(LOCK_TIMEOUT);
            try {
                DirectoryEntry found = directory.find(name);
                if (found != null) {
                    return mayOpen ? openFound(found, type) : null;
                }
                int index = vacancy();
                ObjectHandle handle = handle(name, index, reference, type.kind());
                T created = type.open(handle);
                directory.prepare(
                        index,
                        name,
                        type.kind().code(),
                        type.toString(),
                        type.schema(),
                        reference,
                        attachment.slot(),
                        System.currentTimeMillis());
                try (Transaction change = journal.begin()) {
                    change.publish(reference);
                    for (long block : blocks(type.kind(), reference)) {
                        change.publish(block);
                    }
                    // What is to be filled is as if it had been destroyed: nobody finds it, and it goes with this
                    // process.
                    change.store(
                            directory.wordAddress(index),
                            directory.wordAfter(
                                    index, type.isFilled() ? DirectoryLayout.DESTROYED : DirectoryLayout.READY));
                    change.commit();
                }
                published = true;
                openings[index] = 1;
                if (!type.isFilled()) {
                    return created;
                }
                unfilled = created;
                place = index;
            } finally {
                lock.unlock();
            }
        } finally {
            if (!published && attachment.isOpen()) {
                blocks(type.kind(), reference).forEach(heap::free);
                heap.free(reference);
            }
        }
        return filled(name, type, unfilled, place);
    }

    /** Fills an object that has no name yet, and gives it its name; null if somebody else has that by now. */
    private <T extends SharedObject> @Nullable T filled(String name, SharedType<T> type, T created, int index) {
        boolean named = false;
        try {
            type.fill(created);
            if (attachment.isOpen() && !created.isOpen()) {
                throw new IllegalStateException("what sets up '" + name + "' has closed it. Leave it open.");
            }
            named = name(index, name);
            return named ? created : null;
        } finally {
            if (!named) {
                created.close();
            }
        }
    }

    private boolean name(int index, String name) {
        lock.lock(LOCK_TIMEOUT);
        try {
            if (directory.find(name) != null) {
                return false;
            }
            try (Transaction change = journal.begin()) {
                change.store(directory.wordAddress(index), directory.wordAfter(index, DirectoryLayout.READY));
                change.commit();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** What a new object has besides its root. */
    private List<Long> blocks(ObjectKind kind, long reference) {
        return kind.blocks(memory, BlockLayout.payload(reference));
    }

    private int vacancy() {
        int index = directory.vacancy();
        if (index < 0) {
            collectDestroyed();
            index = directory.vacancy();
        }
        if (index < 0) {
            throw new SharedMemoryException("segment '" + attachment.name() + "' has its most objects, "
                    + directory.capacity() + ". Destroy some, or put many values into one map.");
        }
        return index;
    }

    boolean destroy(String name) {
        return destroy(name, 0);
    }

    /**
     * Takes the name from an object.
     *
     * @param reference of its root, if no other of that name is meant; or 0
     */
    boolean destroy(String name, long reference) {
        attachment.checkOpen();
        lock.lock(LOCK_TIMEOUT);
        try {
            DirectoryEntry entry = directory.find(name);
            if (entry == null || (reference != 0 && entry.reference() != reference)) {
                return false;
            }
            ObjectKind kind = ObjectKinds.of(entry.kind());
            long end = kind == null || !heap.isLive(entry.reference())
                    ? 0
                    : kind.endAddress(BlockLayout.payload(entry.reference()));
            try (Transaction change = journal.begin()) {
                if (end != 0) {
                    change.store(end, 1);
                }
                change.store(
                        directory.wordAddress(entry.index()),
                        directory.wordAfter(entry.index(), DirectoryLayout.DESTROYED));
                change.commit();
            }
            collect(entry.index());
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void release(int index) {
        lock.lock(LOCK_TIMEOUT);
        try {
            if (--openings[index] == 0) {
                try {
                    leave(memory, directory.entry(index), attachment.owner());
                } finally {
                    directory.clearOpener(index, attachment.slot());
                }
                collect(index);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Frees a destroyed object that nobody has open. Caller holds the lock. */
    private void collect(int index) {
        DirectoryEntry entry = directory.entry(index);
        if (entry == null || !entry.isDestroyed() || entry.openers() > 0) {
            return;
        }
        ObjectKind kind = ObjectKinds.of(entry.kind());
        if (kind == null) {
            return;
        }
        List<Long> blocks = new ArrayList<>();
        long root = heap.payload(entry.reference());
        try {
            kind.dismantle(heap, memory, root);
            blocks.addAll(kind.blocks(memory, root));
        } catch (SegmentFormatException | IndexOutOfBoundsException e) {
            // It is damaged, so what else belongs to it nobody can tell. Its own block and its place are free at least.
            blocks.clear();
        }
        blocks.add(entry.reference());
        List<Long> detached = new ArrayList<>();
        try (Transaction change = journal.begin()) {
            for (long block : blocks) {
                detached.add(change.detach(block));
            }
            change.store(directory.wordAddress(index), directory.wordAfter(index, DirectoryLayout.VACANT));
            change.commit();
        }
        detached.forEach(heap::free);
    }

    /** Frees every destroyed object that nobody has open, if the lock is free. */
    void collectDestroyed() {
        boolean any = directory.entries().stream().anyMatch(entry -> entry.isDestroyed() && entry.openers() == 0);
        if (!any || !lock.tryLock()) {
            return;
        }
        try {
            for (int index = 0; index < directory.capacity(); index++) {
                try {
                    collect(index);
                } catch (SegmentFormatException | StaleReferenceException | IndexOutOfBoundsException e) {
                    // Not even its block can be found; verify() says what is wrong. The others are collected
                    // nevertheless.
                }
            }
        } finally {
            lock.unlock();
        }
    }

    List<DirectoryEntry> entries() {
        return directory.entries();
    }

    /** Gives back what a process held of an object. Its opener bit is still set, so the object is there. */
    private static void leave(Memory memory, @Nullable DirectoryEntry entry, int owner) {
        ObjectKind kind = entry == null ? null : ObjectKinds.of(entry.kind());
        if (entry != null && kind != null) {
            kind.leave(memory, BlockLayout.payload(entry.reference()), owner);
        }
    }

    /** Gives back what a dead process held of objects, before the heap looks for blocks that are nobody's. */
    static Reaper.Step leaver(Memory memory, SegmentLayout layout) {
        Directory directory = new Directory(memory, layout);
        return (slot, dead) -> {
            for (int index = 0; index < directory.capacity(); index++) {
                if (directory.isOpener(index, slot)) {
                    try {
                        leave(memory, directory.entry(index), dead);
                    } catch (SegmentFormatException | IndexOutOfBoundsException e) {
                        // It is damaged, and whoever uses it is told. All else that the dead held is given back.
                    }
                }
            }
        };
    }

    /** Closes what a dead process had open. What was destroyed meanwhile is collected by whoever looks next. */
    static Reaper.Step reaper(Memory memory, SegmentLayout layout) {
        Directory directory = new Directory(memory, layout);
        return (slot, dead) -> {
            for (int index = 0; index < directory.capacity(); index++) {
                directory.clearOpener(index, slot);
            }
        };
    }
}
