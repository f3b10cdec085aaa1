package dev.shm.collection;

/** What sizes a new table. */
final class Expected {

    /** Room for a hundred entries or so. */
    static final int DEFAULT_SHIFT = 0;

    private Expected() {}

    /** The shift of the first table of each shard, so that so many entries do not make it grow. */
    static int shift(long entries) {
        if (entries < 0) {
            throw new IllegalArgumentException("expectedEntries=" + entries + " must not be negative");
        }
        double mean = (double) entries / MapLayout.SHARD_COUNT;
        // They do not spread evenly: with these deviations of room, hardly ever does a shard have more.
        double most = mean + 4 * Math.sqrt(mean);
        int shift = DEFAULT_SHIFT;
        while (MapLayout.mostUsed(shift) < most) {
            if (shift == MapLayout.MAX_SHIFT) {
                throw new IllegalArgumentException(
                        "expectedEntries=" + entries + " is more than one collection can have. Use several.");
            }
            shift++;
        }
        return shift;
    }
}
