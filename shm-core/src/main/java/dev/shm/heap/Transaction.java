package dev.shm.heap;

import dev.shm.memory.Memory;

/**
 * One change of several words, being put together. Used by one thread, between {@link Journal#begin} and {@link #close}.
 *
 * <pre>{@code
 * try (Transaction change = journal.begin()) {
 *     change.store(word, value);
 *     change.publish(block);
 *     change.commit();
 * }
 * }</pre>
 */
public final class Transaction implements AutoCloseable {

    /** Words that one transaction can change. */
    public static final int CAPACITY = JournalLayout.CAPACITY;

    private final Journal journal;
    private final Memory memory;
    private final long lane;
    private int entries;

    Transaction(Journal journal, long lane) {
        this.journal = journal;
        this.memory = journal.memory();
        this.lane = lane;
    }

    Transaction begin() {
        entries = 0;
        return this;
    }

    /** On commit, stores a word that a lock held by the caller guards. */
    public void store(long address, long value) {
        add(JournalLayout.STORE, address, memory.getLong(address), value);
    }

    /** On commit, makes a tentative block of this process live. */
    public void publish(long reference) {
        long word = journal.heap().expectedWord(reference, BlockLayout.TENTATIVE);
        add(JournalLayout.BLOCK, BlockLayout.header(reference), word, BlockLayout.next(word, 0, BlockLayout.LIVE));
    }

    /**
     * On commit, takes a live block from everybody for this process, which then frees it. If it dies before, the reaper does.
     *
     * @return the reference that the block will have then
     */
    public long detach(long reference) {
        long word = journal.heap().expectedWord(reference, BlockLayout.LIVE);
        long next = BlockLayout.next(word, journal.heap().attachment().owner(), BlockLayout.TENTATIVE);
        add(JournalLayout.BLOCK, BlockLayout.header(reference), word, next);
        return BlockLayout.reference(BlockLayout.header(reference), BlockLayout.stamp(next) + 1);
    }

    private void add(int kind, long address, long before, long after) {
        if (entries == CAPACITY) {
            throw new IllegalStateException("a transaction changes at most " + CAPACITY + " words");
        }
        long entry = lane + JournalLayout.ENTRIES + (long) entries * JournalLayout.ENTRY_BYTES;
        memory.putLong(entry + JournalLayout.TARGET, JournalLayout.target(kind, address));
        memory.putLong(entry + JournalLayout.BEFORE, before);
        memory.putLong(entry + JournalLayout.AFTER, after);
        entries++;
    }

    /** Makes the change: after this returns it is done, and after the one store in the middle of this it will be. */
    public void commit() {
        // SYNC POINT with Journal.redo: publishes the entries, and whatever the caller stored in blocks they publish.
        memory.putLongRelease(lane + JournalLayout.COUNT, entries);
        try {
            journal.redo(lane);
        } catch (RuntimeException | Error first) {
            // Half of it may be done. An error that was the stack's or a passing one is over by now: once more.
            try {
                journal.redo(lane);
            } catch (RuntimeException | Error second) {
                second.addSuppressed(first);
                throw journal.failed("a committed change could not be carried out", second);
            }
            if (first instanceof VirtualMachineError error) {
                throw error;
            }
        }
    }

    /** Ends the transaction; without a commit before, nothing happened. */
    @Override
    public void close() {
        journal.end(this);
    }
}
