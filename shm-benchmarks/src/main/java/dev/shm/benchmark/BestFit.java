package dev.shm.benchmark;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Bookkeeping of an allocator that takes the smallest free piece that fits, the lowest of equals, in units of 16 bytes with 16
 * bytes of header, and joins neighbours at once. Little leaves less fragmentation; nothing about it is shared, concurrent or
 * quick.
 */
final class BestFit implements Fragmentation.Allocator {

    private static final int UNIT = 16;
    private static final int UNIT_BITS = 32;

    private final long units;
    private final TreeMap<Long, Long> freeByStart = new TreeMap<>();
    private final TreeSet<Long> freeBySize = new TreeSet<>();
    private final Map<Long, Long> used = new HashMap<>();
    private long freeUnits;

    BestFit(long bytes) {
        units = bytes / UNIT;
        // Unit 0 stays unused, so that no block is 0.
        add(1, units - 1);
    }

    private void add(long start, long length) {
        freeByStart.put(start, length);
        freeBySize.add(length << UNIT_BITS | start);
        freeUnits += length;
    }

    private void remove(long start, long length) {
        freeByStart.remove(start);
        freeBySize.remove(length << UNIT_BITS | start);
        freeUnits -= length;
    }

    @Override
    public long allocate(int bytes) {
        long length = (bytes + UNIT - 1) / UNIT + 1;
        Long found = freeBySize.ceiling(length << UNIT_BITS);
        if (found == null) {
            return 0;
        }
        long start = found & ((1L << UNIT_BITS) - 1);
        long whole = found >>> UNIT_BITS;
        remove(start, whole);
        if (whole > length) {
            add(start + length, whole - length);
        }
        used.put(start, length);
        return start;
    }

    @Override
    public void free(long block) {
        long start = block;
        long end = block + used.remove(block);
        Map.Entry<Long, Long> before = freeByStart.lowerEntry(start);
        if (before != null && before.getKey() + before.getValue() == start) {
            start = before.getKey();
            remove(start, before.getValue());
        }
        Long after = freeByStart.get(end);
        if (after != null) {
            remove(end, after);
            end += after;
        }
        add(start, end - start);
    }

    @Override
    public long freeBytes() {
        return freeUnits * UNIT;
    }

    @Override
    public long usedBytes() {
        return heapBytes() - freeBytes();
    }

    @Override
    public long heapBytes() {
        return units * UNIT;
    }

    @Override
    public double scatter() {
        return freeUnits == 0 ? 0 : 1 - (double) (freeBySize.last() >>> UNIT_BITS) / freeUnits;
    }
}
