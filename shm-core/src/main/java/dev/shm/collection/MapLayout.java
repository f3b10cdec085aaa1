package dev.shm.collection;

import dev.shm.heap.BlockLayout;

/**
 * The bytes of maps, sets and locks. The root starts at the first cache line of its block's payload; a table is a block of its own.
 *
 * <pre>
 *   root     u32 flags | u32 first shift | sleepers | unused up to 64 | 16 shards of 128 bytes
 *   shard    line 1: version, table, shift                   what readers read
 *            line 2: lock, size, used, condemned, its shift  what only writers touch
 *   table    2^shift control words | 8 * 2^shift entries
 *   control  a byte for each entry: 0 never used, 1 removed, 0x80 | 7 bits of the hash if there is one
 *   entry    meta | key, 2 words | value, 2 words (none in a set)
 *
 *   meta     63              32 31     24 23    16 15      8 7     0
 *           +------------------+---------+--------+---------+-------+
 *           | hash, upper half | v bytes | v tag  | k bytes | k tag |
 *           +------------------+---------+--------+---------+-------+
 * </pre>
 *
 * An element of up to 16 bytes lies in its two words, filled up with zeros. A larger one has a block, which belongs to the entry;
 * then the number of bytes is {@link #BLOCK}, the first word is the reference, the lower half of the second the length, and
 * the upper half, in a key, the lower half of the hash.
 *
 * <p>An entry is there if its control byte says so. It is written while its byte says that it is not, and the byte is changed
 * by the journal. The version is odd while a journal is being carried out on what readers see.
 */
final class MapLayout {

    // ------------------------------------------------------------------------------------------- root

    /** int: {@link #HAS_VALUES} or nothing. Written before the object has a name. */
    static final int FLAGS = 0;
    /** int: shift of the first table of each shard. Written before the object has a name. */
    static final int FIRST_SHIFT = FLAGS + 4;
    /** Of locks only: bits of the processes that wait for one. Set by who waits, taken by who rings; a hint. */
    static final int SLEEPERS = FIRST_SHIFT + 4;
    /** First shard. */
    static final int SHARDS = 64;
    /** Number of shards. */
    static final int SHARD_COUNT = 16;
    /** Bytes of a shard. */
    static final int SHARD_BYTES = 128;
    /** Bytes of a root. */
    static final int ROOT_BYTES = SHARDS + SHARD_COUNT * SHARD_BYTES;

    /** Flag: entries have values; a map. */
    static final int HAS_VALUES = 1;

    private static final int CACHE_LINE = 64;
    /** Bytes to ask the heap for: its payloads start in the middle of a cache line. */
    static final int ROOT_BLOCK_BYTES = ROOT_BYTES + CACHE_LINE;

    // ------------------------------------------------------------------------------------------ shard

    /**
     * Odd while several words that readers see are changed; every change adds {@link #CHANGE}, before it or around it. Release stores, of the
     * journal or of the lock's holder.
     */
    static final int VERSION = 0;
    /** What a change adds to the version. */
    static final long CHANGE = 2;
    /** Reference of the table; 0 before the first entry. A store of the journal. */
    static final int TABLE = VERSION + 8;
    /** The table has {@code 2^shift} groups of 8 entries. A store of the journal. */
    static final int SHIFT = TABLE + 8;
    /** Lock word of writers, on a line that readers do not read. */
    static final int LOCK = 64;
    /** Entries that are there. A store of the journal. */
    static final int SIZE = LOCK + 8;
    /** Entries that are or were there since the table was made: never more than {@link #mostUsed}. A store of the journal. */
    static final int USED = SIZE + 8;
    /** Table that was cleared and whose blocks are being freed by whoever has the lock; or 0. A store of the journal. */
    static final int CONDEMNED = USED + 8;
    /** Its shift. */
    static final int CONDEMNED_SHIFT = CONDEMNED + 8;

    // ------------------------------------------------------------------------------------------ entry

    static final int META = 0;
    static final int KEY = META + 8;
    static final int KEY_2 = KEY + 8;
    static final int VALUE = KEY_2 + 8;
    static final int VALUE_2 = VALUE + 8;
    /** Bytes of an entry of a set. */
    static final int SET_ENTRY_BYTES = VALUE;
    /** Bytes of an entry of a map. */
    static final int MAP_ENTRY_BYTES = VALUE_2 + 8;

    /** Entries that one control word stands for. */
    static final int GROUP = 8;
    /** No table can be larger: its block would cross a window. */
    static final int MAX_SHIFT = 21;
    /** Bytes of an element that lie in its two words. */
    static final int INLINE_BYTES = 16;
    /** In place of the number of bytes: the element has a block. */
    static final int BLOCK = 0xFF;

    private static final int VALUE_SHIFT = 16;
    private static final long KEY_META_MASK = 0xFFFF_FFFF_0000_FFFFL;
    private static final long HASH_MASK = 0xFFFF_FFFF_0000_0000L;

    private MapLayout() {}

    /** Where the object starts in its block. */
    static long base(long payload) {
        return payload + CACHE_LINE - 1 & -CACHE_LINE;
    }

    static long shard(long base, int index) {
        return base + shardInRoot(index);
    }

    /** Offset of a shard in the root. */
    static int shardInRoot(int index) {
        return SHARDS + index * SHARD_BYTES;
    }

    /** Bytes of a table. */
    static long tableBytes(int shift, int entryBytes) {
        return (long) (8 + GROUP * entryBytes) << shift;
    }

    /** Where the entries of a table begin. */
    static long entries(long table, int shift) {
        return BlockLayout.payload(table) + (8L << shift);
    }

    /** Where the control word of a group is. */
    static long control(long table, int group) {
        return BlockLayout.payload(table) + 8L * group;
    }

    /** How many entries a table may have used: an eighth stays empty, where every search ends. */
    static long mostUsed(int shift) {
        return (GROUP - 1L) << shift;
    }

    /** What an element says of itself in the meta word. */
    static int elementMeta(int tag, int bytes) {
        return tag | bytes << 8;
    }

    static int tag(int elementMeta) {
        return elementMeta & 0xFF;
    }

    static int bytes(int elementMeta) {
        return elementMeta >>> 8 & 0xFF;
    }

    static boolean isBlock(int elementMeta) {
        return bytes(elementMeta) == BLOCK;
    }

    /** The meta word, or what is known of it from the key alone. */
    static long meta(long hash, int keyMeta, int valueMeta) {
        return (hash & HASH_MASK) | (long) valueMeta << VALUE_SHIFT | keyMeta;
    }

    /** The part of a meta word that the key decides. */
    static long ofKey(long meta) {
        return meta & KEY_META_MASK;
    }

    static int keyMeta(long meta) {
        return (int) meta & 0xFFFF;
    }

    static int valueMeta(long meta) {
        return (int) (meta >>> VALUE_SHIFT) & 0xFFFF;
    }

    static long withValue(long meta, int valueMeta) {
        return ofKey(meta) | (long) valueMeta << VALUE_SHIFT;
    }

    /** Which of {@code 2^shift} groups to look into first; the upper half of the hash, which the meta word keeps, decides. */
    static int firstGroup(long hash, int mask) {
        return (int) (hash >>> 32) & mask;
    }

    static int shardOf(long hash) {
        return (int) hash & SHARD_COUNT - 1;
    }

    /** The second word of an element that has a block. */
    static long blockWord(int length, long hash) {
        return hash << 32 | length;
    }

    static int blockLength(long word) {
        return (int) word;
    }
}
