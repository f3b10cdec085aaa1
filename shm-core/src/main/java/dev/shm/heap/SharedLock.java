package dev.shm.heap;

import dev.shm.error.LockTimeoutException;
import dev.shm.memory.Memory;
import dev.shm.segment.Attachment;
import dev.shm.segment.Liveness;
import dev.shm.segment.Peer;
import dev.shm.segment.Slots;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock in the segment that no death can leave locked. Its {@link LockWord} names the holder's slot and generation; who finds
 * the holder reaped takes it over. The holder's committed journals have been carried out by then, so what the lock guards is
 * whole. Time never frees a lock: one held by a stopped process stays held, and waiting for it ends with an exception that
 * names the process.
 *
 * Threads of one process first compete for a lock in the Java heap, where they park; so one thread of each process at most
 * waits for the word. Reentrant. Virtual threads may use it.
 */
public final class SharedLock {

    private static final int SPINS = 200;
    private static final long SUSPECT_AFTER_NANOS = 1_000_000;
    private static final long LONGEST_PARK_NANOS = 200_000;

    private final Attachment attachment;
    private final Memory memory;
    private final Slots slots;
    private final Liveness liveness;
    private final long address;
    private final long mine;
    private final String what;
    private final ReentrantLock local = new ReentrantLock();

    /**
     * The lock at an address. One process uses one object for each address.
     *
     * @param what what it guards, for messages
     */
    public SharedLock(Attachment attachment, Slots slots, Liveness liveness, long address, String what) {
        this.attachment = attachment;
        this.memory = attachment.memory();
        this.slots = slots;
        this.liveness = liveness;
        this.address = address;
        this.what = what;
        this.mine = LockWord.of(attachment.slot(), attachment.generation());
    }

    /**
     * Takes the lock.
     *
     * @throws LockTimeoutException if another thread or process held it for all of that time
     */
    public void lock(Duration timeout) {
        // Reading the clock takes longer than taking the lock.
        if (tryLock()) {
            return;
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        if (!lockLocal(deadline)) {
            throw new LockTimeoutException(what + " of segment '" + attachment.name()
                    + "' was held by another thread of this " + "process for " + timeout.toMillis() + " ms");
        }
        boolean locked = false;
        try {
            if (local.getHoldCount() == 1) {
                lockWord(deadline, timeout);
            }
            locked = true;
        } finally {
            if (!locked) {
                local.unlock();
            }
        }
    }

    private boolean lockLocal(long deadline) {
        boolean interrupted = false;
        try {
            for (; ; ) {
                try {
                    return local.tryLock(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Takes the lock if that needs no waiting. */
    public boolean tryLock() {
        attachment.checkOpen();
        if (!local.tryLock()) {
            return false;
        }
        if (local.getHoldCount() > 1 || tryLockWord()) {
            return true;
        }
        local.unlock();
        return false;
    }

    private void lockWord(long deadline, Duration timeout) {
        long started = System.nanoTime();
        long suspectAt = started + SUSPECT_AFTER_NANOS;
        long park = 1_000;
        for (int spins = 0; !tryLockWord(); spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
                continue;
            }
            attachment.checkOpen();
            long now = System.nanoTime();
            if (now - suspectAt >= 0) {
                int holder = LockWord.slot(memory.getLongAcquire(address));
                if (holder >= 0 && holder < slots.count()) {
                    liveness.reapIfDead(holder);
                }
                suspectAt = now + 10 * SUSPECT_AFTER_NANOS;
            }
            if (now - deadline >= 0) {
                throw new LockTimeoutException(what + " of segment '" + attachment.name() + "' was held by " + holder()
                        + " for " + timeout.toMillis() + " ms. Is it stopped, or in a debugger?");
            }
            LockSupport.parkNanos(park);
            park = Math.min(LONGEST_PARK_NANOS, park * 2);
        }
    }

    private boolean tryLockWord() {
        long word = memory.getLongAcquire(address);
        // SYNC POINT with unlock, or with the reaper's store of ZOMBIE, after which a word names nobody.
        return (word == 0 || LockWord.isGone(word, slots)) && memory.compareAndSetLong(address, word, mine);
    }

    /** Whether the calling thread has it. */
    public boolean isHeldByThisThread() {
        return local.isHeldByCurrentThread();
    }

    /** Gives the lock back. */
    public void unlock() {
        if (local.getHoldCount() == 1) {
            // SYNC POINT with tryLockWord of the next holder. A set and not a store: after closing, the word may be
            // another's.
            memory.compareAndSetLong(address, mine, 0);
        }
        local.unlock();
    }

    /** Who holds it, in words. */
    public String holder() {
        int slot = LockWord.slot(memory.getLongAcquire(address));
        Peer peer = slot < 0 || slot >= slots.count() ? null : slots.peer(slot);
        return peer == null ? "nobody" : peer.describe();
    }
}
