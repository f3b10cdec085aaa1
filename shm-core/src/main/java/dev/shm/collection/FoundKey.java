package dev.shm.collection;

/** A key as it lies in its entry: for who cannot read it, or would get other bytes of what was read. */
@SuppressWarnings("ArrayRecordComponent")
record FoundKey(int tag, byte[] bytes) {}
