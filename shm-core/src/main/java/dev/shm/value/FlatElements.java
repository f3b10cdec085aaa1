package dev.shm.value;

import dev.shm.memory.Strip;

/** What the typed forms of arrays have in common: all elements row by row, each as a whole, with a memory order. */
abstract sealed class FlatElements permits IntElements, LongElements, FloatElements, DoubleElements {

    final ArrayStore store;
    private final long offset;
    private final long length;

    FlatElements(ArrayView view, int shift, boolean floating) {
        view.checkElements(shift, floating);
        this.store = view.store();
        this.offset = view.offset();
        this.length = view.length();
    }

    /** How many there are. */
    public final long length() {
        return length;
    }

    final long at(long index) {
        store.check();
        return offset + checked(index);
    }

    final long writableAt(long index) {
        store.checkWritable();
        return offset + checked(index);
    }

    private long checked(long index) {
        if (index < 0 || index >= length) {
            throw new IndexOutOfBoundsException("index " + index + " of an array of " + length + " elements");
        }
        return index;
    }

    final Strip strip(long place) {
        return store.strip(place);
    }

    final int offset(long place) {
        return store.offset(place);
    }
}
