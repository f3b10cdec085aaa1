package dev.shm.value;

import dev.shm.SharedObject;
import dev.shm.SharedType;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import dev.shm.heap.ObjectKind;
import dev.shm.memory.Memory;
import java.util.function.Function;

/** What single values and arrays have in common: one opening of one named object. Public so that they can be kept in one list. */
public abstract sealed class SharedValue implements SharedObject
        permits SharedLong,
                SharedInt,
                SharedDouble,
                SharedBoolean,
                SharedBytes,
                SharedString,
                SharedReference,
                SharedArray,
                SharedVector {

    /** With its header, a cache line: no two of them share one. */
    static final int CACHE_LINE_PAYLOAD = 64 - BlockLayout.HEADER_BYTES;

    final ObjectHandle handle;
    final Memory memory;

    SharedValue(ObjectHandle handle) {
        this.handle = handle;
        this.memory = handle.memory();
    }

    @Override
    public final String name() {
        return handle.name();
    }

    @Override
    public final boolean isOpen() {
        return handle.isOpen();
    }

    @Override
    public final void close() {
        handle.close();
    }

    /** The type of this, whose new objects begin as copies of it. */
    abstract SharedType<?> copying();

    /** A type whose new object is one block of zeros. */
    static <T extends SharedValue> SharedType<T> type(ObjectKind kind, int bytes, Function<ObjectHandle, T> face) {
        return new SharedType<>(kind, kind.kindName(), 0) {
            @Override
            protected long allocate(Heap heap) {
                return heap.allocateCleared(bytes, kind.code());
            }

            @Override
            protected T open(ObjectHandle handle) {
                return face.apply(handle);
            }
        };
    }

    /** The same, where the description names what the bytes are. */
    static <T extends SharedValue> SharedType<T> type(
            ObjectKind kind, String description, int bytes, Function<ObjectHandle, T> face) {
        return new SharedType<>(kind, description) {
            @Override
            protected long allocate(Heap heap) {
                return heap.allocateCleared(bytes, kind.code());
            }

            @Override
            protected T open(ObjectHandle handle) {
                return face.apply(handle);
            }
        };
    }
}
