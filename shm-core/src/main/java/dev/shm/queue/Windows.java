package dev.shm.queue;

import dev.shm.memory.Memory;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Views of the segment's windows that one thread may position as it likes, so that no message needs a view of its own. */
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

    /** The view that the address lies in, positioned there, with a limit so many bytes on. */
    ByteBuffer at(long address, int length) {
        int index = index(address);
        return of(address).limit(index + length).position(index);
    }
}
