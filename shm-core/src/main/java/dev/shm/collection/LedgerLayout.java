package dev.shm.collection;

/** A ledger: a block that names blocks which one change brings or takes away, when they are too many for one journal. */
final class LedgerLayout {

    /** How many of the references count. A store of the journal, or of who fills a ledger that nobody sees yet. */
    static final int COUNT = 0;
    /** First reference. */
    static final int REFERENCES = COUNT + 8;

    private LedgerLayout() {}

    static long bytes(int references) {
        return REFERENCES + 8L * references;
    }

    static long reference(long payload, long index) {
        return payload + REFERENCES + 8 * index;
    }
}
