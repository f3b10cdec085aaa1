package dev.shm.value;

import dev.shm.heap.ObjectHandle;
import dev.shm.memory.Memory;
import dev.shm.memory.Strip;
import dev.shm.segment.EndFlag;
import java.lang.ref.Reference;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind a bean's interface. Public only because the classes that the library makes, each in the package of the interface
 * that it implements, extend it: not for anybody else.
 *
 * <p>A view is either of the bean itself, for any thread and for as long as the bean is open, or of what becomes of it in an update,
 * for the thread and the time of that update.
 */
public abstract class BeanView {

    private static final int STATE = BeanLayout.STATE / Long.BYTES;

    // Set once, before anybody else sees this.
    private BeanStore store;
    private ObjectHandle handle;
    /** Says whether there is more to look at than the bytes; always, if {@link #draft} is there. */
    private EndFlag unsure;

    private Memory memory;
    private Strip strip;
    private BeanShape shape;
    private int firstWord;
    private int base;
    /** Number of the word that {@link #base} is the offset of. */
    private int first;

    private @Nullable Draft draft;
    private Object[] nested;

    /** For the classes that the library makes. */
    @SuppressWarnings("NullAway.Init")
    protected BeanView() {}

    final void init(BeanStore itsStore, @Nullable Draft itsDraft, BeanShape itsShape, int itsFirstWord) {
        store = itsStore;
        handle = itsStore.handle();
        unsure = itsDraft == null ? handle.unsure() : EndFlag.alwaysSet();
        memory = handle.memory();
        strip = itsStore.strip();
        shape = itsShape;
        firstWord = itsFirstWord;
        base = BeanLayout.word(itsFirstWord);
        first = base / Long.BYTES;
        draft = itsDraft;
        nested = new Object[itsShape.nested().size()];
        int i = 0;
        for (Map.Entry<String, BeanShape> entry : itsShape.nested().entrySet()) {
            BeanShape inner = entry.getValue();
            String first = entry.getKey() + "." + inner.schema().fields().get(0).name();
            nested[i++] = inner.views()
                    .view(
                            itsStore,
                            itsDraft,
                            inner,
                            itsFirstWord + itsShape.schema().word(first));
        }
    }

    // --------------------------------------------------------------------------- a field that is a word

    /** A field that updates change. */
    protected final long plainWord(int word) {
        if (unsure.isSet()) {
            Draft now = draft;
            if (now != null) {
                return now.get(firstWord + word);
            }
            handle.payload();
        }
        try {
            int number = first + word;
            // SYNC POINT with BeanStore.finish: whoever sees a word of a change sees that it is being applied, or all
            // of it. The fences make the reads acquires, at half of the price.
            long value = strip.getLongAt(number);
            memory.acquireFence();
            long state = strip.getLongAt(STATE);
            // Whoever saw that a change is over reads the next field after that: this read is an acquire, too.
            memory.acquireFence();
            return (state & BeanLayout.APPLYING) == 0 ? value : store.getSlowly(number << 3);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets a field that updates change. */
    protected final void plainWord(int word, long value) {
        if (unsure.isSet()) {
            Draft now = draft;
            if (now != null) {
                now.set(firstWord + word, value);
                return;
            }
            handle.payload();
        }
        try {
            int offset = base + (word << 3);
            // The release keeps this read before the store.
            if ((strip.getLongAt(STATE) & (BeanLayout.APPLYING | BeanLayout.UPDATING)) == 0) {
                // An update that begins right here notices the store, or is before it: see BeanStore.
                strip.putLongRelease(offset, value);
            } else {
                store.setSlowly(offset, value);
            }
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** A field with atomic methods. */
    protected final long atomicWord(int word) {
        checkDraft();
        checkOpen();
        try {
            return strip.getLongAcquire(base + (word << 3));
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets a field with atomic methods. */
    protected final void atomicWord(int word, long value) {
        checkAtomic(word);
        try {
            strip.putLongRelease(base + (word << 3), value);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets a field and returns what was in it. */
    protected final long getAndSetWord(int word, long value) {
        checkAtomic(word);
        try {
            int offset = base + (word << 3);
            for (; ; ) {
                long before = strip.getLongAcquire(offset);
                if (strip.compareAndSetLong(offset, before, value)) {
                    return before;
                }
            }
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Sets a field if that is in it. */
    protected final boolean compareAndSetWord(int word, long expected, long value) {
        checkAtomic(word);
        try {
            return strip.compareAndSetLong(base + (word << 3), expected, value);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Adds. */
    protected final long getAndAdd(int word, long delta) {
        checkAtomic(word);
        try {
            return strip.getAndAddLong(base + (word << 3), delta);
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Adds. */
    protected final long addAndGet(int word, long delta) {
        return getAndAdd(word, delta) + delta;
    }

    /** Adds; the word stays that of an int. */
    protected final int getAndAdd(int word, int delta) {
        checkAtomic(word);
        try {
            int offset = base + (word << 3);
            for (; ; ) {
                long before = strip.getLongAcquire(offset);
                if (strip.compareAndSetLong(offset, before, (int) before + delta)) {
                    return (int) before;
                }
            }
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Adds. */
    protected final int addAndGet(int word, int delta) {
        return getAndAdd(word, delta) + delta;
    }

    /** Adds. */
    protected final double getAndAdd(int word, double delta) {
        checkAtomic(word);
        try {
            int offset = base + (word << 3);
            for (; ; ) {
                long before = strip.getLongAcquire(offset);
                double sum = Double.longBitsToDouble(before) + delta;
                if (strip.compareAndSetLong(offset, before, Double.doubleToRawLongBits(sum))) {
                    return Double.longBitsToDouble(before);
                }
            }
        } catch (InternalError e) {
            throw handle.failed(e);
        } finally {
            Reference.reachabilityFence(handle);
        }
    }

    /** Adds. */
    protected final double addAndGet(int word, double delta) {
        return getAndAdd(word, delta) + delta;
    }

    private void checkAtomic(int word) {
        if (draft != null) {
            BeanField field = field(word);
            throw new UnsupportedOperationException("'" + field.name() + "' of " + store.what()
                    + " has atomic methods, so it is not a part of updates. Change it outside, or leave these methods "
                    + "out of the interface and always change it by update(...)");
        }
        checkOpen();
    }

    private void checkOpen() {
        if (unsure.isSet()) {
            handle.payload();
        }
    }

    private void checkDraft() {
        Draft now = draft;
        if (now != null) {
            now.check();
        }
    }

    // ------------------------------------------------------------------------------- any field, as an object

    /** A field's value. */
    protected final @Nullable Object object(int word) {
        BeanField field = field(word);
        Draft now = draft;
        if (field.isAtomic()) {
            return store.decode(field, atomicWord(word));
        }
        if (now != null) {
            return now.get(field, firstWord + word);
        }
        if (field.type().isWord()) {
            return store.decode(field, plainWord(word));
        }
        checkOpen();
        return store.get(field, firstWord + word);
    }

    /** Sets a field. */
    protected final void object(int word, @Nullable Object value) {
        BeanField field = field(word);
        if (field.isAtomic()) {
            atomicWord(word, field.type().encode(value));
        } else if (field.type().isWord()) {
            plainWord(word, field.type().encode(value));
        } else if (draft != null) {
            draft.set(field, firstWord + word, value);
        } else {
            store.set(field, firstWord + word, value);
        }
    }

    /** Sets a field and returns what was in it. */
    protected final @Nullable Object getAndSetObject(int word, @Nullable Object value) {
        BeanField field = field(word);
        return store.decode(field, getAndSetWord(word, field.type().encode(value)));
    }

    /** Sets a field if that is in it. */
    protected final boolean compareAndSetObject(int word, @Nullable Object expected, @Nullable Object value) {
        FieldType type = field(word).type();
        return compareAndSetWord(word, type.encode(expected), type.encode(value));
    }

    /** The view of a bean within this one. */
    protected final Object nested(int place) {
        return nested[place];
    }

    private BeanField field(int word) {
        return store.field(firstWord + word);
    }

    // --------------------------------------------------------------------------------- words and primitives

    /** The primitive in a word. */
    protected static boolean toBoolean(long word) {
        return word != 0;
    }

    /** The word for a primitive. */
    protected static long of(boolean value) {
        return value ? 1 : 0;
    }

    /** The primitive in a word. */
    protected static byte toByte(long word) {
        return (byte) word;
    }

    /** The word for a primitive. */
    protected static long of(byte value) {
        return value;
    }

    /** The primitive in a word. */
    protected static short toShort(long word) {
        return (short) word;
    }

    /** The word for a primitive. */
    protected static long of(short value) {
        return value;
    }

    /** The primitive in a word. */
    protected static char toChar(long word) {
        return (char) word;
    }

    /** The word for a primitive. */
    protected static long of(char value) {
        return value;
    }

    /** The primitive in a word. */
    protected static int toInt(long word) {
        return (int) word;
    }

    /** The word for a primitive. */
    protected static long of(int value) {
        return value;
    }

    /** The primitive in a word. */
    protected static long toLong(long word) {
        return word;
    }

    /** The word for a primitive. */
    protected static long of(long value) {
        return value;
    }

    /** The primitive in a word. */
    protected static float toFloat(long word) {
        return Float.intBitsToFloat((int) word);
    }

    /** The word for a primitive. */
    protected static long of(float value) {
        return Float.floatToRawIntBits(value);
    }

    /** The primitive in a word. */
    protected static double toDouble(long word) {
        return Double.longBitsToDouble(word);
    }

    /** The word for a primitive. */
    protected static long of(double value) {
        return Double.doubleToRawLongBits(value);
    }

    /** The fields and their values, of one moment. */
    @Override
    public final String toString() {
        String name = shape.type().getSimpleName();
        if (draft == null && !handle.isOpen()) {
            return name + "{closed}";
        }
        StringBuilder text = new StringBuilder(name).append('{');
        Map<String, @Nullable Object> values =
                draft == null ? store.snapshot(shape.schema(), firstWord) : draft.values(shape.schema(), firstWord);
        values.forEach((field, value) -> text.append(text.charAt(text.length() - 1) == '{' ? "" : ", ")
                .append(field)
                .append('=')
                .append(value instanceof byte[] bytes ? "byte[" + bytes.length + "]" : value));
        return text.append('}').toString();
    }
}
