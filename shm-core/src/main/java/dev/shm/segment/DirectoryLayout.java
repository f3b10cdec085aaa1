package dev.shm.segment;

/**
 * An entry of the directory of names. Entries change under the directory's lock, by the journal; readers need no lock
 * and trust what they copied if the state word was the same before and after.
 *
 * <p>Bytes: 224, then one bit for each process slot, rounded up to 64.
 */
public final class DirectoryLayout {

    /** {@code generation:56 | state:8}; the generation rises with each change, so a reader sees any change. */
    public static final int WORD = 0;
    /** Hash of the name; a hint for probing. */
    public static final int HASH = WORD + 8;
    /** Reference to the object's root block. */
    public static final int REFERENCE = HASH + 8;
    /** Hash of what the object's bytes depend on: element type, codec. */
    public static final int SCHEMA = REFERENCE + 8;
    /** u32: which kind of object. */
    public static final int KIND = SCHEMA + 8;
    /** u32 bytes of the name. */
    public static final int NAME_LENGTH = KIND + 4;
    /** Wall-clock time of creation. */
    public static final int CREATED_MILLIS = NAME_LENGTH + 4;
    /** The name, UTF-8. */
    public static final int NAME = CREATED_MILLIS + 8;
    /** Bytes that fit; a longer name is refused. */
    public static final int NAME_BYTES = 80;
    /** u32 bytes of the type's description. */
    public static final int TYPE_LENGTH = NAME + NAME_BYTES;
    /** The type's description for people, UTF-8, cut to fit. */
    public static final int TYPE = TYPE_LENGTH + 4;
    /** Bytes that fit. */
    public static final int TYPE_BYTES = 92;
    /** One bit for each process slot that has the object open. Set and cleared by get-and-or, get-and-and. */
    public static final int OPENERS = TYPE + TYPE_BYTES;

    /** Never used since creation: ends a probe. */
    public static final int EMPTY = 0;
    /** Names an object. */
    public static final int READY = 1;
    /** Destroyed, and its memory still in use by those whose bit is set; the name is free for another entry. */
    public static final int DESTROYED = 2;
    /** Was used: may be used again, and does not end a probe. */
    public static final int VACANT = 3;

    private DirectoryLayout() {}

    /** Bytes of an entry in a segment with that many slots. */
    public static int entryBytes(int slotCount) {
        return (OPENERS + openerWords(slotCount) * 8 + 63) & -64;
    }

    /** Words of opener bits. */
    public static int openerWords(int slotCount) {
        return (slotCount + 63) >>> 6;
    }

    public static int state(long word) {
        return (int) word & 0xFF;
    }

    /** The word that follows {@code word} when the entry changes to {@code state}. */
    public static long next(long word, int state) {
        return ((word >>> 8) + 1) << 8 | state;
    }
}
