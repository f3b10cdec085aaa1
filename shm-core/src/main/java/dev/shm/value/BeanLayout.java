package dev.shm.value;

/**
 * The root block of a {@link SharedBean} or {@link SharedRecord}.
 *
 * <pre>
 *   +------+-------+-----------+-------+--------------+------------------+-----------------------------+--------+
 *   | lock | state | log count | words | schema bytes | fields: 8 * words | log: 24 * words             | schema |
 *   +------+-------+-----------+-------+--------------+------------------+-----------------------------+--------+
 *   state   63                        2      1          0
 *          +---------------------------+----------+----------+
 *          |         version           | updating | applying |
 *          +---------------------------+----------+----------+
 *   log entry: index of a word, what was in it, what shall be in it
 * </pre>
 *
 * Each field has words of its own, so that a store of one touches no other. The schema is text, a line for each field in order:
 * its name, its storage and its type. The storage is the number of words, or {@code b} for one word that refers to a block; an
 * {@code a} behind it says that the field has atomic methods and is never in the log.
 */
final class BeanLayout {

    /** Lock word of whoever changes several words, or a reference. */
    static final int LOCK = 0;
    /**
     * Stores of the lock's holder. {@link #APPLYING} is set before the first word of a change is stored, and cleared, with the version
     * raised, after the last one: who reads a word and then finds it clear did not read half a change.
     */
    static final int STATE = LOCK + 8;
    /**
     * The commit of a change: its release store, or the journal's, publishes that many entries of the log, and from then on the change
     * will be carried out, by its maker or by whoever has the lock next. Negative when all words are stored and only blocks that
     * were replaced are still to be freed. 0 when there is nothing to do.
     */
    static final int LOG_COUNT = STATE + 8;
    /** int: words of all fields. Never changes. */
    static final int WORDS = LOG_COUNT + 8;
    /** int: bytes of the schema. Never changes. */
    static final int SCHEMA_BYTES = WORDS + 4;
    /** The first field. */
    static final int FIELDS = SCHEMA_BYTES + 4;

    /** In the state: words of the log are being stored. */
    static final long APPLYING = 1;
    /** In the state: a function of the user computes a change. Setters of single fields wait for it, readers do not. */
    static final long UPDATING = 2;

    /** long: which word. */
    static final int INDEX = 0;
    /** What is in it before. A word that is not this any more is left alone: somebody's single store came after the change. */
    static final int BEFORE = INDEX + 8;
    /** What is in it afterwards. */
    static final int AFTER = BEFORE + 8;

    static final int ENTRY_BYTES = AFTER + 8;

    /** More than any bean needs. */
    static final int MAX_WORDS = 1 << 16;

    /** Of the version in the state. */
    static final int VERSION_SHIFT = 2;

    private BeanLayout() {}

    /** Offset of a word. */
    static int word(int index) {
        return FIELDS + (index << 3);
    }

    /** Offset of an entry of the log. */
    static int entry(int words, int index) {
        return word(words) + index * ENTRY_BYTES;
    }

    /** Offset of the schema. */
    static int schema(int words) {
        return entry(words, words);
    }

    /** Bytes of the root's payload. */
    static int bytes(int words, int schemaBytes) {
        return schema(words) + schemaBytes;
    }

    /** The state after a change: another version, and nothing under way. */
    static long settled(long state) {
        return ((state >>> VERSION_SHIFT) + 1) << VERSION_SHIFT;
    }

    static long version(long state) {
        return state >>> VERSION_SHIFT;
    }
}
