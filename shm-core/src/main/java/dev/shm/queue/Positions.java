package dev.shm.queue;

import java.util.Arrays;

/** A set of positions in their order. The latest is mostly added and the first removed, which is quick. One thread at a time uses it. */
final class Positions {

    private static final int FIRST_CAPACITY = 16;

    private long[] values = new long[FIRST_CAPACITY];
    private int start;
    private int end;

    boolean isEmpty() {
        return start == end;
    }

    int size() {
        return end - start;
    }

    /** The one with so many before it. */
    long get(int index) {
        return values[start + index];
    }

    /** The first, of those that there are. */
    long first() {
        return values[start];
    }

    boolean contains(long position) {
        return Arrays.binarySearch(values, start, end, position) >= 0;
    }

    /** Adds a position, unless it is there. */
    void add(long position) {
        if (start == end) {
            start = 0;
            end = 0;
        }
        int at = end;
        if (start < end && values[end - 1] >= position) {
            int found = Arrays.binarySearch(values, start, end, position);
            if (found >= 0) {
                return;
            }
            at = -found - 1;
        }
        if (end == values.length) {
            at -= start;
            makeRoom();
        }
        System.arraycopy(values, at, values, at + 1, end - at);
        values[at] = position;
        end++;
    }

    /** Moves all to the front, into a larger array if there is not much room there. */
    private void makeRoom() {
        int size = end - start;
        long[] target = size > values.length / 2 ? new long[2 * values.length] : values;
        System.arraycopy(values, start, target, 0, size);
        values = target;
        start = 0;
        end = size;
    }

    /** Removes a position; false if it was not there. */
    boolean remove(long position) {
        int at = start < end && values[start] == position ? start : Arrays.binarySearch(values, start, end, position);
        if (at < 0) {
            return false;
        }
        if (at == start) {
            start++;
        } else {
            System.arraycopy(values, at + 1, values, at, end - at - 1);
            end--;
        }
        return true;
    }

    void clear() {
        start = 0;
        end = 0;
    }
}
