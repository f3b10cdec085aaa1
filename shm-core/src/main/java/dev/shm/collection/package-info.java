/**
 * Collections that live in a segment and that any number of threads of any number of processes change, any of which may be killed at any
 * instruction.
 *
 * <p>A {@link dev.shm.collection.SharedMap} is a {@link java.util.concurrent.ConcurrentMap}, a {@link dev.shm.collection.SharedSet} a {@link
 * java.util.Set}, a {@link dev.shm.collection.SharedList} a {@link java.util.List}, a {@link dev.shm.collection.SharedDeque} a {@link
 * java.util.concurrent.BlockingDeque}. The first two stand on a {@code ShardedTable}: 16 shards, each with a lock for writers, a version for readers, and a
 * table of control bytes and entries ({@code MapLayout}). Small elements lie in their entry, larger ones in a block that belongs to it.
 * Lists are chunks of cells ({@code ListLayout}), deques a ring of them ({@code DequeLayout}), each with one lock and one version. Many blocks that
 * come or go by one change are named in a ledger ({@code BlockChange}).
 *
 * <p>A {@link dev.shm.collection.FrozenMap} and a {@link dev.shm.collection.FrozenSet} are one block that is written before the object has a name and never
 * again ({@code FrozenLayout}); the directory's lock makes it visible.
 *
 * <p>{@link dev.shm.collection.SharedLocks} stand on such a table too: its entries say who holds the lock of a key.
 *
 * <p>A graph ({@code LiveGraph}, for {@link dev.shm.SharedMemory#share}) is a table of such collections ({@code GraphLayout}), which have roots of their own and
 * no names. An element that is a collection of the same graph is a stub: a block that says which.
 *
 * <h2>Memory order</h2>
 *
 * <table>
 *   <caption>Edges between processes</caption>
 *   <tr><th>written</th><th>by</th><th>read</th><th>makes visible</th></tr>
 *   <tr><td>lock word, by compare-and-set</td><td>who takes it and who gives it back</td><td>by compare-and-set</td>
 *       <td>the shard, to its next writer</td></tr>
 *   <tr><td>journal count, by release</td><td>writer: the commit</td><td>acquire, by itself or its reaper</td>
 *       <td>the change, and the entry and blocks that were prepared for it</td></tr>
 *   <tr><td>version to odd, words, version to even, each by release</td><td>writer or reaper, from the journal</td>
 *       <td>version by acquire, plain reads, acquire fence, version</td><td>that what was read in between is of one moment</td></tr>
 *   <tr><td>an entry that is not there, by release</td><td>writer</td><td>as above</td>
 *       <td>nothing; it must not overtake the version that took the last entry out of its place</td></tr>
 *   <tr><td>one word of an inline value, by release</td><td>writer: the commit</td><td>one plain read</td><td>itself</td></tr>
 *   <tr><td>bits of sleepers, by or; then the mark of an entry, under the lock</td><td>who waits for a lock</td>
 *       <td>entry under the lock; then, if it was marked, full fence, bits by exchange</td><td>whom to ring for</td></tr>
 *   <tr><td>entry of a graph's part, then its state, each by release</td><td>writer or reaper, from the journal</td>
 *       <td>by who has read a stub, which came later by a journal of its own</td><td>the part, with its root</td></tr>
 *   <tr><td>stub of a part, by release, under the graph's lock</td><td>who is about to put the part somewhere</td>
 *       <td>under that lock; or when nobody has the graph open</td><td>that a live stub is always known</td></tr>
 *   <tr><td>end of a graph, by release</td><td>who destroys it, from the journal</td><td>acquire, before every use</td>
 *       <td>itself; the memory stays as long as anybody has it open</td></tr>
 *   <tr><td>block header, by compare-and-set</td><td>journal, heap</td>
 *       <td>acquire, plain reads of the block, acquire fence, acquire</td><td>that the bytes are the block's</td></tr>
 * </table>
 *
 * <p>Lists and deques raise the version by two, by release, also before a change whose commit is one store (size, head, tail, a word of a
 * cell), and before they write where something was that a reader may still look at. Thus what is read under one version is of one moment, however
 * many words it is. Who waits for an element or for room sets its bit by a full barrier, and looks again; who brings it gives a lock back,
 * which is one too, and looks for bits.
 *
 * <p>The thread that changes a shard is inside the gate that closing waits for; one that only reads is not, since it stores nothing
 * and believes nothing that it cannot check.
 */
@NullMarked
package dev.shm.collection;

import org.jspecify.annotations.NullMarked;
