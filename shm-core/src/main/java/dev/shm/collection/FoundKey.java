package dev.shm.collection;

/** A key as it lies in its entry, for who cannot read it. */
@SuppressWarnings("ArrayRecordComponent")
record FoundKey(int tag, byte[] bytes) {}
