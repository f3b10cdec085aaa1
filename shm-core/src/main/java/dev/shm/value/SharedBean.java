package dev.shm.value;

import dev.shm.SharedObject;
import dev.shm.SharedType;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A bean that lives in a segment: an interface of the user's with a getter and a setter for each field, whose fields all processes
 * share. Its fields start as 0, false and null.
 *
 * <pre>{@code
 * interface Metrics {
 *     long getHits();
 *     long incrementAndGetHits();
 *     double getPrice();
 *     void setPrice(double price);
 *     int getSize();
 *     void setSize(int size);
 * }
 *
 * SharedBean<Metrics> metrics = memory.openOrCreate("metrics", SharedBean.of(Metrics.class));
 * metrics.get().incrementAndGetHits();
 * metrics.update(bean -> {
 *     bean.setPrice(1.25);
 *     bean.setSize(100);
 * });
 * }</pre>
 *
 * <p>A field is a primitive or its box, a {@code String}, a {@code byte[]}, an enum, a {@link java.util.UUID}, a {@link
 * java.math.BigInteger} or {@link java.math.BigDecimal}, a type of {@code java.time}, or the interface of a bean within this one, which
 * is always there and has no setter. Getters are {@code getX()}, {@code isX()} or {@code x()}. A number or anything else that is one word
 * may have atomic methods: {@code getAndSetX}, {@code compareAndSetX}, and for a {@code long}, {@code int} or {@code double} {@code
 * getAndAddX}, {@code addAndGetX}, {@code getAndIncrementX}, {@code incrementAndGetX}, {@code getAndDecrementX} and {@code
 * decrementAndGetX}. A field that has any of them is not a part of {@link #update}. Default methods do what they say.
 *
 * <p>Any thread of any process may call any method. Setting one field is atomic; {@link #update} sets several, and nobody sees some of
 * them without the others, nor does anybody after a process was killed in the middle of it. Whoever reads does not wait for whoever
 * computes an update. Updates take turns, and setters of fields without atomic methods wait for an update that is under way; one that
 * waits for longer than ten seconds gets {@link dev.shm.error.LockTimeoutException}, which names who has the lock. Two that set the same
 * field at the same moment do so one after the other. What is written before a setter is called is seen by whoever reads what it set.
 *
 * <p>When the segment has no room for a new text, {@link dev.shm.error.OutOfSharedMemoryException} is thrown and nothing has changed.
 * Closed by whoever opened it, when no thread of this process uses it any more; then all its methods, and those of the bean, throw {@link
 * dev.shm.error.SegmentClosedException}.
 *
 * @param <T> the interface
 */
public final class SharedBean<T> implements SharedObject {

    private final ObjectHandle handle;
    private final BeanStore store;
    private final BeanShape shape;
    private final T view;

    private SharedBean(ObjectHandle handle, BeanShape shape) {
        this.handle = handle;
        this.shape = shape;
        this.store = new BeanStore(handle, shape.schema(), shape.type().getName(), BeanKind.BEAN.code());
        this.view = view(null);
    }

    @SuppressWarnings("unchecked")
    private T view(@Nullable Draft draft) {
        return (T) shape.views().view(store, draft, shape, 0);
    }

    /**
     * A bean with the fields of an interface. The fields and their types are kept in the segment: who opens it with another version of
     * the interface gets a {@link dev.shm.error.ObjectTypeMismatchException} that names each field that is missing, added or of another
     * type.
     *
     * @throws IllegalArgumentException if the interface cannot be a bean's; the message names the method and says what to do
     */
    public static <T> SharedType<SharedBean<T>> of(Class<T> type) {
        BeanShape shape = BeanShape.of(type);
        return new SharedType<>(BeanKind.BEAN, "bean " + type.getName(), 0) {
            @Override
            protected long allocate(Heap heap) {
                return BeanStore.allocate(heap, shape.schema(), BeanKind.BEAN.code());
            }

            @Override
            protected SharedBean<T> open(ObjectHandle handle) {
                return new SharedBean<>(handle, shape);
            }
        };
    }

    BeanStore store() {
        return store;
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
     * Gives this opening back; the bean itself stays.
     *
     * @throws IllegalStateException from inside an update
     */
    @Override
    public void close() {
        store.close();
    }

    /** The bean itself: what its getters return is what is there now, and what its setters set is there at once. Always the same one. */
    public T get() {
        return view;
    }

    /**
     * Changes several fields at once. The function is given a bean whose fields are those of this moment, and what it leaves in them
     * becomes visible when it returns, all at once; if it throws, nothing changes. It may be called again if another process sets a field
     * meanwhile that it has read or set, so it does nothing but change the bean. It runs under the bean's lock: keep it short.
     *
     * @throws IllegalStateException from inside another update of this bean
     */
    public void update(Consumer<? super T> function) {
        Objects.requireNonNull(function);
        store.change(draft -> {
            function.accept(view(draft));
            return true;
        });
    }

    /**
     * A record of fields as they are at one moment: no update is half in it. Its components have the names and types of fields, of which
     * it may leave out any; a component that is a record has the fields of a bean within this one.
     *
     * @throws IllegalArgumentException if a component is no field; the message names it
     */
    public <R extends Record> R snapshot(Class<R> type) {
        RecordShape record = RecordShape.of(type);
        record.check(shape.schema(), store.what());
        return type.cast(record.make(store.snapshot(shape.schema(), 0)));
    }

    ObjectHandle handle() {
        return handle;
    }

    /** The type of this, whose new objects begin as copies of it. */
    SharedType<?> copying() {
        return of(shape.type()).initially(copy -> copy.store.setAll(store.snapshot(shape.schema(), 0)));
    }

    @Override
    public String toString() {
        return view.toString();
    }
}
