package dev.shm.queue;

import java.lang.ref.WeakReference;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Supplier;

/**
 * One value for each thread, which ends with whichever ends first: the thread or the owner of this. A plain {@link ThreadLocal} keeps
 * values of owners that are gone until the thread happens to tidy up; and such a value here would keep the mapping of a segment.
 */
final class PerThread<T> {

    private final Supplier<T> maker;
    // One for each owner, since values are the owner's; what it leaves in a thread is an empty reference.
    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<WeakReference<T>> quick = new ThreadLocal<>();

    private final Map<Thread, T> all = Collections.synchronizedMap(new WeakHashMap<>());

    PerThread(Supplier<T> maker) {
        this.maker = maker;
    }

    /** The calling thread's value. */
    T get() {
        WeakReference<T> reference = quick.get();
        T value = reference == null ? null : reference.get();
        return value != null ? value : make();
    }

    private T make() {
        T value = maker.get();
        all.put(Thread.currentThread(), value);
        quick.set(new WeakReference<>(value));
        return value;
    }
}
