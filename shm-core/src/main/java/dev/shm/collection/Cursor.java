package dev.shm.collection;

import dev.shm.collection.ShardedTable.Call;
import dev.shm.heap.ObjectHandle;
import java.lang.ref.Reference;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Goes through all entries of a table, each shard as it is when its turn comes. Used by one thread. */
final class Cursor<K, V> {

    private final ObjectHandle handle;
    private final ShardedTable table;
    private final Element<K> keys;
    private final @Nullable Element<V> values;
    private final Function<K, @Nullable V> current;
    private int shard;
    private @Nullable ShardCopy copy;
    private int next;
    private @Nullable K key;
    private @Nullable V value;
    /** Whether the value is the one that was copied with the shard. */
    private boolean copied;

    /**
     * Begins before the first entry.
     *
     * @param values null if only keys are wanted
     * @param current gives the value that a key has now
     */
    Cursor(
            ObjectHandle handle,
            ShardedTable table,
            Element<K> keys,
            @Nullable Element<V> values,
            Function<K, @Nullable V> current) {
        this.handle = handle;
        this.table = table;
        this.keys = keys;
        this.values = values;
        this.current = current;
        handle.payload();
    }

    /**
     * Goes to the next entry; false if there is none.
     *
     * @throws dev.shm.error.CodecException if it cannot be read; the next call goes on behind it
     */
    boolean advance() {
        try {
            for (; ; ) {
                ShardCopy entries = copy;
                if (entries == null || next == entries.count()) {
                    if (shard == MapLayout.SHARD_COUNT) {
                        copy = null;
                        return false;
                    }
                    copy = table.copy(shard++, false);
                    next = 0;
                } else if (read(entries, next++)) {
                    return true;
                }
            }
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** False if the entry is not there any more. */
    private boolean read(ShardCopy entries, int entry) {
        key = null;
        key = entries.key(entry, keys);
        if (key == null || values == null) {
            return key != null;
        }
        value = entries.value(entry, values);
        copied = value != null;
        if (value == null) {
            // The block of its value is gone: it has another value since, or none.
            value = current.apply(key);
        }
        return value != null;
    }

    K key() {
        return Objects.requireNonNull(key);
    }

    /** Whether the key of the entry could be read. */
    boolean hasKey() {
        return key != null;
    }

    /** The key of the entry as it lies there, or null if it is not there any more. */
    @Nullable
    FoundKey foundKey() {
        return copy == null ? null : copy.foundKey(next - 1);
    }

    /**
     * A call with the key of the entry: with the bytes that it has there, since a codec may make others of what it read. If these are gone,
     * the entry was removed, and somebody may have put the key again.
     */
    Call call() {
        FoundKey found = foundKey();
        return found != null ? table.call(found) : table.call(keys, key());
    }

    /** The entries among which the entry was found. */
    ShardCopy entries() {
        return Objects.requireNonNull(copy);
    }

    /** Which of {@link #entries} it is. */
    int entry() {
        return next - 1;
    }

    /** How the value lies in its entry; null if it is a later one than that which was copied. */
    @Nullable
    ValueWords valueWords() {
        ShardCopy entries = copy;
        return copied && entries != null ? entries.valueWords(next - 1) : null;
    }

    V value() {
        return Objects.requireNonNull(value);
    }
}
