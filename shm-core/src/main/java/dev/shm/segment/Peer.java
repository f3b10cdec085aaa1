package dev.shm.segment;

/**
 * A copy of one process slot.
 *
 * @param slot its number
 * @param word its word when it was copied
 * @param process who it was taken by
 * @param role code of the role
 * @param application what the process calls itself
 * @param joinedMillis wall-clock time of joining
 * @param heartbeat {@code System.nanoTime()} of its last housekeeping
 */
public record Peer(
        int slot, long word, ProcessIdentity process, int role, String application, long joinedMillis, long heartbeat) {

    public int generation() {
        return SlotLayout.generation(word);
    }

    public int state() {
        return SlotLayout.state(word);
    }

    /** For messages: who this is, in words. */
    public String describe() {
        return "pid " + process.pid() + " '" + application + "' (slot " + slot + ")";
    }
}
