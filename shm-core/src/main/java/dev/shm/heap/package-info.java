/**
 * Memory in a segment: pages, slabs, blocks and stamped references; the redo journal for changes of more than one word; locks
 * that survive their holder.
 *
 * <p>Truth and hints. Page words and block headers are the truth, and each commits by one compare-and-set or one release
 * store that names its owner. Bitmaps are hints: after a crash they may be wrong, and they are repaired by looking at
 * the truth. Nothing here takes a lock to allocate or to free, so a process that is stopped, collecting garbage or in a
 * debugger holds nobody up.
 *
 * <p>Leaks. A block that no other process can reach yet is tentative and names its owner. Only a journal or a queue's commit
 * makes it live. So what a dead process leaves behind is found by looking for its tentative blocks: no reference is counted and
 * nothing is collected.
 */
@NullMarked
package dev.shm.heap;

import org.jspecify.annotations.NullMarked;
