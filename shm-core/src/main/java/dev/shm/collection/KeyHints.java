package dev.shm.collection;

import org.jspecify.annotations.Nullable;

/**
 * Where an opening of a table found keys lately, for who asks for them again: neither need their bytes be made and hashed then, nor need they be
 * searched. Only of keys that never change and of which those that are equal have equal bytes, whatever the codec: {@link String} and {@link Long}.
 *
 * <p>A hint is a place to look first, and whoever uses one checks whether the key is still there. At most {@link #MOST} are kept, with their keys;
 * where so many keys are asked for that few of them come again, none are, until it is tried again after a while. Any thread, no lock: what two
 * threads note at once may be lost.
 *
 * @param <H> what is noted
 */
final class KeyHints<H extends KeyHints.Hint> {

    /** Some 64 bytes each, and a key. */
    static final int MOST = 4096;

    private static final int FIRST = 16;
    /** Where all places are taken, one of so many keys that were not found here takes the place of another. */
    private static final int SELDOM = 16;

    /** So many hints in a row that nobody used before they were given up: there is no use for them. */
    private static final int USELESS = 128;
    /** For so many keys that were not found here it is not tried again. */
    private static final int PAUSE = 1 << 20;

    private static final int LONGEST_TEXT = 256;
    private static final int SPREAD = 0x9E37_79B9;

    /** What is known of a key. Immutable, since it is given to other threads without any order. */
    abstract static class Hint {

        private final Object key;
        private final int hash;
        /** Since somebody last wanted its place. */
        private boolean used;

        /** Of a key for which {@link KeyHints#place} gave a place. */
        Hint(Object key) {
            this.key = key;
            this.hash = key.hashCode();
        }
    }

    /** A key is in the place that its hash says, or in the other one of that pair. */
    private @Nullable Hint[] hints = new Hint[FIRST];

    private int crowded;
    private int useless;
    private int pause;

    /** What was noted of an equal key, or null. */
    @Nullable
    H find(Object key) {
        if (key instanceof String text) {
            int hash = text.hashCode();
            @Nullable Hint[] now = hints;
            int place = place(hash, now.length);
            Hint hint = now[place];
            if (hint != null && hint.hash == hash && text.equals(hint.key)) {
                return known(hint);
            }
            hint = now[place ^ 1];
            return hint != null && hint.hash == hash && text.equals(hint.key) ? known(hint) : null;
        }
        if (key instanceof Long number) {
            int hash = number.hashCode();
            @Nullable Hint[] now = hints;
            int place = place(hash, now.length);
            Hint hint = now[place];
            if (hint != null && hint.hash == hash && number.equals(hint.key)) {
                return known(hint);
            }
            hint = now[place ^ 1];
            return hint != null && hint.hash == hash && number.equals(hint.key) ? known(hint) : null;
        }
        return null;
    }

    @SuppressWarnings("unchecked")
    private H known(Hint hint) {
        if (!hint.used) {
            hint.used = true;
        }
        return (H) hint;
    }

    private static int place(int hash, int places) {
        int spread = hash * SPREAD;
        return (spread ^ spread >>> 16) & places - 1;
    }

    /** The place for what is to be noted of a key that was not found here; -1 if nothing is. */
    int place(Object key) {
        if (!(key instanceof String text ? text.length() <= LONGEST_TEXT : key instanceof Long)) {
            return -1;
        }
        if (pause > 0) {
            pause--;
            return -1;
        }
        int hash = key.hashCode();
        @Nullable Hint[] now = hints;
        int place = place(hash, now.length);
        if (isFor(now[place], key, hash)) {
            return place;
        }
        if (isFor(now[place ^ 1], key, hash)) {
            return place ^ 1;
        }
        int others = ++crowded;
        if (now.length < MOST) {
            return others > now.length / 8 ? place(hash, grow(now).length) : place;
        }
        if (others % SELDOM != 0) {
            return -1;
        }
        place ^= others / SELDOM & 1;
        Hint other = now[place];
        if (other != null && other.used) {
            other.used = false;
            useless = 0;
            return -1;
        }
        if (++useless >= USELESS) {
            useless = 0;
            crowded = 0;
            pause = PAUSE;
            hints = new Hint[FIRST];
            return -1;
        }
        return place;
    }

    private static boolean isFor(@Nullable Hint hint, Object key, int hash) {
        return hint == null || (hint.hash == hash && hint.key.equals(key));
    }

    private @Nullable Hint[] grow(@Nullable Hint[] now) {
        @Nullable Hint[] larger = new Hint[now.length * 2];
        for (Hint hint : now) {
            if (hint != null) {
                int place = place(hint.hash, larger.length);
                larger[larger[place] == null ? place : place ^ 1] = hint;
            }
        }
        crowded = 0;
        hints = larger;
        return larger;
    }

    /** Notes what is known of a key, in the place that {@link #place} gave. */
    void note(int place, H hint) {
        @Nullable Hint[] now = hints;
        if (place < now.length) {
            now[place] = hint;
        }
    }
}
