package dev.shm.collection;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;

/**
 * The hash of a key: wyhash (final 4) over its bytes, keyed with the segment's seed, so that whoever sends keys from outside cannot
 * choose such that meet in one place. A part of the format.
 */
final class KeyHash {

    private static final long SECRET = 0x6A09_E667_F3BC_C908L;

    private final Hasher64 hasher;

    KeyHash(long seed) {
        this.hasher = Hashing.wyhashFinal4(seed, seed ^ SECRET);
    }

    /** Of a key that lies in its two words: the hash of these 16 bytes. */
    long of(long word, long word2) {
        return hasher.hashLongLongToLong(word, word2);
    }

    /** Of a longer key. */
    long of(byte[] bytes, int length) {
        return hasher.hashBytesToLong(bytes, 0, length);
    }
}
