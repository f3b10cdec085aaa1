package dev.shm.value;

import dev.shm.SharedType;
import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.heap.ObjectHandle;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A value of any type that lives in a segment and is replaced as a whole: what {@link java.util.concurrent.atomic.AtomicReference} is
 * within one process, among all of them. Starts as null.
 *
 * <p>It is kept as the bytes that a codec makes of it, and every read makes a new object of them: changing that object changes nothing
 * here. So values are compared by {@code equals}, and arrays by their content, never by identity.
 *
 * <p>Any thread of any process may call any method. A reader never waits for a writer, and never sees half of a value; nor does
 * anybody after a process was killed in the middle of writing one. Writers take turns. When the segment has no room, {@link
 * dev.shm.error.OutOfSharedMemoryException} is thrown and the value stays as it was. A value that this process cannot read raises {@link
 * dev.shm.error.CodecException} and stays; {@link #set} replaces it unseen. Closed by whoever opened it, when no thread of this process
 * uses it any more; then its methods throw {@link dev.shm.error.SegmentClosedException}.
 *
 * @param <T> the values
 */
public final class SharedReference<T> extends SharedValue {

    private final Codec<T> codec;
    private final CodedValue<T> value;

    private SharedReference(ObjectHandle handle, Codec<T> codec) {
        super(handle);
        this.codec = codec;
        this.value = new CodedValue<>(handle, ValueKinds.REFERENCE.code(), codec);
    }

    /** A reference to values of that class, by the codec that fits it; see {@link Codecs#forType}. */
    public static <T> SharedType<SharedReference<T>> of(Class<T> type) {
        return of(Codecs.forType(type));
    }

    /** A reference to values that this codec turns into bytes. All who open it must use the same. */
    public static <T> SharedType<SharedReference<T>> of(Codec<T> codec) {
        return type(
                ValueKinds.REFERENCE,
                "reference to " + codec.name(),
                BytesLayout.BYTES,
                handle -> new SharedReference<>(handle, codec));
    }

    /** The value now. */
    public @Nullable T get() {
        return value.get();
    }

    /** Replaces the value. */
    public void set(@Nullable T next) {
        value.set(next);
    }

    /** Replaces the value and returns the one before. */
    public @Nullable T getAndSet(@Nullable T next) {
        return value.getAndSet(next);
    }

    /** Replaces the value if it is equal to the one expected; returns whether it was. */
    public boolean compareAndSet(@Nullable T expected, @Nullable T next) {
        return value.compareAndSet(expected, next);
    }

    /** Applies a function without side effects, which may be called several times, and returns the value after. */
    public @Nullable T updateAndGet(UnaryOperator<@Nullable T> update) {
        return value.update(update);
    }

    /** As {@link #updateAndGet}, with a function of the value and an argument. */
    public @Nullable T accumulateAndGet(@Nullable T argument, BinaryOperator<@Nullable T> accumulator) {
        return value.update(before -> accumulator.apply(before, argument));
    }

    @Override
    SharedType<?> copying() {
        return of(codec).initially(copy -> copy.set(get()));
    }

    @Override
    public String toString() {
        return isOpen() ? String.valueOf(get()) : "closed";
    }
}
