package dev.shm.collection;

import dev.shm.collection.ShardedTable.Call;
import dev.shm.error.CodecException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Goes through the entries of a map or a set. One that this process cannot read makes {@link #next} throw; from there {@link #remove}
 * removes that one, and {@code next} goes on behind it. Used by one thread.
 */
abstract class EntryIterator<K, V, T> implements Iterator<T> {

    private final ShardedTable table;
    private final Element<K> keys;
    private final Cursor<K, V> cursor;
    private boolean ahead;
    private boolean any;
    /** Why the entry ahead cannot be read. */
    private @Nullable CodecException failure;

    /** The key of the entry that was shown last; null if it cannot be read. */
    private @Nullable K last;

    /** The entries among which that one was found, and which of them it is. */
    private @Nullable ShardCopy lastEntries;

    private int lastEntry;

    EntryIterator(ShardedTable table, Element<K> keys, Cursor<K, V> cursor) {
        this.table = table;
        this.keys = keys;
        this.cursor = cursor;
    }

    abstract T element(Cursor<K, V> at);

    @Override
    public final boolean hasNext() {
        if (!ahead) {
            failure = null;
            try {
                any = cursor.advance();
            } catch (CodecException e) {
                any = true;
                failure = e;
            }
            ahead = true;
        }
        return any;
    }

    @Override
    public final T next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        ahead = false;
        last = cursor.hasKey() ? cursor.key() : null;
        lastEntries = cursor.entries();
        lastEntry = cursor.entry();
        if (failure != null) {
            throw failure;
        }
        return element(cursor);
    }

    /**
     * Removes the entry without a look at its value, by the bytes of its key: a codec may make others of what it read. If somebody else has
     * removed it, that is all the same.
     */
    @Override
    public final void remove() {
        ShardCopy entries = lastEntries;
        if (entries == null) {
            throw new IllegalStateException("next() was not called, or its element was removed already");
        }
        lastEntries = null;
        FoundKey found = entries.foundKey(lastEntry);
        K key = last;
        if (found != null) {
            remove(table.call(found));
        } else if (key != null) {
            // Removed by somebody, and perhaps put again.
            remove(table.call(keys, key));
        }
    }

    private void remove(Call call) {
        try {
            table.remove(call);
        } finally {
            table.end(call);
        }
    }
}
