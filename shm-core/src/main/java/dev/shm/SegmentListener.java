package dev.shm;

/**
 * Hears what becomes of a segment and its peers. All methods are called on the housekeeping thread, one after another; they
 * must return soon, and must not close the segment: hand that to another thread. What they throw goes to the error
 * handler and stops nothing.
 */
public interface SegmentListener {

    /**
     * A process has joined. It rings as it does, so this is told at once. One that is gone again before the housekeeping thread looks,
     * because a listener keeps that busy for example, is told of neither here nor when it ends: nothing of it is left by then. That there was one
     * shows in the {@link PeerInfo#generation} of the next peer in the same slot, which counts all that the slot has had.
     */
    default void peerJoined(SharedMemory memory, PeerInfo peer) {}

    /**
     * A process has closed the segment. One that died counts as one that has left if the next one in its slot, too, ended before anybody
     * looked.
     */
    default void peerLeft(SharedMemory memory, PeerInfo peer) {}

    /** A process has died, and what it held has been given back. */
    default void peerDied(SharedMemory memory, PeerInfo peer) {}

    /** The creator has died or left without ending the segment. */
    default void creatorLost(SharedMemory memory) {}

    /** The creator is about to end the segment: time to close it. */
    default void closing(SharedMemory memory) {}

    /** The segment has ended for this process, for the reason that its methods now throw. */
    default void ended(SharedMemory memory, RuntimeException reason) {}
}
