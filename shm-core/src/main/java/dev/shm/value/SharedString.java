package dev.shm.value;

import dev.shm.SharedType;
import dev.shm.codec.Codecs;
import dev.shm.heap.ObjectHandle;
import java.util.Objects;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A string of any length that lives in a segment and is replaced as a whole. Starts empty; never null. It is kept as UTF-8, which has no
 * half of a surrogate pair: that becomes a question mark.
 *
 * <p>Any thread of any process may call any method. A reader never waits for a writer, and never sees half of a value; nor does
 * anybody after a process was killed in the middle of writing one. Writers take turns. When the segment has no room, {@link
 * dev.shm.error.OutOfSharedMemoryException} is thrown and the value stays as it was. Closed by whoever opened it, when no
 * thread of this process uses it any more; then its methods throw {@link dev.shm.error.SegmentClosedException}.
 */
public final class SharedString extends SharedValue {

    private static final SharedType<SharedString> TYPE = type(ValueKinds.STRING, BytesLayout.BYTES, SharedString::new);

    private final CodedValue<String> value;

    private SharedString(ObjectHandle handle) {
        super(handle);
        this.value = new CodedValue<>(handle, ValueKinds.STRING.code(), Codecs.string());
    }

    /** What {@link dev.shm.SharedMemory#openOrCreate} needs to know. */
    public static SharedType<SharedString> type() {
        return TYPE;
    }

    /** The value now. */
    public String get() {
        return orEmpty(value.get());
    }

    /** Bytes of the value now, as UTF-8. */
    public int utf8Length() {
        return value.length();
    }

    /** Replaces the value. */
    public void set(String text) {
        value.set(orNull(text));
    }

    /** Replaces the value and returns the one before. */
    public String getAndSet(String text) {
        return orEmpty(value.getAndSet(orNull(text)));
    }

    /** Replaces the value if it is equal to the one expected; returns whether it was. */
    public boolean compareAndSet(String expected, String text) {
        return value.compareAndSet(orNull(expected), orNull(text));
    }

    /** Applies a function without side effects, which may be called several times, and returns the value after. */
    public String updateAndGet(UnaryOperator<String> update) {
        return orEmpty(value.update(before -> orNull(update.apply(orEmpty(before)))));
    }

    /** As {@link #updateAndGet}, with a function of the value and an argument: {@code accumulateAndGet("!", String::concat)}. */
    public String accumulateAndGet(String argument, BinaryOperator<String> accumulator) {
        return updateAndGet(before -> accumulator.apply(before, argument));
    }

    private static @Nullable String orNull(String text) {
        return Objects.requireNonNull(text).isEmpty() ? null : text;
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    @Override
    SharedType<?> copying() {
        return TYPE.initially(copy -> copy.set(get()));
    }

    @Override
    public String toString() {
        return isOpen() ? get() : "closed";
    }
}
