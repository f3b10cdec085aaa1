package dev.shm.value;

import dev.shm.error.CodecException;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import dev.shm.heap.SharedLock;
import dev.shm.heap.Transaction;
import dev.shm.memory.Memory;
import dev.shm.memory.Strip;
import dev.shm.segment.Attachment;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one bean, as one opening of it sees them. See {@link BeanLayout} for the bytes.
 *
 * <p><b>One word</b> is read and stored without a lock. <b>Everything else</b> is changed under the lock, by a log in the bean: the new
 * words are written into it, with those that they are to replace; the release store of its count is the commit; then each word is
 * stored by a compare-and-set, and the state says that readers must wait for the rest. A death before the commit leaves nothing but
 * flags, which whoever has the lock next clears, and tentative blocks, which the reaper frees. A death after it leaves a log, which
 * whoever has the lock next carries out. New blocks become live by the same commit, which is then the journal's.
 *
 * <p><b>An update meets a store of one word</b> whose maker looked at the state just before the update began and stores just now. If the
 * update has used that word, and the store comes before the update looks at its words again, the update is computed again. If it comes
 * later, then either before the compare-and-set of that word, which then leaves it alone, or after it: both are as if the store came
 * after the update. Nothing that was read anywhere contradicts this, since who reads a word while the state says so waits. A log that is
 * carried out a second time after a death is no different: what was stored meanwhile is left alone, unless it is the very value that
 * the update had found, and then it is as if it came before.
 *
 * <p>Fields with atomic methods are in no log: they are changed by one instruction, whatever else happens.
 */
final class BeanStore {

    private static final int OPTIMISTIC_TRIES = 32;
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);

    /** Beside the blocks, the journal has the count of the log. */
    static final int MOST_BLOCKS = Transaction.CAPACITY - 1;

    private final ObjectHandle handle;
    private final Memory memory;
    private final Heap heap;
    private final SharedLock lock;
    private final Strip strip;
    private final BeanSchema schema;
    private final @Nullable BeanField[] fields;
    private final String type;
    private final int code;
    /** The thread that runs a function of the user under the lock. Each thread looks for itself only. */
    private @Nullable Thread updating;

    private final Attachment.Ending ending = new Attachment.Ending() {
        @Override
        public void check() {
            checkNotUpdating("the segment cannot be closed");
        }

        @Override
        public void end() {
            // What updates is inside the gate, which is waited for.
        }
    };

    /**
     * Opens it.
     *
     * @param type the name of the interface or record, for messages
     * @param code the kind's, which is also that of its blocks
     * @throws ObjectTypeMismatchException if its fields are others
     */
    BeanStore(ObjectHandle handle, BeanSchema schema, String type, int code) {
        this.handle = handle;
        this.memory = handle.memory();
        this.heap = handle.heap();
        this.schema = schema;
        this.fields = schema.byWord();
        this.type = type;
        this.code = code;
        long payload = handle.payload();
        String difference = schema.difference(BeanSchema.read(memory, payload));
        if (difference != null) {
            throw new ObjectTypeMismatchException("the object '" + handle.name()
                    + "' was made by another version of " + type + ". Fields " + difference
                    + ". Give all processes the same version, or destroy it first.");
        }
        this.strip = memory.strip(payload, BeanLayout.bytes(schema.words(), schema.text().length));
        this.lock = handle.lock(BeanLayout.LOCK);
        handle.addEnding(ending);
    }

    /** Puts the root of a new object into a tentative block: all zeros, and nulls. */
    static long allocate(Heap heap, BeanSchema schema, int code) {
        byte[] text = schema.text();
        long reference = heap.allocateCleared(BeanLayout.bytes(schema.words(), text.length), code);
        long payload = BlockLayout.payload(reference);
        heap.memory().putInt(payload + BeanLayout.WORDS, schema.words());
        heap.memory().putInt(payload + BeanLayout.SCHEMA_BYTES, text.length);
        heap.memory().putBytes(payload + BeanLayout.schema(schema.words()), text, 0, text.length);
        return reference;
    }

    ObjectHandle handle() {
        return handle;
    }

    Strip strip() {
        return strip;
    }

    BeanSchema schema() {
        return schema;
    }

    BeanField field(int word) {
        BeanField field = fields[word];
        if (field == null) {
            throw new IllegalStateException("no field begins with word " + word);
        }
        return field;
    }

    /** Which bean it is, for messages. */
    String what() {
        return "'" + handle.name() + "' (" + type + ")";
    }

    void close() {
        checkNotUpdating("it cannot be closed");
        handle.removeEnding(ending);
        handle.close();
    }

    private void checkNotUpdating(String what) {
        if (updating == Thread.currentThread()) {
            throw updating(what);
        }
    }

    private IllegalStateException updating(String what) {
        return new IllegalStateException(what + " from inside an update of " + what()
                + ". In there, use nothing of it but the bean that the function was given");
    }

    // ---------------------------------------------------------------------------------------- values

    void encode(BeanField field, @Nullable Object value, long[] words, int word) {
        try {
            field.type().encode(value, words, word);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the field '" + field.name() + "' of " + what() + " cannot be set: " + e.getMessage() + ".", e);
        }
    }

    @Nullable
    Object decode(BeanField field, long word) {
        try {
            return field.type().decode(word);
        } catch (RuntimeException e) {
            throw undecodable(field, e);
        }
    }

    @Nullable
    Object decode(BeanField field, long[] words, int word) {
        try {
            return field.type().decode(words, word);
        } catch (RuntimeException e) {
            throw undecodable(field, e);
        }
    }

    private Object decode(BeanField field, byte[] bytes) {
        try {
            return field.type().value(bytes);
        } catch (RuntimeException e) {
            throw undecodable(field, e);
        }
    }

    private CodecException undecodable(BeanField field, RuntimeException cause) {
        return new CodecException(
                "the field '" + field.name() + "' of " + what() + " does not hold a " + field.type() + ": "
                        + cause.getMessage() + ". It was damaged: set it anew.",
                cause);
    }

    // --------------------------------------------------------------------------------------- reading

    /** A word that was met while a change was applied. */
    long getSlowly(int offset) {
        for (int i = 0; i < OPTIMISTIC_TRIES; i++) {
            Thread.onSpinWait();
            long value = strip.getLongAcquire(offset);
            if ((strip.getLongAcquire(BeanLayout.STATE) & BeanLayout.APPLYING) == 0) {
                return value;
            }
        }
        return locked(() -> strip.getLongAcquire(offset));
    }

    /** A field of several words, or with a block. */
    @Nullable
    Object get(BeanField field, int word) {
        int count = field.type().words();
        return read(word, count, words -> {
            if (!field.type().isBlock()) {
                return new Found<Object>(decode(field, words, 0));
            }
            if (words[0] == 0) {
                return new Found<Object>(null);
            }
            byte[] bytes = copy(words[0]);
            return bytes == null ? null : new Found<Object>(decode(field, bytes));
        });
    }

    /** All fields of a part of the bean, as they are at one moment. */
    Map<String, @Nullable Object> snapshot(BeanSchema part, int firstWord) {
        handle.payload();
        return Objects.requireNonNull(read(firstWord, part.words(), words -> {
            Map<String, @Nullable Object> all = new LinkedHashMap<>();
            for (BeanField field : part.fields()) {
                int word = part.word(field.name());
                if (!field.type().isBlock() || words[word] == 0) {
                    all.put(field.name(), field.type().isBlock() ? null : decode(field, words, word));
                } else {
                    byte[] bytes = copy(words[word]);
                    if (bytes == null) {
                        return null;
                    }
                    all.put(field.name(), decode(field, bytes));
                }
            }
            return new Found<>(all);
        }));
    }

    /** What was read; null may have been. */
    private record Found<T>(@Nullable T value) {}

    /** Makes something of words that are of one moment; null if a block of theirs is not there any more. */
    private interface Reading<T> {
        @Nullable
        Found<T> of(long[] words);
    }

    private <T> @Nullable T read(int word, int count, Reading<T> reading) {
        try {
            long[] words = new long[count];
            for (int i = 0; i < OPTIMISTIC_TRIES; i++) {
                long state = strip.getLongAcquire(BeanLayout.STATE);
                if ((state & BeanLayout.APPLYING) != 0) {
                    Thread.onSpinWait();
                    continue;
                }
                copyWords(word, words);
                // SYNC POINT with finish: the state is another one if any of these is of a later change.
                memory.acquireFence();
                long after = strip.getLongAcquire(BeanLayout.STATE);
                if ((after & BeanLayout.APPLYING) != 0 || BeanLayout.version(after) != BeanLayout.version(state)) {
                    continue;
                }
                Found<T> found = reading.of(words);
                if (found != null) {
                    return found.value();
                }
            }
            return locked(() -> {
                copyWords(word, words);
                Found<T> found = reading.of(words);
                if (found == null) {
                    throw BeanSchema.damaged("a field of " + what() + " refers to a block that is not live");
                }
                return found.value();
            });
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    private void copyWords(int word, long[] words) {
        for (int i = 0; i < words.length; i++) {
            words[i] = strip.getLongAcquire(BeanLayout.word(word + i));
        }
    }

    /** The bytes of a block, or null if it is not live any more. */
    private byte @Nullable [] copy(long reference) {
        if (!heap.isLive(reference)) {
            return null;
        }
        long payload = BlockLayout.payload(reference);
        int length = memory.getInt(BlockLayout.header(reference) + BlockLayout.LENGTH);
        if (length < 0 || !memory.isInOneWindow(payload, length)) {
            if (!heap.isLive(reference)) {
                return null;
            }
            throw BeanSchema.damaged("a field of " + what() + " has a block of " + length + " bytes");
        }
        byte[] bytes = new byte[length];
        memory.getBytes(payload, bytes, 0, length);
        // A reference never comes back: if the block is still this one, then what was read is what was written into it.
        memory.acquireFence();
        return heap.isLive(reference) ? bytes : null;
    }

    /** Inside an update: a word that is no part of it. */
    long wordNow(int word) {
        return strip.getLongAcquire(BeanLayout.word(word));
    }

    /** Inside an update: the value in a block. */
    @Nullable
    Object blockNow(BeanField field, long reference) {
        if (reference == 0) {
            return null;
        }
        byte[] bytes = copy(reference);
        if (bytes == null) {
            throw BeanSchema.damaged("a field of " + what() + " refers to a block that is not live");
        }
        return decode(field, bytes);
    }

    // -------------------------------------------------------------------------------------- changing

    /** Stores a word when an update is over. */
    void setSlowly(int offset, long value) {
        locked(() -> {
            strip.putLongRelease(offset, value);
            return true;
        });
    }

    /** Sets a field of several words, or with a block. */
    void set(BeanField field, int word, @Nullable Object value) {
        change(draft -> {
            draft.set(field, word, value);
            return true;
        });
    }

    /** Sets all fields of a bean that nobody else has, one after the other. */
    void setAll(Map<String, @Nullable Object> values) {
        values.forEach((name, value) -> {
            int word = schema.word(name);
            BeanField field = field(word);
            if (field.isAtomic()) {
                long[] words = new long[schema.words()];
                encode(field, value, words, word);
                setSlowly(BeanLayout.word(word), words[word]);
            } else {
                set(field, word, value);
            }
        });
    }

    /** Does something under the lock, when nothing is half done. */
    private <T extends @Nullable Object> T locked(Supplier<T> action) {
        checkNotUpdating("it cannot be used");
        return handle.guarded(() -> {
            handle.payload();
            if (lock.isHeldByThisThread()) {
                // By another opening of the same bean, whose update this would end.
                throw updating("it cannot be used");
            }
            lock.lock(LOCK_TIMEOUT);
            try {
                recover();
                return action.get();
            } finally {
                lock.unlock();
            }
        });
    }

    /** A change of any number of fields; may be asked several times, each time with another draft. */
    interface Change {
        /** False for no change. */
        boolean make(Draft draft);
    }

    /**
     * Changes any number of fields at once, and nothing if the function throws.
     *
     * @return what the function returned
     */
    boolean change(Change change) {
        return locked(() -> {
            updating = Thread.currentThread();
            try {
                long state = strip.getLongAcquire(BeanLayout.STATE);
                strip.putLongRelease(BeanLayout.STATE, state | BeanLayout.UPDATING);
                for (; ; ) {
                    long[] words = new long[schema.words()];
                    copyWords(0, words);
                    Draft draft = new Draft(this, words);
                    boolean wanted;
                    try {
                        wanted = change.make(draft);
                    } finally {
                        draft.end();
                    }
                    if (!wanted || commit(draft)) {
                        return wanted;
                    }
                }
            } finally {
                updating = null;
                recover();
            }
        });
    }

    /** Under the lock: does what a dead process, or an error, has left to do. */
    private void recover() {
        long count = strip.getLongAcquire(BeanLayout.LOG_COUNT);
        if (count != 0) {
            if (Math.abs(count) > schema.words()) {
                throw BeanSchema.damaged("the log of " + what() + " says that it has " + count + " entries");
            }
            if (count > 0) {
                apply((int) count);
            }
            freeReplaced((int) Math.abs(count));
        }
        long state = strip.getLongAcquire(BeanLayout.STATE);
        if ((state & (BeanLayout.APPLYING | BeanLayout.UPDATING)) != 0) {
            strip.putLongRelease(BeanLayout.STATE, BeanLayout.settled(state));
        }
    }

    /** Makes the change of a draft; false if a word that it has used was stored meanwhile. */
    private boolean commit(Draft draft) {
        List<Long> fresh = new ArrayList<>();
        boolean committed = false;
        try {
            int count = writeLog(draft, fresh);
            if (!isUpToDate(draft)) {
                return false;
            }
            if (count > 0) {
                long state = strip.getLongAcquire(BeanLayout.STATE);
                // SYNC POINT with whoever reads a word, and then this.
                strip.putLongRelease(BeanLayout.STATE, state | BeanLayout.APPLYING);
                publish(count, fresh);
                committed = true;
                apply(count);
                freeReplaced(count);
            }
            committed = true;
            return true;
        } finally {
            if (!committed && strip.getLongAcquire(BeanLayout.LOG_COUNT) == 0) {
                fresh.forEach(heap::free);
            }
        }
    }

    /** The commit. */
    private void publish(int count, List<Long> fresh) {
        if (fresh.isEmpty()) {
            strip.putLongRelease(BeanLayout.LOG_COUNT, count);
            return;
        }
        try (Transaction both = handle.journal().begin()) {
            fresh.forEach(both::publish);
            both.store(handle.payload() + BeanLayout.LOG_COUNT, count);
            both.commit();
        }
    }

    private boolean isUpToDate(Draft draft) {
        for (int word = draft.used().nextSetBit(0);
                word >= 0;
                word = draft.used().nextSetBit(word + 1)) {
            if (wordNow(word) != draft.seen(word)) {
                return false;
            }
        }
        return true;
    }

    private int writeLog(Draft draft, List<Long> fresh) {
        int count = 0;
        for (int word = draft.used().nextSetBit(0);
                word >= 0;
                word = draft.used().nextSetBit(word + 1)) {
            long after = draft.word(word);
            if (draft.blocks().containsKey(word)) {
                after = store(field(word), draft.blocks().get(word), fresh);
            }
            if (after != draft.seen(word)) {
                int entry = BeanLayout.entry(schema.words(), count++);
                strip.putLong(entry + BeanLayout.INDEX, word);
                strip.putLong(entry + BeanLayout.BEFORE, draft.seen(word));
                strip.putLong(entry + BeanLayout.AFTER, after);
            }
        }
        return count;
    }

    /** Puts a value into a tentative block; returns the reference, or 0 for null. */
    private long store(BeanField field, @Nullable Object value, List<Long> fresh) {
        if (value == null) {
            return 0;
        }
        if (fresh.size() == MOST_BLOCKS) {
            throw new IllegalStateException(
                    "an update of " + what() + " can set at most " + MOST_BLOCKS
                            + " fields that have a block of their own. Set some of them in another update, or give them @MaxBytes");
        }
        byte[] bytes = field.type().bytes(value);
        long reference = heap.allocate(bytes.length, code);
        fresh.add(reference);
        memory.putBytes(BlockLayout.payload(reference), bytes, 0, bytes.length);
        return reference;
    }

    /** Stores the words of a committed log. May be repeated. */
    private void apply(int count) {
        boolean anyReplaced = false;
        for (int i = 0; i < count; i++) {
            int entry = BeanLayout.entry(schema.words(), i);
            long word = strip.getLong(entry + BeanLayout.INDEX);
            if (word < 0 || word >= schema.words()) {
                throw BeanSchema.damaged("the log of " + what() + " has the word " + word);
            }
            long before = strip.getLong(entry + BeanLayout.BEFORE);
            strip.compareAndSetLong(BeanLayout.word((int) word), before, strip.getLong(entry + BeanLayout.AFTER));
            anyReplaced |= before != 0 && isBlock((int) word);
        }
        // SYNC POINT with readers. The log must not be carried out again after the state says that it is over.
        strip.putLongRelease(BeanLayout.LOG_COUNT, anyReplaced ? -count : 0);
        strip.putLongRelease(BeanLayout.STATE, BeanLayout.settled(strip.getLongAcquire(BeanLayout.STATE)));
    }

    private boolean isBlock(int word) {
        BeanField field = fields[word];
        return field != null && field.type().isBlock();
    }

    /** Frees the blocks that a change has replaced. A reference never comes back, so what was freed before is left alone. */
    private void freeReplaced(int count) {
        if (strip.getLongAcquire(BeanLayout.LOG_COUNT) == 0) {
            return;
        }
        for (int i = 0; i < count; i++) {
            int entry = BeanLayout.entry(schema.words(), i);
            long word = strip.getLong(entry + BeanLayout.INDEX);
            long before = strip.getLong(entry + BeanLayout.BEFORE);
            if (word >= 0 && word < schema.words() && isBlock((int) word) && before != 0 && heap.isLive(before)) {
                heap.free(before);
            }
        }
        strip.putLongRelease(BeanLayout.LOG_COUNT, 0);
    }
}
