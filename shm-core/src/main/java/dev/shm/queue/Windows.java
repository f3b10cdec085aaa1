package dev.shm.queue;

import dev.shm.memory.Memory;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Views of the segment's windows for one thread, so that no message needs a view of its own. Limit and position are as at first. */
final class Windows {

    private final Memory memory;
    private final @Nullable ByteBuffer[] views;

    Windows(Memory memory) {
        this.memory = memory;
        this.views = new ByteBuffer[Math.toIntExact((memory.size() + Memory.WINDOW_BYTES - 1) >>> Memory.WINDOW_SHIFT)];
    }

    /** The view that the address lies in. */
    ByteBuffer of(long address) {
        int window = (int) (address >>> Memory.WINDOW_SHIFT);
        ByteBuffer view = views[window];
        return view != null ? view : map(window);
    }

    private ByteBuffer map(int window) {
        long start = (long) window << Memory.WINDOW_SHIFT;
        ByteBuffer view = memory.view(start, (int) Math.min(Memory.WINDOW_BYTES, memory.size() - start));
        views[window] = view;
        return view;
    }

    /** Index of an address in its view. */
    static int index(long address) {
        return (int) (address & Memory.WINDOW_BYTES - 1);
    }

    /** Runs something with the view that the address lies in, positioned there, with a limit so many bytes on. */
    <T> int write(long address, int length, T value, Writer<T> writer) {
        ByteBuffer view = of(address);
        int index = index(address);
        try {
            writer.write(value, view.limit(index + length).position(index));
            return view.position() - index;
        } finally {
            view.clear();
        }
    }

    /** Writes a value. */
    interface Writer<T> {
        /** Writes from the position on, and leaves it behind what was written. */
        void write(T value, ByteBuffer target);
    }
}
