package dev.shm.segment;

/**
 * A process slot, 256 bytes. The word is the truth; the other fields are written by the joining process before the word says
 * {@code JOINING} and read by anyone for display, or to recognise themselves.
 *
 * <pre>
 *    63                40 39                     8 7         0
 *   +--------------------+------------------------+-----------+
 *   |        zero        |       generation       |   state   |
 *   +--------------------+------------------------+-----------+
 * </pre>
 *
 * The generation rises by one each time the slot is given back, so {@code (slot, generation)} names an attachment for the
 * life of the segment.
 */
public final class SlotLayout {

    /** The word. FREE to JOINING to LIVE by its owner; to ZOMBIE and FREE by whoever holds the slot's file lock. */
    public static final int WORD = 0;
    /** Process id in its own namespace. */
    public static final int PID = WORD + 8;
    /** Inode of the PID namespace. */
    public static final int NAMESPACE = PID + 8;
    /** Start time in clock ticks after boot, so that a recycled process id is recognised. */
    public static final int START_TICKS = NAMESPACE + 8;
    /** Hash of the boot id. */
    public static final int BOOT_ID = START_TICKS + 8;
    /** {@code System.nanoTime()} of the last housekeeping; for display only. */
    public static final int HEARTBEAT = BOOT_ID + 8;
    /** u32, one of the roles below. */
    public static final int ROLE = HEARTBEAT + 8;
    /** {@code generation << 8 | how} of the last attachment that ended here: {@link #LEFT} or {@link #DIED}. */
    public static final int LAST_END = ROLE + 8;
    /** u32 bytes of the application's name. */
    public static final int NAME_LENGTH = LAST_END + 8;
    /** The application's name, UTF-8, cut to fit. */
    public static final int NAME = NAME_LENGTH + 4;
    /** Bytes that fit. */
    public static final int NAME_BYTES = 60;
    /** Wall-clock time of joining. */
    public static final int JOINED_MILLIS = NAME + NAME_BYTES;
    /** Bytes of a slot. */
    public static final int BYTES = 256;

    /** Nobody's. */
    public static final int FREE = 0;
    /** Its owner holds the file lock and is not done with the fields. */
    public static final int JOINING = 1;
    /** In use. */
    public static final int LIVE = 2;
    /**
     * Its owner is dead or leaving and its journals are redone; all its locks are free. Given back step by step from here.
     */
    public static final int ZOMBIE = 3;

    /** Role: shares the segment with its equals. */
    public static final int ROLE_PEER = 0;
    /** Role: the segment lives and ends with it. */
    public static final int ROLE_CREATOR = 1;
    /** Role: uses what a creator made. */
    public static final int ROLE_CONSUMER = 2;

    /** Ended by closing. */
    public static final int LEFT = 1;
    /** Ended by death. */
    public static final int DIED = 2;

    private SlotLayout() {}

    /** A slot word. */
    public static long word(int state, int generation) {
        return (generation & 0xFFFF_FFFFL) << 8 | state;
    }

    public static int state(long word) {
        return (int) word & 0xFF;
    }

    public static int generation(long word) {
        return (int) (word >>> 8);
    }
}
