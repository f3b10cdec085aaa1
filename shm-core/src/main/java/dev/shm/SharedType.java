package dev.shm;

import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import dev.shm.heap.ObjectKind;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * What {@link SharedMemory#create}, {@link SharedMemory#open} and {@link SharedMemory#openOrCreate} need to know of a type of
 * shared object. The types themselves give it: {@code SharedLong.type()}. Immutable, and may be kept in a constant.
 *
 * @param <T> the Java type of an opened object
 */
public abstract class SharedType<T extends SharedObject> {

    private final ObjectKind kind;
    private final String description;
    private final long schema;

    /**
     * For the library's own types.
     *
     * @param kind which kind of object
     * @param description name for people
     * @param schema what the bytes depend on besides the kind; objects of different schemas are of different types
     */
    protected SharedType(ObjectKind kind, String description, long schema) {
        this.kind = kind;
        this.description = description;
        this.schema = schema;
    }

    /**
     * For those of the library's own types whose description says all that the bytes depend on.
     *
     * @param kind which kind of object
     * @param description name for people
     */
    protected SharedType(ObjectKind kind, String description) {
        this(kind, description, fnv(description));
    }

    /** FNV-1a, 64 bits. */
    private static long fnv(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }

    /**
     * Puts a new object into tentative blocks and returns the root's reference. The blocks that its kind names come to life
     * with the root, or are freed with it.
     */
    protected abstract long allocate(Heap heap);

    /** Makes the Java face of an object. */
    protected abstract T open(ObjectHandle handle);

    /** Whether {@link #allocate} can make one; otherwise it throws. */
    protected boolean canCreate() {
        return true;
    }

    /** Without what new objects begin with, which may hold on to anything. */
    SharedType<T> plain() {
        return this;
    }

    /** Whether {@link #fill} is to be called before a new object is given its name. */
    protected boolean isFilled() {
        return false;
    }

    /** Fills a new object, which nobody else can open yet. If this throws, or the process dies, there is no such object. */
    protected void fill(T created) {
        // Most are complete as they are.
    }

    /**
     * The same type, whose new objects are first given to a function, and to everybody else when it returns: {@code SharedLong.type().initially(hits
     * -> hits.set(100))}. So nobody finds one that is not set up yet. It is called by {@link SharedMemory#create}, and by {@link
     * SharedMemory#openOrCreate} if there is none; of several processes that create one at once each may call it, and one object stays. If
     * it throws, or its process is killed in the middle, there is no such object. It does nothing but fill what it is given; to close that is an
     * {@link IllegalStateException}.
     */
    public final SharedType<T> initially(Consumer<? super T> filling) {
        Objects.requireNonNull(filling);
        SharedType<T> plain = this;
        return new SharedType<>(kind, description, schema) {
            @Override
            protected boolean canCreate() {
                return plain.canCreate();
            }

            @Override
            SharedType<T> plain() {
                return plain.plain();
            }

            @Override
            protected long allocate(Heap heap) {
                return plain.allocate(heap);
            }

            @Override
            protected T open(ObjectHandle handle) {
                return plain.open(handle);
            }

            @Override
            protected boolean isFilled() {
                return true;
            }

            @Override
            protected void fill(T created) {
                plain.fill(created);
                filling.accept(created);
            }
        };
    }

    final ObjectKind kind() {
        return kind;
    }

    final long schema() {
        return schema;
    }

    final void check(String name, int kindFound, long schemaFound, String typeFound) {
        if (kindFound != kind.code() || schemaFound != schema) {
            throw new ObjectTypeMismatchException("the object '" + name + "' is a " + typeFound
                    + ", and was asked for as a " + description + ". Ask for the type it has, or destroy it first.");
        }
    }

    /** The type's name for people. */
    @Override
    public final String toString() {
        return description;
    }
}
