package dev.shm.queue;

/**
 * The block of a queue or topic: what it was created with, who sleeps, cursors, counters, and the rings. Hot words have two
 * cache lines to themselves, since processors fetch lines in pairs.
 *
 * <pre>
 *   0     what it was created with; written before the object has a name, and never again
 *   128   receivers that sleep until there is a message
 *   256   senders that sleep until there is room
 *   384   the one producer of a dense ring, and the block it is about to send
 *   512   cursors, 256 bytes each
 *   ...   counters, a line for each process slot, and one more where there are dead letters
 *   ...   rings, see {@link #HEAD}
 * </pre>
 */
final class QueueLayout {

    static final int CACHE_LINE = 64;

    /** int: see {@link #DENSE} and so on. */
    static final int FLAGS = 0;
    /** int: rings for messages, one for each priority. */
    static final int RINGS = 4;
    /** long: bytes of data in each of them. */
    static final int RING_BYTES = 8;
    /** long: bytes of data in the ring of dead letters; 0 if there is none. */
    static final int DEAD_BYTES = 16;
    /** long: after so many deliveries a message is a dead letter; 0 for never. */
    static final int MAX_DELIVERIES = 24;
    /** long: how long a consumer may keep a message before another gets it; 0 for ever. */
    static final int VISIBILITY_NANOS = 32;
    /** long: how long a subscriber may hold everybody up before it is put out; 0 for ever. */
    static final int EVICT_NANOS = 40;
    /** int: process slots, each with its counters. */
    static final int PROCESSES = 48;
    /** int: cursors. */
    static final int CURSORS = 52;

    /** Flag: one producer, records one behind the other. Else slots. */
    static final int DENSE = 1;
    /** Flag: consumers have positions of their own. Else they compete for each record. */
    static final int BY_CURSOR = 2;
    /** Flag: it is a topic. */
    static final int TOPIC = 4;
    /** Flag: a producer that finds it full moves cursors on. */
    static final int LOSSY = 8;

    /**
     * Word: bit {@code slot % 48} of each process in which a receiver sleeps, set by it, taken by who rings; above that, whether
     * senders make a fence before they look at it, and how often that was asked for, see {@link Waiter}.
     */
    static final int SLEEPING_RECEIVERS = 128;
    /** Word: the same of senders that wait for room. */
    static final int SLEEPING_SENDERS = 256;

    /** Word: {@link Tenancy} of the one producer. */
    static final int PRODUCER = 384;
    /** Word: block that the one producer is about to send; 0 if none. */
    static final int PENDING_REFERENCE = 392;
    /** Word: tail from which on it is sent. Written before the reference. */
    static final int PENDING_POSITION = 400;

    /** Word: lock of those who subscribe and unsubscribe. */
    static final int LOCK = 448;

    static final int FIRST_CURSOR = 512;

    // Within a cursor.
    static final int CURSOR_BYTES = 256;
    /** Word: everything before it was read. Written by its owner; in a lossy topic also by producers, by compare-and-set. */
    static final int POSITION = 0;
    /** Word: everything before it was handed out. Written by its owner, before it hands out. */
    static final int TAKEN = 8;
    /** Word: {@link Cursor} state and owner. */
    static final int STATE = 128;
    /**
     * Word: messages that all who had this cursor never got; never less. Where subscribers are put out, written before the state
     * says so, and nothing until then.
     */
    static final int LOST = 136;
    /**
     * Word: position:56, count:8. In a topic, what was handed out before the last owner died, and how often; in a queue, which
     * record gets which count, while those of a dead owner are raised.
     */
    static final int REDELIVERY = 144;
    /** Bytes: length of the name and the name. Written before the cursor is anybody's. */
    static final int NAME = 152;
    /** Word: what of the lost those had lost who had this cursor before. Written before it is anybody's. */
    static final int LOST_BEFORE = 224;

    static final int MAX_NAME_BYTES = 64;

    // Within a ring: this, control words, leases if there is a visibility time-out, data.
    /** Word: position:56, joins:8. Everything before the position may be overwritten. */
    static final int HEAD = 0;
    /** Word: of a dense ring, where the next record will be, and the store that publishes those before; else only a hint. */
    static final int TAIL = 128;
    /** Word: counts messages that came back; who reads from somewhere else than the head looks there again when it changes. */
    static final int RETURNS = 256;
    /** Word: the most units that were ever in use, roughly. Raised by who claims and by who finds it full. */
    static final int HIGH_WATER = 264;
    /** Word: of a topic, before this blocks may be freed already. Raised by who frees them, read by who joins. */
    static final int RECLAIMED = 272;

    static final int RING_HEADER_BYTES = 384;

    // Within a line of counters.
    static final int COUNTER_BYTES = 64;

    static final int HEAD_SHIFT = 8;

    private QueueLayout() {}
}
