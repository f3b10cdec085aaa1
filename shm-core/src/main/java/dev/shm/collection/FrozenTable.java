package dev.shm.collection;

import dev.shm.error.SegmentFormatException;
import dev.shm.heap.ObjectHandle;
import dev.shm.memory.Memory;
import dev.shm.memory.Strip;
import dev.shm.segment.SegmentLayout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The table under frozen maps and sets, as one opening of it sees it. See {@link FrozenLayout} for the bytes. Nothing in it ever changes, so a
 * reader takes no lock and looks at no version; that it sees all of it is due to the directory's lock, which whoever created it gave back
 * after it was written, and whoever opens it takes.
 *
 * <p>The bytes may be damaged: searches are bounded, and no number in them is used before it was found possible.
 */
final class FrozenTable {

    /** Words of the root and of an entry by their numbers. */
    private static final int INDEX = FrozenLayout.INDEX / Long.BYTES;

    private static final int META = MapLayout.META / Long.BYTES;
    private static final int KEY = MapLayout.KEY / Long.BYTES;
    private static final int KEY_2 = MapLayout.KEY_2 / Long.BYTES;

    /** Which entry has a key; always the same one. */
    private static final class Place extends KeyHints.Hint {
        final int entry;

        Place(Object key, int entry) {
            super(key);
            this.entry = entry;
        }
    }

    private final ObjectHandle handle;
    private final Memory memory;
    private final long base;
    private final FrozenLayout.Shape shape;
    private final Strip strip;
    private final int mask;
    private final int entries;
    private final int entryBytes;
    private final int size;
    private final KeyHash hasher;
    private final KeyHints<Place> places = new KeyHints<>();
    private final Pool<Encoded> scratch = new Pool<>(() -> new Encoded(MapLayout.INLINE_BYTES));

    FrozenTable(ObjectHandle handle, boolean hasValues) {
        this.handle = handle;
        this.memory = handle.memory();
        long payload = handle.payload();
        this.base = MapLayout.base(payload);
        this.shape = FrozenLayout.Shape.read(handle.name(), memory, payload);
        if (shape.hasValues() != hasValues) {
            throw damaged("its flags say that it is a " + (shape.hasValues() ? "map" : "set"));
        }
        this.strip = memory.strip(base, (int) shape.totalBytes());
        this.mask = shape.mask();
        this.entries = shape.entries();
        this.entryBytes = shape.entryBytes();
        this.size = shape.size();
        this.hasher = new KeyHash(memory.getLong(SegmentLayout.HASH_SEED));
    }

    ObjectHandle handle() {
        return handle;
    }

    /** Number of entries. */
    int size() {
        handle.quickPayload();
        return size;
    }

    /** Which entry has that key; -1 if none has. */
    <K> int find(Element<K> keys, Object key) {
        Objects.requireNonNull(key);
        handle.quickPayload();
        Place known = places.find(key);
        return known != null ? known.entry : search(keys, key);
    }

    private <K> int search(Element<K> keys, Object key) {
        if (!keys.accepts(key)) {
            return -1;
        }
        @SuppressWarnings("unchecked")
        K k = (K) key;
        try {
            int entry = findKey(keys.of(k), k);
            int place = entry < 0 ? -1 : places.place(key);
            if (place >= 0) {
                places.note(place, new Place(key, entry));
            }
            return entry;
        } catch (InternalError e) {
            throw handle.failed(e);
        }
    }

    private <K> int findKey(Element<K> element, K key) {
        int length = element.quickBytes(key);
        if (length >= 0) {
            long word = element.quickWord(key);
            long word2 = element.quickWord2(key);
            if (element.isQuick(word, word2)) {
                return findWords(element.tag(), length, word, word2);
            }
        }
        byte[] bytes = element.quickArray(key);
        if (bytes == null) {
            return findEncoded(element, key);
        }
        return bytes.length <= MapLayout.INLINE_BYTES
                ? findWords(element.tag(), bytes.length, Words.first(bytes), Words.second(bytes))
                : findBytes(element.tag(), bytes, bytes.length);
    }

    private <K> int findEncoded(Element<K> element, K key) {
        Encoded encoded = scratch.take();
        try {
            encoded.encode(element, key, handle.heap());
            return encoded.isBlock()
                    ? findBytes(encoded.tag(), encoded.bytes(), encoded.length())
                    : findWords(encoded.tag(), encoded.length(), encoded.word(), encoded.word2());
        } finally {
            encoded.end(handle.heap());
            scratch.giveBack(encoded);
        }
    }

    private int findWords(int tag, int length, long word, long word2) {
        return find(hasher.of(word, word2), MapLayout.elementMeta(tag, length), word, word2, null);
    }

    private int findBytes(int tag, byte[] bytes, int length) {
        long hash = hasher.of(bytes, length);
        return find(hash, MapLayout.elementMeta(tag, MapLayout.BLOCK), 0, MapLayout.blockWord(length, hash), bytes);
    }

    /**
     * Which entry has that key; -1 if none has.
     *
     * @param word a key's first word; nobody knows that of one that lies in the data
     * @param bytes those of a key that lies in the data, and perhaps more behind them; else null
     */
    private int find(long hash, int keyMeta, long word, long word2, byte @Nullable [] bytes) {
        long wanted = MapLayout.meta(hash, keyMeta, 0);
        int upper = (int) (hash >>> 32);
        int place = FrozenLayout.place(hash, mask);
        for (int step = 0; step <= mask; step++) {
            long found = strip.getLongAt(INDEX + place);
            if (found == 0) {
                return -1;
            }
            if ((int) (found >>> 32) == upper) {
                int number = FrozenLayout.entry(found);
                int entry = address(number) / Long.BYTES;
                if (MapLayout.ofKey(strip.getLongAt(entry + META)) == wanted
                        && strip.getLongAt(entry + KEY_2) == word2
                        && (bytes == null
                                ? strip.getLongAt(entry + KEY) == word
                                : has(strip.getLongAt(entry + KEY), bytes, MapLayout.blockLength(word2)))) {
                    return number;
                }
            }
            place = place + 1 & mask;
        }
        return -1;
    }

    private int address(int number) {
        if (Integer.compareUnsigned(number, size) >= 0) {
            throw damaged("its index names the entry " + number + " of " + size);
        }
        return entries + number * entryBytes;
    }

    /** Whether these bytes lie in the data, followed by zeros up to a whole word. */
    private boolean has(long offset, byte[] bytes, int length) {
        int first = data(offset, length) / Long.BYTES;
        int whole = length / Long.BYTES;
        for (int i = 0; i < whole; i++) {
            if (strip.getLongAt(first + i) != Words.at(bytes, i * Long.BYTES)) {
                return false;
            }
        }
        int at = whole * Long.BYTES;
        return at == length || strip.getLongAt(first + whole) == Words.at(bytes, at, length);
    }

    /** Where bytes of the data lie. */
    private int data(long offset, int length) {
        if (!shape.isInData(offset, length)) {
            throw damaged("an element of " + Integer.toUnsignedLong(length) + " bytes lies outside of it");
        }
        return shape.data() + (int) offset;
    }

    /** The key of an entry. */
    <K> K key(Element<K> keys, int number) {
        return read(keys, number, MapLayout.KEY);
    }

    /** The value of an entry. */
    <V> V value(Element<V> values, int number) {
        return read(values, number, MapLayout.VALUE);
    }

    private <T> T read(Element<T> elements, int number, int field) {
        handle.quickPayload();
        try {
            int entry = address(number);
            long meta = strip.getLong(entry + MapLayout.META);
            int ofElement = field == MapLayout.KEY ? MapLayout.keyMeta(meta) : MapLayout.valueMeta(meta);
            int tag = MapLayout.tag(ofElement);
            long word = strip.getLong(entry + field);
            long word2 = strip.getLong((int) FrozenLayout.second(entry + field));
            if (!MapLayout.isBlock(ofElement)) {
                return elements.read(tag, MapLayout.bytes(ofElement), word, word2);
            }
            int length = MapLayout.blockLength(word2);
            int at = data(word, length);
            byte[] bytes = new byte[length];
            memory.getBytes(base + at, bytes, 0, length);
            return elements.read(tag, bytes);
        } catch (InternalError e) {
            throw handle.failed(e);
        }
    }

    private SegmentFormatException damaged(String what) {
        return FrozenLayout.damaged(handle.name(), what);
    }
}
