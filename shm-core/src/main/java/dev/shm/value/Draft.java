package dev.shm.value;

import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What becomes of a bean in an update: its words as they were when the update began, and what was put in their place. */
final class Draft {

    private final BeanStore store;
    private final Thread thread = Thread.currentThread();
    private final long[] seen;
    private final long[] words;
    /** The words that the update has read or set. */
    private final BitSet used = new BitSet();
    /** New values of fields with a block. */
    private final Map<Integer, @Nullable Object> blocks = new HashMap<>();

    private boolean ended;

    Draft(BeanStore store, long[] seen) {
        this.store = store;
        this.seen = seen;
        this.words = seen.clone();
    }

    void check() {
        if (ended) {
            throw new IllegalStateException("the update of " + store.what()
                    + " that this bean was given to is over. Use the bean of get() outside of updates");
        }
        if (thread != Thread.currentThread()) {
            throw new IllegalStateException("this bean was given to an update of " + store.what()
                    + " in another thread. Use the bean of get() in other threads");
        }
    }

    void end() {
        ended = true;
    }

    long get(int word) {
        check();
        used.set(word);
        return words[word];
    }

    void set(int word, long value) {
        check();
        used.set(word);
        words[word] = value;
    }

    @Nullable
    Object get(BeanField field, int word) {
        check();
        if (field.isAtomic()) {
            return store.decode(field, store.wordNow(word));
        }
        used.set(word, word + field.type().words());
        if (!field.type().isBlock()) {
            return store.decode(field, words, word);
        }
        if (blocks.containsKey(word)) {
            Object value = blocks.get(word);
            return value instanceof byte[] bytes ? bytes.clone() : value;
        }
        return store.blockNow(field, words[word]);
    }

    void set(BeanField field, int word, @Nullable Object value) {
        check();
        used.set(word, word + field.type().words());
        if (field.type().isBlock()) {
            blocks.put(word, value instanceof byte[] bytes ? bytes.clone() : value);
        } else {
            store.encode(field, value, words, word);
        }
    }

    Map<String, @Nullable Object> values(BeanSchema schema, int firstWord) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (BeanField field : schema.fields()) {
            values.put(field.name(), get(field, firstWord + schema.word(field.name())));
        }
        return values;
    }

    BitSet used() {
        return used;
    }

    long seen(int word) {
        return seen[word];
    }

    long word(int word) {
        return words[word];
    }

    /** The new values of fields with a block, by their words; null for none. */
    Map<Integer, @Nullable Object> blocks() {
        return blocks;
    }
}
