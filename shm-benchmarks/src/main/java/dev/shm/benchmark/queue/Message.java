package dev.shm.benchmark.queue;

/** A message where the transport has it; a flyweight, which stays with its receiver. */
interface Message {

    int length();

    /** The eight bytes there; those at 0 are the sequence as the sender gave it. */
    long getLong(int offset);

    /** Copies the whole message to the beginning of that. */
    void copyTo(byte[] destination);
}
