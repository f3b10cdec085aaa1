package dev.shm.segment;

import dev.shm.memory.Memory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The directory of names: which names there are, what they refer to, and which processes have them open.
 *
 * <p>Reading needs no lock. Whoever changes it holds the directory's lock and commits through the journal by the word at
 * {@link #wordAddress}; this class only lays the bytes. Opener bits are the exception: each belongs to one process, which
 * sets and clears it under the lock, and a reaper clears the bits of the dead without it.
 */
public final class Directory {

    private final Memory memory;
    private final SegmentLayout layout;
    private final int openerWords;

    public Directory(Memory memory, SegmentLayout layout) {
        this.memory = memory;
        this.layout = layout;
        this.openerWords = DirectoryLayout.openerWords(layout.slotCount());
    }

    /**
     * Checks an object's name.
     *
     * @throws IllegalArgumentException if it is empty or too long
     */
    public static String checkName(String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (name.isBlank() || bytes > DirectoryLayout.NAME_BYTES) {
            throw new IllegalArgumentException("an object's name has 1 to " + DirectoryLayout.NAME_BYTES
                    + " bytes in UTF-8 and is not blank: bytes=" + bytes + ", name='"
                    + (name.length() > 80 ? name.substring(0, 80) + "…" : name) + "'");
        }
        return name;
    }

    public int capacity() {
        return layout.objectCapacity();
    }

    /** The object of that name, or null. */
    public @Nullable DirectoryEntry find(String name) {
        long hash = hash(name);
        for (int index = 0; index < capacity(); index++) {
            long base = layout.entry(index);
            int state = DirectoryLayout.state(memory.getLongAcquire(base + DirectoryLayout.WORD));
            if (state == DirectoryLayout.EMPTY) {
                return null;
            }
            if (state == DirectoryLayout.READY && memory.getLong(base + DirectoryLayout.HASH) == hash) {
                DirectoryEntry entry = entry(index);
                if (entry != null && entry.isReady() && entry.name().equals(name)) {
                    return entry;
                }
            }
        }
        return null;
    }

    /** All objects, those that are destroyed and still open somewhere included. */
    public List<DirectoryEntry> entries() {
        List<DirectoryEntry> entries = new ArrayList<>();
        for (int index = 0; index < capacity(); index++) {
            int state = DirectoryLayout.state(word(index));
            if (state == DirectoryLayout.EMPTY) {
                break;
            }
            DirectoryEntry entry = entry(index);
            if (entry != null) {
                entries.add(entry);
            }
        }
        return entries;
    }

    /** A copy of an entry that refers to something, ready or destroyed; null otherwise. */
    public @Nullable DirectoryEntry entry(int index) {
        long base = layout.entry(index);
        for (; ; ) {
            long word = word(index);
            int state = DirectoryLayout.state(word);
            if (state != DirectoryLayout.READY && state != DirectoryLayout.DESTROYED) {
                return null;
            }
            DirectoryEntry entry = new DirectoryEntry(
                    index,
                    word,
                    memory.getLong(base + DirectoryLayout.REFERENCE),
                    memory.getLong(base + DirectoryLayout.SCHEMA),
                    memory.getInt(base + DirectoryLayout.KIND),
                    text(
                            base + DirectoryLayout.NAME,
                            memory.getInt(base + DirectoryLayout.NAME_LENGTH),
                            DirectoryLayout.NAME_BYTES),
                    text(
                            base + DirectoryLayout.TYPE,
                            memory.getInt(base + DirectoryLayout.TYPE_LENGTH),
                            DirectoryLayout.TYPE_BYTES),
                    memory.getLong(base + DirectoryLayout.CREATED_MILLIS),
                    openers(index));
            // The journal's release store of the word makes any change of the fields visible after it.
            memory.acquireFence();
            if (word(index) == word) {
                return entry;
            }
        }
    }

    /** An entry that a new name may use, or -1 if the directory is full. Caller holds the lock. */
    public int vacancy() {
        for (int index = 0; index < capacity(); index++) {
            int state = DirectoryLayout.state(word(index));
            if (state == DirectoryLayout.EMPTY || state == DirectoryLayout.VACANT) {
                return index;
            }
        }
        return -1;
    }

    /**
     * Fills in an entry that nobody refers to yet, with one process's opener bit set. Caller holds the lock, and then commits
     * {@link #wordAfter} to {@link #wordAddress}.
     */
    public void prepare(
            int index,
            String name,
            int kind,
            String type,
            long schema,
            long reference,
            int openerSlot,
            long nowMillis) {
        long base = layout.entry(index);
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        byte[] typeBytes = Slots.cut(type, DirectoryLayout.TYPE_BYTES);
        memory.putLong(base + DirectoryLayout.HASH, hash(name));
        memory.putLong(base + DirectoryLayout.REFERENCE, reference);
        memory.putLong(base + DirectoryLayout.SCHEMA, schema);
        memory.putInt(base + DirectoryLayout.KIND, kind);
        memory.putInt(base + DirectoryLayout.NAME_LENGTH, nameBytes.length);
        memory.putLong(base + DirectoryLayout.CREATED_MILLIS, nowMillis);
        memory.putBytes(base + DirectoryLayout.NAME, nameBytes, 0, nameBytes.length);
        memory.putInt(base + DirectoryLayout.TYPE_LENGTH, typeBytes.length);
        memory.putBytes(base + DirectoryLayout.TYPE, typeBytes, 0, typeBytes.length);
        for (int i = 0; i < openerWords; i++) {
            memory.putLong(base + DirectoryLayout.OPENERS + 8L * i, i == openerSlot >>> 6 ? 1L << openerSlot : 0);
        }
    }

    public long wordAddress(int index) {
        return layout.entry(index) + DirectoryLayout.WORD;
    }

    public long word(int index) {
        return memory.getLongAcquire(wordAddress(index));
    }

    /** What the entry's word becomes when it changes to that state. */
    public long wordAfter(int index, int state) {
        return DirectoryLayout.next(word(index), state);
    }

    /** Marks the object as open in a process. Caller holds the lock. */
    public void setOpener(int index, int slot) {
        memory.getAndOrLong(openerWord(index, slot), 1L << slot);
    }

    /** Marks the object as not open in a process: its owner under the lock, or its reaper. */
    public void clearOpener(int index, int slot) {
        if (isOpener(index, slot)) {
            memory.getAndAndLong(openerWord(index, slot), ~(1L << slot));
        }
    }

    public boolean isOpener(int index, int slot) {
        return (memory.getLongVolatile(openerWord(index, slot)) & 1L << slot) != 0;
    }

    /** How many processes have the object open. */
    public int openers(int index) {
        int count = 0;
        for (int i = 0; i < openerWords; i++) {
            count += Long.bitCount(openersOf(index, i));
        }
        return count;
    }

    /** The bits of those processes that have the object open, of 64 slots. */
    public long openersOf(int index, int word) {
        return memory.getLongVolatile(layout.entry(index) + DirectoryLayout.OPENERS + 8L * word);
    }

    private long openerWord(int index, int slot) {
        return layout.entry(index) + DirectoryLayout.OPENERS + 8L * (slot >>> 6);
    }

    /** Hash of a name, for probing only: equal names always have equal hashes. */
    private static long hash(String name) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }

    private String text(long address, int length, int limit) {
        byte[] bytes = new byte[Math.max(0, Math.min(length, limit))];
        memory.getBytes(address, bytes, 0, bytes.length);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
