package dev.shm.collection;

import dev.shm.heap.BlockLayout;
import dev.shm.memory.Memory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The entries of one shard as they were at one moment. */
final class ShardCopy {

    private static final int WORDS = MapLayout.MAP_ENTRY_BYTES / 8;
    private static final int KEY = MapLayout.KEY / 8;
    private static final int VALUE = MapLayout.VALUE / 8;

    private final ShardedTable table;
    private final Memory memory;
    private final int entryBytes;
    private long[] words = new long[0];
    private int count;
    /** The bytes of their blocks, where they are copied too: two for each entry. */
    private byte @Nullable [] @Nullable [] blocks;

    /** Values that were made of their bytes at once, since later they may be gone; null if there are none. */
    private @Nullable Object @Nullable [] held;

    ShardCopy(ShardedTable table, Memory memory, int entryBytes) {
        this.table = table;
        this.memory = memory;
        this.entryBytes = entryBytes;
    }

    int count() {
        return count;
    }

    /** The key of an entry, or null if it is not there any more. */
    <K> @Nullable K key(int entry, Element<K> keys) {
        return element(entry, KEY, MapLayout.keyMeta(words[entry * WORDS]), keys);
    }

    /** The value of an entry, or null if it has another one by now, or is not there. */
    @SuppressWarnings("unchecked")
    <V> @Nullable V value(int entry, Element<V> values) {
        if (held != null && held[entry] != null) {
            return (V) held[entry];
        }
        try {
            return element(entry, VALUE, MapLayout.valueMeta(words[entry * WORDS]), values);
        } catch (PartGone e) {
            if (blocks != null) {
                throw e;
            }
            return null;
        }
    }

    /** The bytes of a key, whatever they mean; null if it is not there any more. */
    @Nullable
    FoundKey foundKey(int entry) {
        int meta = MapLayout.keyMeta(words[entry * WORDS]);
        long word = words[entry * WORDS + KEY];
        long word2 = words[entry * WORDS + KEY + 1];
        byte[] bytes;
        if (!MapLayout.isBlock(meta)) {
            byte[] both = new byte[MapLayout.INLINE_BYTES];
            ByteBuffer.wrap(both).order(ByteOrder.LITTLE_ENDIAN).putLong(word).putLong(word2);
            bytes = Arrays.copyOf(both, Math.min(MapLayout.bytes(meta), both.length));
        } else {
            bytes = blocks != null ? blocks[2 * entry] : table.copy(word, word2);
        }
        return bytes == null ? null : new FoundKey(MapLayout.tag(meta), bytes);
    }

    /** What is in an entry besides its key: as long as that is the same, the value is. */
    ValueWords valueWords(int entry) {
        return new ValueWords(
                MapLayout.valueMeta(words[entry * WORDS]),
                words[entry * WORDS + VALUE],
                words[entry * WORDS + VALUE + 1]);
    }

    private <T> @Nullable T element(int entry, int at, int meta, Element<T> elements) {
        long word = words[entry * WORDS + at];
        long word2 = words[entry * WORDS + at + 1];
        if (!MapLayout.isBlock(meta)) {
            return elements.read(MapLayout.tag(meta), MapLayout.bytes(meta), word, word2);
        }
        byte[] bytes = blocks != null ? blocks[2 * entry + (at == KEY ? 0 : 1)] : table.copy(word, word2);
        return bytes == null ? null : elements.read(MapLayout.tag(meta), bytes);
    }

    /** Copies; false if what was copied may be anything. */
    boolean tryCopy(long shard, long version, boolean deep, boolean locked) {
        count = 0;
        blocks = null;
        held = null;
        long block = memory.getLong(shard + MapLayout.TABLE);
        int shift = (int) memory.getLong(shard + MapLayout.SHIFT);
        long size = memory.getLong(shard + MapLayout.SIZE);
        if (block != 0) {
            if (shift < 0
                    || shift > MapLayout.MAX_SHIFT
                    || size < 0
                    || size > MapLayout.mostUsed(shift)
                    || Integer.toUnsignedLong(memory.getInt(BlockLayout.header(block) + BlockLayout.LENGTH))
                            != MapLayout.tableBytes(shift, entryBytes)) {
                throw new IndexOutOfBoundsException("shift=" + shift + ", size=" + size);
            }
            words = new long[(int) size * WORDS];
            long entries = MapLayout.entries(block, shift);
            for (int group = 0; group < 1 << shift; group++) {
                long control = memory.getLong(MapLayout.control(block, group));
                for (long full = Control.full(control); full != 0; full &= full - 1) {
                    long entry = entries + ((long) group * MapLayout.GROUP + Control.index(full)) * entryBytes;
                    for (int i = 0; i < entryBytes / 8; i++) {
                        words[count * WORDS + i] = memory.getLong(entry + 8L * i);
                    }
                    count++;
                }
            }
        }
        return isUnchanged(shard, version) && (!deep || (copyBlocks(locked) && isUnchanged(shard, version)));
    }

    private boolean isUnchanged(long shard, long version) {
        memory.acquireFence();
        return memory.getLongAcquire(shard + MapLayout.VERSION) == version;
    }

    private boolean copyBlocks(boolean locked) {
        byte[][] copies = new byte[2 * count][];
        for (int i = 0; i < count; i++) {
            long meta = words[i * WORDS];
            if (MapLayout.isBlock(MapLayout.keyMeta(meta))) {
                copies[2 * i] = table.copy(words[i * WORDS + KEY], words[i * WORDS + KEY + 1]);
                if (copies[2 * i] == null) {
                    return false;
                }
            }
            if (MapLayout.isBlock(MapLayout.valueMeta(meta))) {
                copies[2 * i + 1] = table.copy(words[i * WORDS + VALUE], words[i * WORDS + VALUE + 1]);
                if (copies[2 * i + 1] == null
                        || !hold(i, MapLayout.tag(MapLayout.valueMeta(meta)), copies[2 * i + 1], locked)) {
                    return false;
                }
            }
        }
        blocks = copies;
        return true;
    }

    private boolean hold(int entry, int tag, byte[] bytes, boolean locked) {
        Object value;
        try {
            value = table.held(tag, bytes, locked);
        } catch (PartGone e) {
            return false;
        }
        if (value != null) {
            if (held == null) {
                held = new Object[count];
            }
            held[entry] = value;
        }
        return true;
    }
}
