/**
 * The ground floor of a segment: its header, its process slots, who is alive, who gives back what the dead held, the
 * directory of names, and the doorbells.
 *
 * <p>Concurrency convention. Words that processes race on carry their owner and a generation, and change by one
 * compare-and-set or by one release store of the owner. Only the kernel proves death: a process is dead when the lock on
 * its slot file can be taken, and whoever holds that lock has the exclusive right to reap the slot. Heartbeats and
 * clocks are for display.
 *
 * <p>This package knows nothing of the floors above. What they must do when a process has died they hand to the {@link
 * dev.shm.segment.Reaper} as steps.
 */
@NullMarked
package dev.shm.segment;

import org.jspecify.annotations.NullMarked;
