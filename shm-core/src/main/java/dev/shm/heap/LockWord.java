package dev.shm.heap;

import dev.shm.segment.SlotLayout;
import dev.shm.segment.Slots;

/**
 * A word that names a process: its slot and generation. Where it says who holds something, the holder's death frees that, since a
 * generation never comes back.
 *
 * <pre>
 *    63                 32 31       16 15        0
 *   +---------------------+-----------+-----------+
 *   |     generation      |  slot + 1 |   zero    |
 *   +---------------------+-----------+-----------+
 * </pre>
 *
 * The lowest 16 bits are left to who uses it.
 */
final class LockWord {

    private LockWord() {}

    static long of(int slot, int generation) {
        return (long) generation << 32 | (long) (slot + 1) << 16;
    }

    static int slot(long word) {
        return (int) (word >>> 16 & 0xFFFF) - 1;
    }

    static int generation(long word) {
        return (int) (word >>> 32);
    }

    /** Whether the word names nobody: the process's journals are redone, and all that it held is therefore free. */
    static boolean isGone(long word, Slots slots) {
        int slot = slot(word);
        if (slot < 0 || slot >= slots.count()) {
            return true;
        }
        long slotWord = slots.word(slot);
        return SlotLayout.generation(slotWord) != generation(word)
                || SlotLayout.state(slotWord) == SlotLayout.ZOMBIE
                || SlotLayout.state(slotWord) == SlotLayout.FREE;
    }
}
