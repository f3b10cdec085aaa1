package dev.shm.heap;

import dev.shm.memory.Memory;
import dev.shm.segment.SegmentLayout;

/**
 * One bit for each page, in two levels: a summary bit says that a leaf word has bits. A hint: a set bit may be wrong, and
 * whoever finds it so clears it; a clear bit may be wrong after a crash, until the hints are rebuilt.
 *
 * <p>A bit that is cleared because the truth said so is followed by another look at the truth, and set again if that changed
 * meanwhile. So without a crash no set bit is ever lost.
 */
final class HintBitmap {

    private final Memory memory;
    private final long leaf;
    private final long summary;
    private final int words;
    private final int summaryWords;

    HintBitmap(Memory memory, SegmentLayout layout, int index) {
        this.memory = memory;
        this.leaf = layout.bitmap(index);
        this.summary = leaf + layout.summaryOffset();
        this.words = layout.leafWords();
        this.summaryWords = layout.summaryWords();
    }

    void set(int bit) {
        setInWord(bit >>> 6, 1L << bit);
    }

    void clear(int bit) {
        clearInWord(bit >>> 6, 1L << bit);
    }

    boolean isSet(int bit) {
        return (word(bit >>> 6) & 1L << bit) != 0;
    }

    void setRange(int from, int count) {
        eachWord(from, count, true);
    }

    void clearRange(int from, int count) {
        eachWord(from, count, false);
    }

    private void eachWord(int from, int count, boolean set) {
        int end = from + count;
        for (int bit = from; bit < end; ) {
            int next = Math.min(end, (bit | 63) + 1);
            long mask = (next - bit == 64 ? -1L : (1L << (next - bit)) - 1) << bit;
            if (set) {
                setInWord(bit >>> 6, mask);
            } else {
                clearInWord(bit >>> 6, mask);
            }
            bit = next;
        }
    }

    private void setInWord(int word, long mask) {
        long address = leaf + 8L * word;
        // Not looked at first: the truth was stored just now, and a plain read of the hint could overtake that store.
        memory.getAndOrLong(address, mask);
        long summaryAddress = summary + 8L * (word >>> 6);
        if ((memory.getLongVolatile(summaryAddress) & 1L << word) == 0) {
            memory.getAndOrLong(summaryAddress, 1L << word);
        }
    }

    private void clearInWord(int word, long mask) {
        long address = leaf + 8L * word;
        if ((memory.getLong(address) & mask) == 0) {
            return;
        }
        long left = memory.getAndAndLong(address, ~mask) & ~mask;
        if (left == 0) {
            long summaryAddress = summary + 8L * (word >>> 6);
            memory.getAndAndLong(summaryAddress, ~(1L << word));
            // Somebody may have set a bit in the leaf before and looked at the summary just before it was cleared.
            if (memory.getLongVolatile(address) != 0) {
                memory.getAndOrLong(summaryAddress, 1L << word);
            }
        }
    }

    int words() {
        return words;
    }

    long word(int index) {
        return memory.getLong(leaf + 8L * index);
    }

    /** The last set bit at or before {@code from}, or -1. */
    int previous(int from) {
        if (from < 0) {
            return -1;
        }
        int word = from >>> 6;
        long bits = word(word) & (-1L >>> (63 - (from & 63)));
        if (bits != 0) {
            return (word << 6) + 63 - Long.numberOfLeadingZeros(bits);
        }
        for (int s = (word - 1) >>> 6; s >= 0 && word > 0; s--) {
            long candidates = memory.getLong(summary + 8L * s);
            if (s == (word - 1) >>> 6) {
                candidates &= -1L >>> (63 - ((word - 1) & 63));
            }
            while (candidates != 0) {
                int index = (s << 6) + 63 - Long.numberOfLeadingZeros(candidates);
                long found = word(index);
                if (found != 0) {
                    return (index << 6) + 63 - Long.numberOfLeadingZeros(found);
                }
                candidates &= ~(1L << index);
            }
        }
        return -1;
    }

    /** The first leaf word at or after {@code from} that has bits, or {@link #words()}. */
    int nextWord(int from) {
        for (int s = from >>> 6; s < summaryWords; s++) {
            long candidates = memory.getLong(summary + 8L * s);
            if (s == from >>> 6) {
                candidates &= -1L << from;
            }
            if (candidates != 0) {
                return Math.min(words, (s << 6) + Long.numberOfTrailingZeros(candidates));
            }
        }
        return words;
    }
}
