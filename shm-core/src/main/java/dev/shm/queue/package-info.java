/**
 * Queues and topics: messages between any number of threads of any number of processes, over rings in the segment.
 *
 * <p>A {@link dev.shm.queue.SharedQueue} gives every message to one of its consumers, a {@link dev.shm.queue.SharedTopic} to each
 * of its subscribers. Both stand on a ring of records in one block of the heap; there are two formats of it:
 *
 * <ul>
 *   <li>{@code SlotRing}: any number of producers. A control word for each slot of 64 bytes lies apart from the data, so that no
 *       payload is ever taken for one. A claim is one compare-and-set that writes owner and length with the state.
 *   <li>{@code DenseRing}: one producer at a time. Records lie one behind the other, and one release store of the tail publishes
 *       them; what is claimed and not committed is nobody's business, so a death leaves nothing to mend.
 * </ul>
 *
 * <p>And there are two ways to read: competing consumers take each record by compare-and-set in its control word; a cursor is
 * a position that one consumer or subscriber advances by a store of its own.
 *
 * <p>Who waits without a thread is served by an {@code Attendant}: {@code AsyncInbox} for messages, {@code AsyncOutbox} for room, each
 * with a {@code Lookout} that is rung for and looks at the clock in place of a parked thread.
 *
 * <h2>Memory order</h2>
 *
 * What is published by a release store or a compare-and-set, and read by an acquire:
 *
 * <table>
 *   <caption>Edges between processes</caption>
 *   <tr><th>written</th><th>by</th><th>makes visible</th></tr>
 *   <tr><td>control word to COMMITTED, tail</td><td>producer</td><td>the record, and the block it refers to</td></tr>
 *   <tr><td>control word to DONE, cursor's position</td><td>consumer</td><td>that the record is no longer read</td></tr>
 *   <tr><td>head</td><td>whoever advances it</td><td>that the slots before it may be written again</td></tr>
 *   <tr><td>sleepers</td><td>who is about to block</td><td>that it wants to be rung for</td></tr>
 * </table>
 *
 * <p>The last edge is of the kind that usually costs a full fence on both sides: the sleeper stores its bit and reads the ring,
 * the producer stores into the ring and reads the bits. A fence after each message would cost as much as a small message, so the
 * producer makes one only while a mark beside the bits asks for it. A sleeper that finds no mark sets it, and looks again after a
 * fraction of a millisecond, since a producer may just then have looked in vain: a processor delays a store by nanoseconds, at the
 * very most until the next interrupt. From then on both sides have their fence, and who sleeps is woken. The mark goes when
 * many messages were sent and nobody slept; it is counted how often it was set, so that a sleeper knows whether it is the one
 * that it has waited for.
 */
@NullMarked
package dev.shm.queue;

import org.jspecify.annotations.NullMarked;
