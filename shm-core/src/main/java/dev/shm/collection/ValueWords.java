package dev.shm.collection;

/**
 * The value of an entry as it lies there. The same words are the same value: small ones lie in them, and the reference of a block never
 * comes back.
 */
record ValueWords(int meta, long word, long word2) {}
