package dev.shm.collection;

import dev.shm.error.SegmentFormatException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import dev.shm.heap.SharedLock;
import dev.shm.heap.Transaction;
import dev.shm.memory.Memory;
import dev.shm.memory.Strip;
import dev.shm.segment.Attachment;
import dev.shm.segment.SegmentLayout;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The table under maps and sets, as one opening of it sees it: 16 shards by hash, each with a lock for writers, a version for readers and
 * a table of its own. See {@link MapLayout} for the bytes.
 *
 * <p>A reader looks without the lock and looks at the version before and after. Whatever it reads in between may be anything, even the
 * memory of something else; so searches are bounded, the memory checks every address, and nothing is believed or decoded before
 * the version was found unchanged. After {@link #OPTIMISTIC_TRIES} it takes the lock.
 *
 * <p>A writer prepares blocks and entries where nobody sees them, and commits by the journal: version to odd, the words, version to
 * even. Where one word of an inline value is all that differs, the one store of it is the commit, and the version is raised before it.
 * A death before the commit leaves blocks for the reaper, and bytes in an entry that is not there; a death after it is made good by
 * the reaper before anybody can have the lock.
 */
final class ShardedTable {

    private static final int OPTIMISTIC_TRIES = 32;
    private static final int COPY_TRIES = 4;
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);

    /** Words of a shard and of an entry by their numbers. */
    private static final int VERSION = MapLayout.VERSION / Long.BYTES;

    private static final int TABLE = MapLayout.TABLE / Long.BYTES;
    private static final int META = MapLayout.META / Long.BYTES;
    private static final int KEY = MapLayout.KEY / Long.BYTES;
    private static final int KEY_2 = MapLayout.KEY_2 / Long.BYTES;
    private static final int VALUE = MapLayout.VALUE / Long.BYTES;
    private static final int VALUE_2 = MapLayout.VALUE_2 / Long.BYTES;

    /** When a value is put. */
    enum When {
        ALWAYS,
        IF_ABSENT,
        IF_PRESENT
    }

    /** What one call needs; kept for the next one. */
    static final class Call {
        final Encoded key = new Encoded(MapLayout.INLINE_BYTES);
        final Encoded value = new Encoded(MapLayout.INLINE_BYTES);
        /** Blocks that belonged to an entry and are this process's now, to be freed when the lock is given back. */
        private final long[] detached = new long[3];

        private int detachedCount;

        private void toFree(long block) {
            detached[detachedCount++] = block;
        }

        private void end(Heap heap) {
            try {
                while (detachedCount > 0) {
                    heap.free(detached[--detachedCount]);
                }
            } finally {
                key.end(heap);
                value.end(heap);
            }
        }
    }

    /**
     * A table and where its bytes are, counted in the words of its window. What it says of the table is true for as long as there is such a
     * table, since a reference never comes back.
     */
    private static final class View {
        final long reference;
        final int window;
        final Strip words;
        /** Number of the first control word. */
        final int controls;
        /** Number of the first entry's first word. */
        final int entries;

        final int mask;

        View(long reference, int shift, Strip words) {
            long first = BlockLayout.payload(reference);
            this.reference = reference;
            this.window = (int) (first / Memory.WINDOW_BYTES);
            this.words = words;
            this.controls = (int) (first % Memory.WINDOW_BYTES / Long.BYTES);
            this.entries = controls + (1 << shift);
            this.mask = (1 << shift) - 1;
        }

        long address(int word) {
            return window * Memory.WINDOW_BYTES + (long) word * Long.BYTES;
        }
    }

    /** Where an entry with a key was. It is still there if all of this is so. */
    private static final class Place extends KeyHints.Hint {
        final View view;
        /** Number of the shard's first word in the root. */
        final int shard;
        /** Number of the entry's first word. */
        final int entry;
        /** Number of its control word. */
        final int control;
        /** Where in that its byte is, and what it is. */
        final int controlShift;

        final int controlByte;
        /** What the key decides of the meta word. */
        final long meta;

        final long word;
        final long word2;

        /**
         * A version of the shard at which the key was there; as long as it is that, nothing needs to be looked at. Any thread sets it: whatever
         * was true of a version stays so.
         */
        long version;

        Place(Object key, View view, int shard, int entry, int number, Strip words, long version) {
            super(key);
            this.version = version;
            this.view = view;
            this.shard = shard;
            this.entry = entry;
            this.control = view.controls + number / MapLayout.GROUP;
            this.controlShift = number % MapLayout.GROUP * Byte.SIZE;
            this.controlByte = (int) Control.get(words.getLongAt(control), number % MapLayout.GROUP);
            this.meta = MapLayout.ofKey(words.getLongAt(entry + META));
            this.word = words.getLongAt(entry + KEY);
            this.word2 = words.getLongAt(entry + KEY_2);
        }
    }

    private final ObjectHandle handle;
    private final @Nullable Element<?> values;
    private final Memory memory;
    private final Heap heap;
    private final long base;
    private final Strip root;
    private final Strip firstWindow;
    private final int entryBytes;
    private final int entryWords;
    private final int firstShift;
    private final int blockType;
    private final KeyHash hasher;
    private final SharedLock[] locks = new SharedLock[MapLayout.SHARD_COUNT];
    /** The thread that runs a function of the user under that shard's lock. Each thread looks for itself only. */
    private final @Nullable Thread[] computing = new Thread[MapLayout.SHARD_COUNT];

    /** The tables as this opening saw them last. Any value is only a place to look first. */
    private final @Nullable View[] views = new View[MapLayout.SHARD_COUNT];

    private final KeyHints<Place> places = new KeyHints<>();
    private final Pool<Call> calls = new Pool<>(Call::new);
    private final Attachment.Ending ending = new Attachment.Ending() {
        @Override
        public void check() {
            checkNotComputing("the segment cannot be closed");
        }

        @Override
        public void end() {
            // What computes is inside the gate, which is waited for.
        }
    };

    /**
     * An opening of a table.
     *
     * @param values how to read what copies hold; null if there are no values
     */
    ShardedTable(ObjectHandle handle, int blockType, @Nullable Element<?> values) {
        this.handle = handle;
        this.values = values;
        this.memory = handle.memory();
        this.heap = handle.heap();
        this.blockType = blockType;
        long payload = handle.payload();
        this.base = MapLayout.base(payload);
        this.firstWindow = memory.windowAt(0);
        this.root = memory.strip(base, MapLayout.ROOT_BYTES);
        this.entryBytes = (memory.getInt(base + MapLayout.FLAGS) & MapLayout.HAS_VALUES) != 0
                ? MapLayout.MAP_ENTRY_BYTES
                : MapLayout.SET_ENTRY_BYTES;
        this.entryWords = entryBytes / Long.BYTES;
        this.firstShift = memory.getInt(base + MapLayout.FIRST_SHIFT);
        if (firstShift < 0 || firstShift > MapLayout.MAX_SHIFT) {
            throw damaged("its first table has the shift " + firstShift);
        }
        this.hasher = new KeyHash(memory.getLong(SegmentLayout.HASH_SEED));
        for (int i = 0; i < locks.length; i++) {
            locks[i] = handle.lock((int) (MapLayout.shard(base, i) + MapLayout.LOCK - payload));
        }
        handle.addEnding(ending);
    }

    /** Puts the root of a new object into a tentative block. */
    static long allocate(Heap heap, int blockType, int flags, int firstShift) {
        long reference = heap.allocateCleared(MapLayout.ROOT_BLOCK_BYTES, blockType);
        long base = MapLayout.base(BlockLayout.payload(reference));
        heap.memory().putInt(base + MapLayout.FLAGS, flags);
        heap.memory().putInt(base + MapLayout.FIRST_SHIFT, firstShift);
        return reference;
    }

    void close() {
        checkNotComputing("it cannot be closed");
        handle.removeEnding(ending);
        handle.close();
    }

    // ---------------------------------------------------------------------------------------------- calls

    /** A call with its key. */
    <K> Call call(Element<K> keys, K key) {
        Call call = calls.take();
        call.key.encode(keys, key, heap);
        call.key.hash(hasher);
        return call;
    }

    /** A call with a key that is there. */
    Call call(FoundKey key) {
        Call call = calls.take();
        call.key.take(key.tag(), key.bytes(), heap);
        call.key.hash(hasher);
        return call;
    }

    <V> void value(Call call, Element<V> values, V value) {
        call.value.encode(values, value, heap);
    }

    void end(Call call) {
        calls.giveBack(call);
    }

    // ---------------------------------------------------------------------------------------------- reading

    /**
     * The value of a key, if it is where it was found before, and nobody changes its shard meanwhile. If not, this is null, and {@link #get} says
     * whether there is one.
     */
    <V> @Nullable V find(Object key, Element<V> values) {
        Place place = places.find(key);
        if (place == null) {
            return null;
        }
        handle.quickPayload();
        long version = root.getLongAt(place.shard + VERSION);
        memory.acquireFence();
        if (version != place.version && !isThere(place, version)) {
            return null;
        }
        Strip words = words(place.view);
        long meta = words.getLongAt(place.entry + META);
        long value = words.getLongAt(place.entry + VALUE);
        long value2 = words.getLongAt(place.entry + VALUE_2);
        if (hasChanged(place.shard, version)) {
            return null;
        }
        int valueMeta = MapLayout.valueMeta(meta);
        if (!MapLayout.isBlock(valueMeta)) {
            return values.read(MapLayout.tag(valueMeta), MapLayout.bytes(valueMeta), value, value2);
        }
        byte[] found = copy(value, value2);
        try {
            return found == null ? null : values.read(MapLayout.tag(valueMeta), found);
        } catch (PartGone e) {
            // Taken out since.
            return null;
        }
    }

    /** Whether a key is still where it was, now that the shard has this version. */
    private boolean isThere(Place place, long version) {
        Strip words = words(place.view);
        boolean isThere = (version & 1) == 0
                && root.getLongAt(place.shard + TABLE) == place.view.reference
                && (words.getLongAt(place.control) >>> place.controlShift & 0xFF) == place.controlByte
                && MapLayout.ofKey(words.getLongAt(place.entry + META)) == place.meta
                && words.getLongAt(place.entry + KEY) == place.word
                && words.getLongAt(place.entry + KEY_2) == place.word2
                && !hasChanged(place.shard, version);
        if (isThere) {
            place.version = version;
        }
        return isThere;
    }

    /** The value of a key, or null if there is none. */
    <K, V> @Nullable V get(Element<K> keys, K key, Element<V> values) {
        Element<K> element = keys.of(key);
        int length = element.quickBytes(key);
        if (length >= 0) {
            long word = element.quickWord(key);
            long word2 = element.quickWord2(key);
            if (element.isQuick(word, word2)) {
                return get(
                        key,
                        hasher.of(word, word2),
                        MapLayout.elementMeta(element.tag(), length),
                        word,
                        word2,
                        null,
                        values);
            }
        }
        byte[] bytes = element.quickArray(key);
        if (bytes == null) {
            return getEncoded(keys, key, values);
        }
        int tag = element.tag();
        if (bytes.length <= MapLayout.INLINE_BYTES) {
            long word = Words.first(bytes);
            long word2 = Words.second(bytes);
            return get(
                    key, hasher.of(word, word2), MapLayout.elementMeta(tag, bytes.length), word, word2, null, values);
        }
        return get(key, hasher.of(bytes, bytes.length), tag, bytes, bytes.length, values);
    }

    private <K, V> @Nullable V getEncoded(Element<K> keys, K key, Element<V> values) {
        Call call = call(keys, key);
        try {
            Encoded k = call.key;
            return k.isBlock()
                    ? get(key, k.hash(), k.tag(), k.bytes(), k.length(), values)
                    : get(key, k.hash(), k.meta(), k.word(), k.word2(), null, values);
        } finally {
            end(call);
        }
    }

    private <V> @Nullable V get(Object key, long hash, int tag, byte[] bytes, int length, Element<V> values) {
        return get(key, hash, blockMeta(tag), 0, MapLayout.blockWord(length, hash), bytes, values);
    }

    private static int blockMeta(int tag) {
        return MapLayout.elementMeta(tag, MapLayout.BLOCK);
    }

    /**
     * The value of a key, or null if there is none.
     *
     * @param key to note where it is
     * @param word a key's first word; of a key that has a block nobody knows it
     * @param word2 its second word
     * @param bytes those of a key that has a block, and perhaps more behind them; else null
     */
    private <V> @Nullable V get(
            Object key, long hash, int keyMeta, long word, long word2, byte @Nullable [] bytes, Element<V> values) {
        handle.quickPayload();
        int index = MapLayout.shardOf(hash);
        int shard = MapLayout.shardInRoot(index) / Long.BYTES;
        for (int i = 0; i < OPTIMISTIC_TRIES; i++) {
            // SYNC POINT with the journal's stores of the version: the fence makes this read an acquire.
            long version = root.getLongAt(shard + VERSION);
            memory.acquireFence();
            if ((version & 1) != 0) {
                Thread.onSpinWait();
                continue;
            }
            View view = null;
            int entry = 0;
            long meta = 0;
            long value = 0;
            long value2 = 0;
            try {
                view = view(index);
                if (view != null) {
                    Strip words = words(view);
                    entry = find(view, words, hash, keyMeta, word, word2, bytes);
                    if (entry != 0) {
                        meta = words.getLongAt(entry + META);
                        value = words.getLongAt(entry + VALUE);
                        value2 = words.getLongAt(entry + VALUE_2);
                    }
                }
            } catch (IndexOutOfBoundsException e) {
                checkChanged(shard, version, e);
                continue;
            }
            if (hasChanged(shard, version)) {
                continue;
            }
            if (view == null || entry == 0) {
                return null;
            }
            note(key, view, shard, version, entry);
            int valueMeta = MapLayout.valueMeta(meta);
            if (!MapLayout.isBlock(valueMeta)) {
                return values.read(MapLayout.tag(valueMeta), MapLayout.bytes(valueMeta), value, value2);
            }
            byte[] found = copy(value, value2);
            if (found != null) {
                try {
                    return values.read(MapLayout.tag(valueMeta), found);
                } catch (PartGone e) {
                    // Taken out since, so the key has another value by now, or none; if this is no damage.
                    Thread.onSpinWait();
                }
            }
        }
        return getLocked(index, hash, keyMeta, word, word2, bytes, values);
    }

    /** Notes where a key was found while its shard had that version. */
    private void note(Object key, View view, int shard, long version, int entry) {
        int place = places.place(key);
        if (place >= 0) {
            Place noted = new Place(key, view, shard, entry, (entry - view.entries) / entryWords, words(view), version);
            if (!hasChanged(shard, version)) {
                places.note(place, noted);
            }
        }
    }

    /** Whether a shard has another version than before what was read of it since. */
    private boolean hasChanged(int shard, long version) {
        // What was read stays before this.
        memory.acquireFence();
        return root.getLongAt(shard + VERSION) != version;
    }

    private <V> @Nullable V getLocked(
            int index, long hash, int keyMeta, long word, long word2, byte @Nullable [] bytes, Element<V> values) {
        return handle.guarded(() -> {
            // A function of the user may read: whoever waits here for another such function's lock holds none that this
            // needs,
            // since nothing changes while a function runs, and what does not change is read without a lock.
            locks[index].lock(LOCK_TIMEOUT);
            try {
                long entry = findLocked(index, hash, keyMeta, word, word2, bytes);
                return entry == 0 ? null : read(entry, values);
            } finally {
                locks[index].unlock();
            }
        });
    }

    /** Whether a key is where it was found before. If not, {@link #contains} says whether it is anywhere. */
    boolean find(Object key) {
        Place place = places.find(key);
        if (place == null) {
            return false;
        }
        handle.quickPayload();
        long version = root.getLongAt(place.shard + VERSION);
        memory.acquireFence();
        return version == place.version || isThere(place, version);
    }

    /** Whether there is such a key. */
    <K> boolean contains(Element<K> keys, K key) {
        Element<K> element = keys.of(key);
        int length = element.quickBytes(key);
        if (length >= 0) {
            long word = element.quickWord(key);
            long word2 = element.quickWord2(key);
            if (element.isQuick(word, word2)) {
                return contains(
                        key, hasher.of(word, word2), MapLayout.elementMeta(element.tag(), length), word, word2, null);
            }
        }
        byte[] bytes = element.quickArray(key);
        if (bytes == null) {
            return containsEncoded(keys, key);
        }
        int tag = element.tag();
        if (bytes.length <= MapLayout.INLINE_BYTES) {
            long word = Words.first(bytes);
            long word2 = Words.second(bytes);
            return contains(key, hasher.of(word, word2), MapLayout.elementMeta(tag, bytes.length), word, word2, null);
        }
        return contains(key, hasher.of(bytes, bytes.length), tag, bytes, bytes.length);
    }

    private boolean contains(Object key, long hash, int tag, byte[] bytes, int length) {
        return contains(key, hash, blockMeta(tag), 0, MapLayout.blockWord(length, hash), bytes);
    }

    private <K> boolean containsEncoded(Element<K> keys, K key) {
        Call call = call(keys, key);
        try {
            Encoded k = call.key;
            return k.isBlock()
                    ? contains(key, k.hash(), k.tag(), k.bytes(), k.length())
                    : contains(key, k.hash(), k.meta(), k.word(), k.word2(), null);
        } finally {
            end(call);
        }
    }

    private boolean contains(Object key, long hash, int keyMeta, long word, long word2, byte @Nullable [] bytes) {
        handle.quickPayload();
        int index = MapLayout.shardOf(hash);
        int shard = MapLayout.shardInRoot(index) / Long.BYTES;
        for (int i = 0; i < OPTIMISTIC_TRIES; i++) {
            long version = root.getLongAt(shard + VERSION);
            memory.acquireFence();
            if ((version & 1) != 0) {
                Thread.onSpinWait();
                continue;
            }
            View view;
            int entry;
            try {
                view = view(index);
                entry = view == null ? 0 : find(view, words(view), hash, keyMeta, word, word2, bytes);
            } catch (IndexOutOfBoundsException e) {
                checkChanged(shard, version, e);
                continue;
            }
            if (!hasChanged(shard, version)) {
                if (view == null || entry == 0) {
                    return false;
                }
                note(key, view, shard, version, entry);
                return true;
            }
        }
        return handle.guarded(() -> {
            locks[index].lock(LOCK_TIMEOUT);
            try {
                return findLocked(index, hash, keyMeta, word, word2, bytes) != 0;
            } finally {
                locks[index].unlock();
            }
        });
    }

    /** An address outside the segment is the fault of a change meanwhile, or else of damage. */
    private void checkChanged(int shard, long version, IndexOutOfBoundsException e) {
        if (!hasChanged(shard, version)) {
            throw damaged(e);
        }
    }

    private SegmentFormatException damaged(String what) {
        return new SegmentFormatException(
                "'" + handle.name() + "' is damaged: " + what + ". Destroy it and fill it again.");
    }

    private SegmentFormatException damaged(IndexOutOfBoundsException e) {
        SegmentFormatException damaged = damaged("it refers to what is outside the segment");
        damaged.initCause(e);
        return damaged;
    }

    /** The bytes of a block of an entry, or null if it does not belong to that entry any more. */
    byte @Nullable [] copy(long reference, long word2) {
        return ElementBlock.copy(heap, reference, MapLayout.blockLength(word2), this::damaged);
    }

    /** The table of a shard, or null if it has none. Without the lock it may be gone: {@link IndexOutOfBoundsException}. */
    private @Nullable View view(int index) {
        long table = root.getLongAt(MapLayout.shardInRoot(index) / Long.BYTES + TABLE);
        if (table == 0) {
            return null;
        }
        View view = views[index];
        if (view == null || view.reference != table) {
            view = look(table);
            views[index] = view;
        }
        return view;
    }

    private View look(long table) {
        if (!heap.isLive(table)) {
            throw new IndexOutOfBoundsException("the table is not live");
        }
        int length = memory.getInt(BlockLayout.header(table) + BlockLayout.LENGTH);
        memory.acquireFence();
        int shift = 31 - Integer.numberOfLeadingZeros(length / (int) MapLayout.tableBytes(0, entryBytes));
        if (!heap.isLive(table)
                || shift < 0
                || shift > MapLayout.MAX_SHIFT
                || MapLayout.tableBytes(shift, entryBytes) != length
                || !memory.isInOneWindow(BlockLayout.payload(table), length)) {
            throw new IndexOutOfBoundsException("the table is not live, or has an impossible length: " + length);
        }
        long payload = BlockLayout.payload(table);
        return new View(table, shift, payload < Memory.WINDOW_BYTES ? firstWindow : memory.windowAt(payload));
    }

    /** Where the bytes of a table are. Of most it is known before the table is. */
    private Strip words(View view) {
        return view.window == 0 ? firstWindow : view.words;
    }

    /**
     * Number of the first word of the entry with that key, or 0. Without the lock it may be any entry, if the version has changed. For the
     * parameters see {@link #get(Object, long, int, long, long, byte[], Element)}.
     */
    private int find(View view, Strip words, long hash, int keyMeta, long word, long word2, byte @Nullable [] bytes) {
        int mask = view.mask;
        long wanted = MapLayout.meta(hash, keyMeta, 0);
        long pattern = Control.pattern(hash);
        int group = MapLayout.firstGroup(hash, mask);
        for (int step = 0; step <= mask; ) {
            long control = words.getLongAt(view.controls + group);
            for (long matches = Control.matches(control, pattern); matches != 0; matches &= matches - 1) {
                int entry = view.entries + (group * MapLayout.GROUP + Control.index(matches)) * entryWords;
                if (MapLayout.ofKey(words.getLongAt(entry + META)) == wanted
                        && words.getLongAt(entry + KEY_2) == word2
                        && (bytes == null
                                ? words.getLongAt(entry + KEY) == word
                                : has(
                                        BlockLayout.payload(words.getLongAt(entry + KEY)),
                                        bytes,
                                        MapLayout.blockLength(word2)))) {
                    return entry;
                }
            }
            if (Control.empty(control) != 0) {
                return 0;
            }
            group = (group + ++step) & mask;
        }
        return 0;
    }

    /** Whether these bytes lie at an address, followed by zeros up to a whole word. */
    private boolean has(long address, byte[] bytes, int length) {
        int whole = length & -Long.BYTES;
        for (int i = 0; i < whole; i += Long.BYTES) {
            if (memory.getLong(address + i) != Words.at(bytes, i)) {
                return false;
            }
        }
        return whole == length || memory.getLong(address + whole) == Words.at(bytes, whole, length);
    }

    /** Under the lock: address of the entry with that key, or 0. */
    private long findLocked(int index, long hash, int keyMeta, long word, long word2, byte @Nullable [] bytes) {
        try {
            View view = view(index);
            if (view == null) {
                return 0;
            }
            int entry = find(view, words(view), hash, keyMeta, word, word2, bytes);
            return entry == 0 ? 0 : view.address(entry);
        } catch (IndexOutOfBoundsException e) {
            throw damaged(e);
        }
    }

    private long findLocked(Encoded key) {
        return findLocked(
                MapLayout.shardOf(key.hash()),
                key.hash(),
                key.meta(),
                key.word(),
                key.isBlock() ? MapLayout.blockWord(key.length(), key.hash()) : key.word2(),
                key.isBlock() ? key.bytes() : null);
    }

    /** The value in such a block, if it has to be had at once; see {@link Element#held}. */
    @Nullable
    Object held(int tag, byte[] bytes, boolean locked) {
        return values == null ? null : values.heldOrNull(tag, bytes, locked);
    }

    /** Under the lock: the value of an entry. */
    private <V> V read(long entry, Element<V> values) {
        int valueMeta = MapLayout.valueMeta(memory.getLong(entry + MapLayout.META));
        long word = memory.getLong(entry + MapLayout.VALUE);
        long word2 = memory.getLong(entry + MapLayout.VALUE_2);
        if (!MapLayout.isBlock(valueMeta)) {
            return values.read(MapLayout.tag(valueMeta), MapLayout.bytes(valueMeta), word, word2);
        }
        byte[] bytes = copy(word, word2);
        if (bytes == null) {
            throw damaged("the block of a value is not live");
        }
        return values.read(MapLayout.tag(valueMeta), bytes);
    }

    // ---------------------------------------------------------------------------------------------- writing

    /**
     * Puts the call's value, if the key is there or not as wanted.
     *
     * @param values null if the caller does not want the value before
     * @return the value before, if there was one and it is wanted
     */
    <V> @Nullable V put(Call call, When when, @Nullable Element<V> values) {
        return handle.guarded(() -> {
            int index = MapLayout.shardOf(call.key.hash());
            long shard = MapLayout.shard(base, index);
            try {
                // Before the lock, since it may take long.
                call.value.store(heap, blockType, 0);
                lock(index);
                try {
                    long entry = findLocked(call.key);
                    if (entry == 0) {
                        if (when != When.IF_PRESENT) {
                            insert(shard, call);
                        }
                        return null;
                    }
                    V before = values == null ? null : read(entry, values);
                    if (when != When.IF_ABSENT) {
                        replace(shard, entry, call);
                    }
                    return before;
                } finally {
                    unlock(index);
                }
            } finally {
                call.end(heap);
            }
        });
    }

    /**
     * Runs the one step of a call under the lock of its key's shard.
     *
     * @param action is given the entry of the key, or 0 if there is none
     */
    private <R extends @Nullable Object> R underLock(Call call, LongFunction<R> action) {
        return handle.guarded(() -> {
            int index = index(call);
            try {
                lock(index);
                try {
                    return action.apply(findLocked(call.key));
                } finally {
                    unlock(index);
                }
            } finally {
                call.end(heap);
            }
        });
    }

    private static int index(Call call) {
        return MapLayout.shardOf(call.key.hash());
    }

    private long shard(Call call) {
        return MapLayout.shard(base, index(call));
    }

    /** Adds a key without a value; returns whether it was not there. */
    boolean add(Call call) {
        return underLock(call, entry -> {
            if (entry == 0) {
                insert(shard(call), call);
            }
            return entry == 0;
        });
    }

    /** Removes a key; returns whether it was there. */
    boolean remove(Call call) {
        return underLock(call, entry -> {
            if (entry != 0) {
                remove(shard(call), entry, call);
            }
            return entry != 0;
        });
    }

    /** Removes a key if its value still lies there as it did; returns whether it was. */
    boolean remove(Call call, ValueWords expected) {
        return underLock(call, entry -> {
            boolean same = entry != 0 && valueWords(entry).equals(expected);
            if (same) {
                remove(shard(call), entry, call);
            }
            return same;
        });
    }

    private ValueWords valueWords(long entry) {
        return new ValueWords(
                MapLayout.valueMeta(memory.getLong(entry + MapLayout.META)),
                memory.getLong(entry + MapLayout.VALUE),
                memory.getLong(entry + MapLayout.VALUE_2));
    }

    /** A value and how it lies in its entry. */
    record Held<V>(V value, ValueWords words) {}

    /** The value of a key with how it lies there, or null if there is none. Takes the lock. */
    <V> @Nullable Held<V> held(Call call, Element<V> values) {
        return underLock(call, entry -> entry == 0 ? null : new Held<>(read(entry, values), valueWords(entry)));
    }

    /** What is to become of a value. */
    interface Change<V> {
        /**
         * The value after: null for none, the very one before if it stays. Must not be confused with one that was changed in
         * place: see {@link #compute}.
         */
        @Nullable
        V apply(@Nullable V before);
    }

    /**
     * Replaces the value of a key by what a function of the library makes of it, which keeps the entry as it is by giving back the value it was
     * given. Returns the value before.
     */
    <V> @Nullable V change(Call call, Element<V> values, Change<V> change) {
        return underLock(call, entry -> {
            V before = entry == 0 ? null : read(entry, values);
            V after = change.apply(before);
            if (after != before) {
                write(shard(call), entry, call, values, after);
            }
            return before;
        });
    }

    /**
     * Replaces the value of a key by what a function of the user makes of it, under the lock of its shard. A function that throws
     * changes nothing. What it gives back is written, even if it is the same object as before: it may have changed inside; unless it is live,
     * since then what changed inside was written when it changed.
     *
     * @param when whether the function is asked where there is no value, or where there is one
     * @return the value after
     */
    <V> @Nullable V compute(
            Call call, Element<V> values, When when, Function<? super @Nullable V, ? extends @Nullable V> function) {
        return underLock(call, entry -> {
            V before = entry == 0 ? null : read(entry, values);
            if (when != When.ALWAYS && (before == null) != (when == When.IF_ABSENT)) {
                return before;
            }
            int index = index(call);
            V after = null;
            computing[index] = Thread.currentThread();
            try {
                after = function.apply(before);
            } finally {
                computing[index] = null;
            }
            handle.payload();
            if (after != null && after == before && values.isLive(after)) {
                return after;
            }
            V stored = after == null ? null : values.toStore(after);
            write(shard(call), entry, call, values, stored);
            return stored;
        });
    }

    /** Under the lock: makes a value, or none, the value of the call's key. */
    private <V> void write(long shard, long entry, Call call, Element<V> values, @Nullable V after) {
        if (after == null) {
            if (entry != 0) {
                remove(shard, entry, call);
            }
            return;
        }
        call.value.encode(values, after, heap);
        call.value.store(heap, blockType, 0);
        if (entry == 0) {
            insert(shard, call);
        } else {
            replace(shard, entry, call);
        }
    }

    private void lock(int index) {
        handle.payload();
        checkNotComputing("it cannot be changed");
        SharedLock lock = locks[index];
        if (lock.isHeldByThisThread()) {
            throw computing("it cannot be changed");
        }
        lock.lock(LOCK_TIMEOUT);
        boolean whole = false;
        try {
            long shard = MapLayout.shard(base, index);
            checkTable(shard + MapLayout.TABLE, shard + MapLayout.SHIFT);
            finishClearing(shard);
            whole = true;
        } finally {
            if (!whole) {
                lock.unlock();
            }
        }
    }

    /** Before anything is stored into a table: it is one, and as large as is said. */
    private void checkTable(long tableAddress, long shiftAddress) {
        long table = memory.getLong(tableAddress);
        if (table == 0) {
            return;
        }
        long shift = memory.getLong(shiftAddress);
        if (shift < 0
                || shift > MapLayout.MAX_SHIFT
                || !heap.isLive(table)
                || heap.length(table) != MapLayout.tableBytes((int) shift, entryBytes)) {
            throw damaged("its table is no block of 2^" + shift + " groups");
        }
    }

    private void unlock(int index) {
        locks[index].unlock();
    }

    private void checkNotComputing(String what) {
        Thread thread = Thread.currentThread();
        for (Thread other : computing) {
            if (other == thread) {
                throw computing(what);
            }
        }
    }

    private IllegalStateException computing(String what) {
        return new IllegalStateException("'" + handle.name() + "': " + what
                + " by a function that is computing a value of it. Return the value, and do the rest afterwards.");
    }

    /** Under the lock: adds an entry that is not there. */
    private void insert(long shard, Call call) {
        Encoded key = call.key;
        key.store(heap, blockType, key.hash());
        long table = memory.getLong(shard + MapLayout.TABLE);
        int shift = (int) memory.getLong(shard + MapLayout.SHIFT);
        long size = memory.getLong(shard + MapLayout.SIZE);
        long used = memory.getLong(shard + MapLayout.USED);
        if (table == 0) {
            insertIntoNew(shard, 0, 0, firstShift, 0, call);
            return;
        }
        int group = freeGroup(table, shift, key.hash());
        long control = memory.getLong(MapLayout.control(table, group));
        int place = Control.index(Control.free(control));
        boolean fresh = Control.get(control, place) == Control.EMPTY;
        if (fresh && used >= MapLayout.mostUsed(shift)) {
            insertIntoNew(shard, table, shift, shiftFor(size), size, call);
            return;
        }
        long entry = MapLayout.entries(table, shift) + ((long) group * MapLayout.GROUP + place) * entryBytes;
        // Nobody looks at the entry; but somebody may still look at what was here before, and must find another version
        // then.
        memory.putLongRelease(entry + MapLayout.META, newMeta(call));
        memory.putLongRelease(entry + MapLayout.KEY, key.word());
        memory.putLongRelease(entry + MapLayout.KEY_2, key.word2());
        if (hasValues()) {
            memory.putLongRelease(entry + MapLayout.VALUE, call.value.word());
            memory.putLongRelease(entry + MapLayout.VALUE_2, call.value.word2());
        }
        try (Transaction change = handle.journal().begin()) {
            long version = begin(change, shard);
            change.store(MapLayout.control(table, group), Control.with(control, place, Control.tag(key.hash())));
            change.store(shard + MapLayout.SIZE, size + 1);
            if (fresh) {
                change.store(shard + MapLayout.USED, used + 1);
            }
            publish(change, call);
            commit(change, shard, version);
        }
        key.published();
        call.value.published();
    }

    private boolean hasValues() {
        return entryBytes == MapLayout.MAP_ENTRY_BYTES;
    }

    private long newMeta(Call call) {
        return MapLayout.meta(call.key.hash(), call.key.meta(), hasValues() ? call.value.meta() : 0);
    }

    private long begin(Transaction change, long shard) {
        long version = memory.getLong(shard + MapLayout.VERSION);
        change.store(shard + MapLayout.VERSION, version + 1);
        return version;
    }

    private static void publish(Transaction change, Call call) {
        if (call.key.block() != 0) {
            change.publish(call.key.block());
        }
        if (call.value.block() != 0) {
            change.publish(call.value.block());
        }
    }

    private void commit(Transaction change, long shard, long version) {
        change.store(shard + MapLayout.VERSION, version + 2);
        change.commit();
    }

    /** The smallest table that is at most half as full as it may be, and not smaller than the first: after that it is good for a while. */
    private int shiftFor(long size) {
        int shift = firstShift;
        while (size * 2 > MapLayout.mostUsed(shift)) {
            shift++;
        }
        return shift;
    }

    /** The first group on the way of a hash that has room. */
    private int freeGroup(long table, int shift, long hash) {
        int mask = (1 << shift) - 1;
        int group = MapLayout.firstGroup(hash, mask);
        for (int step = 0; step <= mask; ) {
            if (Control.free(memory.getLong(MapLayout.control(table, group))) != 0) {
                return group;
            }
            group = group + ++step & mask;
        }
        throw damaged("a table that has room is full");
    }

    /** Under the lock: copies all entries and the new one into a new table, and puts that in place. */
    private void insertIntoNew(long shard, long oldTable, int oldShift, int shift, long size, Call call) {
        long fresh =
                heap.allocate(MapLayout.tableBytes(Math.min(shift, MapLayout.MAX_SHIFT + 1), entryBytes), blockType);
        boolean done = false;
        try {
            memory.clear(MapLayout.control(fresh, 0), 8L << shift);
            if (oldTable != 0) {
                copyEntries(oldTable, oldShift, fresh, shift);
            }
            long entry = place(fresh, shift, call.key.hash());
            memory.putLong(entry + MapLayout.META, newMeta(call));
            memory.putLong(entry + MapLayout.KEY, call.key.word());
            memory.putLong(entry + MapLayout.KEY_2, call.key.word2());
            if (hasValues()) {
                memory.putLong(entry + MapLayout.VALUE, call.value.word());
                memory.putLong(entry + MapLayout.VALUE_2, call.value.word2());
            }
            try (Transaction change = handle.journal().begin()) {
                long version = begin(change, shard);
                change.store(shard + MapLayout.TABLE, fresh);
                change.store(shard + MapLayout.SHIFT, shift);
                change.store(shard + MapLayout.SIZE, size + 1);
                change.store(shard + MapLayout.USED, size + 1);
                change.publish(fresh);
                publish(change, call);
                long old = oldTable == 0 ? 0 : change.detach(oldTable);
                commit(change, shard, version);
                done = true;
                if (old != 0) {
                    call.toFree(old);
                }
            }
            call.key.published();
            call.value.published();
        } finally {
            if (!done) {
                heap.free(fresh);
            }
        }
    }

    private void copyEntries(long from, int fromShift, long to, int toShift) {
        long entries = MapLayout.entries(from, fromShift);
        for (int group = 0; group < 1 << fromShift; group++) {
            long control = memory.getLong(MapLayout.control(from, group));
            for (long full = Control.full(control); full != 0; full &= full - 1) {
                int index = Control.index(full);
                long source = entries + ((long) group * MapLayout.GROUP + index) * entryBytes;
                // The upper half of the hash is in the meta word, and what the control byte has of it is in the byte.
                long meta = memory.getLong(source + MapLayout.META);
                long target = place(to, toShift, meta, Control.get(control, index));
                for (int at = 0; at < entryBytes; at += 8) {
                    memory.putLong(target + at, memory.getLong(source + at));
                }
            }
        }
    }

    private long place(long table, int shift, long hash) {
        return place(table, shift, hash, Control.tag(hash));
    }

    /** Takes a place in a table that nobody sees yet; returns the address of the entry. */
    private long place(long table, int shift, long hash, long tag) {
        int group = freeGroup(table, shift, hash);
        long address = MapLayout.control(table, group);
        long control = memory.getLong(address);
        int index = Control.index(Control.free(control));
        memory.putLong(address, Control.with(control, index, tag));
        return MapLayout.entries(table, shift) + ((long) group * MapLayout.GROUP + index) * entryBytes;
    }

    /** Under the lock: gives an entry the call's value. */
    private void replace(long shard, long entry, Call call) {
        Encoded value = call.value;
        long meta = memory.getLong(entry + MapLayout.META);
        long word = memory.getLong(entry + MapLayout.VALUE);
        long word2 = memory.getLong(entry + MapLayout.VALUE_2);
        long newMeta = MapLayout.withValue(meta, value.meta());
        boolean hadBlock = MapLayout.isBlock(MapLayout.valueMeta(meta));
        if (!hadBlock && !value.isBlock()) {
            int differing =
                    (meta == newMeta ? 0 : 1) + (word == value.word() ? 0 : 1) + (word2 == value.word2() ? 0 : 1);
            if (differing <= 1) {
                if (differing == 0) {
                    return;
                }
                // The one store is the commit: a reader sees the value before or the one after. Who copies several
                // entries must not see
                // this change and miss one before it. SYNC POINT with readers: the version was raised before every
                // store, so who
                // sees a store finds another version than before it.
                memory.putLongRelease(
                        shard + MapLayout.VERSION, memory.getLong(shard + MapLayout.VERSION) + MapLayout.CHANGE);
                if (meta != newMeta) {
                    memory.putLongRelease(entry + MapLayout.META, newMeta);
                } else if (word != value.word()) {
                    memory.putLongRelease(entry + MapLayout.VALUE, value.word());
                } else if (word2 != value.word2()) {
                    memory.putLongRelease(entry + MapLayout.VALUE_2, value.word2());
                }
                return;
            }
        }
        try (Transaction change = handle.journal().begin()) {
            long version = begin(change, shard);
            if (meta != newMeta) {
                change.store(entry + MapLayout.META, newMeta);
            }
            change.store(entry + MapLayout.VALUE, value.word());
            change.store(entry + MapLayout.VALUE_2, value.word2());
            if (value.block() != 0) {
                change.publish(value.block());
            }
            long old = hadBlock ? change.detach(word) : 0;
            commit(change, shard, version);
            if (old != 0) {
                call.toFree(old);
            }
        }
        value.published();
    }

    /** Under the lock: takes an entry out. */
    private void remove(long shard, long entry, Call call) {
        long table = memory.getLong(shard + MapLayout.TABLE);
        int shift = (int) memory.getLong(shard + MapLayout.SHIFT);
        long slot = (entry - MapLayout.entries(table, shift)) / entryBytes;
        long address = MapLayout.control(table, (int) (slot / MapLayout.GROUP));
        long control = memory.getLong(address);
        // Where the group was never full, no search went on from it, and nothing needs to be left behind.
        boolean clean = Control.empty(control) != 0;
        long meta = memory.getLong(entry + MapLayout.META);
        try (Transaction change = handle.journal().begin()) {
            long version = begin(change, shard);
            change.store(
                    address,
                    Control.with(control, (int) (slot % MapLayout.GROUP), clean ? Control.EMPTY : Control.REMOVED));
            change.store(shard + MapLayout.SIZE, memory.getLong(shard + MapLayout.SIZE) - 1);
            if (clean) {
                change.store(shard + MapLayout.USED, memory.getLong(shard + MapLayout.USED) - 1);
            }
            long key = MapLayout.isBlock(MapLayout.keyMeta(meta))
                    ? change.detach(memory.getLong(entry + MapLayout.KEY))
                    : 0;
            long value = MapLayout.isBlock(MapLayout.valueMeta(meta))
                    ? change.detach(memory.getLong(entry + MapLayout.VALUE))
                    : 0;
            commit(change, shard, version);
            if (key != 0) {
                call.toFree(key);
            }
            if (value != 0) {
                call.toFree(value);
            }
        }
    }

    // ---------------------------------------------------------------------------------------------- all of it

    /** Entries that are there. */
    long size() {
        handle.payload();
        long size = 0;
        for (int i = 0; i < MapLayout.SHARD_COUNT; i++) {
            size += memory.getLongAcquire(MapLayout.shard(base, i) + MapLayout.SIZE);
        }
        return size;
    }

    /** Removes all entries, one shard after the other, each at once. */
    void clear() {
        for (int i = 0; i < MapLayout.SHARD_COUNT; i++) {
            int index = i;
            handle.guarded(() -> {
                lock(index);
                try {
                    clear(MapLayout.shard(base, index));
                } finally {
                    unlock(index);
                }
                return true;
            });
        }
    }

    /** Under the lock. The table is condemned at once, and then whoever has the lock frees its blocks. */
    private void clear(long shard) {
        long table = memory.getLong(shard + MapLayout.TABLE);
        if (table == 0) {
            return;
        }
        try (Transaction change = handle.journal().begin()) {
            long version = begin(change, shard);
            change.store(shard + MapLayout.CONDEMNED, table);
            change.store(shard + MapLayout.CONDEMNED_SHIFT, memory.getLong(shard + MapLayout.SHIFT));
            change.store(shard + MapLayout.TABLE, 0);
            change.store(shard + MapLayout.SIZE, 0);
            change.store(shard + MapLayout.USED, 0);
            commit(change, shard, version);
        }
        finishClearing(shard);
    }

    /** Under the lock: frees what a cleared table had, a group at a time. A death in between leaves the rest to the next one. */
    private void finishClearing(long shard) {
        long table = memory.getLong(shard + MapLayout.CONDEMNED);
        if (table == 0) {
            return;
        }
        checkTable(shard + MapLayout.CONDEMNED, shard + MapLayout.CONDEMNED_SHIFT);
        int shift = (int) memory.getLong(shard + MapLayout.CONDEMNED_SHIFT);
        long[] blocks = new long[2 * MapLayout.GROUP];
        for (int group = 0; group < 1 << shift; group++) {
            long address = MapLayout.control(table, group);
            int count = blocksOf(memory, table, shift, group, entryBytes, blocks);
            if (count > 0) {
                try (Transaction change = handle.journal().begin()) {
                    for (int i = 0; i < count; i++) {
                        blocks[i] = change.detach(blocks[i]);
                    }
                    change.store(address, 0);
                    change.commit();
                }
                for (int i = 0; i < count; i++) {
                    heap.free(blocks[i]);
                }
            }
        }
        long detached;
        try (Transaction change = handle.journal().begin()) {
            detached = change.detach(table);
            change.store(shard + MapLayout.CONDEMNED, 0);
            change.commit();
        }
        heap.free(detached);
    }

    /** References of the blocks that the entries of a group have; returns how many. */
    static int blocksOf(Memory memory, long table, int shift, int group, int entryBytes, long[] blocks) {
        int count = 0;
        long entries = MapLayout.entries(table, shift) + (long) group * MapLayout.GROUP * entryBytes;
        for (long full = Control.full(memory.getLong(MapLayout.control(table, group))); full != 0; full &= full - 1) {
            long entry = entries + (long) Control.index(full) * entryBytes;
            long meta = memory.getLong(entry + MapLayout.META);
            if (MapLayout.isBlock(MapLayout.keyMeta(meta))) {
                blocks[count++] = memory.getLong(entry + MapLayout.KEY);
            }
            if (MapLayout.isBlock(MapLayout.valueMeta(meta))) {
                blocks[count++] = memory.getLong(entry + MapLayout.VALUE);
            }
        }
        return count;
    }

    /**
     * Copies the entries of a shard.
     *
     * @param deep with the bytes of their blocks; else these are read when they are asked for, if they are still there
     */
    ShardCopy copy(int index, boolean deep) {
        handle.payload();
        long shard = MapLayout.shard(base, index);
        ShardCopy copy = new ShardCopy(this, memory, entryBytes);
        for (int i = 0; i < COPY_TRIES; i++) {
            long version = memory.getLongAcquire(shard + MapLayout.VERSION);
            if ((version & 1) != 0) {
                Thread.onSpinWait();
                continue;
            }
            try {
                if (copy.tryCopy(shard, version, deep, false)) {
                    return copy;
                }
            } catch (IndexOutOfBoundsException e) {
                checkChanged(MapLayout.shardInRoot(index) / Long.BYTES, version, e);
            }
        }
        return handle.guarded(() -> {
            locks[index].lock(LOCK_TIMEOUT);
            try {
                if (!copy.tryCopy(shard, memory.getLongAcquire(shard + MapLayout.VERSION), deep, true)) {
                    throw damaged("a block of an entry is not live");
                }
                return copy;
            } catch (IndexOutOfBoundsException e) {
                throw damaged(e);
            } finally {
                locks[index].unlock();
            }
        });
    }
}
