package dev.shm.value;

import dev.shm.SharedObject;
import dev.shm.SharedType;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A record that lives in a segment, its components in fixed fields: what {@link java.util.concurrent.atomic.AtomicReference} is to a
 * record within one process, among all of them. Starts as null.
 *
 * <p>A component is what a field of a {@link SharedBean} can be, or a record of such. Any thread of any process may call any method. Each
 * is atomic: nobody reads half of a record, nor does anybody after a process was killed in the middle of setting one. A reader does not
 * wait for a function that computes an update; writers take turns, and one that waits for longer than ten seconds gets {@link
 * dev.shm.error.LockTimeoutException}, which names who has the lock. When the segment has no room, {@link
 * dev.shm.error.OutOfSharedMemoryException} is thrown and nothing has changed. Closed by whoever opened it, when no thread of this
 * process uses it any more; then its methods throw {@link dev.shm.error.SegmentClosedException}.
 *
 * @param <R> the record
 */
public final class SharedRecord<R extends Record> implements SharedObject {

    /** Whether there is a record; no component can have this name. */
    private static final String PRESENT = "(present)";

    private final ObjectHandle handle;
    private final BeanStore store;
    private final Class<R> type;
    private final RecordShape shape;

    private SharedRecord(ObjectHandle handle, Class<R> type, RecordShape shape, BeanSchema schema) {
        this.handle = handle;
        this.type = type;
        this.shape = shape;
        this.store = new BeanStore(handle, schema, type.getName(), BeanKind.RECORD.code());
    }

    /**
     * A record of this class. The components and their types are kept in the segment: who opens it with another version of the record
     * gets a {@link dev.shm.error.ObjectTypeMismatchException} that names each one that is missing, added or of another type.
     *
     * @throws IllegalArgumentException if a component cannot be a field; the message names it
     */
    public static <R extends Record> SharedType<SharedRecord<R>> of(Class<R> type) {
        RecordShape shape = RecordShape.of(type);
        List<BeanField> fields = new ArrayList<>(shape.fields());
        fields.add(new BeanField(PRESENT, Objects.requireNonNull(FieldType.of(boolean.class, 0)), false));
        if (fields.stream().filter(field -> field.type().isBlock()).count() > BeanStore.MOST_BLOCKS) {
            throw new IllegalArgumentException(type.getName() + " cannot be a record of fields: more than "
                    + BeanStore.MOST_BLOCKS + " components need a block of their own. Give some of them @MaxBytes.");
        }
        BeanSchema schema = new BeanSchema(fields);
        return new SharedType<>(BeanKind.RECORD, "record " + type.getName(), 0) {
            @Override
            protected long allocate(Heap heap) {
                return BeanStore.allocate(heap, schema, BeanKind.RECORD.code());
            }

            @Override
            protected SharedRecord<R> open(ObjectHandle handle) {
                return new SharedRecord<>(handle, type, shape, schema);
            }
        };
    }

    @Override
    public String name() {
        return handle.name();
    }

    @Override
    public boolean isOpen() {
        return handle.isOpen();
    }

    /**
     * Gives this opening back; the record itself stays.
     *
     * @throws IllegalStateException from inside an update
     */
    @Override
    public void close() {
        store.close();
    }

    /** The record now; null if none was ever set. */
    public @Nullable R get() {
        return of(store.snapshot(store.schema(), 0));
    }

    private @Nullable R of(Map<String, @Nullable Object> values) {
        return Boolean.TRUE.equals(values.get(PRESENT)) ? type.cast(shape.make(values)) : null;
    }

    /** Replaces the record. */
    public void set(R value) {
        Objects.requireNonNull(value);
        store.change(draft -> put(draft, value));
    }

    /** Replaces the record and returns the one before, or null. */
    public @Nullable R getAndSet(R value) {
        Objects.requireNonNull(value);
        Result<R> before = new Result<>();
        store.change(draft -> {
            before.value = read(draft);
            return put(draft, value);
        });
        return before.value;
    }

    /** Replaces the record if it equals the one expected, which is null if there shall be none; returns whether it did. */
    public boolean compareAndSet(@Nullable R expected, R value) {
        Objects.requireNonNull(value);
        return store.change(draft -> Objects.equals(expected, read(draft)) && put(draft, value));
    }

    /**
     * Replaces the record by what the function makes of it, and returns that. The function runs under the record's lock: keep it short.
     * If it throws, nothing changes.
     *
     * @throws IllegalStateException from inside another update of this record
     */
    public R updateAndGet(UnaryOperator<@Nullable R> function) {
        Result<R> after = new Result<>();
        store.change(draft -> {
            R value = Objects.requireNonNull(function.apply(read(draft)), "the function returned null");
            after.value = value;
            return put(draft, value);
        });
        return Objects.requireNonNull(after.value);
    }

    private @Nullable R read(Draft draft) {
        return of(draft.values(store.schema(), 0));
    }

    private boolean put(Draft draft, R value) {
        BeanSchema schema = store.schema();
        draft.set(schema.word(PRESENT), 1);
        shape.take(value, (name, component) -> {
            int word = schema.word(name);
            BeanField field = store.field(word);
            draft.set(field, word, component);
        });
        return true;
    }

    private static final class Result<R> {
        @Nullable
        R value;
    }

    ObjectHandle handle() {
        return handle;
    }

    /** The type of this, whose new objects begin as copies of it. */
    SharedType<?> copying() {
        return of(type).initially(copy -> {
            R value = get();
            if (value != null) {
                copy.set(value);
            }
        });
    }

    @Override
    public String toString() {
        return isOpen() ? String.valueOf(get()) : "closed";
    }
}
