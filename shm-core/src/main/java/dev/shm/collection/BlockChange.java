package dev.shm.collection;

import dev.shm.heap.BlockLayout;
import dev.shm.heap.Heap;
import dev.shm.heap.Journal;
import dev.shm.heap.ObjectHandle;
import dev.shm.heap.Transaction;
import dev.shm.memory.Memory;
import java.util.Arrays;

/**
 * A change of a few words with which any number of blocks come and go, at once. Used by whoever has the lock of the object; it is
 * begun anew for each change.
 *
 * <p>A few blocks fit into the journal. If many come, they are made live beforehand, and a ledger in the object names them; the
 * change itself takes the ledger away, and whoever finds one frees what it names. If many go, the change leaves a ledger of
 * them, and whoever has the lock frees them.
 */
final class BlockChange {

    /** More blocks than that are put into a ledger, if not everything fits into one journal. */
    private static final int FEW = 8;
    /** Blocks in one journal, beside the count. */
    private static final int BATCH = Transaction.CAPACITY - 2;

    private static final int KEPT = 64;
    private static final int VERSION_STORES = 2;

    private final ObjectHandle handle;
    private final Memory memory;
    private final Heap heap;
    private final Journal journal;
    private final int blockType;
    private final long versionAddress;
    private final long stagedAddress;
    private final long condemnedAddress;

    private final long[] addresses = new long[Transaction.CAPACITY];
    private final long[] values = new long[Transaction.CAPACITY];
    private int stores;
    private long[] coming = new long[KEPT];
    private int comingCount;
    private long[] going = new long[KEPT];
    private int goingCount;
    private final long[] detached = new long[Transaction.CAPACITY];
    private int detachedCount;
    private boolean settled = true;

    /**
     * Changes of an object whose words are at these addresses.
     *
     * @param versionAddress made odd while the change is carried out, and raised by two
     */
    BlockChange(ObjectHandle handle, int blockType, long versionAddress, long stagedAddress, long condemnedAddress) {
        this.handle = handle;
        this.memory = handle.memory();
        this.heap = handle.heap();
        this.journal = handle.journal();
        this.blockType = blockType;
        this.versionAddress = versionAddress;
        this.stagedAddress = stagedAddress;
        this.condemnedAddress = condemnedAddress;
    }

    /** Somebody has just taken the lock: that was a full barrier. */
    void locked() {
        settled = true;
    }

    /**
     * A journal to write into. What is written into it must not overtake the end of the one before, so there is a full barrier between
     * them: mostly that of a block that was freed.
     */
    private Transaction journal() {
        if (!settled) {
            memory.getAndAddLong(versionAddress, 0);
        }
        settled = false;
        return journal.begin();
    }

    BlockChange begin() {
        stores = 0;
        comingCount = 0;
        goingCount = 0;
        detachedCount = 0;
        if (coming.length > KEPT) {
            coming = new long[KEPT];
        }
        if (going.length > KEPT) {
            going = new long[KEPT];
        }
        return this;
    }

    /** The change stores a word. */
    void store(long address, long value) {
        addresses[stores] = address;
        values[stores++] = value;
    }

    /** A tentative block comes. It belongs to this from now on, and is freed by {@link #end} if the change is not made. */
    void publish(long reference) {
        if (comingCount == coming.length) {
            coming = Arrays.copyOf(coming, 2 * comingCount);
        }
        coming[comingCount++] = reference;
    }

    /** A live block goes, and is freed afterwards. */
    void detach(long reference) {
        if (goingCount == going.length) {
            going = Arrays.copyOf(going, 2 * goingCount);
        }
        going[goingCount++] = reference;
    }

    int blocks() {
        return comingCount + goingCount;
    }

    /** Whether readers need to be told of it by the version: not if one word is all that they see of it. */
    void commit(boolean versioned) {
        int versions = versioned ? VERSION_STORES : 0;
        if (stores + comingCount + goingCount + versions <= Transaction.CAPACITY) {
            commit(versioned, 0, 0);
        } else {
            commitByLedgers();
        }
        freeDetached();
    }

    private void commit(boolean versioned, long staged, long condemned) {
        try (Transaction change = journal()) {
            long version = memory.getLong(versionAddress);
            if (versioned) {
                change.store(versionAddress, version + 1);
            }
            // Before what refers to them.
            if (staged == 0) {
                for (int i = 0; i < comingCount; i++) {
                    change.publish(coming[i]);
                }
            } else {
                detached[detachedCount++] = change.detach(staged);
                change.store(stagedAddress, 0);
            }
            for (int i = 0; i < stores; i++) {
                change.store(addresses[i], values[i]);
            }
            if (condemned == 0) {
                for (int i = 0; i < goingCount; i++) {
                    detached[detachedCount++] = change.detach(going[i]);
                }
            } else {
                change.publish(condemned);
                change.store(condemnedAddress, condemned);
            }
            if (versioned) {
                change.store(versionAddress, version + 2);
            }
            // Whatever happens from here on, it will be carried out: nothing that comes is to be freed.
            comingCount = 0;
            change.commit();
        }
    }

    private void commitByLedgers() {
        long staged = 0;
        long condemned = 0;
        boolean prepared = false;
        try {
            if (comingCount > FEW) {
                staged = ledger(coming, comingCount);
            }
            if (goingCount > FEW) {
                condemned = ledger(going, goingCount);
                memory.putLong(BlockLayout.payload(condemned) + LedgerLayout.COUNT, goingCount);
            }
            if (staged != 0) {
                stage(staged);
            }
            prepared = true;
        } finally {
            if (!prepared && handle.attachment().isOpen()) {
                if (condemned != 0) {
                    heap.free(condemned);
                }
                if (staged != 0 && memory.getLong(stagedAddress) == 0) {
                    heap.free(staged);
                }
            }
        }
        commit(true, staged, condemned);
        if (condemned != 0) {
            freeDetached();
            drain(condemnedAddress);
        }
    }

    /** A tentative ledger of these references, which counts none yet. */
    private long ledger(long[] references, int count) {
        long ledger = heap.allocate(LedgerLayout.bytes(count), blockType);
        long payload = BlockLayout.payload(ledger);
        memory.putLong(payload + LedgerLayout.COUNT, 0);
        for (int i = 0; i < count; i++) {
            memory.putLong(LedgerLayout.reference(payload, i), references[i]);
        }
        return ledger;
    }

    /** Makes what comes live, and the ledger says so: a death leaves the ledger. */
    private void stage(long ledger) {
        try (Transaction change = journal()) {
            change.publish(ledger);
            change.store(stagedAddress, ledger);
            change.commit();
        }
        long count = BlockLayout.payload(ledger) + LedgerLayout.COUNT;
        for (int from = 0; from < comingCount; ) {
            int to = Math.min(comingCount, from + BATCH);
            try (Transaction change = journal()) {
                for (int i = from; i < to; i++) {
                    change.publish(coming[i]);
                }
                change.store(count, to);
                change.commit();
            }
            from = to;
        }
    }

    /** Frees what came and is not part of the object; to be called in the end, whatever happened. */
    void end() {
        if (comingCount == 0 || !handle.attachment().isOpen()) {
            return;
        }
        long ledger = memory.getLong(stagedAddress);
        long staged = ledger == 0 ? 0 : memory.getLong(BlockLayout.payload(ledger) + LedgerLayout.COUNT);
        recover();
        for (int i = (int) staged; i < comingCount; i++) {
            heap.free(coming[i]);
        }
        comingCount = 0;
    }

    private void freeDetached() {
        while (detachedCount > 0) {
            heap.free(detached[--detachedCount]);
            settled = true;
        }
    }

    /** Under the lock: frees what ledgers name that somebody left. */
    void recover() {
        drain(stagedAddress);
        drain(condemnedAddress);
    }

    private void drain(long ledgerAddress) {
        long ledger = memory.getLong(ledgerAddress);
        if (ledger == 0) {
            return;
        }
        long payload = BlockLayout.payload(ledger);
        int most = (heap.length(ledger) - LedgerLayout.REFERENCES) / 8;
        detachedCount = 0;
        for (long count = Math.min(most, memory.getLong(payload + LedgerLayout.COUNT)); count > 0; ) {
            long left = Math.max(0, count - BATCH);
            try (Transaction change = journal()) {
                while (count > left) {
                    detached[detachedCount++] = change.detach(memory.getLong(LedgerLayout.reference(payload, --count)));
                }
                change.store(payload + LedgerLayout.COUNT, left);
                change.commit();
            }
            freeDetached();
        }
        try (Transaction change = journal()) {
            detached[detachedCount++] = change.detach(ledger);
            change.store(ledgerAddress, 0);
            change.commit();
        }
        freeDetached();
    }

    /** For a reaper: frees what a ledger names, if it is still there. Returns the ledger, or 0. */
    static long dismantle(Heap heap, Memory memory, long ledgerAddress) {
        long ledger = memory.getLong(ledgerAddress);
        if (ledger != 0 && heap.isLive(ledger)) {
            long payload = BlockLayout.payload(ledger);
            long most = (heap.length(ledger) - (long) LedgerLayout.REFERENCES) / 8;
            long count = Math.min(most, memory.getLong(payload + LedgerLayout.COUNT));
            for (long i = 0; i < count; i++) {
                long reference = memory.getLong(LedgerLayout.reference(payload, i));
                if (heap.isLive(reference)) {
                    heap.free(reference);
                }
            }
        }
        return ledger;
    }
}
