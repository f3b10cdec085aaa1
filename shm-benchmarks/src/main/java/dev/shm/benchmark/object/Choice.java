package dev.shm.benchmark.object;

/** One place after the other, by chance. */
final class Choice {

    private long state = System.nanoTime() | 1;

    /** Below a power of two. */
    int below(int elements) {
        return (int) (next() >>> 33) & elements - 1;
    }

    long next() {
        state ^= state << 13;
        state ^= state >>> 7;
        state ^= state << 17;
        return state;
    }
}
